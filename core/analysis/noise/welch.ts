import { makeRealTransform } from "./fourier.ts";

export const WINDOWS = ["hann", "hamming", "blackman", "rectangular", "flat-top"] as const;
export type WindowName = (typeof WINDOWS)[number];

export interface WelchOptions {
  /** Samples per segment, a power of two; default the largest that gives 8 segments, at most 65536. */
  readonly segment?: number;
  /** Part of a segment that the next one repeats, 0 to 0.95; default 0.5. */
  readonly overlap?: number;
  /** Default hann. */
  readonly window?: WindowName;
  /** What is taken off each segment: its mean (default), its straight line, or nothing. */
  readonly detrend?: "mean" | "line" | "none";
}

/** One-sided power spectral density of a record. */
export interface Spectrum {
  readonly frequency_Hz: Float64Array;
  /** Unit of the record squared per hertz; its integral from 0 to half the sample rate is the variance. */
  readonly density: Float64Array;
  readonly segments: number;
  /** Segments left out because they hold a lost sample. */
  readonly skipped: number;
  /** Averages that count as independent: overlapping segments share samples. */
  readonly averages: number;
  /** Equivalent noise bandwidth of a bin, hertz: what a line is spread over. */
  readonly bandwidth_Hz: number;
}

/** Cosine terms of Harris, Proc. IEEE 66, 51 (1978), 10.1109/PROC.1978.10837; flat-top of D'Antona & Ferrero (2006), as SciPy and MATLAB have it. */
const TERMS: Record<WindowName, readonly number[]> = {
  hann: [0.5, -0.5],
  hamming: [0.54, -0.46],
  blackman: [0.42, -0.5, 0.08],
  rectangular: [1],
  "flat-top": [0.21557895, -0.41663158, 0.277263158, -0.083578947, 0.006947368],
};

/** The window's values, periodic. */
export function makeWindow(name: WindowName, length: number): Float64Array {
  return Float64Array.from({ length }, (_, k) =>
    TERMS[name].reduce((sum, term, m) => sum + term * Math.cos((2 * Math.PI * m * k) / length), 0),
  );
}

/**
 * Power spectral density by averaged, windowed segments (Welch, IEEE Trans. Audio Electroacoust. 15, 70 (1967),
 * 10.1109/TAU.1967.1161901). A segment with a lost sample (NaN) is left out whole, never interpolated.
 * @throws RangeError naming what is not allowed; when no segment is whole
 */
export function measureSpectrum(
  record: ArrayLike<number>,
  samplePeriod_s: number,
  options: WelchOptions = {},
): Spectrum {
  const { overlap = 0.5, window = "hann", detrend = "mean" } = options;
  if (!(samplePeriod_s > 0)) throw new RangeError(`samplePeriod_s is ${samplePeriod_s}, allowed are positive numbers`);
  if (!(overlap >= 0 && overlap <= 0.95)) throw new RangeError(`overlap is ${overlap}, allowed is 0 to 0.95`);
  if (record.length < 4) throw new RangeError(`the record has ${record.length} samples, allowed are 4 and more`);
  const segment = options.segment ?? defaultSegment(record.length, overlap);
  if (segment > record.length)
    throw new RangeError(`segment is ${segment} samples, allowed are at most the record's ${record.length}`);
  const transform = makeRealTransform(segment);
  const weights = makeWindow(window, segment);
  let [first, second] = [0, 0];
  for (const w of weights) {
    first += w;
    second += w * w;
  }
  const half = segment / 2;
  const density = new Float64Array(half + 1);
  const power = new Float64Array(half + 1);
  const piece = new Float64Array(segment);
  const hop = Math.max(1, Math.round(segment * (1 - overlap)));
  const centre = (segment - 1) / 2;
  const spread = (segment * (segment * segment - 1)) / 12;
  let [segments, skipped] = [0, 0];
  for (let start = 0; start + segment <= record.length; start += hop) {
    let [sum, moment] = [0, 0];
    for (let k = 0; k < segment; k++) {
      const value = record[start + k]!;
      sum += value;
      moment += value * (k - centre);
      piece[k] = value;
    }
    if (!Number.isFinite(sum)) {
      skipped++;
      continue;
    }
    const level = detrend === "none" ? 0 : sum / segment;
    const slope = detrend === "line" ? moment / spread : 0;
    for (let k = 0; k < segment; k++) piece[k] = (piece[k]! - level - slope * (k - centre)) * weights[k]!;
    transform.power(piece, power);
    for (let k = 0; k <= half; k++) density[k]! += power[k]!;
    segments++;
  }
  if (segments === 0)
    throw new RangeError(
      `none of the ${skipped} segments of ${segment} samples is without a lost sample, take shorter ones`,
    );
  const scale = (2 * samplePeriod_s) / (second * segments);
  for (let k = 0; k <= half; k++) density[k]! *= k === 0 || k === half ? scale / 2 : scale;
  return {
    frequency_Hz: Float64Array.from(density, (_, k) => k / (segment * samplePeriod_s)),
    density,
    segments,
    skipped,
    averages: independentAverages(weights, second, hop, segments),
    bandwidth_Hz: second / (first * first * samplePeriod_s),
  };
}

/** Variance of the average of K overlapping periodograms: 1/K (1 + 2 sum (1 - j/K) rho_j^2), Welch's equation 18. */
function independentAverages(weights: Float64Array, power: number, hop: number, segments: number): number {
  let factor = 1;
  for (let j = 1; j < segments && j * hop < weights.length; j++) {
    let rho = 0;
    for (let k = 0; k + j * hop < weights.length; k++) rho += weights[k]! * weights[k + j * hop]!;
    factor += 2 * (1 - j / segments) * (rho / power) ** 2;
  }
  return segments / factor;
}

function defaultSegment(samples: number, overlap: number): number {
  const longest = samples / (1 + 7 * (1 - overlap));
  return 2 ** Math.min(16, Math.max(2, Math.floor(Math.log2(longest))));
}

/** Integral of the density between two frequencies, by trapezoids: the variance in that band. Root of it is the rms noise. */
export function bandVariance(
  spectrum: Pick<Spectrum, "frequency_Hz" | "density">,
  from_Hz: number,
  to_Hz: number,
): number {
  const { frequency_Hz: f, density } = spectrum;
  let sum = 0;
  for (let k = 1; k < f.length; k++) {
    const low = Math.max(from_Hz, f[k - 1]!);
    const high = Math.min(to_Hz, f[k]!);
    if (high <= low) continue;
    const at = (x: number) =>
      density[k - 1]! + ((density[k]! - density[k - 1]!) * (x - f[k - 1]!)) / (f[k]! - f[k - 1]!);
    sum += ((at(low) + at(high)) / 2) * (high - low);
  }
  return sum;
}
