import { solveLinear } from "../fit/linear.ts";

/** What one junction answered to a small sine on top of a bias. */
export interface SineResponse {
  readonly frequency_Hz: number;
  /** Z = V / I of the fundamental. */
  readonly real_ohm: number;
  readonly imaginary_ohm: number;
  readonly amplitude_V: number;
  readonly amplitude_A: number;
  /** Mean of each, beside drift. */
  readonly bias_V: number;
  readonly bias_A: number;
  /** Current at twice and three times the frequency over the fundamental: above a few percent the answer is not linear. */
  readonly distortion: number;
  /** Rms of what is neither bias, drift nor harmonic, over the fundamental's rms. */
  readonly noise: number;
  readonly samples: number;
}

/**
 * Impedance at the frequency of a sine by linear least squares of mean, drift and three harmonics; no window, any number
 * of periods from one on. Lost samples (NaN) are left out.
 * @throws RangeError where there is less than a period, too few samples, or no voltage at that frequency
 */
export function measureSineResponse(
  voltage_V: ArrayLike<number>,
  current_A: ArrayLike<number>,
  samplePeriod_s: number,
  frequency_Hz: number,
): SineResponse {
  const n = voltage_V.length;
  if (current_A.length !== n)
    throw new RangeError(`there are ${n} voltages and ${current_A.length} currents, they must be equal`);
  if (!(samplePeriod_s > 0 && frequency_Hz > 0 && frequency_Hz * samplePeriod_s <= 0.125))
    throw new RangeError(
      `frequency_Hz is ${frequency_Hz} at a sample period of ${samplePeriod_s} s, allowed are 8 samples per period and more`,
    );
  if (n * samplePeriod_s * frequency_Hz < 0.999)
    throw new RangeError(
      `the record holds ${n * samplePeriod_s * frequency_Hz} periods of ${frequency_Hz} Hz, allowed is one and more`,
    );
  const kept: number[] = [];
  for (let k = 0; k < n; k++) if (Number.isFinite(voltage_V[k]! + current_A[k]!)) kept.push(k);
  if (kept.length < 16) throw new RangeError(`${kept.length} samples are left, allowed are 16 and more`);
  const columns = [Float64Array.from(kept, () => 1), Float64Array.from(kept, (k) => k / n - 0.5)];
  for (const harmonic of [1, 2, 3]) {
    const angle = 2 * Math.PI * harmonic * frequency_Hz * samplePeriod_s;
    columns.push(
      Float64Array.from(kept, (k) => Math.cos(angle * k)),
      Float64Array.from(kept, (k) => Math.sin(angle * k)),
    );
  }
  const v = Float64Array.from(kept, (k) => voltage_V[k]!);
  const i = Float64Array.from(kept, (k) => current_A[k]!);
  const [fv, fi] = [solveLinear(columns, v), solveLinear(columns, i)];
  const [amplitude_V, amplitude_A] = [Math.hypot(fv[2]!, fv[3]!), Math.hypot(fi[2]!, fi[3]!)];
  if (!(amplitude_V > 0)) throw new RangeError(`the voltage holds no sine of ${frequency_Hz} Hz`);
  let rest = 0;
  for (let k = 0; k < i.length; k++) {
    let model = 0;
    columns.forEach((column, c) => (model += column[k]! * fi[c]!));
    rest += (i[k]! - model) ** 2;
  }
  // a cos + b sin is the real part of (a - i b) exp(i w t)
  const [vr, vi, ir, ii] = [fv[2]!, -fv[3]!, fi[2]!, -fi[3]!];
  const power = ir * ir + ii * ii;
  return {
    frequency_Hz,
    real_ohm: (vr * ir + vi * ii) / power,
    imaginary_ohm: (vi * ir - vr * ii) / power,
    amplitude_V,
    amplitude_A,
    bias_V: fv[0]!,
    bias_A: fi[0]!,
    distortion: Math.hypot(fi[4]!, fi[5]!, fi[6]!, fi[7]!) / amplitude_A,
    noise: (Math.sqrt(rest / Math.max(1, i.length - 8)) * Math.SQRT2) / amplitude_A,
    samples: kept.length,
  };
}
