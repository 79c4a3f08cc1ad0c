// How the dense kernels lay arrays and blocks out in memory (kernels/denseLayout.ts holds the same rules).
//
// The array: 32-bit words rows, columns, rightDriven, topClamped, then the addresses of the conductances and of the wire
// conductances rowSegment, left, right, columnSegment, top, bottom.
// A block: words left, right, top, bottom, ground, size, row length in doubles; the matrix follows after 64 bytes.

/** Bytes before the matrix of a block. */
export const HEADER: usize = 64;

export function word(base: usize, index: i32): i32 {
  return load<i32>(base + ((<usize>index) << 2));
}

export function address(base: usize, index: i32): usize {
  return load<usize>(base + ((<usize>index) << 2));
}

export function line(base: usize, index: i32, at: i32): f64 {
  return load<f64>(address(base, index) + ((<usize>at) << 3));
}

export function align(bytes: usize): usize {
  return (bytes + 63) & ~63;
}

/** Doubles per row of a block's matrix: whole tiles, and no power of two, whose rows would share cache sets. */
export function rowLength(size: i32): i32 {
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
export function describe(block: usize, left: i32, right: i32, top: i32, bottom: i32, ground: i32): i32 {
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
