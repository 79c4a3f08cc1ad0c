/** One second-order section, y_n = b0 x_n + b1 x_(n-1) + b2 x_(n-2) - a1 y_(n-1) - a2 y_(n-2). */
export interface Section {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

/**
 * Poles of Bessel low-passes with -3 dB at 1 rad/s, upper half plane: reverse Bessel polynomials normalised in magnitude, as
 * scipy.signal.bessel(n, 1, analog=True, norm="mag") (scipy 1.17.1) gives them.
 */
const POLES: Readonly<Record<BesselOrder, readonly (readonly [number, number])[]>> = {
  4: [
    [-1.3700678305514422, 0.41024971749375155],
    [-0.995208764350272, 1.257105739454664],
  ],
  8: [
    [-1.757408400401653, 0.2728675751022327],
    [-1.6369394181268888, 0.8227956251396998],
    [-1.3738412176373769, 1.388356575877563],
    [-0.8928697188471375, 1.9983258436413065],
  ],
};

export type BesselOrder = 4 | 8;

/**
 * The digital model of an amplifier's Bessel filter: bilinear transform with the corner in its place.
 * @throws RangeError unless the corner lies between 0 and half the sampling rate
 */
export function designBessel(order: BesselOrder, corner_Hz: number, rate_Hz: number): readonly Section[] {
  if (!(corner_Hz > 0 && corner_Hz < rate_Hz / 2))
    throw new RangeError(`corner_Hz is ${corner_Hz}, allowed is more than 0 and less than half of ${rate_Hz} Hz`);
  // the bilinear transform bends frequencies; bent before, the corner comes out right
  const warped = Math.tan((Math.PI * corner_Hz) / rate_Hz);
  return POLES[order].map(([re, im]) => {
    const [sigma, omega2] = [-2 * re * warped, (re * re + im * im) * warped * warped];
    const scale = 1 + sigma + omega2;
    const b0 = omega2 / scale;
    return { b: [b0, 2 * b0, b0], a: [(2 * (omega2 - 1)) / scale, (1 - sigma + omega2) / scale] };
  });
}

/** Filters a record from the steady state of its first sample on; NaN stays where it is and does not spread. */
export function filterSections(sections: readonly Section[], record: ArrayLike<number>): Float64Array {
  const out = Float64Array.from(record);
  for (const { b, a } of sections) {
    let [x1, x2, y1, y2] = [Number.NaN, 0, 0, 0];
    for (let n = 0; n < out.length; n++) {
      const x = out[n] ?? Number.NaN;
      if (Number.isNaN(x)) continue;
      // unit gain at rest
      if (Number.isNaN(x1)) x1 = x2 = y1 = y2 = x;
      const y = b[0] * x + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2;
      [x2, x1, y2, y1] = [x1, x, y1, y];
      out[n] = y;
    }
  }
  return out;
}

/** |H| at one frequency. */
export function gainAt(sections: readonly Section[], frequency_Hz: number, rate_Hz: number): number {
  const w = (2 * Math.PI * frequency_Hz) / rate_Hz;
  const power = (c0: number, c1: number, c2: number) =>
    (c0 + c1 * Math.cos(w) + c2 * Math.cos(2 * w)) ** 2 + (c1 * Math.sin(w) + c2 * Math.sin(2 * w)) ** 2;
  return sections.reduce((gain, { b, a }) => gain * Math.sqrt(power(...b) / power(1, a[0], a[1])), 1);
}
