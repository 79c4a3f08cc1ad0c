/** An impedance spectrum: three columns of one length. */
export interface ImpedanceSpectrum {
  readonly frequency_Hz: ArrayLike<number>;
  readonly real_ohm: ArrayLike<number>;
  readonly imaginary_ohm: ArrayLike<number>;
}

/** The finite points of a spectrum as angular frequency and impedance, in the order given. */
export interface ImpedancePoint {
  readonly w: number;
  readonly re: number;
  readonly im: number;
  readonly size: number;
}

/** @throws RangeError for columns of different lengths or a frequency that is not positive */
export function pointsOf(spectrum: ImpedanceSpectrum): ImpedancePoint[] {
  const { frequency_Hz, real_ohm, imaginary_ohm } = spectrum;
  const n = frequency_Hz.length;
  if (real_ohm.length !== n || imaginary_ohm.length !== n)
    throw new RangeError(
      `the spectrum has ${n} frequencies, ${real_ohm.length} real and ${imaginary_ohm.length} imaginary parts, they must be equal`,
    );
  const points: ImpedancePoint[] = [];
  for (let k = 0; k < n; k++) {
    const f = frequency_Hz[k]!;
    if (!(f > 0)) throw new RangeError(`frequency_Hz[${k}] is ${f}, allowed are positive numbers`);
    const [re, im] = [real_ohm[k]!, imaginary_ohm[k]!];
    const size = Math.hypot(re, im);
    if (Number.isFinite(size) && size > 0) points.push({ w: 2 * Math.PI * f, re, im, size });
  }
  return points;
}
