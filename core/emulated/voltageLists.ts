import type { Pool } from "../crossbar/pool.ts";
import { extrapolationWeights } from "../crossbar/solve/transient/extrapolationWeights.ts";

/** Below this many junctions a pass is over before another thread has woken up. */
const SMALLEST_SHARED = 96 * 96;

/**
 * Row-major lists of a large array in the kernels' memory: conductances, and junction voltages of the last three
 * instants, to foresee those of a later one. The error is of third order in the step, so that a step with the voltage
 * foreseen for its middle is of second order like one that solves for it, at half the price.
 * The views are made anew when the memory has grown: never keep one across a solve.
 */
export class VoltageLists implements Disposable {
  readonly #pool: Pool;
  readonly #count: number;
  readonly #bytes: number;
  readonly #tasks: number;
  /** Bytes from one list to the next. */
  readonly #stride: number;
  readonly #base: number;
  /** Addresses of the voltages, newest first. */
  #lists: readonly [number, number, number];
  /** Instants of the lists, newest first. */
  #times_s: number[] = [];
  /** Whether the newest list belongs to no instant yet. */
  #isOpen = true;
  #views: { buffer: object; conductance_S: Float64Array; voltage_V: Float64Array[] } | undefined;
  /** What stays readable without the memory. */
  #copies: { readonly conductance_S: Float64Array; readonly voltage_V: Float64Array } | undefined;

  constructor(pool: Pool, junctions: number) {
    this.#pool = pool;
    this.#count = junctions;
    this.#tasks = pool.threads === 1 || junctions < SMALLEST_SHARED ? 1 : 2 * pool.threads;
    // an odd number of cache lines apart: not all on the same cache sets
    this.#stride = 64 * (1 + 2 * Math.ceil(junctions / 16));
    this.#bytes = 4 * this.#stride + 64 * this.#tasks;
    this.#base = pool.kernels.memory.reserve(this.#bytes);
    const list = (k: number): number => this.#base + k * this.#stride;
    this.#lists = [list(1), list(2), list(3)];
  }

  /** Byte addresses for kernels. */
  get conductanceAddress(): number {
    return this.#base;
  }

  get conductance_S(): Float64Array {
    return this.#copies?.conductance_S ?? this.#open().conductance_S;
  }

  /** Junction voltages of the last solve. */
  get voltage_V(): Float64Array {
    return this.#copies?.voltage_V ?? this.#view(this.#lists[0]);
  }

  /** Where the next voltages go: over the oldest, unless the newest belong to no instant. */
  renew(): number {
    if (!this.#isOpen) this.#turn();
    this.#isOpen = true;
    return this.#lists[0];
  }

  forget(): void {
    this.#times_s = [];
  }

  /** The newest voltages are those of this instant; one at or before the newest replaces what is known. */
  remember(time_s: number): void {
    const newest_s = this.#times_s[0];
    if (newest_s !== undefined && !(time_s >= newest_s)) this.forget();
    if (!this.#isOpen) {
      if (newest_s === time_s) return;
      // nothing was solved since: the same voltages once more
      const [same] = this.#lists;
      this.#turn();
      this.#view(this.#lists[0]).set(this.#view(same));
    }
    this.#isOpen = false;
    if (newest_s === time_s) {
      const [newest, same, older] = this.#lists;
      this.#lists = [newest, older, same];
      this.#times_s.length = Math.min(2, this.#times_s.length);
    } else this.#times_s = [time_s, ...this.#times_s.slice(0, 2)];
  }

  /**
   * Voltages at a later instant, over the oldest of the three, and how far they move from the newest, relative to the
   * largest. undefined when there are not two instants yet.
   */
  foresee(time_s: number): { readonly voltage_V: Float64Array; readonly moved: number } | undefined {
    const [newest_s, older_s] = this.#times_s;
    if (newest_s === undefined || older_s === undefined || !(time_s > newest_s) || this.#isOpen) return undefined;
    const [a = 1, b = 0, c = 0] = extrapolationWeights(this.#times_s, time_s);
    this.#times_s.length = 2;
    const pairs = Math.ceil(this.#count / 2);
    const extremes = this.#base + 4 * this.#stride;
    const tasks = Array.from({ length: this.#tasks }, (_, k) => [
      2 * Math.floor((pairs * k) / this.#tasks),
      2 * Math.floor((pairs * (k + 1)) / this.#tasks),
      a,
      b,
      c,
      ...this.#lists,
      extremes + 64 * k,
    ]);
    this.#pool.run("foreseeList", tasks);
    let [moved, largest] = [0, 0];
    const { f64 } = this.#pool.kernels.memory;
    for (let k = 0; k < this.#tasks; k++) {
      moved = Math.max(moved, f64[(extremes + 64 * k) / 8] ?? 0);
      largest = Math.max(largest, f64[(extremes + 64 * k) / 8 + 1] ?? 0);
    }
    return { voltage_V: this.#view(this.#lists[2]), moved: largest === 0 ? 0 : moved / largest };
  }

  /** Gives the memory back; the last conductances and voltages stay readable. */
  [Symbol.dispose](): void {
    if (this.#copies) return;
    this.#copies = { conductance_S: this.conductance_S.slice(), voltage_V: this.voltage_V.slice() };
    this.#views = undefined;
    this.#pool.kernels.memory.free(this.#base, this.#bytes);
  }

  /** The oldest list becomes the newest. */
  #turn(): void {
    const [newest, older, oldest] = this.#lists;
    this.#lists = [oldest, newest, older];
  }

  #open() {
    const { memory } = this.#pool.kernels;
    if (this.#views?.buffer !== memory.f64.buffer) {
      const list = (k: number): Float64Array => memory.doubles(this.#base + k * this.#stride, this.#count);
      this.#views = { buffer: memory.f64.buffer, conductance_S: list(0), voltage_V: [list(1), list(2), list(3)] };
    }
    return this.#views;
  }

  #view(address: number): Float64Array {
    const view = this.#open().voltage_V[(address - this.#base) / this.#stride - 1];
    if (!view) throw new RangeError(`No list of voltages at ${address}`);
    return view;
  }
}
