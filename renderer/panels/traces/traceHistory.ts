import { BIN_FIELDS, type Bin, emptyBin, lower, mergeBin, type Pixels, pixelAt } from "./bins.ts";

/** Bins that are merged into one of the next level. */
const FACTOR = 4;
/** With 4 ^ 8 x 4096 incoming bins the last level still holds a day of 2000 bins per second. */
const LEVELS = 9;

/** Columns of a plot, oldest first: middle times and extremes, all NaN where the line breaks. */
export interface TraceView {
  readonly length: number;
  readonly time_s: Float64Array;
  readonly voltageLow_V: Float64Array;
  readonly voltageHigh_V: Float64Array;
  readonly currentLow_A: Float64Array;
  readonly currentHigh_A: Float64Array;
  readonly conductanceLow_S: Float64Array;
  readonly conductanceHigh_S: Float64Array;
  /** Lost samples inside the view. */
  readonly lost: number;
}

type TraceList = Exclude<keyof TraceView, "length" | "lost" | "time_s">;

const LISTS: readonly TraceList[] = [
  "voltageLow_V",
  "voltageHigh_V",
  "currentLow_A",
  "currentHigh_A",
  "conductanceLow_S",
  "conductanceHigh_S",
];

/**
 * The samples of one column as extremes in levels of falling fineness, each a ring of fixed size: the last moments in
 * full, the last hours coarsely, memory constant. A view takes the finest level that reaches back far enough.
 */
export class TraceHistory {
  readonly #levels: Level[];
  readonly #scratch = emptyBin();
  #lost = 0;

  /** @param capacity bins per level */
  constructor(capacity = 4096) {
    this.#levels = Array.from({ length: LEVELS }, () => new Level(capacity));
  }

  /** Lost samples so far, also those that have left the rings. */
  get lost(): number {
    return this.#lost;
  }

  /** End of the last bin; NaN before the first. */
  get end_s(): number {
    return this.#levels[0]?.lastEnd_s() ?? Number.NaN;
  }

  /** Earliest time that some level still holds; NaN before the first bin. */
  get start_s(): number {
    return this.#levels.reduce((earliest, level) => lower(earliest, level.firstStart_s()), Number.NaN);
  }

  /** @param each hears every bin, in a record that it must not keep */
  append(pixels: Pixels, lost = 0, each?: (bin: Readonly<Bin>) => void): void {
    let left = lost;
    const count = pixels.leastCurrent_A.length;
    for (let k = 0; k < count; k++) {
      const bin = pixelAt(pixels, k, this.#scratch);
      if (left > 0 && (Number.isNaN(bin.currentLow_A) || k === count - 1)) {
        bin.lost = left;
        left = 0;
      }
      this.add(bin);
      each?.(bin);
    }
  }

  add(bin: Readonly<Bin>): void {
    this.#lost += bin.lost;
    this.#levels[0]?.add(bin);
    this.#pass(bin, 1);
  }

  /** A bin into its parent, which moves on when it is full or the record has a hole. */
  #pass(bin: Readonly<Bin>, level: number): void {
    const into = this.#levels[level];
    if (!into) return;
    const hole = into.pending > 0 && bin.start_s - into.open.end_s > 0.5 * (bin.end_s - bin.start_s);
    if (hole) this.#close(level);
    mergeBin(into.open, bin);
    into.pending += 1;
    if (into.pending >= FACTOR) this.#close(level);
  }

  #close(level: number): void {
    const into = this.#levels[level];
    if (!into) return;
    const { open } = into;
    into.add(open);
    this.#pass(open, level + 1);
    into.open = emptyBin();
    into.pending = 0;
  }

  /** Finest level that reaches back to `from_s`, or the one that reaches back farthest. */
  #levelFor(from_s: number, to_s: number, most: number): Level | undefined {
    let best: Level | undefined;
    for (const [k, level] of this.#levels.entries()) {
      if (level.length === 0) break;
      best = level;
      const reaches = level.firstStart_s() <= from_s || level.whole;
      // more than a few bins per pixel only cost time
      if (reaches && (k === LEVELS - 1 || level.countIn(from_s, to_s) <= FACTOR * most)) return level;
    }
    return best;
  }

  /**
   * At most about `most` columns between two times; bins are merged per column of the plot, holes break the line.
   */
  view(from_s: number, to_s: number, most: number): TraceView {
    const level = this.#levelFor(from_s, to_s, most);
    const room = 2 * most + 8;
    const time_s = new Float64Array(room);
    const lists = LISTS.map(() => new Float64Array(room));
    let [length, lost] = [0, 0];
    const push = (at_s: number, bin: Readonly<Bin>) => {
      if (length >= room) return;
      time_s[length] = at_s;
      for (const [k, name] of LISTS.entries()) (lists[k] as Float64Array)[length] = bin[name];
      length += 1;
    };
    const nothing = emptyBin();
    const pixel_s = (to_s - from_s) / most;
    let column = emptyBin();
    let filled = false;
    const flush = () => {
      if (filled) push((column.start_s + column.end_s) / 2, column);
      column = emptyBin();
      filled = false;
    };
    let previousEnd_s = Number.NaN;
    const bin = emptyBin();
    const [first, end] = level?.range(from_s, to_s) ?? [0, 0];
    // what has not yet filled a bin of this level is seen by the levels below, so nothing recent is missing
    const addBin = () => {
      const hole = bin.start_s - previousEnd_s > Math.max(0.5 * (bin.end_s - bin.start_s), 1e-12);
      if (hole && bin.start_s - previousEnd_s > 0.5 * pixel_s) {
        flush();
        push((previousEnd_s + bin.start_s) / 2, nothing);
      }
      if (filled && bin.end_s - column.start_s > pixel_s) flush();
      mergeBin(column, bin);
      filled = true;
      lost += bin.lost;
      previousEnd_s = bin.end_s;
    };
    for (let k = first; k < end; k++) {
      level?.read(k, bin);
      addBin();
    }
    for (const rest of level ? this.#unmerged(level) : []) {
      if (rest.end_s <= from_s || rest.start_s >= to_s) continue;
      Object.assign(bin, rest);
      addBin();
    }
    flush();
    const [voltageLow_V, voltageHigh_V, currentLow_A, currentHigh_A, conductanceLow_S, conductanceHigh_S] = lists as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    return {
      length,
      lost,
      time_s,
      voltageLow_V,
      voltageHigh_V,
      currentLow_A,
      currentHigh_A,
      conductanceLow_S,
      conductanceHigh_S,
    };
  }

  /** What lies in the open bins of a level and of those below it, oldest first. */
  #unmerged(level: Level): Bin[] {
    const at = this.#levels.indexOf(level);
    const parts: Bin[] = [];
    for (let k = at; k >= 1; k--) {
      const lowerLevel = this.#levels[k];
      if (lowerLevel && lowerLevel.pending > 0) parts.push(lowerLevel.open);
    }
    return parts;
  }
}

/** A ring of bins in struct-of-arrays form, in order of time; memory is taken at the first bin. */
class Level {
  readonly #capacity: number;
  #columns: Float64Array[] = [];
  #first = 0;
  length = 0;
  /** Nothing has been overwritten. */
  whole = true;
  open = emptyBin();
  pending = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(bin: Readonly<Bin>): void {
    if (this.#columns.length === 0) this.#columns = BIN_FIELDS.map(() => new Float64Array(this.#capacity));
    const at = (this.#first + this.length) % this.#capacity;
    for (let c = 0; c < BIN_FIELDS.length; c++)
      (this.#columns[c] as Float64Array)[at] = bin[BIN_FIELDS[c] as keyof Bin];
    if (this.length < this.#capacity) this.length += 1;
    else {
      this.#first = (this.#first + 1) % this.#capacity;
      this.whole = false;
    }
  }

  read(k: number, out: Bin): Bin {
    const at = (this.#first + k) % this.#capacity;
    for (let c = 0; c < BIN_FIELDS.length; c++) out[BIN_FIELDS[c] as keyof Bin] = this.#columns[c]?.[at] ?? Number.NaN;
    return out;
  }

  #time(column: number, k: number): number {
    return this.#columns[column]?.[(this.#first + k) % this.#capacity] ?? Number.NaN;
  }

  firstStart_s(): number {
    return this.length === 0 ? Number.NaN : this.#time(0, 0);
  }

  lastEnd_s(): number {
    return this.length === 0 ? Number.NaN : this.#time(1, this.length - 1);
  }

  /** Bins that overlap (from, to): first and one behind the last. */
  range(from_s: number, to_s: number): readonly [number, number] {
    return [this.#search((k) => this.#time(1, k) > from_s), this.#search((k) => this.#time(0, k) >= to_s)];
  }

  countIn(from_s: number, to_s: number): number {
    const [first, end] = this.range(from_s, to_s);
    return end - first;
  }

  /** First k for which an ascending condition holds. */
  #search(holds: (k: number) => boolean): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
