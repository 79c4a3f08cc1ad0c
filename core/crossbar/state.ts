import { type Grid, junctionCount, makeGrid } from "./grid.ts";

/**
 * Junction states as a struct of arrays over one buffer, so that an array of any size moves between threads as one object.
 *
 *   offset  size         content (32-bit words and 64-bit floats in the byte order of the machine)
 *   0       4            magic "CPJS"
 *   4       4            version
 *   8       4, 4         rows, columns
 *   16      4            number of fields
 *   20      4            bytes of the names
 *   24      that many    field names in ASCII (hence UTF-8), each ended by a line feed; zeros up to a multiple of 8
 *   ...     8 rows cols  one Float64Array per field, row-major, in the order of the names
 */
const MAGIC = 0x534a5043; // "CPJS" read as a little-endian word; a buffer of the other byte order is foreign
const VERSION = 1;
const HEADER_BYTES = 24;
const LARGEST_FIELD_COUNT = 64;

export type StateBuffer = ArrayBuffer | SharedArrayBuffer;

/**
 * Dynamic states and per-junction parameters of every junction of a grid. Which fields are states is said by the
 * model (`model.states`); the others are constants of each junction (its tau, its conductance at rest).
 */
export class JunctionState {
  readonly buffer: StateBuffer;
  readonly grid: Grid;
  /** Field names in buffer order. */
  readonly names: readonly string[];
  readonly #fields: ReadonlyMap<string, Float64Array>;

  /** Views of a buffer that is laid out already; use `allocateState` or `JunctionState.from`. */
  constructor(buffer: StateBuffer, grid: Grid, names: readonly string[], offset: number) {
    const count = junctionCount(grid);
    this.buffer = buffer;
    this.grid = grid;
    this.names = names;
    this.#fields = new Map(names.map((name, k) => [name, new Float64Array(buffer, offset + 8 * count * k, count)]));
  }

  /** The same views over a buffer that arrived from elsewhere; nothing is copied. @throws RangeError on a foreign buffer */
  static from(buffer: StateBuffer): JunctionState {
    return stateFrom(buffer);
  }

  /** One value per junction, row-major; writing to it changes the state. @throws RangeError for an unknown name */
  field(name: string): Float64Array {
    const field = this.#fields.get(name);
    if (field === undefined) throw new RangeError(`State has no field "${name}", it has ${this.names.join(", ")}`);
    return field;
  }
}

/**
 * @param grid rows and columns
 * @param fields names of the fields (letters, digits, underscore), 1 to 64, all different; every value starts at 0
 * @param shared whether the buffer is a SharedArrayBuffer
 */
export function allocateState(grid: Grid, fields: readonly string[], shared = false): JunctionState {
  makeGrid(grid.rows, grid.columns);
  if (fields.length < 1 || fields.length > LARGEST_FIELD_COUNT)
    throw new RangeError(`State asked for ${fields.length} fields, allowed are 1 to ${LARGEST_FIELD_COUNT}`);
  for (const name of fields)
    if (!/^[A-Za-z]\w{0,62}$/.test(name))
      throw new RangeError(`"${name}" is no field name, allowed are letters, digits and _`);
  if (new Set(fields).size !== fields.length) throw new RangeError(`State fields repeat: ${fields.join(", ")}`);

  const text = fields.map((name) => `${name}\n`).join("");
  const offset = dataOffset(text.length);
  const bytes = offset + 8 * junctionCount(grid) * fields.length;
  const buffer = shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  new Uint32Array(buffer, 0, 6).set([MAGIC, VERSION, grid.rows, grid.columns, fields.length, text.length]);
  const letters = new Uint8Array(buffer, HEADER_BYTES, text.length);
  for (let k = 0; k < text.length; k++) letters[k] = text.charCodeAt(k);
  return new JunctionState(buffer, { rows: grid.rows, columns: grid.columns }, [...fields], offset);
}

/** Recreates the views of a state buffer without copying. @throws RangeError on a foreign, truncated or newer buffer */
export function stateFrom(buffer: StateBuffer): JunctionState {
  if (buffer.byteLength < HEADER_BYTES)
    throw new RangeError(`State buffer has ${buffer.byteLength} bytes, its header alone has ${HEADER_BYTES}`);
  const [magic, version, rows, columns, fieldCount, nameBytes] = new Uint32Array(buffer, 0, 6);
  if (magic !== MAGIC)
    throw new RangeError(`Not a junction state: starts with 0x${magic.toString(16)}, not 0x${MAGIC.toString(16)}`);
  if (version !== VERSION) throw new RangeError(`State buffer is of version ${version}, readable here is ${VERSION}`);
  const grid = makeGrid(rows, columns);
  if (fieldCount < 1 || fieldCount > LARGEST_FIELD_COUNT)
    throw new RangeError(`State buffer claims ${fieldCount} fields, allowed are 1 to ${LARGEST_FIELD_COUNT}`);
  const offset = dataOffset(nameBytes);
  const expected = offset + 8 * junctionCount(grid) * fieldCount;
  if (buffer.byteLength !== expected)
    throw new RangeError(
      `State buffer has ${buffer.byteLength} bytes, ${fieldCount} fields of ${rows} x ${columns} take ${expected}`,
    );
  const names = String.fromCharCode(...new Uint8Array(buffer, HEADER_BYTES, nameBytes)).split("\n");
  if (names.pop() !== "" || names.length !== fieldCount || new Set(names).size !== fieldCount)
    throw new RangeError(`State buffer names ${names.length} fields, its header says ${fieldCount} different ones`);
  return new JunctionState(buffer, grid, names, offset);
}

function dataOffset(nameBytes: number): number {
  return Math.ceil((HEADER_BYTES + nameBytes) / 8) * 8;
}
