/**
 * What a lab can repair from outside, without touching a junction: one gain and one offset per column, fitted on
 * products whose right answer is known because voltages and programmed conductances are.
 * Takes away amplifier gains, sense resistances and the mean of the voltage drops; not that far rows lose more.
 */
export interface ColumnCalibration {
  /** expected = gain * measured + offset, per column. */
  readonly gain: Float64Array;
  readonly offset_A: Float64Array;
  /** Rms of what is left, per column, ampere. */
  readonly residual_A: Float64Array;
}

/**
 * Least squares of `expected_A` on `measured_A`, column by column.
 * @param measured_A batch x columns
 * @param expected_A batch x columns
 * @throws RangeError when sizes differ or fewer than two products are given; a column that never moves keeps gain 1
 */
export function fitColumnCalibration(
  measured_A: Float64Array,
  expected_A: Float64Array,
  columns: number,
): ColumnCalibration {
  const batch = measured_A.length / columns;
  if (measured_A.length !== expected_A.length || !Number.isInteger(batch))
    throw new RangeError(
      `${measured_A.length} measured and ${expected_A.length} expected currents do not fit ${columns} columns`,
    );
  if (batch < 2) throw new RangeError(`${batch} products, allowed are 2 and more`);
  const gain = new Float64Array(columns);
  const offset_A = new Float64Array(columns);
  const residual_A = new Float64Array(columns);
  for (let j = 0; j < columns; j++) {
    let meanX = 0;
    let meanY = 0;
    for (let k = j; k < measured_A.length; k += columns) {
      meanX += measured_A[k]! / batch;
      meanY += expected_A[k]! / batch;
    }
    let covariance = 0;
    let variance = 0;
    for (let k = j; k < measured_A.length; k += columns) {
      covariance += (measured_A[k]! - meanX) * (expected_A[k]! - meanY);
      variance += (measured_A[k]! - meanX) ** 2;
    }
    gain[j] = variance > 0 ? covariance / variance : 1;
    offset_A[j] = meanY - gain[j]! * meanX;
    let squares = 0;
    for (let k = j; k < measured_A.length; k += columns)
      squares += (expected_A[k]! - gain[j]! * measured_A[k]! - offset_A[j]!) ** 2;
    residual_A[j] = Math.sqrt(squares / batch);
  }
  return { gain, offset_A, residual_A };
}

/** @returns batch x columns corrected currents, ampere */
export function calibrateColumns(calibration: ColumnCalibration, measured_A: Float64Array): Float64Array {
  const columns = calibration.gain.length;
  return measured_A.map((current, k) => calibration.gain[k % columns]! * current + calibration.offset_A[k % columns]!);
}
