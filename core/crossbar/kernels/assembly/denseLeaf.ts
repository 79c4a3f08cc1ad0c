// The smallest blocks: at most 2 x 2 junctions.

import { address, blockBytes, describe, HEADER, line, word } from "./denseLayout";

/** Terminals as in solve/compiled/block.ts; free space as in denseBlock.ts. */
export function leafBlock(
  array: usize,
  top: i32,
  bottom: i32,
  left: i32,
  right: i32,
  low: usize,
  high: usize,
  atHigh: bool,
): usize {
  const height = bottom - top;
  const width = right - left;
  const edge = bottom == word(array, 0) || right == word(array, 1) || top == 0;
  const rightEnds = right < word(array, 1) || word(array, 2) ? height : 0;
  const topEnds = top ? width : 0;
  const ground = top == 0 && word(array, 3) ? 1 : 0;
  const bytes = blockBytes(height + rightEnds + topEnds + width + ground);
  const block = atHigh ? high - bytes : low;
  const size = describe(block, height, rightEnds, topEnds, width, ground);
  if (!edge && height == 2 && width == 2) innerLeaf(array, top, left, block + HEADER);
  else edgeLeaf(array, top, left, height, width, block, size, atHigh ? low : low + bytes);
  return block;
}

/**
 * 2 x 2 junctions away from the edges, in closed form: the nodes W(1,0), B(0,1), W(0,0), B(0,0) removed, star to mesh.
 * Terminals L0 L1 R0 R1 T0 T1 B0 B1, where R and B are themselves the nodes W(.,1) and B(1,.).
 */
function innerLeaf(array: usize, i: i32, j: i32, y: usize): void {
  const columns = word(array, 1);
  const g = address(array, 4) + ((<usize>i * columns + j) << 3);
  const under = g + ((<usize>columns) << 3);
  const inner0 = line(array, 5, i);
  const inner1 = line(array, 5, i + 1);
  const l0 = j ? inner0 : line(array, 6, i);
  const l1 = j ? inner1 : line(array, 6, i + 1);
  const t0 = line(array, 8, j);
  const t1 = line(array, 8, j + 1);
  memory.fill(y, 0, 512);
  {
    // W(1,0): L1, R1, B0
    const h = load<f64>(under);
    const s = 1 / (l1 + inner1 + h);
    join8(y, 1, 3, l1 * s * inner1);
    join8(y, 1, 6, l1 * s * h);
    join8(y, 3, 6, inner1 * s * h);
  }
  {
    // B(0,1): T1, B1, R0
    const h = load<f64>(g, 8);
    const s = 1 / (t1 + t1 + h);
    join8(y, 5, 7, t1 * s * t1);
    join8(y, 2, 5, t1 * s * h);
    join8(y, 2, 7, t1 * s * h);
  }
  join8(y, 3, 7, load<f64>(under, 8));
  // W(0,0): L0, R0, B(0,0); then B(0,0): T0, B0, L0, R0
  const h = load<f64>(g);
  const s = 1 / (l0 + inner0 + h);
  const a = l0 * s * h;
  const b = inner0 * s * h;
  const d = 1 / (t0 + t0 + a + b);
  join8(y, 0, 2, l0 * s * inner0 + a * d * b);
  join8(y, 0, 4, a * d * t0);
  join8(y, 0, 6, a * d * t0);
  join8(y, 2, 4, b * d * t0);
  join8(y, 2, 6, b * d * t0);
  join8(y, 4, 6, t0 * d * t0);
}

function join8(y: usize, p: i32, q: i32, value: f64): void {
  store<f64>(y + ((<usize>(8 * p + q)) << 3), value);
  store<f64>(y + ((<usize>(8 * q + p)) << 3), value);
}

/** Any leaf: the circuit as drawn, its terminals first, then its inner nodes removed one by one. */
function edgeLeaf(
  array: usize,
  top: i32,
  left: i32,
  height: i32,
  width: i32,
  block: usize,
  size: i32,
  mesh: usize,
): void {
  const rows = word(array, 0);
  const columns = word(array, 1);
  const lastRow = top + height == rows;
  const lastColumn = left + width == columns;
  const nodes =
    size + (lastColumn ? height * width : height * (width - 1)) + (lastRow ? height * width : (height - 1) * width);
  memory.fill(mesh, 0, (<usize>(nodes * nodes)) << 3);
  const rightAt = height;
  const topAt = rightAt + word(block, 1);
  const bottomAt = topAt + word(block, 2);
  const innerColumns = lastColumn ? width : width - 1;
  const innerRows = lastRow ? height : height - 1;
  const b0 = size + height * innerColumns;
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const row = top + i;
      const column = left + j;
      const w = j < innerColumns ? size + i * innerColumns + j : rightAt + i;
      const b = i < innerRows ? b0 + i * width + j : bottomAt + j;
      join(mesh, nodes, w, b, load<f64>(address(array, 4) + ((<usize>row * columns + column) << 3)));
      if (j) join(mesh, nodes, w, size + i * innerColumns + j - 1, line(array, 5, row));
      else join(mesh, nodes, w, i, line(array, column ? 5 : 6, row));
      if (lastColumn && j == width - 1 && word(array, 2)) join(mesh, nodes, w, rightAt + i, line(array, 7, row));
      if (i) join(mesh, nodes, b, b0 + (i - 1) * width + j, line(array, 8, column));
      else if (top) join(mesh, nodes, b, topAt + j, line(array, 8, column));
      else if (word(array, 3)) join(mesh, nodes, b, size - 1, line(array, 9, column));
      if (lastRow && i == height - 1) join(mesh, nodes, b, bottomAt + j, line(array, 10, column));
    }
  for (let k = nodes - 1; k >= size; k--) removeLast(mesh, nodes, k);
  const length = word(block, 6);
  memory.fill(block + HEADER, 0, (<usize>length * <usize>((size + 3) & ~3)) << 3);
  for (let p = 0; p < size; p++)
    memory.copy(block + HEADER + ((<usize>p * length) << 3), mesh + ((<usize>(p * nodes)) << 3), (<usize>size) << 3);
}

function join(mesh: usize, nodes: i32, p: i32, q: i32, value: f64): void {
  const pq = mesh + ((<usize>(p * nodes + q)) << 3);
  const qp = mesh + ((<usize>(q * nodes + p)) << 3);
  store<f64>(pq, load<f64>(pq) + value);
  store<f64>(qp, load<f64>(qp) + value);
}

/** Star to mesh for node k, the last one: g_pq += g_pk g_qk / sum_n g_nk. */
function removeLast(mesh: usize, nodes: i32, k: i32): void {
  const star = mesh + ((<usize>(k * nodes)) << 3);
  let total: f64 = 0;
  for (let n = 0; n < k; n++) total += load<f64>(star + ((<usize>n) << 3));
  if (!(total > 0)) return;
  for (let p = 0; p < k; p++) {
    const share = load<f64>(star + ((<usize>p) << 3)) / total;
    if (share == 0) continue;
    for (let q = 0; q < p; q++) join(mesh, nodes, p, q, share * load<f64>(star + ((<usize>q) << 3)));
  }
}
