import type { LinearReadout } from "./softmaxRegression.ts";

/**
 * Signed weights as pairs of conductances: a junction cannot be negative, the difference of two columns can.
 *
 *   G+ = Gmin + (Gmax - Gmin) max(w, 0)/w_max,   G- = Gmin + (Gmax - Gmin) max(-w, 0)/w_max
 *   z_c = scale (I+_c - I-_c),   scale = w_max / (V_read (Gmax - Gmin))
 *
 * One row per input and one for the bias, which is always driven at V_read. The columns of a pair are neighbours
 * (2c is +, 2c + 1 is -), so that both see nearly the same voltage drop along the rows.
 * Differential pairs: Burr et al., IEEE Trans. Electron Devices 62, 3498 (2015), 10.1109/TED.2015.2439635.
 */
export interface DifferentialMapping {
  readonly inputs: number;
  readonly classes: number;
  /** (inputs + 1) x 2 classes, row-major, siemens. */
  readonly conductance_S: Float64Array;
  /** Lowest and highest conductance a junction may be given. */
  readonly range_S: readonly [number, number];
  /** Row voltage of an input of 1. */
  readonly read_V: number;
  /** logits = scale_perA (I+ - I-). */
  readonly scale_perA: number;
}

/** @throws RangeError when range or voltage is not positive and ascending, or the weights do not fit the readout */
export function mapDifferential(
  readout: LinearReadout,
  options: { readonly range_S: readonly [number, number]; readonly read_V: number },
): DifferentialMapping {
  const { inputs, classes, weights } = readout;
  const { range_S, read_V } = options;
  const [least_S, most_S] = range_S;
  if (!(least_S >= 0 && most_S > least_S && Number.isFinite(most_S)))
    throw new RangeError(`range_S is ${least_S} to ${most_S} S, allowed are 0 <= lowest < highest`);
  if (!(read_V > 0 && Number.isFinite(read_V))) throw new RangeError(`read_V is ${read_V}, allowed are values above 0`);
  if (weights.length !== (inputs + 1) * classes)
    throw new RangeError(`The readout has ${weights.length} weights, allowed are exactly ${(inputs + 1) * classes}`);
  let largest = 0;
  for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
  if (!(largest > 0 && Number.isFinite(largest)))
    throw new RangeError(`The largest weight is ${largest}, needed is a finite one above 0`);
  const perWeight_S = (most_S - least_S) / largest;
  const conductance_S = new Float64Array(2 * weights.length);
  weights.forEach((weight, k) => {
    conductance_S[2 * k] = least_S + perWeight_S * Math.max(weight, 0);
    conductance_S[2 * k + 1] = least_S + perWeight_S * Math.max(-weight, 0);
  });
  return { inputs, classes, conductance_S, range_S, read_V, scale_perA: 1 / (read_V * perWeight_S) };
}

/**
 * Inputs from 0 to 1 as row voltages, the bias row last.
 * @param features batch x inputs
 * @returns batch x (inputs + 1), volt
 */
export function encodeInputs(mapping: DifferentialMapping, features: Float64Array): Float64Array {
  const { inputs, read_V } = mapping;
  const batch = features.length / inputs;
  if (!Number.isInteger(batch)) throw new RangeError(`${features.length} features are no multiple of ${inputs} inputs`);
  const rows_V = new Float64Array(batch * (inputs + 1));
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < inputs; i++) rows_V[n * (inputs + 1) + i] = read_V * features[n * inputs + i]!;
    rows_V[n * (inputs + 1) + inputs] = read_V;
  }
  return rows_V;
}

/**
 * @param current_A batch x 2 classes
 * @returns batch x classes logits
 */
export function decodeLogits(mapping: DifferentialMapping, current_A: Float64Array): Float64Array {
  if (current_A.length % (2 * mapping.classes) !== 0)
    throw new RangeError(`${current_A.length} currents are no multiple of ${2 * mapping.classes} columns`);
  const logits = new Float64Array(current_A.length / 2);
  for (let k = 0; k < logits.length; k++) logits[k] = mapping.scale_perA * (current_A[2 * k]! - current_A[2 * k + 1]!);
  return logits;
}

/**
 * What the columns would carry without lines, amplifiers or noise: I_j = sum_i V_i G_ij, ampere.
 * The lab knows it too: it chose both the voltages and the conductances.
 */
export function expectedCurrents(mapping: DifferentialMapping, features: Float64Array): Float64Array {
  const columns = 2 * mapping.classes;
  const rows = mapping.inputs + 1;
  const rows_V = encodeInputs(mapping, features);
  const current_A = new Float64Array((rows_V.length / rows) * columns);
  for (let n = 0; n * rows < rows_V.length; n++)
    for (let i = 0; i < rows; i++) {
      const v = rows_V[n * rows + i]!;
      if (v === 0) continue;
      for (let j = 0; j < columns; j++) current_A[n * columns + j]! += v * mapping.conductance_S[i * columns + j]!;
    }
  return current_A;
}
