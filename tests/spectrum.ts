/** Power spectra for tests of noise: periodogram by a radix-2 transform, averaged over segments. */

/** In place, length a power of two. */
function transform(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j] ?? 0, re[i] ?? 0];
      [im[i], im[j]] = [im[j] ?? 0, im[i] ?? 0];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const angle = (-2 * Math.PI) / size;
    for (let start = 0; start < n; start += size)
      for (let k = 0; k < size / 2; k++) {
        const [c, s] = [Math.cos(angle * k), Math.sin(angle * k)];
        const [a, b] = [start + k, start + k + size / 2];
        const x = (re[b] ?? 0) * c - (im[b] ?? 0) * s;
        const y = (re[b] ?? 0) * s + (im[b] ?? 0) * c;
        re[b] = (re[a] ?? 0) - x;
        im[b] = (im[a] ?? 0) - y;
        re[a] = (re[a] ?? 0) + x;
        im[a] = (im[a] ?? 0) + y;
      }
  }
}

/**
 * One-sided density of a sampled signal, Hann window, segments of `length` samples overlapping by half.
 * @returns density at k / (length dt), k = 0 ... length / 2
 */
export function density(signal: Float64Array, dt_s: number, length: number): Float64Array {
  const sum = new Float64Array(length / 2 + 1);
  const window = Float64Array.from({ length }, (_, k) => 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / length));
  const power = window.reduce((total, w) => total + w * w, 0);
  let segments = 0;
  for (let start = 0; start + length <= signal.length; start += length / 2, segments++) {
    const re = window.map((w, k) => w * (signal[start + k] ?? 0));
    const im = new Float64Array(length);
    transform(re, im);
    for (let k = 0; k < sum.length; k++)
      sum[k] = (sum[k] ?? 0) + (2 * dt_s * ((re[k] ?? 0) ** 2 + (im[k] ?? 0) ** 2)) / power;
  }
  return sum.map((value) => value / segments);
}

/** Mean of a density between two frequencies. */
export function band(psd: Float64Array, dt_s: number, from_Hz: number, to_Hz: number): number {
  const step_Hz = 1 / (2 * (psd.length - 1) * dt_s);
  const part = psd.slice(Math.ceil(from_Hz / step_Hz), Math.floor(to_Hz / step_Hz) + 1);
  return part.reduce((total, value) => total + value, 0) / part.length;
}
