import { type ByteReader, latin1, refuseByte } from "./byteSource.ts";

/** A record of a HEKA tree, with where its own bytes are. */
export interface TreeNode {
  readonly byte: number;
  readonly size: number;
  readonly children: readonly TreeNode[];
}

const MOST_LEVELS = 8;
/** Records are a few bytes at least, so a tree has no more of them than this part of its bytes. */
const LEAST_NODE_BYTES = 4;

/**
 * A tree inside a bundle: "Tree" or, the other way round, "eerT"; levels; bytes of a record on each; the records depth
 * first, each with the number of its children behind it.
 * @param byte first byte of the tree, @param length its bytes
 * @throws ProtocolError when records are more than the bytes, or lie outside
 */
export function readTree(reader: ByteReader, byte: number, length: number, what: string): TreeNode {
  const magic = latin1(reader.bytes(byte, 4, what));
  if (magic !== "Tree" && magic !== "eerT") throw refuseByte(reader.file, byte, `expected ${what} ("Tree" or "eerT")`);
  reader.littleEndian = magic === "eerT";
  const levels = reader.i32(byte + 4, "the levels of a tree");
  if (levels < 1 || levels > MOST_LEVELS)
    throw refuseByte(reader.file, byte + 4, `${levels} levels of ${what}, expected 1 to ${MOST_LEVELS}`);
  const sizes = Array.from({ length: levels }, (_, k) => reader.i32(byte + 8 + 4 * k, "the size of a record"));
  sizes.forEach((size, k) => {
    if (size < 0 || size > length)
      throw refuseByte(reader.file, byte + 8 + 4 * k, `records of ${size} bytes, expected 0 to ${length}`);
  });
  const end = byte + length;
  let at = byte + 8 + 4 * levels;
  const node = (level: number): TreeNode => {
    const size = sizes[level]!;
    const start = at;
    if (start + size + 4 > end)
      throw refuseByte(reader.file, start, `expected a record of ${what} (${size} bytes), it ends at byte ${end}`);
    const count = reader.i32(start + size, "the number of parts of a record");
    at = start + size + 4;
    if (count < 0 || count > (end - at) / LEAST_NODE_BYTES || (count > 0 && level + 1 >= levels))
      throw refuseByte(reader.file, start + size, `${count} parts of a record of ${what}, expected what fits`);
    const children: TreeNode[] = [];
    for (let k = 0; k < count; k++) children.push(node(level + 1));
    return { byte: start, size, children };
  };
  return node(0);
}
