import type { SampleBlock } from "../arrayBackend.ts";

/** Longest block, samples per column: 32 kB of current, so that a stimulus of any length needs little memory. */
export const LARGEST_BLOCK = 4096;

/** Collects the samples of all sensed columns and hands them on as blocks whose arrays nobody else keeps. */
export class BlockBuilder {
  readonly #columns: readonly number[];
  readonly #startTime_s: number;
  readonly #samplePeriod_s: number;
  readonly #total: number;
  readonly #largest: number;
  readonly #emit: (block: SampleBlock) => void;
  #current_A: Float64Array[] = [];
  #voltage_V: Float64Array[] = [];
  #overload: Uint8Array[] = [];
  #first = 0;
  #filled = 0;

  constructor(
    shape: { columns: readonly number[]; startTime_s: number; samplePeriod_s: number; total: number; largest: number },
    emit: (block: SampleBlock) => void,
  ) {
    this.#columns = shape.columns;
    this.#startTime_s = shape.startTime_s;
    this.#samplePeriod_s = shape.samplePeriod_s;
    this.#total = shape.total;
    this.#largest = shape.largest;
    this.#emit = emit;
    this.#allocate();
  }

  /** Puts one value of the present sample; `next` ends the sample. */
  put(slot: number, voltage_V: number, current_A: number, overload: boolean): void {
    const current = this.#current_A[slot];
    const voltage = this.#voltage_V[slot];
    const flags = this.#overload[slot];
    if (!current || !voltage || !flags) throw new RangeError(`Slot ${slot} of ${this.#columns.length} sensed columns`);
    current[this.#filled] = current_A;
    voltage[this.#filled] = voltage_V;
    flags[this.#filled] = overload ? 1 : 0;
  }

  /** @returns true when blocks went out */
  next(): boolean {
    this.#filled++;
    if (this.#filled < this.#largest) return false;
    this.flush();
    return true;
  }

  /** Hands on what is there. */
  flush(): void {
    const filled = this.#filled;
    if (filled === 0) return;
    const [current_A, voltage_V, overload, first] = [this.#current_A, this.#voltage_V, this.#overload, this.#first];
    this.#first += filled;
    this.#filled = 0;
    this.#allocate();
    this.#columns.forEach((channel, slot) => {
      this.#emit({
        channel,
        startTime_s: this.#startTime_s + first * this.#samplePeriod_s,
        samplePeriod_s: this.#samplePeriod_s,
        current_A: part(current_A[slot] ?? new Float64Array(0), filled),
        voltage_V: part(voltage_V[slot] ?? new Float64Array(0), filled),
        overload: part(overload[slot] ?? new Uint8Array(0), filled),
        lost: 0,
      });
    });
  }

  #allocate(): void {
    const length = Math.min(this.#largest, this.#total - this.#first);
    this.#current_A = this.#columns.map(() => new Float64Array(length));
    this.#voltage_V = this.#columns.map(() => new Float64Array(length));
    this.#overload = this.#columns.map(() => new Uint8Array(length));
  }
}

/** The filled part of a list that nobody writes to any more. */
function part<List extends Float64Array | Uint8Array>(list: List, filled: number): List {
  return list.length === filled ? list : (list.slice(0, filled) as List);
}
