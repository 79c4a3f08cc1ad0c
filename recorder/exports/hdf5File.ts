import type { File, Group } from "h5wasm/node";
import { RecordError } from "../../core/errors.ts";

/** Values of one chunk of a growing dataset at most; beyond it a write touches several. */
const CHUNK_VALUES = 65_536;
const SMALLEST_CHUNK = 1024;

/** Codes of h5wasm: little-endian numbers, and text in UTF-8 of any length. */
const TYPES = { f64: "<d", f32: "<f", i32: "<i", u32: "<I", i16: "<h", u8: "<B", text: "S" } as const;

export type NumberType = Exclude<keyof typeof TYPES, "text">;
export type Numbers = Float64Array | Int32Array | Int16Array | Uint8Array;

/** An attribute; plain numbers are written as 64-bit floats. */
export type AttributeValue =
  | string
  | number
  | readonly string[]
  | { readonly type: NumberType; readonly value: number };
export type Attributes = Readonly<Record<string, AttributeValue>>;

/**
 * A new HDF5 file. The library says nothing when a disk is full unless it is told to throw, so it is told, and every
 * failure leaves here as a RecordError in one line.
 */
export class Hdf5File {
  readonly path: string;
  readonly #file: File;

  private constructor(path: string, file: File) {
    this.path = path;
    this.#file = file;
  }

  /** @throws RecordError when the file exists already or cannot be made */
  static async create(path: string): Promise<Hdf5File> {
    const { File } = await loadLibrary();
    // what HDF5 1.10 reads
    const options = { libver: ["v108", "v110"] } as const;
    return new Hdf5File(
      path,
      guard(path, () => new File(path, "x", { libver: [...options.libver] })),
    );
  }

  /** @param at absolute path of a group whose parent is there */
  group(at: string, attributes: Attributes = {}): void {
    this.#attempt(() => {
      const { parent, name } = this.#split(at);
      const group = parent.create_group(name);
      setAttributes(group, attributes);
    });
  }

  attributes(at: string, attributes: Attributes): void {
    this.#attempt(() => setAttributes(at === "/" ? this.#file : this.#find(at), attributes));
  }

  text(at: string, value: string, attributes: Attributes = {}): void {
    this.#attempt(() => {
      const { parent, name } = this.#split(at);
      setAttributes(parent.create_dataset({ name, data: plainText(value), shape: [], dtype: TYPES.text }), attributes);
    });
  }

  texts(at: string, values: readonly string[], attributes: Attributes = {}): void {
    this.#attempt(() => {
      const { parent, name } = this.#split(at);
      const data = values.map(plainText);
      setAttributes(parent.create_dataset({ name, data, shape: [data.length], dtype: TYPES.text }), attributes);
    });
  }

  number(at: string, type: NumberType, value: number, attributes: Attributes = {}): void {
    this.#attempt(() => {
      const { parent, name } = this.#split(at);
      setAttributes(parent.create_dataset({ name, data: [value], shape: [], dtype: TYPES[type] }), attributes);
    });
  }

  numbers(at: string, values: Int32Array | Float64Array, attributes: Attributes = {}): void {
    this.#attempt(() => {
      const { parent, name } = this.#split(at);
      const dtype = values instanceof Int32Array ? TYPES.i32 : TYPES.f64;
      setAttributes(parent.create_dataset({ name, data: values, shape: [values.length], dtype }), attributes);
    });
  }

  /**
   * A dataset of one dimension that grows by what is appended. Narrow types are compressed, doubles are not worth it.
   * @param expected about how many values will come: the file has room for whole chunks only
   */
  growing(at: string, type: NumberType, expected: number, attributes: Attributes = {}): Hdf5Column {
    return this.#attempt(() => {
      const { parent, name } = this.#split(at);
      const dataset = parent.create_dataset({
        name,
        data: [],
        shape: [0],
        maxshape: [null],
        chunks: [Math.max(SMALLEST_CHUNK, Math.min(CHUNK_VALUES, expected))],
        dtype: TYPES[type],
        ...(type === "f64" ? {} : { compression: 1 }),
      });
      setAttributes(dataset, attributes);
      let length = 0;
      return {
        append: (values) =>
          this.#attempt(() => {
            if (values.length === 0) return;
            dataset.resize([length + values.length]);
            dataset.write_slice([[length, length + values.length]], values);
            length += values.length;
          }),
      };
    });
  }

  link(at: string, target: string): void {
    this.#attempt(() => {
      const { parent, name } = this.#split(at);
      parent.create_soft_link(target, name);
    });
  }

  close(): void {
    this.#attempt(() => {
      if (this.#file.close() < 0) throw new Error("the file could not be closed");
    });
  }

  #attempt<T>(action: () => T): T {
    return guard(this.path, action);
  }

  #split(at: string): { parent: Group; name: string } {
    const cut = at.lastIndexOf("/");
    return { parent: cut === 0 ? this.#file : this.#find(at.slice(0, cut)), name: at.slice(cut + 1) };
  }

  #find(at: string): Group {
    const found = this.#file.get(at);
    if (found === null) throw new Error(`there is no ${at}`);
    return found as Group;
  }
}

export interface Hdf5Column {
  append(values: Numbers): void;
}

/**
 * Opens a closed file again and hands out pieces of its datasets.
 * @throws RecordError when it cannot be read
 */
export async function readHdf5<T>(path: string, use: (file: Hdf5Reader) => T): Promise<T> {
  const { File } = await loadLibrary();
  return guard(path, () => {
    const file = new File(path, "r");
    try {
      return use({
        *pieces(at) {
          const dataset = file.get(at);
          if (dataset === null || !("slice" in dataset)) throw new Error(`there is no dataset ${at}`);
          const length = dataset.shape?.[0] ?? 0;
          for (let from = 0; from < length; from += CHUNK_VALUES) {
            const values: unknown = dataset.slice([[from, Math.min(length, from + CHUNK_VALUES)]]);
            if (!isNumbers(values)) throw new Error(`${at} holds no numbers of ours`);
            yield values;
          }
        },
        names(at) {
          const group = file.get(at);
          if (group === null || !("keys" in group)) throw new Error(`there is no group ${at}`);
          return group.keys();
        },
      });
    } finally {
      file.close();
    }
  });
}

export interface Hdf5Reader {
  pieces(at: string): Iterable<Numbers>;
  /** What is in a group. */
  names(at: string): readonly string[];
}

/** Loaded when the first file is asked for: 4 MB of WebAssembly. */
async function loadLibrary() {
  const library = await import("h5wasm/node");
  const module = await library.ready;
  module.activate_throwing_error_handler();
  return library;
}

function isNumbers(values: unknown): values is Numbers {
  return (
    values instanceof Float64Array ||
    values instanceof Int32Array ||
    values instanceof Int16Array ||
    values instanceof Uint8Array
  );
}

function setAttributes(target: Pick<Group, "create_attribute">, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "string") target.create_attribute(name, plainText(value), [], TYPES.text);
    else if (typeof value === "number") target.create_attribute(name, value, [], TYPES.f64);
    else if ("type" in value) target.create_attribute(name, value.value, [], TYPES[value.type]);
    else target.create_attribute(name, value.map(plainText), [value.length], TYPES.text);
  }
}

/** C strings end at a NUL; it is shown instead of cutting the rest off. */
function plainText(text: string): string {
  return text.replaceAll("\0", "\u2400");
}

/** The library's errors are whole stacks; one line says what a user can do something about. */
function guard<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof RecordError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    throw new RecordError(`${path}: ${describeLibraryError(text)}`, { cause: error });
  }
}

function describeLibraryError(text: string): string {
  if (text.includes("No space left on device")) return "no space left on the disk";
  const reason = /error message = '([^']+)'/.exec(text)?.[1];
  return `HDF5: ${reason ?? text.split("\n").slice(0, 2).join(" ").replace(/\s+/g, " ")}`;
}
