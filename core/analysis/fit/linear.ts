/**
 * Linear least squares |A x - b| by Householder's QR with column pivoting and column scaling (Golub & Van Loan, Matrix
 * Computations, 4th ed., algorithm 5.4.1): columns that depend on the others to rounding get 0.
 * @param columns of A, each as long as `right`; not changed
 */
export function solveLinear(columns: readonly Float64Array[], right: Float64Array): Float64Array {
  const m = right.length;
  const n = columns.length;
  const norms = columns.map((column) => Math.sqrt(sumOfSquares(column, 0)) || 1);
  const a = columns.map((column, j) => column.map((value) => value / norms[j]!));
  const b = right.slice();
  const order = a.map((_, j) => j);
  let rank = 0;
  for (let k = 0; k < Math.min(m, n); k++) {
    let best = k;
    let longest = -1;
    for (let j = k; j < n; j++) {
      const left = sumOfSquares(a[j]!, k);
      if (left > longest) [best, longest] = [j, left];
    }
    if (!(Math.sqrt(longest) > 1e-14 * Math.sqrt(m))) break;
    [a[k], a[best]] = [a[best]!, a[k]!];
    [order[k], order[best]] = [order[best]!, order[k]!];
    const column = a[k]!;
    const alpha = column[k]! > 0 ? -Math.sqrt(longest) : Math.sqrt(longest);
    const head = column[k]! - alpha;
    // v = (head, column below); v^T v = 2 alpha (alpha - column_k)
    const half = -alpha * head;
    const reflect = (target: Float64Array) => {
      let product = head * target[k]!;
      for (let i = k + 1; i < m; i++) product += column[i]! * target[i]!;
      const factor = product / half;
      target[k]! -= factor * head;
      for (let i = k + 1; i < m; i++) target[i]! -= factor * column[i]!;
    };
    for (let j = k + 1; j < n; j++) reflect(a[j]!);
    reflect(b);
    column[k] = alpha;
    rank = k + 1;
  }
  const x = new Float64Array(n);
  for (let k = rank - 1; k >= 0; k--) {
    let sum = b[k]!;
    for (let j = k + 1; j < rank; j++) sum -= a[j]![k]! * x[order[j]!]!;
    x[order[k]!] = sum / a[k]![k]!;
  }
  return x.map((value, j) => value / norms[j]!);
}

function sumOfSquares(values: Float64Array, from: number): number {
  let sum = 0;
  for (let k = from; k < values.length; k++) sum += values[k]! ** 2;
  return sum;
}
