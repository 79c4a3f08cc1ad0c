// Blocks of the array as multiports (solve/compiled/block.ts) and their hierarchical merge (solve/compiled/mergeBlocks.ts).

import { blockBytes, describe, HEADER, seamRows, word } from "./denseLayout";
import { leafBlock } from "./denseLeaf";
import { factorSeam, solveSeam, squareSeam } from "./denseSeam";

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
  writeRuns(a, runs, 0, below ? left : -1, left + right, below ? -1 : firstBottom, size - 1, below, false);
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
