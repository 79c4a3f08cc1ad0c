import { measureSeal, type SealTest } from "../analysis/seal.ts";

export type MembraneTest = SealTest & {
  /** Charge of the transient over the step: what a fit must agree with, whatever the shape of the transient. */
  readonly chargedCapacitance_F: number;
};

/**
 * R, R_s and C from the answer to a train of square pulses: every edge up and every edge down, turned round, in one average, so that offsets
 * and drifts drop out, and a fit of the charging current.
 * @param current_A samples from the start of the train: a plateau without the pulse, one with it, and so on, one plateau more than edges
 * @param plateauSamples of each plateau
 * @returns the reason as text where the transient cannot be resolved: then only R + R_s is known
 * @throws RangeError where there are not two plateaus of 8 samples
 */
export function testMembrane(
  current_A: ArrayLike<number>,
  samplePeriod_s: number,
  step_V: number,
  plateauSamples: number,
): MembraneTest | { readonly total_ohm: number; readonly reason: string } {
  const edges = Math.floor(current_A.length / plateauSamples) - 1;
  if (!(plateauSamples >= 8) || edges < 1)
    throw new RangeError(
      `${current_A.length} samples in plateaus of ${plateauSamples}, allowed are 2 and more plateaus of 8 and more samples`,
    );
  const average = new Float64Array(plateauSamples);
  const counts = new Float64Array(plateauSamples);
  for (let edge = 0; edge < edges; edge++) {
    const start = (edge + 1) * plateauSamples;
    const sign = edge % 2 === 0 ? 1 : -1;
    const before = meanOf(current_A, start - (plateauSamples >> 1), start);
    for (let k = 0; k < plateauSamples; k++) {
      const change = sign * ((current_A[start + k] ?? Number.NaN) - before);
      if (Number.isNaN(change)) continue;
      average[k] = (average[k] ?? 0) + change;
      counts[k] = (counts[k] ?? 0) + 1;
    }
  }
  average.forEach((sum, k) => (average[k] = sum / (counts[k] ?? 0)));
  const found = measureSeal(average, samplePeriod_s, step_V);
  if ("reason" in found) return found;
  const steady_A = meanOf(average, plateauSamples - (plateauSamples >> 2), plateauSamples);
  const charge_C = average.reduce((sum, change) => sum + (change - steady_A), 0) * samplePeriod_s;
  return { ...found, chargedCapacitance_F: charge_C / step_V };
}

/**
 * Takes leak and capacitive transient away from a record: P/N, the mean of records at small pulses, scaled up.
 * @param small each as long as `record`, at `record`'s waveform divided by `divisor` (negative for pulses the other way)
 * @throws RangeError for lengths that differ, no small record, a divisor of 0
 */
export function subtractLeak(
  record: ArrayLike<number>,
  small: readonly ArrayLike<number>[],
  divisor: number,
): Float64Array {
  if (small.length === 0 || !(Math.abs(divisor) > 0))
    throw new RangeError(
      `${small.length} small records at 1/${divisor}, allowed are 1 and more at a divisor other than 0`,
    );
  small.forEach((one, k) => {
    if (one.length !== record.length)
      throw new RangeError(
        `small record ${k} has ${one.length} samples, allowed are ${record.length} as in the record`,
      );
  });
  const rest = small.map((one) => one[0] ?? 0);
  return Float64Array.from(record, (current_A, n) => {
    let sum = 0;
    small.forEach((one, k) => (sum += (one[n] ?? Number.NaN) - (rest[k] ?? 0)));
    return current_A - (divisor * sum) / small.length;
  });
}

/** I = C dV/dt, for ramps: what a capacitance adds to every point of a loop. Central differences, one-sided at the ends. */
export function subtractCapacitance(
  current_A: ArrayLike<number>,
  voltage_V: ArrayLike<number>,
  samplePeriod_s: number,
  capacitance_F: number,
): Float64Array {
  const last = current_A.length - 1;
  return Float64Array.from(current_A, (current, n) => {
    const [from, to] = [Math.max(0, n - 1), Math.min(last, n + 1)];
    if (to === from) return current;
    const slope_V_s =
      ((voltage_V[to] ?? Number.NaN) - (voltage_V[from] ?? Number.NaN)) / ((to - from) * samplePeriod_s);
    return current - capacitance_F * slope_V_s;
  });
}

function meanOf(values: ArrayLike<number>, from: number, to: number): number {
  let [sum, count] = [0, 0];
  for (let k = from; k < to; k++) {
    const value = values[k] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}
