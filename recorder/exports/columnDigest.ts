import { createHash, type Hash } from "node:crypto";

type Numbers = Float64Array | Int32Array | Int16Array | Uint8Array;

/** Counts and SHA-256 of columns, over the little-endian bytes of their values in order. */
export class ColumnDigest {
  readonly #columns = new Map<string, { values: number; readonly hash: Hash }>();
  readonly #runs = new Map<string, { text: string; length: number }>();

  /** Appends values to a column; the first call makes it. */
  add(column: string, values: Numbers): void {
    const entry = this.#entry(column);
    entry.values += values.length;
    entry.hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  /** Appends texts; equal neighbours, of which a step has thousands, are hashed as one text and their number. */
  addTexts(column: string, texts: readonly string[]): void {
    this.#entry(column).values += texts.length;
    const run = this.#runs.get(column) ?? { text: "", length: 0 };
    this.#runs.set(column, run);
    for (const text of texts) {
      if (text === run.text) run.length += 1;
      else {
        this.#endRun(column);
        run.text = text;
        run.length = 1;
      }
    }
  }

  #endRun(column: string): void {
    const run = this.#runs.get(column);
    if (run) this.#entry(column).hash.update(JSON.stringify([run.length, run.text]));
  }

  #entry(column: string): { values: number; readonly hash: Hash } {
    const known = this.#columns.get(column);
    if (known) return known;
    const entry = { values: 0, hash: createHash("sha256") };
    this.#columns.set(column, entry);
    return entry;
  }

  /** Callable once. */
  finish(): ReadonlyMap<string, ColumnSum> {
    for (const column of this.#runs.keys()) this.#endRun(column);
    return new Map(
      [...this.#columns].map(([name, { values, hash }]) => [name, { values, sha256: hash.digest("hex") }]),
    );
  }
}

export interface ColumnSum {
  readonly values: number;
  readonly sha256: string;
}

/** The first difference in words, undefined when the columns are the same. */
export function findDifference(
  expected: ReadonlyMap<string, ColumnSum>,
  found: ReadonlyMap<string, ColumnSum>,
): string | undefined {
  for (const [name, { values, sha256 }] of expected) {
    const there = found.get(name);
    if (!there) return `column ${name} is missing`;
    if (there.values !== values) return `column ${name} has ${there.values} values, expected ${values}`;
    if (there.sha256 !== sha256) return `column ${name} differs from the run`;
  }
  for (const name of found.keys()) if (!expected.has(name)) return `column ${name} is not of the run`;
  return undefined;
}
