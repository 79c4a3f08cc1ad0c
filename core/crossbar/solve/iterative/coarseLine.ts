import { symmetricEigen } from "./symmetricEigen.ts";

/** One side of the coarse grid: hat functions around every spacing-th node of a line, and their modes. */
export interface CoarseLine {
  /** Number of coarse points. */
  readonly points: number;
  /**
   * Fraction of the way from coarse point s - 1 to s for every fine node of [0, length), s = (node + H / 2) >> log2 H.
   * Coarse point c stands in the middle of its H nodes; before the first and beyond the last one interpolation is constant.
   */
  readonly weights: Float64Array;
  /** Generalized eigenvalues of (Pi^T L Pi, Pi^T Pi), siemens. */
  readonly values: Float64Array;
  /** Their vectors as columns, row-major, with Q^T (Pi^T Pi) Q = 1. */
  readonly vectors: Float64Array;
}

/** A line as the coarse grid sees it: equal segments, and what ties its ends to the sources. */
export interface MeanLine {
  readonly nodes: number;
  readonly segment_S: number;
  readonly start_S: number;
  readonly end_S: number;
}

/**
 * @param shift log2 of the spacing H
 * @param length number of weights, nodes rounded up to whole panels; the nodes beyond the line get that of the last one
 */
export function makeCoarseLine(line: MeanLine, shift: number, length: number): CoarseLine {
  const spacing = 1 << shift;
  const points = Math.max(1, Math.round(line.nodes / spacing));
  const weights = new Float64Array(length);
  for (let j = 0; j < length; j++) weights[j] = ((j + 0.5) / spacing + 0.5) % 1;
  const place = (j: number): number => (j + spacing / 2) >> shift;
  /** Coarse points and their weights at a fine node. */
  const hats = (j: number): [point: number, weight: number][] => [
    [clamp(place(j) - 1, points), 1 - weights[j]],
    [clamp(place(j), points), weights[j]],
  ];
  const mass = new Float64Array(points * points);
  const stiffness = new Float64Array(points * points);
  const add = (into: Float64Array, values: [number, number][], factor: number): void => {
    for (const [p, u] of values) for (const [q, v] of values) into[p * points + q] += factor * u * v;
  };
  for (let j = 0; j < line.nodes; j++) {
    add(mass, hats(j), 1);
    if (j + 1 < line.nodes)
      add(stiffness, [...hats(j).map(([p, u]): [number, number] => [p, -u]), ...hats(j + 1)], line.segment_S);
  }
  add(stiffness, hats(0), line.start_S);
  add(stiffness, hats(line.nodes - 1), line.end_S);
  return { points, weights, ...generalizedEigen(stiffness, mass, points) };
}

/** K q = lambda M q by M = L L^T, the eigenvalues of L^-1 K L^-T and Q = L^-T V. */
function generalizedEigen(stiffness: Float64Array, mass: Float64Array, n: number) {
  const lower = cholesky(mass, n);
  const reduced = Float64Array.from(stiffness);
  // L^-1 from the left, then from the right
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) {
      const factor = lower[i * n + k];
      if (factor !== 0) for (let j = 0; j < n; j++) reduced[i * n + j] -= factor * reduced[k * n + j];
    }
    for (let j = 0; j < n; j++) reduced[i * n + j] /= lower[i * n + i];
  }
  for (let i = 0; i < n; i++) {
    const row = reduced.subarray(i * n, (i + 1) * n);
    for (let j = 0; j < n; j++) {
      let sum = row[j];
      for (let k = Math.max(0, j - 2); k < j; k++) sum -= lower[j * n + k] * row[k];
      row[j] = sum / lower[j * n + j];
    }
  }
  const { values, vectors } = symmetricEigen(reduced, n);
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < Math.min(n, i + 3); k++) {
      const factor = lower[k * n + i];
      for (let j = 0; j < n; j++) vectors[i * n + j] -= factor * vectors[k * n + j];
    }
    for (let j = 0; j < n; j++) vectors[i * n + j] /= lower[i * n + i];
  }
  return { values, vectors };
}

/** Hats overlap their neighbours only, so the factor has one subdiagonal. */
function cholesky(matrix: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const before = j > 0 ? lower[j * n + j - 1] : 0;
    const pivot = Math.sqrt(matrix[j * n + j] - before * before);
    lower[j * n + j] = pivot;
    if (j + 1 < n) lower[(j + 1) * n + j] = matrix[(j + 1) * n + j] / pivot;
  }
  return lower;
}

function clamp(point: number, points: number): number {
  return Math.min(Math.max(point, 0), points - 1);
}
