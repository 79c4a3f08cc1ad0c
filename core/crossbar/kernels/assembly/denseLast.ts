// The last merge of an array: only what joins row ends with bottom ends is formed (solve/compiled/compileEffective.ts).

import { gather, writeRuns } from "./denseBlock";

/**
 * Fills [C X] of the last seam and the direct wires D.
 * Columns of X: left ends of the rows, right ends, up to a whole strip; bottom ends, ground.
 *
 * @param below 1: b stands below a, 0: to the right of it
 * @param runs 128 bytes; @param outside k doubles, padded; @param c, x strips of `rows` rows; @param d ends x columns; all zero
 * @param strip bytes of a strip; @param stride bytes of a row of D
 */
export function gatherLast(
  a: usize,
  b: usize,
  below: i32,
  k: i32,
  runs: usize,
  outside: usize,
  c: usize,
  x: usize,
  strip: usize,
  d: usize,
  stride: usize,
): void {
  const upper = load<i32>(a);
  const left = below ? upper + load<i32>(b) : upper;
  const ends = below ? left + load<i32>(a, 4) + load<i32>(b, 4) : left + load<i32>(b, 4);
  const bottomAt = (ends + 3) & ~3;
  const bottoms = load<i32>(b, 12) + (below ? 0 : load<i32>(a, 12));
  const under = below != 0;
  writeRuns(a, runs, 0, under ? left : -1, -1, under ? -1 : bottomAt, bottomAt + bottoms, under, false);
  writeRuns(
    b,
    runs + 64,
    under ? upper : -1,
    under ? left + load<i32>(a, 4) : left,
    -1,
    under ? bottomAt : bottomAt + load<i32>(a, 12),
    bottomAt + bottoms,
    under,
    true,
  );
  gather(a, runs, k, strip, c, x, outside);
  gather(b, runs + 64, k, strip, c, x, outside);
  addDirect(a, runs, bottomAt, d, stride);
  addDirect(b, runs + 64, bottomAt, d, stride);
}

/** Wires of a part from its row ends to its bottom ends. */
function addDirect(part: usize, runs: usize, bottomAt: i32, d: usize, stride: usize): void {
  const own = (<usize>load<i32>(part, 24)) << 3;
  const first = load<i32>(runs, 36);
  if (first < 0) return;
  const columns = load<i32>(runs, 40);
  const column = (<usize>load<i32>(runs, 44)) << 3;
  for (let side: usize = 0; side < 24; side += 12) {
    const to = load<i32>(runs + side);
    if (to < 0) continue;
    const rows = load<i32>(runs + side, 4);
    const row = load<i32>(runs + side, 8);
    for (let i = 0; i < rows; i++) {
      const from = part + 64 + <usize>(row + i) * own + column;
      const target = d + <usize>(to + i) * stride + ((<usize>(first - bottomAt)) << 3);
      for (let j = 0; j < columns; j++) {
        const at = (<usize>j) << 3;
        store<f64>(target + at, load<f64>(target + at) + load<f64>(from + at));
      }
    }
  }
}
