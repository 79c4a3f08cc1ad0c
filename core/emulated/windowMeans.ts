import type { WindowReading } from "../arrayBackend.ts";
import type { ReadWindow } from "../stimulus.ts";
import { reaches } from "../waveform.ts";

/**
 * Means of the samples inside read windows. A sample belongs to a window when start <= t < end, as a sample on an edge
 * belongs to what follows it; lost samples (NaN) do not count.
 */
export class WindowMeans {
  readonly #windows: readonly ReadWindow[];
  readonly #columns: number;
  readonly #voltage_V: readonly Float64Array[];
  readonly #current_A: readonly Float64Array[];
  readonly #counts: readonly Float64Array[];
  readonly #overload: boolean[];
  /** Windows by start, the next one to open, and those open now: a train of many pulses has few open at once. */
  readonly #order: readonly number[];
  #next = 0;
  #open: number[] = [];

  constructor(windows: readonly ReadWindow[], columns: number) {
    const zeros = () => windows.map(() => new Float64Array(columns));
    this.#windows = windows;
    this.#columns = columns;
    this.#voltage_V = zeros();
    this.#current_A = zeros();
    this.#counts = zeros();
    this.#overload = windows.map(() => false);
    this.#order = windows.map((_, w) => w).sort((a, b) => (windows[a]?.start_s ?? 0) - (windows[b]?.start_s ?? 0));
  }

  /** Opens and closes windows for samples at `time_s`, which never falls. */
  moveTo(time_s: number): void {
    for (; this.#next < this.#order.length; this.#next++) {
      const w = this.#order[this.#next] ?? 0;
      if (!reaches(time_s, this.#windows[w]?.start_s ?? 0)) break;
      this.#open.push(w);
    }
    if (this.#open.some((w) => reaches(time_s, this.#windows[w]?.end_s ?? 0)))
      this.#open = this.#open.filter((w) => !reaches(time_s, this.#windows[w]?.end_s ?? 0));
  }

  /** A sample of one sensed column (`slot`) at the time of the last `moveTo`. */
  add(slot: number, voltage_V: number, current_A: number, overload: boolean): void {
    if (Number.isNaN(current_A)) return;
    for (const w of this.#open) {
      accumulate(this.#voltage_V[w], slot, voltage_V);
      accumulate(this.#current_A[w], slot, current_A);
      accumulate(this.#counts[w], slot, 1);
      if (overload) this.#overload[w] = true;
    }
  }

  read(): WindowReading[] {
    return this.#windows.map(({ label = "" }, w) => {
      const counts = this.#counts[w] ?? new Float64Array(this.#columns);
      // 0 / 0: a window without samples reads NaN
      const mean = (sums: Float64Array | undefined) => counts.map((count, slot) => (sums?.[slot] ?? 0) / count);
      return {
        label,
        voltage_V: mean(this.#voltage_V[w]),
        current_A: mean(this.#current_A[w]),
        samples: counts.length === 0 ? 0 : Math.min(...counts),
        overload: this.#overload[w] ?? false,
      };
    });
  }
}

function accumulate(sums: Float64Array | undefined, slot: number, value: number): void {
  if (sums) sums[slot] = (sums[slot] ?? 0) + value;
}
