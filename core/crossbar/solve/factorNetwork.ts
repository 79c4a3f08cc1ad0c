import { checkNetwork } from "./checkNetwork.ts";
import { type ConnectedEnds, checkGrounded } from "./connectedEnds.ts";
import { type LineConductances, lineConductances } from "./lineConductances.ts";
import type { ArrayNetwork } from "./network.ts";

/**
 * Exact elimination of a crossbar by the star-mesh transformation.
 *
 *   Removing node k with conductances g_kn to its neighbours and h_k to the driven terminals:
 *     Y_k = h_k + sum_n g_kn,   g_nm += g_kn g_km / Y_k,   h_n += g_kn h_k / Y_k
 *
 * This is Gaussian elimination in the form of Grassmann, Taksar and Heyman (1985), doi 10.1287/opre.33.5.1107: the
 * diagonal is never stored and never subtracted from, so only +, * and / of non-negative numbers occur and every
 * coefficient has a relative error of a few hundred eps at most, whatever the ratio of wire to junction (1e-24 to 1e6 tried).
 *
 * Order: the array is cut into slices along its longer side. In a slice the nodes of the slice line (a row when
 * rows >= columns, else a column) go first, then those of the crossing lines, the front. Only the front lines reach
 * the next slice, so the live graph never has more than `width` = min(rows, columns) nodes, half of a plain band:
 *   cost    2/3 slices width^3 multiply-adds once, 3 slices width^2 per right-hand side
 *   memory  12 slices width^2 bytes (64 x 64: 3 MB, 256 x 256: 0.2 GB, 512 x 512: 1.6 GB; refused above 2 GiB)
 */
export interface Elimination {
  readonly method: "elimination";
  readonly network: ArrayNetwork;
  readonly ends: ConnectedEnds;
  readonly lines: LineConductances;
  /** True when the slices are columns (columns > rows). */
  readonly transposed: boolean;
  readonly slices: number;
  readonly width: number;
  /**
   * g_kn / Y_k of every node in elimination order. Slice-line node j: front nodes 0..j, then its successor on the line.
   * Front node j: all `width` front nodes, with its successor in the next slice at place j.
   */
  readonly coefficients: Float64Array;
  /** Y_k in elimination order, siemens. */
  readonly pivots_S: Float64Array;
}

/** No resistance anywhere and every line driven at its near end only: nothing to eliminate. */
export interface IdealArray {
  readonly method: "ideal";
  readonly network: ArrayNetwork;
  readonly ends: ConnectedEnds;
}

export type Factorisation = Elimination | IdealArray;

export const LARGEST_FACTOR_BYTES = 2 ** 31;

/** Bytes that the coefficients of a slices x width array need. */
export function factorBytes(rows: number, columns: number): number {
  const width = Math.min(rows, columns);
  return 8 * Math.max(rows, columns) * ((width * (width + 3)) / 2 + width * width);
}

/**
 * @param ends the line ends that are driven; the factors hold for every choice of their potentials
 * @throws RangeError when an element is not physical, the factors would pass 2 GiB, or (LineError) a line has no path to a driven end
 */
export function factorNetwork(network: ArrayNetwork, ends: ConnectedEnds): Factorisation {
  checkNetwork(network);
  checkGrounded(network, ends);
  const kept = { ...network, conductance_S: network.conductance_S.slice() };
  if (isIdeal(network, ends)) return { method: "ideal", network: kept, ends };
  const { rows, columns } = network;
  const transposed = columns > rows;
  const slices = transposed ? columns : rows;
  const width = transposed ? rows : columns;
  const bytes = factorBytes(rows, columns);
  if (bytes > LARGEST_FACTOR_BYTES)
    throw new RangeError(
      `Factors of a ${rows} x ${columns} array need ${bytes} bytes, allowed are ${LARGEST_FACTOR_BYTES} (about 560 x 560)`,
    );
  const elimination: Elimination = {
    method: "elimination",
    network: kept,
    ends,
    lines: lineConductances(network, ends),
    transposed,
    slices,
    width,
    coefficients: new Float64Array(bytes / 8),
    pivots_S: new Float64Array(2 * slices * width),
  };
  eliminate(elimination);
  return elimination;
}

export function isIdeal(network: ArrayNetwork, ends: ConnectedEnds): boolean {
  const zero = (values: Float64Array): boolean => values.every((value) => value === 0);
  const all = (marks: Uint8Array): boolean => marks.every((mark) => mark === 1);
  const none = (marks: Uint8Array): boolean => marks.every((mark) => mark === 0);
  return (
    zero(network.rowSegment_ohm) &&
    zero(network.rowSource_ohm) &&
    zero(network.columnSegment_ohm) &&
    zero(network.columnSense_ohm) &&
    all(ends.left) &&
    all(ends.bottom) &&
    none(ends.right) &&
    none(ends.top)
  );
}

function eliminate({ network, lines, transposed, slices, width, coefficients, pivots_S }: Elimination): void {
  const { columns, conductance_S } = network;
  const sliceStride = transposed ? 1 : columns;
  const frontStride = transposed ? columns : 1;
  const sliceSegment = transposed ? lines.columnSegment_S : lines.rowSegment_S;
  const sliceStart = transposed ? lines.top_S : lines.left_S;
  const sliceEnd = transposed ? lines.bottom_S : lines.right_S;
  const frontSegment = transposed ? lines.rowSegment_S : lines.columnSegment_S;
  const frontEnd = transposed ? lines.right_S : lines.bottom_S;
  /** Conductances among the front nodes, upper triangle, and from each of them to the terminals. */
  const mesh = new Float64Array(width * width);
  const ground = (transposed ? lines.left_S : lines.top_S).slice();
  const star = new Float64Array(width);
  let at = 0;
  let node = 0;
  for (let slice = 0; slice < slices; slice++) {
    star.fill(0);
    let toGround = sliceStart[slice];
    for (let j = 0; j < width; j++) {
      star[j] = conductance_S[slice * sliceStride + j * frontStride];
      const toNext = j + 1 < width ? sliceSegment[slice] : 0;
      if (j + 1 === width) toGround += sliceEnd[slice];
      const pivot = sum(star, j + 1) + toNext + toGround;
      spread(star, j + 1, pivot, toGround, mesh, width, ground, coefficients, at);
      const onward = toNext / pivot;
      for (let k = 0; k <= j; k++) star[k] *= onward;
      toGround *= onward;
      coefficients[at + j + 1] = onward;
      at += j + 2;
      pivots_S[node++] = checkPivot(pivot);
    }
    const lastSlice = slice + 1 === slices;
    for (let j = 0; j < width; j++) {
      for (let k = 0; k < j; k++) star[k] = mesh[k * width + j];
      star[j] = 0;
      for (let k = j + 1; k < width; k++) star[k] = mesh[j * width + k];
      const toNext = lastSlice ? 0 : frontSegment[j];
      const h = ground[j] + (lastSlice ? frontEnd[j] : 0);
      const pivot = sum(star, width) + toNext + h;
      spread(star, width, pivot, h, mesh, width, ground, coefficients, at);
      // the node of the next slice takes the place of the one just removed
      const onward = toNext / pivot;
      for (let k = 0; k < j; k++) mesh[k * width + j] = star[k] * onward;
      for (let k = j + 1; k < width; k++) mesh[j * width + k] = star[k] * onward;
      ground[j] = h * onward;
      coefficients[at + j] = onward;
      at += width;
      pivots_S[node++] = checkPivot(pivot);
    }
  }
}

/** Star to mesh among the first `count` front nodes; writes the coefficients of the removed node. */
function spread(
  star: Float64Array,
  count: number,
  pivot: number,
  toGround: number,
  mesh: Float64Array,
  width: number,
  ground: Float64Array,
  coefficients: Float64Array,
  at: number,
): void {
  for (let k = 0; k < count; k++) {
    const share = star[k] / pivot;
    coefficients[at + k] = share;
    if (share === 0) continue;
    ground[k] += share * toGround;
    const row = k * width;
    for (let n = k + 1; n < count; n++) mesh[row + n] += share * star[n];
  }
}

function sum(values: Float64Array, count: number): number {
  let total = 0;
  for (let k = 0; k < count; k++) total += values[k];
  return total;
}

/** The graph was checked, so this is a range of magnitudes that double precision cannot hold. */
function checkPivot(pivot: number): number {
  if (pivot > 0 && pivot < Number.POSITIVE_INFINITY) return pivot;
  throw new RangeError(
    `A node has the total conductance ${pivot} S, allowed are values that double precision can hold: the resistances or conductances of this array span too many decades`,
  );
}
