import { ProtocolError } from "../errors.ts";
import { makeMatrix, type Matrix } from "./matrix.ts";

/**
 * NumPy's .npy format, versions 1.0 and 2.0: magic "\x93NUMPY", version, length of the header (2 or 4 bytes, little-endian),
 * a Python dictionary with descr, fortran_order and shape, padded with spaces to a multiple of 64 bytes, then the numbers.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export type NpyType = "f8" | "f4";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const ALIGNMENT = 64;

/**
 * A vector or matrix of f8 or f4, in either byte order and either memory order.
 * @param file name for the complaints
 * @throws ProtocolError naming what the file holds and what is allowed
 */
export function readNpy(bytes: Uint8Array, file: string): Matrix {
  const refuse = (reason: string): ProtocolError => new ProtocolError({ file, line: 0, column: 0, path: "" }, reason);
  if (bytes.length < 10 || MAGIC.some((byte, at) => bytes[at] !== byte))
    throw refuse("this is not a .npy file: it does not start with \\x93NUMPY");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [major, minor] = [view.getUint8(6), view.getUint8(7)];
  if ((major !== 1 && major !== 2) || minor !== 0)
    throw refuse(`version ${major}.${minor} of the .npy format, allowed are 1.0 and 2.0`);
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) throw refuse(`ends after ${bytes.length} bytes, inside its header`);
  const end = start + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < end) throw refuse(`ends after ${bytes.length} bytes, its header would end at ${end}`);
  const header = parseHeader(ascii(bytes.subarray(start, end)), refuse);

  const { rows, columns, size, littleEndian, fortranOrder } = header;
  const needed = rows * columns * size;
  if (bytes.length - end !== needed)
    throw refuse(`holds ${bytes.length - end} bytes of numbers, expected ${needed} for ${rows} x ${columns} f${size}`);
  const values = new Float64Array(rows * columns);
  let at = end;
  const next = (): number => {
    const value = size === 8 ? view.getFloat64(at, littleEndian) : view.getFloat32(at, littleEndian);
    at += size;
    return value;
  };
  if (!fortranOrder) for (let k = 0; k < values.length; k++) values[k] = next();
  else for (let j = 0; j < columns; j++) for (let i = 0; i < rows; i++) values[i * columns + j] = next();
  return makeMatrix(rows, columns, values);
}

/** Version 1.0, little-endian, C order: the bytes that numpy.save writes for the same matrix. */
export function writeNpy({ rows, columns, values }: Matrix, type: NpyType = "f8"): Uint8Array<ArrayBuffer> {
  const size = type === "f8" ? 8 : 4;
  const text = `{'descr': '<${type}', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const start = 10;
  const end = Math.ceil((start + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(end + values.length * size);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint8(6, 1);
  view.setUint16(8, end - start, true);
  bytes.fill(0x20, start, end - 1);
  for (let k = 0; k < text.length; k++) bytes[start + k] = text.charCodeAt(k);
  bytes[end - 1] = 0x0a;
  values.forEach((value, k) => {
    if (size === 8) view.setFloat64(end + 8 * k, value, true);
    else view.setFloat32(end + 4 * k, value, true);
  });
  return bytes;
}

interface Header {
  readonly rows: number;
  readonly columns: number;
  readonly size: 4 | 8;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
}

function parseHeader(text: string, refuse: (reason: string) => ProtocolError): Header {
  const found = text.trim();
  const shown = found.length > 120 ? `${found.slice(0, 120)}...` : found;
  const field = (name: string, value: RegExp): string => {
    const match = new RegExp(`['"]${name}['"]\\s*:\\s*${value.source}`).exec(found);
    if (!match?.[1]) throw refuse(`its header has no usable ${name}: ${shown}`);
    return match[1];
  };
  const descr = field("descr", /(\[|'[^']*'|"[^"]*")/);
  const type = /^['"]([<>])f([48])['"]$/.exec(descr);
  if (!type)
    throw refuse(
      `its numbers are of type ${descr === "[" ? "structured" : descr.slice(1, -1)}, allowed are <f8, <f4, >f8 and >f4; convert with .astype("<f8")`,
    );
  const order = field("fortran_order", /(True|False)/);
  const shape = field("shape", /(\([\d\s,]*\))/);
  const sides = shape
    .slice(1, -1)
    .split(",")
    .filter((side) => side.trim() !== "")
    .map(Number);
  if (sides.length !== 1 && sides.length !== 2)
    throw refuse(`it has the shape ${shape}, allowed are vectors (n,) and matrices (rows, columns)`);
  const [rows, columns] = sides.length === 1 ? [1, sides[0] ?? 0] : [sides[0] ?? 0, sides[1] ?? 0];
  if (rows < 1 || columns < 1) throw refuse(`it has the shape ${shape}, allowed are sides of 1 or more`);
  return {
    rows,
    columns,
    size: type[2] === "8" ? 8 : 4,
    littleEndian: type[1] === "<",
    fortranOrder: order === "True",
  };
}

function ascii(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes.subarray(0, 4096)) text += String.fromCharCode(byte);
  return text;
}
