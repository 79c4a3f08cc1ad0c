import { solveLinear } from "../fit/linear.ts";
import { correctedAkaike } from "../fit/modelChoice.ts";
import { type ImpedancePoint, type ImpedanceSpectrum, pointsOf } from "./spectrum.ts";

export interface KramersKronigTest {
  /** RC elements used. */
  readonly elements: number;
  /** 1 - sum |negative resistances| / sum of positive ones. */
  readonly mu: number;
  /** (Z_fit - Z) / |Z| of each usable point, real and imaginary part. */
  readonly residualReal: Float64Array;
  readonly residualImaginary: Float64Array;
  readonly frequency_Hz: Float64Array;
  readonly largest: number;
  readonly rms: number;
  /** rms below the tolerance: linear, causal and stable while it was measured. */
  readonly consistent: boolean;
}

export interface KramersKronigOptions {
  /** Fixed number of RC elements; default by the criterion. */
  readonly elements?: number;
  /**
   * "aicc" (default): the count with the smallest AICc. "mu": the first count whose mu falls to `muLimit`, as published;
   * it takes any negative resistance for overfitting and so stops far too early on inductive arcs and on lone RC arcs.
   */
  readonly criterion?: "aicc" | "mu";
  /** Default 0.85, as published. */
  readonly muLimit?: number;
  /** Most elements tried, default the number of frequencies, at most 100. */
  readonly most?: number;
  /** rms of relative residuals that still counts as consistent, default 0.01. */
  readonly tolerance?: number;
}

/**
 * Linear Kramers-Kronig test (Lin-KK: Boukamp, J. Electrochem. Soc. 142, 1885 (1995), 10.1149/1.2044210;
 * the mu criterion after Schoenleber, Klotz & Ivers-Tiffee, Electrochim. Acta 131, 20 (2014), 10.1016/j.electacta.2014.01.034):
 * R + sum R_k / (1 + i w tau_k) + i w L + 1 / (i w C) with fixed tau over the band, R_k of any sign, linear least
 * squares with weights 1 / |Z|. What no such network can follow breaks causality, linearity or stability.
 * @throws RangeError naming what is not allowed; below 5 usable frequencies
 */
export function testKramersKronig(spectrum: ImpedanceSpectrum, options: KramersKronigOptions = {}): KramersKronigTest {
  const { muLimit = 0.85, tolerance = 0.01, criterion = "aicc" } = options;
  const points = pointsOf(spectrum);
  if (points.length < 5)
    throw new RangeError(`the spectrum has ${points.length} usable frequencies, allowed are 5 and more`);
  const most = Math.min(options.most ?? 100, points.length);
  const { elements } = options;
  if (elements !== undefined && !(Number.isInteger(elements) && elements >= 2 && elements <= 2 * points.length - 3))
    throw new RangeError(`elements is ${elements}, allowed are 2 to ${2 * points.length - 3}`);
  let found = fitVoigt(points, elements ?? 2);
  if (elements === undefined && criterion === "mu")
    for (let count = 3; count <= most && found.mu > muLimit; count++) found = fitVoigt(points, count);
  else if (elements === undefined)
    for (let count = 3; count <= most; count++) {
      const next = fitVoigt(points, count);
      if (judge(next) < judge(found)) found = next;
    }
  let [squares, largest] = [0, 0];
  points.forEach((_, k) => {
    const [re, im] = [found.real[k]!, found.imaginary[k]!];
    squares += re * re + im * im;
    largest = Math.max(largest, Math.abs(re), Math.abs(im));
  });
  const rms = Math.sqrt(squares / points.length);
  return {
    elements: found.elements,
    mu: found.mu,
    residualReal: found.real,
    residualImaginary: found.imaginary,
    frequency_Hz: Float64Array.from(points, ({ w }) => w / (2 * Math.PI)),
    largest,
    rms,
    consistent: rms < tolerance,
  };
}

function fitVoigt(points: readonly ImpedancePoint[], elements: number) {
  const n = points.length;
  const w = points.map((point) => point.w);
  const [slow, fast] = [Math.min(...w), Math.max(...w)];
  const taus = Array.from({ length: elements }, (_, k) => (1 / fast) * (fast / slow) ** (k / (elements - 1)));
  const columns: Float64Array[] = [];
  const add = (part: (w: number) => readonly [number, number]) => {
    const column = new Float64Array(2 * n);
    points.forEach((point, k) => {
      const [re, im] = part(point.w);
      column[k] = re / point.size;
      column[n + k] = im / point.size;
    });
    columns.push(column);
  };
  add(() => [1, 0]);
  for (const tau of taus)
    add((at) => {
      const x = at * tau;
      return [1 / (1 + x * x), -x / (1 + x * x)];
    });
  add((at) => [0, at]);
  add((at) => [0, -1 / at]);
  const right = new Float64Array(2 * n);
  points.forEach((point, k) => {
    right[k] = point.re / point.size;
    right[n + k] = point.im / point.size;
  });
  const solution = solveLinear(columns, right);
  let [positive, negative] = [0, 0];
  for (let k = 1; k <= elements; k++) {
    const r = solution[k]!;
    if (r < 0) negative -= r;
    else positive += r;
  }
  const difference = right.map((value) => -value);
  columns.forEach((column, i) => column.forEach((value, k) => (difference[k]! += value * solution[i]!)));
  return {
    elements,
    mu: 1 - negative / positive,
    real: difference.subarray(0, n),
    imaginary: difference.subarray(n),
  };
}

function judge({ elements, real, imaginary }: ReturnType<typeof fitVoigt>): number {
  let sumOfSquares = 0;
  for (let k = 0; k < real.length; k++) sumOfSquares += real[k]! ** 2 + imaginary[k]! ** 2;
  const n = 2 * real.length;
  // residuals below 1e-12 are rounding: more elements do not fit better
  return correctedAkaike({ name: "", n, parameters: elements + 3, sumOfSquares }, n * 1e-24);
}
