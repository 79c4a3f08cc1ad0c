/** A = V diag(values) V^T; column k of the row-major `vectors` belongs to values[k]. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/**
 * All eigenvalues and eigenvectors of a dense symmetric matrix (row-major, n x n).
 *
 * Householder reduction to tridiagonal form, then implicit QL with Wilkinson shifts (Golub and Van Loan, Matrix
 * Computations, 8.3). Cost about 9 n^3 multiply-adds; n is the number of coarse points per side, at most a few hundred.
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const { diagonal, offDiagonal, basis } = reduceToTridiagonal(Float64Array.from(matrix), n);
  diagonalise(diagonal, offDiagonal, basis, n);
  // QL worked on rows of the transposed basis: contiguous rotations
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) vectors[i * n + k] = basis[k * n + i];
  return { values: diagonal, vectors };
}

/** T = Q^T A Q with Q a product of n - 2 reflections I - 2 u u^T; `basis` is Q transposed. */
function reduceToTridiagonal(a: Float64Array, n: number) {
  const basis = new Float64Array(n * n);
  for (let i = 0; i < n; i++) basis[i * n + i] = 1;
  const offDiagonal = new Float64Array(n);
  const u = new Float64Array(n);
  const image = new Float64Array(n);
  for (let k = 0; k + 1 < n; k++) {
    // the reflection that leaves column k with nothing below row k + 1
    let norm = 0;
    for (let i = k + 1; i < n; i++) norm = Math.hypot(norm, a[i * n + k]);
    const head = a[(k + 1) * n + k];
    const target = head > 0 ? -norm : norm;
    offDiagonal[k] = target;
    let tail = 0;
    for (let i = k + 2; i < n; i++) tail = Math.hypot(tail, a[i * n + k]);
    if (tail === 0) {
      offDiagonal[k] = head;
      continue;
    }
    const length = Math.hypot(head - target, tail);
    u[k + 1] = (head - target) / length;
    for (let i = k + 2; i < n; i++) u[i] = a[i * n + k] / length;
    // A <- A - 2 u q^T - 2 q u^T with q = A u - (u . A u) u
    let product = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j] * u[j];
      image[i] = sum;
      product += sum * u[i];
    }
    for (let i = k + 1; i < n; i++) image[i] -= product * u[i];
    for (let i = k + 1; i < n; i++)
      for (let j = k + 1; j < n; j++) a[i * n + j] -= 2 * (u[i] * image[j] + image[i] * u[j]);
    image.fill(0);
    for (let i = k + 1; i < n; i++) for (let j = 0; j < n; j++) image[j] += u[i] * basis[i * n + j];
    for (let i = k + 1; i < n; i++) for (let j = 0; j < n; j++) basis[i * n + j] -= 2 * u[i] * image[j];
  }
  const diagonal = Float64Array.from({ length: n }, (_, i) => a[i * n + i]);
  return { diagonal, offDiagonal, basis };
}

/** Implicit QL: on return `d` holds the eigenvalues and row k of `basis` the vector of d[k]. */
function diagonalise(d: Float64Array, e: Float64Array, basis: Float64Array, n: number): void {
  for (let first = 0; first < n; first++) {
    for (let sweep = 0; ; sweep++) {
      let last = first;
      while (last + 1 < n && Math.abs(e[last]) > Number.EPSILON * (Math.abs(d[last]) + Math.abs(d[last + 1]))) last++;
      if (last === first) break;
      if (sweep === 60)
        throw new RangeError("The eigenvalues of the coarse grid do not converge: its entries are not finite");
      // Wilkinson's shift: the eigenvalue of the leading 2 x 2 block nearer to d[first]
      let g = (d[first + 1] - d[first]) / (2 * e[first]);
      g = d[last] - d[first] + e[first] / (g + Math.sign(g || 1) * Math.hypot(g, 1));
      let sine = 1;
      let cosine = 1;
      let shift = 0;
      let i = last - 1;
      for (; i >= first; i--) {
        const f = sine * e[i];
        const b = cosine * e[i];
        const r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] -= shift;
          e[last] = 0;
          break;
        }
        sine = f / r;
        cosine = g / r;
        g = d[i + 1] - shift;
        const s = (d[i] - g) * sine + 2 * cosine * b;
        shift = sine * s;
        d[i + 1] = g + shift;
        g = cosine * s - b;
        rotate(basis, i * n, (i + 1) * n, n, cosine, sine);
      }
      if (i >= first) continue;
      d[first] -= shift;
      e[first] = g;
      e[last] = 0;
    }
  }
}

function rotate(basis: Float64Array, low: number, high: number, n: number, cosine: number, sine: number): void {
  for (let k = 0; k < n; k++) {
    const f = basis[high + k];
    const value = basis[low + k];
    basis[high + k] = sine * value + cosine * f;
    basis[low + k] = cosine * value - sine * f;
  }
}
