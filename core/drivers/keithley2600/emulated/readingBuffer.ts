import { hostObject, type HostObject, LuaError, toNumber, type Value } from "../lua/values.ts";

const CAPACITY = 60_000;

/** One column of a buffer, as `printbuffer` takes it. */
export interface BufferColumn extends HostObject {
  readonly column: () => readonly number[];
}

interface BufferObject extends HostObject {
  readonly buffer: ReadingBuffer;
}

/** smua.nvbuffer1 and its like. */
export class ReadingBuffer {
  readonly object: BufferObject;
  #readings: number[] = [];
  #times_s: number[] = [];
  #levels: number[] = [];
  #appending = false;
  #base_s = 0;
  readonly #flags = new Map<string, number>();

  constructor() {
    const columns: Readonly<Record<string, BufferColumn>> = {
      readings: makeColumn(() => this.#readings),
      timestamps: makeColumn(() => this.#times_s),
      sourcevalues: makeColumn(() => this.#levels),
      statuses: makeColumn(() => this.#readings.map(() => 0)),
    };
    const clear = async (): Promise<readonly Value[]> => {
      this.clear();
      return [];
    };
    this.object = {
      buffer: this,
      ...hostObject(
        (key) => {
          if (key === "n") return this.#readings.length;
          if (key === "capacity") return CAPACITY;
          if (key === "appendmode") return this.#appending ? 1 : 0;
          if (key === "clear" || key === "clearcache") return clear;
          if (key === "basetimestamp") return Math.round(this.#base_s);
          // a buffer is its readings
          if (/^\d+$/.test(key)) return this.#readings[Number(key) - 1];
          return columns[key] ?? this.#flags.get(key) ?? 0;
        },
        (key, value) => {
          if (key === "appendmode") this.#appending = toNumber(value) === 1;
          else if (/^(?:collect|fill|cache|timestamp)/.test(key)) this.#flags.set(key, toNumber(value));
          else throw new LuaError(`cannot modify ${key}`);
        },
      ),
    };
  }

  get readings(): readonly number[] {
    return this.#readings;
  }

  clear(): void {
    this.#readings = [];
    this.#times_s = [];
    this.#levels = [];
  }

  /** A measurement begins: without append mode it replaces what is there. */
  begin(): void {
    if (!this.#appending) this.clear();
  }

  take(reading: number, now_s: number, level: number): void {
    if (this.#readings.length >= CAPACITY) throw new LuaError("Reading buffer is full", 5031);
    if (this.#readings.length === 0) this.#base_s = now_s;
    this.#readings.push(reading);
    this.#times_s.push(now_s - this.#base_s);
    this.#levels.push(level);
  }
}

function makeColumn(column: () => readonly number[]): BufferColumn {
  return { column, ...hostObject((key) => column()[Number(key) - 1]) };
}

export function isReadingBuffer(value: Value): value is BufferObject {
  return typeof value === "object" && "buffer" in value;
}

/** A column, or a whole buffer for its readings. */
export function columnOf(value: Value): readonly number[] {
  if (typeof value === "object" && "column" in value) return (value as BufferColumn).column();
  if (isReadingBuffer(value)) return value.buffer.readings;
  throw new LuaError("reading buffer expected", 1107);
}
