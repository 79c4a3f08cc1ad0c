import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { cleanText } from "../../core/cleanText.ts";
import { RecordError } from "../../core/errors.ts";
import type { Cell } from "../../core/labMessages/arrays.ts";
import { describeSystemError } from "../../runtime/systemError.ts";

type Note = Cell["notes"][number];

/** Beside the runs; named in docs/lab.md. */
export const NOTES_FILE = "lab-notes.json";

const fileSchema = z.strictObject({
  notes: z.literal(1),
  /** By array name, then "row column". */
  arrays: z.record(
    z.string(),
    z.record(z.string(), z.array(z.strictObject({ wall: z.string(), by: z.string(), text: z.string() }))),
  ),
});

/** What people wrote about junctions; kept by the name of the array, so that it is there again tomorrow. */
export class NoteBook {
  readonly #path: string;
  readonly #folder: string;
  readonly #now: () => Date;

  constructor(folder: string, now: () => Date) {
    this.#folder = folder;
    this.#path = join(folder, NOTES_FILE);
    this.#now = now;
  }

  read(array: string, row: number, column: number): readonly Note[] {
    const notes = this.#load().arrays[array];
    return notes && Object.hasOwn(notes, `${row} ${column}`) ? (notes[`${row} ${column}`] ?? []) : [];
  }

  /** @throws RecordError when the file cannot be read or written; the old one stays */
  add(array: string, row: number, column: number, text: string, by: string): void {
    const file = this.#load();
    const ofArray = Object.hasOwn(file.arrays, array) ? (file.arrays[array] ?? {}) : {};
    const key = `${row} ${column}`;
    const note: Note = { wall: this.#now().toISOString(), by, text: cleanText(text) };
    const notes = { ...ofArray, [key]: [...(ofArray[key] ?? []), note] };
    const arrays = Object.fromEntries([
      ...Object.entries(file.arrays).filter(([name]) => name !== array),
      [array, notes],
    ]);
    try {
      mkdirSync(this.#folder, { recursive: true });
      const temporary = `${this.#path}.${process.pid}.tmp`;
      writeFileSync(temporary, `${JSON.stringify({ notes: 1, arrays }, null, 1)}\n`);
      renameSync(temporary, this.#path);
    } catch (error) {
      throw new RecordError(`${this.#path}: ${describeSystemError(error)}`, { cause: error });
    }
  }

  #load(): z.output<typeof fileSchema> {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return { notes: 1, arrays: {} };
      throw new RecordError(`${this.#path}: ${describeSystemError(error)}`, { cause: error });
    }
    try {
      return fileSchema.parse(JSON.parse(text));
    } catch {
      throw new RecordError(`${this.#path}: no notes of this version; move it away to begin new ones`);
    }
  }
}
