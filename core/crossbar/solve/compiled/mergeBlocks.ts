import { type Block, makeBlock } from "./block.ts";

/**
 * Joins two neighbouring blocks and removes the nodes on their seam.
 *
 *   C = conductances among the k seam nodes, X = from them to the m terminals that stay (both >= 0, parallel wires add)
 *   for p = 0..k-1:   d_p = sum_{q>p} C_pq + sum_t X_pt
 *                     u_p = (C_p, X_p) / sqrt(d_p),   C_qr += u_pq u_pr,   X_qt += u_pq u_pt      (q, r > p)
 *   Y = [Y_A  0; 0  Y_B] + U_X^T U_X
 *
 * This is Cholesky's elimination of the Schur complement with the pivots of Grassmann, Taksar and Heyman
 * (1985), doi 10.1287/opre.33.5.1107: a pivot is the sum of what still leaves the node, so nothing is ever subtracted and
 * every conductance keeps its digits at any ratio of wire to junction. The ground is a terminal like the others.
 * Cost: k^3/6 + k^2 m/2 + k m^2/2 multiply-adds.
 */
export function mergeBlocks(a: Block, b: Block, seam: Seam): Block {
  const plan = planMerge(a, b, seam);
  const { shared, merged, fromA, fromB, width } = plan;
  const joined = new Float64Array(shared * width);
  gatherSeam(plan, a, b, joined);
  eliminateSeam(joined, shared, width);
  const result = makeBlock(merged);
  const { size, conductance_S } = result;
  for (let p = 0; p < shared; p++) {
    const row = p * width + shared;
    for (let s = 0; s < size; s++) {
      const u = joined[row + s];
      if (u !== 0) for (let t = 0; t < size; t++) conductance_S[s * size + t] += u * joined[row + t];
    }
  }
  scatter(a, fromA, result);
  scatter(b, fromB, result);
  return result;
}

/** `columns`: b stands to the right of a. `rows`: b stands below a. */
export type Seam = "columns" | "rows";

interface MergePlan {
  readonly seam: Seam;
  /** Seam nodes. */
  readonly shared: number;
  /** Counts of the result; its conductances are not filled. */
  readonly merged: Block;
  /** Place of every terminal in the result, -1 on the seam. */
  readonly fromA: Int32Array;
  readonly fromB: Int32Array;
  /** shared + merged.size */
  readonly width: number;
}

function planMerge(a: Block, b: Block, seam: Seam): MergePlan {
  const across = seam === "columns";
  const shared = across ? a.right : a.bottom;
  const merged = makeBlock(
    {
      left: across ? a.left : a.left + b.left,
      right: across ? b.right : a.right + b.right,
      top: across ? a.top + b.top : a.top,
      bottom: across ? a.bottom + b.bottom : b.bottom,
      ground: Math.max(a.ground, b.ground),
    },
    new Float64Array(0),
  );
  const { left, right, top } = merged;
  const bottomAt = left + right + top;
  const groundAt = bottomAt + merged.bottom;
  const places = (block: Block, starts: readonly number[]): Int32Array => {
    const counts = [block.left, block.right, block.top, block.bottom, block.ground];
    return Int32Array.from(counts.flatMap((n, side) => Array.from({ length: n }, (_, at) => place(starts[side], at))));
  };
  const fromA = places(a, [0, across ? -1 : left, left + right, across ? bottomAt : -1, groundAt]);
  const fromB = places(
    b,
    across
      ? [-1, left, left + right + a.top, bottomAt + a.bottom, groundAt]
      : [a.left, left + a.right, -1, bottomAt, groundAt],
  );
  return { seam, shared, merged, fromA, fromB, width: shared + merged.size };
}

function place(start: number, at: number): number {
  return start < 0 ? -1 : start + at;
}

/** Rows of [C X]: the seam nodes of both blocks are the same nodes, so their wires are in parallel. */
function gatherSeam({ seam, shared, fromA, fromB, width }: MergePlan, a: Block, b: Block, joined: Float64Array): void {
  const firstA = seam === "columns" ? a.left : a.left + a.right + a.top;
  const firstB = seam === "columns" ? 0 : b.left + b.right;
  for (const [block, map, first] of [
    [a, fromA, firstA],
    [b, fromB, firstB],
  ] as const)
    for (let p = 0; p < shared; p++)
      for (let t = 0; t < block.size; t++) {
        const to = map[t] < 0 ? t - first : shared + map[t];
        joined[p * width + to] += block.conductance_S[(first + p) * block.size + t];
      }
}

function eliminateSeam(joined: Float64Array, shared: number, width: number): void {
  for (let p = 0; p < shared; p++) {
    const row = p * width;
    let pivot = 0;
    for (let t = p + 1; t < width; t++) pivot += joined[row + t];
    const scale = 1 / Math.sqrt(pivot);
    for (let t = p + 1; t < width; t++) joined[row + t] *= scale;
    for (let q = p + 1; q < shared; q++) {
      const u = joined[row + q];
      if (u !== 0) for (let t = q + 1; t < width; t++) joined[q * width + t] += u * joined[row + t];
    }
  }
}

function scatter(from: Block, map: Int32Array, to: Block): void {
  for (let s = 0; s < from.size; s++) {
    if (map[s] < 0) continue;
    for (let t = 0; t < from.size; t++)
      if (map[t] >= 0) to.conductance_S[map[s] * to.size + map[t]] += from.conductance_S[s * from.size + t];
  }
}
