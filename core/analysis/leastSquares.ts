/**
 * Solves the symmetric normal equations M x = b by elimination with pivoting; for the three or four parameters of a fit.
 * @param matrix n x n, not changed
 * @returns undefined when the matrix is singular to rounding
 */
export function solveSmall(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | undefined {
  const n = right.length;
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0]);
  for (let pivot = 0; pivot < n; pivot++) {
    let best = pivot;
    for (let i = pivot + 1; i < n; i++)
      if (Math.abs(rows[i]?.[pivot] ?? 0) > Math.abs(rows[best]?.[pivot] ?? 0)) best = i;
    const chosen = rows[best];
    const other = rows[pivot];
    if (!chosen || !other) return undefined;
    rows[pivot] = chosen;
    rows[best] = other;
    const head = chosen[pivot] ?? 0;
    if (Math.abs(head) < 1e-300) return undefined;
    for (let i = 0; i < n; i++) {
      const row = rows[i];
      if (i === pivot || !row) continue;
      const factor = (row[pivot] ?? 0) / head;
      if (factor !== 0) for (let j = pivot; j <= n; j++) row[j] = (row[j] ?? 0) - factor * (chosen[j] ?? 0);
    }
  }
  const solution = rows.map((row, i) => (row[n] ?? 0) / (row[i] ?? 0));
  return solution.every(Number.isFinite) ? solution : undefined;
}

/** Inverse of a small symmetric matrix, column by column; undefined when it is singular. */
export function invertSmall(matrix: readonly (readonly number[])[]): number[][] | undefined {
  const columns = matrix.map((_, j) =>
    solveSmall(
      matrix,
      matrix.map((_row, i) => (i === j ? 1 : 0)),
    ),
  );
  if (columns.some((column) => column === undefined)) return undefined;
  return matrix.map((_, i) => columns.map((column) => column?.[i] ?? 0));
}

/** Minimum of a function with one valley in [low, high], golden section to sqrt(epsilon). */
export function minimise(f: (x: number) => number, low: number, high: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [low, high];
  let x1 = b - ratio * (b - a);
  let x2 = a + ratio * (b - a);
  let [f1, f2] = [f(x1), f(x2)];
  for (let k = 0; k < 100 && b - a > 1e-12 * (Math.abs(a) + Math.abs(b)); k++) {
    if (f1 <= f2) {
      b = x2;
      [x2, f2] = [x1, f1];
      x1 = b - ratio * (b - a);
      f1 = f(x1);
    } else {
      a = x1;
      [x1, f1] = [x2, f2];
      x2 = a + ratio * (b - a);
      f2 = f(x2);
    }
  }
  return (a + b) / 2;
}
