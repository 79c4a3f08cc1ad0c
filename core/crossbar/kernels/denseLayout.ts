/** How the dense kernels lay matrices out in memory (assembly/denseBlock.ts, assembly/denseTile.ts hold the same rules). */

/** Bytes before the matrix of a block. */
export const BLOCK_HEADER = 64;

export function alignUp(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** Doubles per row of a block's matrix: whole tiles, and no power of two, whose rows would share cache sets. */
export function rowLength(size: number): number {
  const length = Math.ceil(size / 4) * 4;
  return length >= 128 && length % 8 === 0 ? length + 4 : length;
}

/** Bytes of a block with `size` terminals. */
export function blockBytes(size: number): number {
  return alignUp(BLOCK_HEADER + rowLength(size) * Math.ceil(size / 4) * 32);
}

/** Rows of a strip (32 bytes each) for `rows` rows of a matrix, padded with the same care. */
export function stripRows(rows: number): number {
  const padded = Math.ceil(rows / 4) * 4;
  return padded >= 128 && padded % 32 === 0 ? padded + 4 : padded;
}
