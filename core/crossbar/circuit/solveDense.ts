/**
 * Solves A x = b in place by elimination with row scaling and partial pivoting. Circuits have tens of unknowns, whose rows
 * differ by twelve decades (siemens of pores beside ones of sources): hence the scaling.
 * @param matrix n x n, row-major, overwritten
 * @param x right side, overwritten by the solution
 * @returns the row that cannot be eliminated, -1 when solved
 */
export function solveDense(matrix: Float64Array, x: Float64Array, order: Int32Array): number {
  const n = x.length;
  for (let i = 0; i < n; i++) {
    let largest = 0;
    for (let j = 0; j < n; j++) largest = Math.max(largest, Math.abs(matrix[i * n + j]));
    if (!(largest > 0)) return i;
    // a power of two: scaling rounds nothing
    const scale = 2 ** -Math.round(Math.log2(largest));
    for (let j = 0; j < n; j++) matrix[i * n + j] *= scale;
    x[i] *= scale;
    order[i] = i;
  }
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++)
      if (Math.abs(matrix[order[i] * n + k]) > Math.abs(matrix[order[pivot] * n + k])) pivot = i;
    const chosen = order[pivot];
    order[pivot] = order[k];
    order[k] = chosen;
    const diagonal = matrix[chosen * n + k];
    if (!(Math.abs(diagonal) > 1e-300)) return chosen;
    for (let i = k + 1; i < n; i++) {
      const row = order[i];
      const factor = matrix[row * n + k] / diagonal;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) matrix[row * n + j] -= factor * matrix[chosen * n + j];
      x[row] -= factor * x[chosen];
    }
  }
  const solution = new Float64Array(n);
  for (let k = n - 1; k >= 0; k--) {
    const row = order[k];
    let sum = x[row];
    for (let j = k + 1; j < n; j++) sum -= matrix[row * n + j] * solution[j];
    solution[k] = sum / matrix[row * n + k];
  }
  x.set(solution);
  return -1;
}
