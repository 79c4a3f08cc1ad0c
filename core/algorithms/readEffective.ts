import type { ArrayBackend } from "../arrayBackend.ts";
import { type InferenceOptions, productReadout } from "./crossbarProducts.ts";

/**
 * The array as its terminals see it: one row at a time at `read_V`, all others at 0 V, every column current divided by
 * the voltage. Without lines it is the conductance map; with lines it is the matrix that products really use.
 * @returns rows x columns, row-major, siemens
 */
export async function readEffective(
  array: ArrayBackend,
  read_V: number,
  options: InferenceOptions = {},
): Promise<Float64Array> {
  const { rows, columns } = array.grid;
  const { batch = 256, signal = new AbortController().signal } = options;
  const readout = productReadout(columns, options);
  const effective_S = new Float64Array(rows * columns);
  for (let first = 0; first < rows; first += batch) {
    const count = Math.min(batch, rows - first);
    const inputs_V = new Float64Array(count * rows);
    for (let k = 0; k < count; k++) inputs_V[k * rows + first + k] = read_V;
    const { current_A } = await array.multiply(inputs_V, readout, signal);
    for (let k = 0; k < current_A.length; k++) effective_S[first * columns + k] = current_A[k]! / read_V;
  }
  return effective_S;
}
