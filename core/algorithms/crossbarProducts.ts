import type { ArrayBackend } from "../arrayBackend.ts";
import type { ProductReadout } from "../stimulus.ts";
import { type DifferentialMapping, encodeInputs } from "./differentialMapping.ts";

/** How inputs are read through an array. */
export interface InferenceOptions {
  /** Time per input vector, default 10 ms, and pause after it, default 0. */
  readonly integration_s?: number;
  readonly rest_s?: number;
  /** Full scale asked of the amplifiers, default "auto". */
  readonly currentRange_A?: number | "auto";
  /** Input vectors per call of `multiply`, default 256: an abort is noticed between calls. */
  readonly batch?: number;
  readonly signal?: AbortSignal;
}

export interface MeasuredProducts {
  /** count x 2 classes, ampere. */
  readonly current_A: Float64Array;
  /** Readings at which an amplifier saturated. */
  readonly overloads: number;
}

/**
 * Column currents of an array that carries `mapping`, for every input vector.
 * @param features count x inputs, 0 to 1
 * @throws RangeError when the array has not exactly the rows and columns of the mapping; whatever `multiply` throws
 */
export async function measureProducts(
  array: ArrayBackend,
  mapping: DifferentialMapping,
  features: Float64Array,
  options: InferenceOptions = {},
): Promise<MeasuredProducts> {
  const columns = 2 * mapping.classes;
  const rows = mapping.inputs + 1;
  if (array.grid.rows !== rows || array.grid.columns !== columns)
    throw new RangeError(
      `The array has ${array.grid.rows} x ${array.grid.columns} junctions, the mapping needs ${rows} x ${columns}`,
    );
  const { batch = 256, signal = new AbortController().signal } = options;
  const readout = productReadout(columns, options);
  const count = features.length / mapping.inputs;
  const current_A = new Float64Array(count * columns);
  let overloads = 0;
  for (let first = 0; first < count; first += batch) {
    const part = features.subarray(first * mapping.inputs, Math.min(count, first + batch) * mapping.inputs);
    const products = await array.multiply(encodeInputs(mapping, part), readout, signal);
    current_A.set(products.current_A, first * columns);
    overloads += products.overloads;
  }
  return { current_A, overloads };
}

/** The readout of one product over all columns. */
export function productReadout(columns: number, options: InferenceOptions): ProductReadout {
  const { integration_s = 0.01, rest_s = 0, currentRange_A = "auto" } = options;
  return { integration_s, rest_s, currentRange_A, columns: Array.from({ length: columns }, (_, j) => j) };
}
