// Blocks of the array as multiports (solve/compiled/block.ts) and their hierarchical merge.
//
// The array: 32-bit words rows, columns, rightDriven, topClamped, then the addresses of the conductances and of the wire
// conductances rowSegment, left, right, columnSegment, top, bottom.
// A block: words left, right, top, bottom, ground, size, row length in doubles; the matrix follows after 64 bytes.

import { factorSeam, solveSeam, squareSeam } from "./denseSeam";

const HEADER: usize = 64;

function word(base: usize, index: i32): i32 {
  return load<i32>(base + ((<usize>index) << 2));
}

function address(base: usize, index: i32): usize {
  return load<usize>(base + ((<usize>index) << 2));
}

function line(base: usize, index: i32, at: i32): f64 {
  return load<f64>(address(base, index) + ((<usize>at) << 3));
}

function align(bytes: usize): usize {
  return (bytes + 63) & ~63;
}

/** Doubles per row of a block's matrix: whole tiles, and no power of two, whose rows would share cache sets. */
function rowLength(size: i32): i32 {
  const length = (size + 3) & ~3;
  return length >= 128 && (length & 7) == 0 ? length + 4 : length;
}

/** Padded rows of a seam of k nodes, with the same care. */
export function seamRows(k: i32): i32 {
  const rows = (k + 3) & ~3;
  return rows >= 128 && (rows & 31) == 0 ? rows + 4 : rows;
}

export function blockBytes(size: i32): usize {
  return align(HEADER + ((<usize>rowLength(size) * <usize>((size + 3) & ~3)) << 3));
}

/** Writes the header of a block with these terminals and returns its size. */
function describe(block: usize, left: i32, right: i32, top: i32, bottom: i32, ground: i32): i32 {
  const size = left + right + top + bottom + ground;
  store<i32>(block, left);
  store<i32>(block, right, 4);
  store<i32>(block, top, 8);
  store<i32>(block, bottom, 12);
  store<i32>(block, ground, 16);
  store<i32>(block, size, 20);
  store<i32>(block, rowLength(size), 24);
  return size;
}

/**
 * The block of rows [top, bottom) and columns [left, right).
 *
 * Blocks of one generation are stacked at the low end of the free space, those of the next at the high end, so a result
 * never has to be moved and its parts are dropped by forgetting them.
 * @param low, high free space, multiples of 64; @param atHigh where the block is put
 * @returns its address
 */
export function buildBlock(
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
  if (height <= 2 && width <= 2) return leafBlock(array, top, bottom, left, right, low, high, atHigh);
  const columns = width >= height;
  const middle = columns ? left + half(width) : top + half(height);
  let from = low;
  let to = high;
  const a = columns
    ? buildBlock(array, top, bottom, left, middle, from, to, !atHigh)
    : buildBlock(array, top, middle, left, right, from, to, !atHigh);
  if (atHigh) from = a + blockBytes(word(a, 5));
  else to = a;
  const b = columns
    ? buildBlock(array, top, bottom, middle, right, from, to, !atHigh)
    : buildBlock(array, middle, bottom, left, right, from, to, !atHigh);
  if (atHigh) from = b + blockBytes(word(b, 5));
  else to = b;
  return mergeBlocks(a, b, !columns, from, to, atHigh);
}

/** Even, so that the smallest pieces are 2 x 2 (solve/compiled/splitArray.ts). */
function half(length: i32): i32 {
  return length <= 3 ? length - 1 : ((length + 2) >> 2) << 1;
}

function mergeBlocks(a: usize, b: usize, below: bool, low: usize, high: usize, atHigh: bool): usize {
  const ground = max(word(a, 4), word(b, 4));
  const left = below ? word(a, 0) + word(b, 0) : word(a, 0);
  const right = below ? word(a, 1) + word(b, 1) : word(b, 1);
  const upper = below ? word(a, 2) : word(a, 2) + word(b, 2);
  const bottom = below ? word(b, 3) : word(a, 3) + word(b, 3);
  const bytes = blockBytes(left + right + upper + bottom + ground);
  const result = atHigh ? high - bytes : low;
  const size = describe(result, left, right, upper, bottom, ground);
  const k = below ? word(a, 3) : word(a, 1);

  const rows = seamRows(k);
  const strip = (<usize>rows) << 5;
  const strips = (size + 3) >> 2;
  const runs = atHigh ? low : low + bytes;
  const outside = runs + 128;
  const roots = outside + ((<usize>rows) << 3);
  const c = roots + ((<usize>rows) << 3);
  const x = c + <usize>((k + 3) >> 2) * strip;
  memory.fill(outside, 0, x + <usize>strips * strip - outside);
  const firstBottom = left + right + upper;
  writeRuns(a, runs, below ? 0 : 0, below ? left : -1, left + right, below ? -1 : firstBottom, size - 1, below, false);
  writeRuns(
    b,
    runs + 64,
    below ? word(a, 0) : -1,
    below ? left + word(a, 1) : left,
    below ? -1 : left + right + word(a, 2),
    below ? firstBottom : firstBottom + word(a, 3),
    size - 1,
    below,
    true,
  );
  gather(a, runs, k, strip, c, x, outside);
  gather(b, runs + 64, k, strip, c, x, outside);
  factorSeam(k, rows, c, outside, roots);
  solveSeam(k, rows, c, roots, x, 0, strips);
  const stride = (<usize>word(result, 6)) << 3;
  squareSeam(k, rows, x, strips, result + HEADER, stride);
  addKept(a, runs, result, stride);
  addKept(b, runs + 64, result, stride);
  return result;
}

/**
 * Where the terminals of a part go: 5 runs of (place in the result, -1 on the seam; length; place in the part), then the
 * place of the first seam node in the part.
 */
export function writeRuns(
  part: usize,
  runs: usize,
  left: i32,
  right: i32,
  top: i32,
  bottom: i32,
  ground: i32,
  below: bool,
  second: bool,
): void {
  let at = 0;
  at = writeRun(runs, left, word(part, 0), at);
  at = writeRun(runs + 12, right, word(part, 1), at);
  at = writeRun(runs + 24, top, word(part, 2), at);
  at = writeRun(runs + 36, bottom, word(part, 3), at);
  writeRun(runs + 48, ground, word(part, 4), at);
  const side = below ? (second ? 2 : 3) : second ? 0 : 1;
  store<i32>(runs, word(runs, 3 * side + 2), 60);
}

function writeRun(run: usize, to: i32, length: i32, at: i32): i32 {
  store<i32>(run, to);
  store<i32>(run, length, 4);
  store<i32>(run, at, 8);
  return at + length;
}

/** Adds the seam rows of a part to [C X] and to the sums of the rows of X. */
export function gather(part: usize, runs: usize, k: i32, strip: usize, c: usize, x: usize, outside: usize): void {
  const stride = (<usize>word(part, 6)) << 3;
  let row = part + HEADER + <usize>word(runs, 15) * stride;
  for (let p = 0; p < k; p++, row += stride) {
    const down = (<usize>p) << 5;
    let sum: f64 = 0;
    for (let r = 0; r < 5; r++) {
      const run = runs + <usize>r * 12;
      const length = word(run, 1);
      let to = word(run, 0);
      let from = row + ((<usize>word(run, 2)) << 3);
      if (to < 0) {
        for (let q = 0; q < length; q++, from += 8) addToStrips(c + down, strip, q, load<f64>(from));
      } else {
        for (const end = to + length; to < end; to++, from += 8) {
          const value = load<f64>(from);
          sum += value;
          addToStrips(x + down, strip, to, value);
        }
      }
    }
    const e = outside + ((<usize>p) << 3);
    store<f64>(e, load<f64>(e) + sum);
  }
}

function addToStrips(base: usize, strip: usize, column: i32, value: f64): void {
  const at = base + <usize>(column >> 2) * strip + ((<usize>(column & 3)) << 3);
  store<f64>(at, load<f64>(at) + value);
}

/** Adds what a part joins among its own terminals that stay. */
function addKept(part: usize, runs: usize, result: usize, stride: usize): void {
  const own = (<usize>word(part, 6)) << 3;
  for (let r = 0; r < 5; r++) {
    const run = runs + <usize>r * 12;
    if (word(run, 0) < 0) continue;
    let from = part + HEADER + <usize>word(run, 2) * own;
    let to = result + HEADER + <usize>word(run, 0) * stride;
    for (let n = word(run, 1); n > 0; n--, from += own, to += stride)
      for (let s = 0; s < 5; s++) {
        const other = runs + <usize>s * 12;
        if (word(other, 0) >= 0)
          addDoubles(word(other, 1), from + ((<usize>word(other, 2)) << 3), to + ((<usize>word(other, 0)) << 3));
      }
  }
}

function addDoubles(count: i32, from: usize, to: usize): void {
  for (; count >= 2; count -= 2, from += 16, to += 16) v128.store(to, f64x2.add(v128.load(to), v128.load(from)));
  if (count) store<f64>(to, load<f64>(to) + load<f64>(from));
}

/** At most 2 x 2 junctions. */
function leafBlock(
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
