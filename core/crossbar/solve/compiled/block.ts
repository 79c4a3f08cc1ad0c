import type { Grid } from "../../grid.ts";
import type { LineConductances } from "../lineConductances.ts";

/**
 * A rectangle of the array, seen from the lines that its border cuts: a multiport without inner nodes.
 *
 * `conductance_S[a * size + b]` joins terminals a and b, >= 0 and symmetric; a current is sum_b g_ab (v_a - v_b).
 * The diagonal means nothing: it is never stored, so it can never lose digits (see mergeBlocks.ts).
 * Order of the terminals: left ends of the rows, right ends, top ends of the columns, bottom ends, ground.
 */
export interface Block {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** 1 where something in the block is tied to 0 V, else 0. */
  readonly ground: number;
  readonly size: number;
  readonly conductance_S: Float64Array;
}

/** What blocks are cut from: junctions and the conductances of the wires (lineConductances.ts), siemens. */
export interface BlockArray extends Grid, LineConductances {
  readonly conductance_S: Float64Array;
  /** True when some row is driven at its right end: those ends stay terminals. */
  readonly rightDriven: boolean;
  /** True when some column is tied to 0 V at its top end. */
  readonly topClamped: boolean;
}

export function makeBlock(
  counts: Pick<Block, "left" | "right" | "top" | "bottom" | "ground">,
  conductance_S?: Float64Array,
): Block {
  const { left, right, top, bottom, ground } = counts;
  const size = left + right + top + bottom + ground;
  return { left, right, top, bottom, ground, size, conductance_S: conductance_S ?? new Float64Array(size * size) };
}

/**
 * One junction with its row segment on the left and its column segment on the top. Its nodes W and B are themselves the
 * right and bottom terminals; at the end of a line they are removed and the terminal is the source or the amplifier.
 */
export function cellBlock(array: BlockArray, row: number, column: number): Block {
  const { rows, columns, conductance_S, rightDriven, topClamped } = array;
  const firstRow = row === 0;
  const lastRow = row === rows - 1;
  const lastColumn = column === columns - 1;
  const nodes = 7;
  const [leftEnd, rightEnd, topEnd, bottomEnd, ground, w, b] = [0, 1, 2, 3, 4, 5, 6];
  const mesh = new Float64Array(nodes * nodes);
  const join = (p: number, q: number, value_S: number): void => {
    mesh[p * nodes + q] += value_S;
    mesh[q * nodes + p] += value_S;
  };
  join(w, b, conductance_S[row * columns + column]);
  join(leftEnd, w, column === 0 ? array.left_S[row] : array.rowSegment_S[row]);
  if (lastColumn) join(w, rightEnd, array.right_S[row]);
  if (firstRow) join(ground, b, array.top_S[column]);
  else join(topEnd, b, array.columnSegment_S[column]);
  if (lastRow) join(b, bottomEnd, array.bottom_S[column]);
  if (lastColumn) removeNode(mesh, nodes, w);
  if (lastRow) removeNode(mesh, nodes, b);

  const hasRight = !lastColumn || rightDriven;
  const hasGround = firstRow && topClamped;
  const kept = [leftEnd];
  if (hasRight) kept.push(lastColumn ? rightEnd : w);
  if (!firstRow) kept.push(topEnd);
  kept.push(lastRow ? bottomEnd : b);
  if (hasGround) kept.push(ground);
  return makeBlock(
    { left: 1, right: Number(hasRight), top: Number(!firstRow), bottom: 1, ground: Number(hasGround) },
    Float64Array.from({ length: kept.length ** 2 }, (_, at) => {
      const [p, q] = [kept[Math.floor(at / kept.length)], kept[at % kept.length]];
      return p === q ? 0 : mesh[p * nodes + q];
    }),
  );
}

/** Star to mesh: g_pq += g_pk g_qk / sum_n g_kn; node k is left without wires. */
function removeNode(mesh: Float64Array, nodes: number, k: number): void {
  let total = 0;
  for (let n = 0; n < nodes; n++) total += mesh[k * nodes + n];
  for (let p = 0; p < nodes; p++) {
    const share = mesh[k * nodes + p] / total;
    if (p === k || share === 0) continue;
    for (let q = 0; q < nodes; q++) if (q !== k && q !== p) mesh[p * nodes + q] += share * mesh[k * nodes + q];
  }
  for (let p = 0; p < nodes; p++) {
    mesh[k * nodes + p] = 0;
    mesh[p * nodes + k] = 0;
  }
}
