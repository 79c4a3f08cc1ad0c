/**
 * Discrete Fourier transform of a real record, length a power of two: radix-2 decimation in time on half the length
 * (Press et al., Numerical Recipes, 3rd ed., section 12.3). Tables are made once and shared by all records of that length.
 */
export interface RealTransform {
  readonly length: number;
  /** |X_k|^2 for k = 0 ... length / 2, X_k = sum_n x_n exp(-2 pi i k n / length). `out` has length / 2 + 1 places. */
  power(x: Float64Array, out: Float64Array): void;
}

/** @throws RangeError when the length is no power of two from 4 to 2^26 */
export function makeRealTransform(length: number): RealTransform {
  if (!(length >= 4 && length <= 2 ** 26 && Number.isInteger(Math.log2(length))))
    throw new RangeError(`transform length is ${length}, allowed are powers of two from 4 to 2^26`);
  const half = length / 2;
  const cosine = new Float64Array(half);
  const sine = new Float64Array(half);
  for (let k = 0; k < half; k++) {
    const angle = (2 * Math.PI * k) / length;
    cosine[k] = Math.cos(angle);
    sine[k] = Math.sin(angle);
  }
  const order = new Uint32Array(half);
  const bits = Math.log2(half);
  for (let k = 0; k < half; k++) order[k] = (order[k >> 1]! >> 1) | (k & 1 ? 1 << (bits - 1) : 0);
  const re = new Float64Array(half);
  const im = new Float64Array(half);

  return {
    length,
    power(x, out) {
      // even samples are the real part and odd ones the imaginary part of half as many complex ones
      for (let k = 0; k < half; k++) {
        const at = 2 * order[k]!;
        re[k] = x[at]!;
        im[k] = x[at + 1]!;
      }
      for (let size = 2; size <= half; size *= 2) {
        const step = length / size;
        const reach = size / 2;
        for (let start = 0; start < half; start += size)
          for (let k = 0, w = 0; k < reach; k++, w += step) {
            const a = start + k;
            const b = a + reach;
            const [c, s] = [cosine[w]!, sine[w]!];
            const tr = re[b]! * c + im[b]! * s;
            const ti = im[b]! * c - re[b]! * s;
            re[b] = re[a]! - tr;
            im[b] = im[a]! - ti;
            re[a]! += tr;
            im[a]! += ti;
          }
      }
      out[0] = (re[0]! + im[0]!) ** 2;
      out[half] = (re[0]! - im[0]!) ** 2;
      for (let k = 1; k < half; k++) {
        const m = half - k;
        const [er, ei] = [(re[k]! + re[m]!) / 2, (im[k]! - im[m]!) / 2];
        const [or, oi] = [(im[k]! + im[m]!) / 2, (re[m]! - re[k]!) / 2];
        const xr = er + cosine[k]! * or + sine[k]! * oi;
        const xi = ei + cosine[k]! * oi - sine[k]! * or;
        out[k] = xr * xr + xi * xi;
      }
    },
  };
}
