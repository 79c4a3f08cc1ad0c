import type { NoFit } from "../expFit.ts";
import { type CurveFit, type Estimate, fitFromStarts } from "../fit/curveFit.ts";
import { type Circuit, parseCircuit } from "./circuit.ts";
import { type ImpedancePoint, type ImpedanceSpectrum, pointsOf } from "./spectrum.ts";

/**
 * How residuals are weighted: by the impedance of each point (1/|Z|, relative errors, the usual choice),
 * each part by itself (1/|Re|, 1/|Im|), or not at all.
 */
export type ImpedanceWeights = "modulus" | "proportional" | "unit";

export interface ImpedanceFit {
  readonly kind: "fit";
  readonly circuit: Circuit;
  readonly values: readonly ({ readonly name: string; readonly unit: string } & Estimate)[];
  /** Sum of squared weighted residuals over the degrees of freedom, 2 n - p. */
  readonly reducedChiSquare: number;
  /** Largest |Z_fit - Z| / |Z|. */
  readonly largestRelative: number;
  /** Parameters that the spectrum says little about: 95 % interval wider than the value. */
  readonly vague: readonly string[];
  readonly fit: CurveFit;
}

export interface ImpedanceFitOptions {
  readonly weights?: ImpedanceWeights;
  /** Where the search begins, in the order of the circuit's parameters; default from the spectrum itself. */
  readonly start?: readonly number[];
}

/**
 * Complex non-linear least squares of an equivalent circuit (Boukamp, Solid State Ionics 20, 31 (1986),
 * 10.1016/0167-2738(86)90031-7). Every parameter is searched in its logarithm and stays positive; a CPE exponent is kept
 * below 1 by a logistic map, so that its interval is inside 0 to 1 too.
 * Without a start, resistances begin at parts of |Z| and time constants spread over the band in several orders.
 */
export function fitImpedance(
  spectrum: ImpedanceSpectrum,
  circuit: string | Circuit,
  options: ImpedanceFitOptions = {},
): ImpedanceFit | NoFit {
  const model = typeof circuit === "string" ? parseCircuit(circuit) : circuit;
  const { weights = "modulus", start } = options;
  const points = pointsOf(spectrum);
  const names = model.parameters.map(({ name }) => name);
  if (start && start.length !== names.length)
    throw new RangeError(
      `start has ${start.length} values, circuit ${model.text} has ${names.length}: ${names.join(", ")}`,
    );
  if (2 * points.length <= names.length)
    return {
      kind: "none",
      reason: `${names.length} parameters need more than ${Math.ceil(names.length / 2)} frequencies, there are ${points.length}`,
    };
  const isExponent = names.map((name) => name.endsWith(".n"));
  const z = new Float64Array(2);
  const actual = new Float64Array(names.length);
  const bend = (p: ArrayLike<number>) => {
    // p / (1 + p): the positive search variable of an exponent, 0 to 1
    for (let i = 0; i < actual.length; i++) actual[i] = isExponent[i] ? p[i]! / (1 + p[i]!) : p[i]!;
    return actual;
  };
  const scales = points.map(({ re, im, size }) =>
    weights === "unit" ? [1, 1] : weights === "modulus" ? [size, size] : [floor(re, size), floor(im, size)],
  );
  const unit = weights === "unit" ? Math.max(...points.map(({ size }) => size)) : 1;
  const starts = start ? [start] : guessStarts(model, points);
  const fit = fitFromStarts(
    (p, out) => {
      const values = bend(p);
      points.forEach((point, k) => {
        model.impedance(values, point.w, z);
        out[2 * k] = (z[0]! - point.re) / (scales[k]![0]! * unit);
        out[2 * k + 1] = (z[1]! - point.im) / (scales[k]![1]! * unit);
      });
    },
    2 * points.length,
    starts.map((values) => values.map((value, i) => (isExponent[i] ? value / (1 - Math.min(value, 0.9999)) : value))),
    { positive: names.map(() => true), iterations: 400 },
  );
  if (fit.kind === "none") return fit;
  const values = fit.parameters.map((parameter, i) => {
    const map = (p: number) => (isExponent[i] ? p / (1 + p) : p);
    const slope = isExponent[i] ? 1 / (1 + parameter.value) ** 2 : 1;
    const [low, high] = parameter.interval95;
    return {
      ...model.parameters[i]!,
      value: map(parameter.value),
      standardError: parameter.standardError * slope,
      interval95: [map(low), map(Math.min(high, Number.MAX_VALUE))] as const,
    };
  });
  const found = Float64Array.from(values, ({ value }) => value);
  let largestRelative = 0;
  for (const point of points) {
    model.impedance(found, point.w, z);
    largestRelative = Math.max(largestRelative, Math.hypot(z[0]! - point.re, z[1]! - point.im) / point.size);
  }
  return {
    kind: "fit",
    circuit: model,
    values,
    reducedChiSquare: (fit.sumOfSquares * unit * unit) / (2 * points.length - names.length),
    largestRelative,
    vague: values.filter(({ value, interval95: [low, high] }) => high - low > Math.abs(value)).map(({ name }) => name),
    fit,
  };
}

/** The fitted impedance at given frequencies. */
export function evaluateImpedance(found: ImpedanceFit, frequency_Hz: ArrayLike<number>): ImpedanceSpectrum {
  const values = Float64Array.from(found.values, ({ value }) => value);
  const z = new Float64Array(2);
  const real_ohm = new Float64Array(frequency_Hz.length);
  const imaginary_ohm = new Float64Array(frequency_Hz.length);
  for (let k = 0; k < frequency_Hz.length; k++) {
    found.circuit.impedance(values, 2 * Math.PI * frequency_Hz[k]!, z);
    real_ohm[k] = z[0]!;
    imaginary_ohm[k] = z[1]!;
  }
  return { frequency_Hz, real_ohm, imaginary_ohm };
}

/** A part that passes through zero would weigh without bound: a thousandth of the modulus is its least size. */
function floor(part: number, size: number): number {
  return Math.max(Math.abs(part), 1e-3 * size);
}

/** Places of time constants in the band, per start; each element takes the next one, in both orders. */
const SPREADS = [
  [0.5],
  [0.2, 0.8],
  [0.8, 0.2],
  [0.1, 0.5, 0.9],
  [0.9, 0.5, 0.1],
  [0.35, 0.65],
  [0.65, 0.35],
  [0.05, 0.3],
];

function guessStarts(circuit: Circuit, points: readonly ImpedancePoint[]): number[][] {
  const sizes = points.map(({ size }) => size).sort((a, b) => a - b);
  const [low, middle, high] = [sizes[0]!, sizes[sizes.length >> 1]!, sizes.at(-1)!];
  const w = points.map((point) => point.w).sort((a, b) => a - b);
  const [slow, fast] = [w[0]!, w.at(-1)!];
  return SPREADS.flatMap((spread) =>
    [
      [low, Math.sqrt(low * high)],
      [low, high],
      [high, high],
    ].map(([first = high, scale = high]) => {
      let reactive = 0;
      let resistive = 0;
      return circuit.parameters.map(({ name }) => {
        if (name.endsWith(".n")) return 0.85;
        if (name.startsWith("R")) return resistive++ === 0 ? first : scale;
        if (name.endsWith(".R")) return middle;
        const at = slow * (fast / slow) ** spread[reactive++ % spread.length]!;
        if (name.endsWith(".T")) return 1 / at;
        if (name.startsWith("L")) return scale / at;
        if (name.startsWith("W")) return middle * Math.sqrt(at);
        if (name.endsWith(".Q")) return 1 / (scale * at ** 0.85);
        return 1 / (scale * at);
      });
    }),
  );
}
