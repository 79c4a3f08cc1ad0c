import { createHash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { RecordError } from "../core/errors.ts";
import type { LatchStore, Trip } from "../core/limiter/arming.ts";
import { describeSystemError } from "./systemError.ts";

/** What a latch file holds. */
export interface Latch {
  readonly schema: 1;
  /** Whose latch: an instrument by maker, model and serial number, never the port it hangs on today. */
  readonly instrument: string;
  readonly trip: Trip;
  /** ISO 8601. */
  readonly tripped: string;
  /** When somebody cleared it; it stays until a run has recorded that. */
  readonly cleared?: string;
}

const LATCH_FIELDS = new Set(["schema", "instrument", "trip", "tripped", "cleared"]);

function isLatch(value: unknown): value is Latch {
  if (typeof value !== "object" || value === null) return false;
  const { schema, instrument, trip, tripped, cleared = "" }: Record<string, unknown> = { ...value };
  const texts = typeof trip === "object" && trip !== null ? { ...trip } : {};
  const isTrip = ["quantity", "found", "allowed", "where"].every(
    (name) => typeof Object.getOwnPropertyDescriptor(texts, name)?.value === "string",
  );
  const known = Object.keys(value).every((name) => LATCH_FIELDS.has(name));
  return known && schema === 1 && isTrip && [instrument, tripped, cleared].every((text) => typeof text === "string");
}

/** Where latches are kept: the user's state folder, of the XDG base directory specification. */
export function latchFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { XDG_STATE_HOME: state = "" } = environment;
  return join(state.startsWith("/") ? state : join(homedir(), ".local", "state"), "crosspore", "latches");
}

/** All latches of a folder, cleared ones too. @throws RecordError naming a file that is none: it may hide a latch */
export function listLatches(folder: string): readonly Latch[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw new RecordError(`${folder}: ${describeSystemError(error)}`, { cause: error });
  }
  return names
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) => readLatch(join(folder, name)) ?? []);
}

/** The latch of one instrument as a small file, written so that it is whole or not there after a power cut. */
export class LatchFile implements LatchStore {
  readonly #folder: string;
  readonly #path: string;
  readonly #instrument: string;
  readonly #now: () => string;

  /** @param now stamps of trips; the wall clock unless a test says otherwise */
  constructor(folder: string, instrument: string, now: () => string = () => new Date().toISOString()) {
    this.#folder = folder;
    this.#instrument = instrument;
    this.#path = join(folder, `${createHash("sha256").update(instrument).digest("hex").slice(0, 24)}.json`);
    this.#now = now;
  }

  /** @throws RecordError when there is a file that cannot be read: nobody knows whether it is a latch */
  read(): { readonly trip: Trip; readonly cleared: boolean } | undefined {
    const latch = readLatch(this.#path);
    return latch && { trip: latch.trip, cleared: latch.cleared !== undefined };
  }

  /** @throws RecordError */
  write(trip: Trip): void {
    this.#save({ schema: 1, instrument: this.#instrument, trip, tripped: this.#now() });
  }

  /** @throws RecordError */
  clear(): void {
    const latch = readLatch(this.#path);
    if (latch && latch.cleared === undefined) this.#save({ ...latch, cleared: this.#now() });
  }

  forget(): void {
    rmSync(this.#path, { force: true });
  }

  #save(latch: Latch): void {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const temporary = `${this.#path}.${process.pid}`;
      const file = openSync(temporary, "w", 0o600);
      try {
        const bytes = Buffer.from(`${JSON.stringify(latch, undefined, 2)}\n`, "utf8");
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, this.#path);
      const folder = openSync(this.#folder, "r");
      try {
        fsyncSync(folder);
      } finally {
        closeSync(folder);
      }
    } catch (error) {
      throw new RecordError(`${this.#path}: ${describeSystemError(error)}`, { cause: error });
    }
  }
}

function readLatch(path: string): Latch | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new RecordError(`${path}: ${describeSystemError(error)}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // torn, or somebody's own text: refused below
  }
  if (isLatch(value)) return value;
  throw new RecordError(`${path}: not a latch; look at it, and remove it when you know that nothing tripped`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
