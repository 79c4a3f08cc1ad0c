import type { SampleBlock } from "../../core/arrayBackend.ts";
import { tellsConductance } from "../tellsConductance.ts";
import type { SampleFrame } from "../../core/labMessages/frames.ts";

type Pixels = Omit<SampleFrame, "kind" | "stream" | "sequence" | "handle" | "column" | "dropped">;

/** Consecutive pixels of equal time, growing. */
interface Strip {
  readonly start_s: number;
  readonly pixel_s: number;
  /** Of the pixels, which are whole multiples of `pixel_s`: the number of the first. */
  readonly first: number;
  lists: Float32Array[];
  overload: Uint8Array;
  length: number;
  lost: number;
}

const LISTS = 6;
const [LEAST_I, MOST_I, LEAST_V, MOST_V, LEAST_G, MOST_G] = [0, 1, 2, 3, 4, 5] as const;
/** Blocks whose times differ by less than this share of a pixel are one strip. */
const SLACK = 1e-6;

/**
 * Folds the samples of one column into pixels, least and largest of each quantity, and keeps those that nobody has taken
 * yet: at most `budget` of them, the oldest go first and are counted. Samples farther apart than a pixel are one each.
 */
export class PixelFolder {
  readonly #pixel_s: number;
  readonly #budget: number;
  #strips: Strip[] = [];
  #pending = 0;
  #dropped = 0;

  /** @param pixel_s array time of one pixel @param budget pixels that are kept for somebody who is slow */
  constructor(pixel_s: number, budget: number) {
    this.#pixel_s = pixel_s;
    this.#budget = budget;
  }

  get empty(): boolean {
    return this.#strips.length === 0;
  }

  add(block: SampleBlock): void {
    const { startTime_s, samplePeriod_s, current_A, voltage_V, overload } = block;
    const pixel_s = Math.max(this.#pixel_s, samplePeriod_s);
    // pixels that hold one sample each begin with the first of them
    const single = samplePeriod_s >= this.#pixel_s;
    let strip = this.#strips.at(-1);
    for (let n = 0; n < current_A.length; n++) {
      const time_s = startTime_s + n * samplePeriod_s;
      let at = strip === undefined ? 0 : place(strip, time_s, single);
      if (strip === undefined || strip.pixel_s !== pixel_s || at < strip.length - 1 || at > strip.length) {
        strip = begin(pixel_s, time_s, single);
        this.#strips.push(strip);
        at = 0;
      }
      if (at === strip.length) {
        open(strip);
        this.#pending++;
      }
      put(strip, at, current_A[n] ?? Number.NaN, voltage_V[n] ?? Number.NaN, overload[n] ?? 0);
    }
    if (strip) strip.lost += block.lost;
    this.#forget();
  }

  /** Hands over everything that is there, oldest first. */
  take(): { readonly frames: readonly Pixels[]; readonly dropped: number } {
    const frames = this.#strips.map(({ start_s, pixel_s, lists, overload, length, lost }): Pixels => {
      const list = (k: number) => (lists[k] ?? new Float32Array(0)).slice(0, length);
      return {
        start_s,
        pixel_s,
        lost,
        leastCurrent_A: list(LEAST_I),
        largestCurrent_A: list(MOST_I),
        leastVoltage_V: list(LEAST_V),
        largestVoltage_V: list(MOST_V),
        leastConductance_S: list(LEAST_G),
        largestConductance_S: list(MOST_G),
        overload: overload.slice(0, length),
      };
    });
    const dropped = this.#dropped;
    this.#strips = [];
    this.#pending = 0;
    this.#dropped = 0;
    return { frames, dropped };
  }

  #forget(): void {
    while (this.#pending > this.#budget) {
      const [oldest] = this.#strips;
      if (!oldest) return;
      const excess = this.#pending - this.#budget;
      if (oldest.length <= excess) {
        this.#strips.shift();
        this.#pending -= oldest.length;
        this.#dropped += oldest.length;
        continue;
      }
      this.#strips[0] = {
        ...oldest,
        start_s: oldest.start_s + excess * oldest.pixel_s,
        first: oldest.first + excess,
        lists: oldest.lists.map((list) => list.slice(excess)),
        overload: oldest.overload.slice(excess),
        length: oldest.length - excess,
        lost: 0,
      };
      this.#pending -= excess;
      this.#dropped += excess;
    }
  }
}

function place(strip: Strip, time_s: number, single: boolean): number {
  if (single) return Math.round((time_s - strip.start_s) / strip.pixel_s);
  return Math.floor(time_s / strip.pixel_s + SLACK) - strip.first;
}

function begin(pixel_s: number, time_s: number, single: boolean): Strip {
  const first = single ? 0 : Math.floor(time_s / pixel_s + SLACK);
  return {
    pixel_s,
    first,
    start_s: single ? time_s : first * pixel_s,
    lists: Array.from({ length: LISTS }, () => new Float32Array(64)),
    overload: new Uint8Array(64),
    length: 0,
    lost: 0,
  };
}

function open(strip: Strip): void {
  if (strip.length === strip.overload.length) {
    const grow = <T extends Float32Array | Uint8Array>(old: T, wide: T): T => {
      wide.set(old);
      return wide;
    };
    strip.lists = strip.lists.map((list) => grow(list, new Float32Array(2 * list.length)));
    strip.overload = grow(strip.overload, new Uint8Array(2 * strip.overload.length));
  }
  for (const list of strip.lists) list[strip.length] = Number.NaN;
  strip.overload[strip.length] = 0;
  strip.length++;
}

function put(strip: Strip, at: number, current_A: number, voltage_V: number, overload: number): void {
  widen(strip, LEAST_I, MOST_I, at, current_A);
  widen(strip, LEAST_V, MOST_V, at, voltage_V);
  if (tellsConductance(voltage_V)) widen(strip, LEAST_G, MOST_G, at, current_A / voltage_V);
  if (overload) strip.overload[at] = 1;
}

function widen(strip: Strip, least: number, most: number, at: number, value: number): void {
  // what is lost is NaN, which is neither less nor more
  if (Number.isNaN(value)) return;
  const low = strip.lists[least];
  const high = strip.lists[most];
  if (!low || !high) return;
  if (!(value >= (low[at] ?? Number.NaN))) low[at] = value;
  if (!(value <= (high[at] ?? Number.NaN))) high[at] = value;
}
