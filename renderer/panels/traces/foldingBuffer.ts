import { type Bin, higher, lower } from "./bins.ts";

/**
 * The minimap of a record without end in constant memory: bins of equal width from the first sample on. When a sample
 * falls behind the last bin, neighbours are merged and the width doubles, so that the buffer always covers everything
 * and is always at least half full.
 */
export class FoldingBuffer {
  readonly #capacity: number;
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  readonly #lost: Float64Array;
  #origin_s = Number.NaN;
  #width_s: number;
  #used = 0;

  /** @param capacity number of bins, even; @param width_s width of a bin before the first fold */
  constructor(capacity = 4096, width_s = 1e-3) {
    if (capacity < 2 || capacity % 2 !== 0)
      throw new RangeError(`capacity is ${capacity}, allowed are even numbers from 2`);
    if (!(width_s > 0)) throw new RangeError(`width_s is ${width_s}, allowed are values above 0`);
    this.#capacity = capacity;
    this.#width_s = width_s;
    this.#low = new Float64Array(capacity).fill(Number.NaN);
    this.#high = new Float64Array(capacity).fill(Number.NaN);
    this.#lost = new Float64Array(capacity);
  }

  /** Bins in use, from the origin on. */
  get length(): number {
    return this.#used;
  }

  get width_s(): number {
    return this.#width_s;
  }

  /** Time of the first sample; NaN before it. */
  get origin_s(): number {
    return this.#origin_s;
  }

  /** Extremes of the current in bin k (NaN where nothing was sampled), and its lost samples. */
  at(k: number): { readonly low_A: number; readonly high_A: number; readonly lost: number } {
    return { low_A: this.#low[k] ?? Number.NaN, high_A: this.#high[k] ?? Number.NaN, lost: this.#lost[k] ?? 0 };
  }

  /** Takes a bin; one that begins before the origin or has no time is left out. */
  add(bin: Readonly<Bin>): void {
    if (!Number.isFinite(bin.start_s)) return;
    if (Number.isNaN(this.#origin_s)) this.#origin_s = bin.start_s;
    if (bin.start_s < this.#origin_s) return;
    // bins are far shorter than the map is coarse; where they are not, each end counts
    const last_s = Math.max(bin.start_s, bin.end_s - (bin.end_s - bin.start_s) * 1e-9);
    while ((last_s - this.#origin_s) / this.#width_s >= this.#capacity) this.#fold();
    const first = Math.floor((bin.start_s - this.#origin_s) / this.#width_s);
    const last = Math.floor((last_s - this.#origin_s) / this.#width_s);
    for (let k = first; k <= last; k++) {
      this.#low[k] = lower(this.#low[k] ?? Number.NaN, bin.currentLow_A);
      this.#high[k] = higher(this.#high[k] ?? Number.NaN, bin.currentHigh_A);
    }
    this.#lost[first] = (this.#lost[first] ?? 0) + bin.lost;
    this.#used = Math.max(this.#used, last + 1);
  }

  clear(): void {
    this.#low.fill(Number.NaN);
    this.#high.fill(Number.NaN);
    this.#lost.fill(0);
    this.#origin_s = Number.NaN;
    this.#used = 0;
  }

  #fold(): void {
    const half = this.#capacity / 2;
    for (let k = 0; k < half; k++) {
      const [a, b] = [2 * k, 2 * k + 1];
      this.#low[k] = lower(this.#low[a] ?? Number.NaN, this.#low[b] ?? Number.NaN);
      this.#high[k] = higher(this.#high[a] ?? Number.NaN, this.#high[b] ?? Number.NaN);
      this.#lost[k] = (this.#lost[a] ?? 0) + (this.#lost[b] ?? 0);
    }
    this.#low.fill(Number.NaN, half);
    this.#high.fill(Number.NaN, half);
    this.#lost.fill(0, half);
    this.#used = Math.ceil(this.#used / 2);
    this.#width_s *= 2;
  }
}
