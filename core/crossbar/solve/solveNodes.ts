import type { Elimination } from "./factorNetwork.ts";

/**
 * Forward and back substitution with the factors of factorNetwork.ts, in place:
 *     forward  J_n += c_kn J_k,    back  x_k = J_k / Y_k + sum_n c_kn x_n
 * All coefficients are >= 0, so injections of one sign give potentials with full relative accuracy.
 *
 * @param row, column rows * columns injected currents (ampere) of the nodes W and B; replaced by their potentials (volt)
 *   with every driven terminal at 0 V
 */
export function solveNodes(factors: Elimination, row: Float64Array, column: Float64Array): void {
  const { network, transposed, slices, width, coefficients, pivots_S } = factors;
  const sliceStride = transposed ? 1 : network.columns;
  const frontStride = transposed ? network.columns : 1;
  const line = transposed ? column : row;
  const crossing = transposed ? row : column;
  const front = new Float64Array(width);
  let at = 0;
  let node = 0;
  for (let slice = 0; slice < slices; slice++) {
    const first = slice * sliceStride;
    let carried = 0;
    for (let j = 0; j < width; j++) {
      const index = first + j * frontStride;
      const current = line[index] + carried;
      line[index] = current / pivots_S[node++];
      for (let k = 0; k <= j; k++) front[k] += coefficients[at + k] * current;
      carried = coefficients[at + j + 1] * current;
      at += j + 2;
    }
    for (let j = 0; j < width; j++) front[j] += crossing[first + j * frontStride];
    for (let j = 0; j < width; j++) {
      const current = front[j];
      crossing[first + j * frontStride] = current / pivots_S[node++];
      front[j] = 0; // from here on place j belongs to the next slice
      for (let k = 0; k < width; k++) front[k] += coefficients[at + k] * current;
      at += width;
    }
  }
  front.fill(0);
  for (let slice = slices - 1; slice >= 0; slice--) {
    const first = slice * sliceStride;
    for (let j = width - 1; j >= 0; j--) {
      const index = first + j * frontStride;
      at -= width;
      let potential = crossing[index];
      for (let k = 0; k < width; k++) potential += coefficients[at + k] * front[k];
      front[j] = potential;
      crossing[index] = potential;
    }
    let next = 0;
    for (let j = width - 1; j >= 0; j--) {
      const index = first + j * frontStride;
      at -= j + 2;
      let potential = line[index] + coefficients[at + j + 1] * next;
      for (let k = 0; k <= j; k++) potential += coefficients[at + k] * front[k];
      line[index] = potential;
      next = potential;
    }
  }
}
