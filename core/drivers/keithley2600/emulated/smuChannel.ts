import type { HeldReading, HeldSource } from "../../emulation/heldSource.ts";
import { hostObject, LuaError, type HostObject, type LuaFunction, toNumber, type Value } from "../lua/values.ts";
import {
  CURRENT_RANGES,
  findRange,
  type Range,
  READING_OVERRANGE,
  SOURCE_OVERRANGE,
  VOLTAGE_RANGES,
} from "../ranges.ts";
import { record } from "../lua/library.ts";
import { isReadingBuffer, ReadingBuffer } from "./readingBuffer.ts";
import { silent } from "./silent.ts";
import { type Kind, type Quantity, SmuTrigger } from "./smuTrigger.ts";
import { act, type TriggerEvents } from "./triggerEvents.ts";

/** Bits of status.measurement.instrument.smuX.condition. */
const VOLTAGE_LIMIT = 1;
const CURRENT_LIMIT = 2;
const OVERFLOW = 1 << 7;
/** What a reading beyond its range shows. */
const NO_NUMBER = 9.91e37;
/** What a measurement takes beside its conversion, s: a guess of ours. */
export const MEASURE_OVERHEAD_S = 0.3e-3;

const CONSTANTS: Readonly<Record<string, number>> = {
  OUTPUT_OFF: 0,
  OUTPUT_ON: 1,
  OUTPUT_HIGH_Z: 2,
  OUTPUT_DCAMPS: 0,
  OUTPUT_DCVOLTS: 1,
  OUTPUT_NORMAL: 0,
  OUTPUT_ZERO: 1,
  AUTORANGE_OFF: 0,
  AUTORANGE_ON: 1,
  AUTOZERO_OFF: 0,
  AUTOZERO_ONCE: 1,
  AUTOZERO_AUTO: 2,
  SENSE_LOCAL: 0,
  SENSE_REMOTE: 1,
  DISABLE: 0,
  ENABLE: 1,
  FILTER_MOVING_AVG: 0,
  FILTER_REPEAT_AVG: 1,
  FILTER_MEDIAN: 2,
  FILTER_OFF: 0,
  FILTER_ON: 1,
  REL_OFF: 0,
  REL_ON: 1,
  DELAY_OFF: 0,
  DELAY_AUTO: -1,
  SETTLE_DEFAULT: 0,
  SETTLE_SMOOTH: 0,
  SETTLE_FAST_RANGE: 1,
  SETTLE_FAST_POLARITY: 2,
  SETTLE_DIRECT_IRANGE: 3,
  SETTLE_SMOOTH_100NA: 4,
  SETTLE_FAST_ALL: 128,
  OE_NONE: 0,
  OE_OUTPUT_OFF: 1,
  FILL_ONCE: 0,
  FILL_WINDOW: 1,
  SOURCE_IDLE: 0,
  SOURCE_HOLD: 1,
  ASYNC: 2,
  LIMIT_AUTO: 1031,
};

/** Numbers that may be written, with what is allowed. */
type Limits = Readonly<Record<string, readonly [number, number]>>;
const SOURCE_LIMITS: Limits = {
  func: [0, 1],
  levelv: [-40.4, 40.4],
  leveli: [-3.03, 3.03],
  limitv: [0.01, 40],
  limiti: [1e-8, 3],
  limitp: [0, 40],
  rangev: [-40, 40],
  rangei: [-3, 3],
  autorangev: [0, 1],
  autorangei: [0, 1],
  output: [0, 2],
  offmode: [0, 2],
  offfunc: [0, 1],
  offlimiti: [1e-8, 3],
  offlimitv: [0.01, 40],
  lowrangev: [0, 40],
  lowrangei: [0, 3],
  outputenableaction: [0, 1],
  delay: [-1, 1e5],
  settling: [0, 130],
  sink: [0, 1],
  highc: [0, 1],
};
const MEASURE_LIMITS: Limits = {
  nplc: [0.001, 25],
  rangev: [-40, 40],
  rangei: [-3, 3],
  autorangev: [0, 1],
  autorangei: [0, 1],
  lowrangev: [0, 40],
  lowrangei: [0, 3],
  autozero: [0, 2],
  count: [1, 60_000],
  interval: [0, 1],
  delay: [-1, 1e5],
  delayfactor: [0, 1e5],
  highcrangedelayfactor: [1, 99],
  analogfilter: [0, 1],
};

const FRESH_SOURCE = {
  func: 1,
  levelv: 0,
  leveli: 0,
  limitv: 40,
  limiti: 1,
  limitp: 0,
  rangev: 0.1,
  rangei: 1e-7,
  autorangev: 1,
  autorangei: 1,
  output: 0,
  offmode: 0,
  offfunc: 1,
  offlimiti: 1e-3,
  offlimitv: 40,
  lowrangev: 0.1,
  lowrangei: 1e-7,
  outputenableaction: 0,
  delay: 0,
  settling: 0,
  sink: 0,
  highc: 0,
};
const FRESH_MEASURE = {
  nplc: 1,
  rangev: 0.1,
  rangei: 1e-7,
  autorangev: 1,
  autorangei: 1,
  lowrangev: 0.1,
  lowrangei: 1e-7,
  autozero: 2,
  count: 1,
  interval: 0,
  delay: 0,
  delayfactor: 1,
  highcrangedelayfactor: 10,
  analogfilter: 1,
};

/** What a channel shares with the rest of the instrument. */
export interface ChannelOptions {
  readonly lineFrequency_Hz: number;
  readonly events: TriggerEvents;
  now_s(): number;
  /** Ends the script that runs. */
  stop(): AbortSignal | undefined;
  /** Takes care of work that goes on while scripts go on. */
  overlap(work: Promise<void>): void;
  wait(duration_s: number, signal: AbortSignal): Promise<void>;
}

/** smua or smub. */
export class SmuChannel {
  readonly object: HostObject;
  readonly #held: HeldSource | undefined;
  readonly #options: ChannelOptions;
  readonly #buffers: readonly ReadingBuffer[];
  readonly #trigger: SmuTrigger;
  #source: Record<keyof typeof FRESH_SOURCE, number> = { ...FRESH_SOURCE };
  #measure: Record<keyof typeof FRESH_MEASURE, number> = { ...FRESH_MEASURE };
  #sense = 0;
  #condition = 0;

  /** @param held undefined for a channel whose terminals nobody has wired */
  constructor(held: HeldSource | undefined, options: ChannelOptions) {
    this.#held = held;
    this.#options = options;
    this.#buffers = [new ReadingBuffer(), new ReadingBuffer()];
    this.#trigger = new SmuTrigger(
      {
        step: (quantity, level, limit) => this.#step(quantity, level, limit),
        rest: () => this.#apply(),
        measure: async (kinds, buffers, signal) => void (await this.#take(kinds, buffers, signal)),
        settle: (signal) => options.wait(Math.max(0, this.#source.delay), signal),
        overlap: options.overlap,
      },
      options.events,
    );
    this.object = this.#makeObject();
  }

  get condition(): number {
    return this.#condition;
  }

  get sweeping(): boolean {
    return this.#trigger.running;
  }

  abort(): void {
    this.#trigger.abort();
  }

  async reset(): Promise<void> {
    this.#trigger.reset();
    this.#source = { ...FRESH_SOURCE };
    this.#measure = { ...FRESH_MEASURE };
    this.#sense = 0;
    this.#condition = 0;
    await this.#apply();
  }

  #makeObject(): HostObject {
    const source = hostObject(
      (key) =>
        key === "compliance"
          ? (this.#condition & (VOLTAGE_LIMIT | CURRENT_LIMIT)) !== 0
          : this.#source[known(key, this.#source)],
      (key, value) => this.#setSource(known(key, this.#source), value),
    );
    const functions: Record<string, LuaFunction> = {
      v: (parameters: readonly Value[]) => this.#read(["v"], parameters),
      i: (parameters: readonly Value[]) => this.#read(["i"], parameters),
      iv: (parameters: readonly Value[]) => this.#read(["i", "v"], parameters),
      r: (parameters: readonly Value[]) => this.#read(["r"], parameters),
      p: (parameters: readonly Value[]) => this.#read(["p"], parameters),
    };
    for (const [name, read] of Object.entries(functions)) functions[`overlapped${name}`] = this.#overlapped(read);
    const [filter, rel] = [silent({ count: 1 }), silent()];
    const measure = hostObject(
      (key) =>
        key === "filter" ? filter : key === "rel" ? rel : (functions[key] ?? this.#measure[known(key, this.#measure)]),
      (key, value) => this.#setMeasure(known(key, this.#measure), value),
    );
    const [first, second] = this.#buffers.map((buffer) => buffer.object);
    const parts: Readonly<Record<string, Value>> = {
      source,
      measure,
      nvbuffer1: first,
      nvbuffer2: second,
      reset: async () => {
        await this.reset();
        return [];
      },
      abort: act(() => this.abort()),
      makebuffer: async () => [new ReadingBuffer().object],
      savebuffer: act(() => {}),
      trigger: this.#trigger.object,
      contact: record({ check: async () => [true], r: async () => [0, 0] }),
      ...this.#makeStepping(functions),
    };
    return hostObject(
      (key) => (key === "sense" ? this.#sense : (parts[key] ?? CONSTANTS[key])),
      (key, value) => {
        if (key !== "sense") throw new LuaError(`cannot modify ${key}`);
        this.#sense = within(toNumber(value), [0, 1]);
      },
    );
  }

  async #setSource(key: keyof typeof FRESH_SOURCE, value: Value): Promise<void> {
    const number = within(toNumber(value), SOURCE_LIMITS[key]);
    if (key === "rangev" || key === "rangei") {
      const found = findRange(key === "rangev" ? VOLTAGE_RANGES : CURRENT_RANGES, number, 1);
      this.#source[key] = found?.full ?? this.#source[key];
      this.#source[key === "rangev" ? "autorangev" : "autorangei"] = 0;
    } else {
      const [range, auto] =
        key === "levelv" ? (["rangev", "autorangev"] as const) : (["rangei", "autorangei"] as const);
      if (key === "levelv" || key === "leveli") {
        const ranges = key === "levelv" ? VOLTAGE_RANGES : CURRENT_RANGES;
        if (this.#source[auto] === 1) this.#source[range] = findRange(ranges, number)?.full ?? this.#source[range];
        else if (Math.abs(number) > this.#source[range] * SOURCE_OVERRANGE * (1 + 1e-9))
          throw new LuaError("Source level exceeds its range", 5007);
      }
      this.#source[key] = number;
    }
    await this.#apply();
  }

  #setMeasure(key: keyof typeof FRESH_MEASURE, value: Value): void {
    const number = within(toNumber(value), MEASURE_LIMITS[key]);
    if (key === "rangev" || key === "rangei") {
      this.#measure[key] = findRange(key === "rangev" ? VOLTAGE_RANGES : CURRENT_RANGES, number, 1)?.full ?? number;
      this.#measure[key === "rangev" ? "autorangev" : "autorangei"] = 0;
    } else this.#measure[key] = key === "count" ? Math.round(number) : number;
  }

  async #apply(): Promise<void> {
    const { func, levelv, leveli, limitv, limiti, rangev, rangei, output } = this.#source;
    if (!this.#held) return;
    if (output !== 1) return this.#held.set({ kind: "off" });
    const step = (ranges: readonly Range[], full: number) => ranges.find((one) => one.full === full)?.sourceStep ?? 0;
    const quantise = (level: number, by: number) => (by > 0 ? Math.round(level / by) * by : level);
    await this.#held.set(
      func === 1
        ? { kind: "voltage", level: quantise(levelv, step(VOLTAGE_RANGES, rangev)), limit: limiti }
        : { kind: "current", level: quantise(leveli, step(CURRENT_RANGES, rangei)), limit: limitv },
    );
  }

  /** A reading that goes on while the script goes on. */
  #overlapped(read: LuaFunction): LuaFunction {
    return async (parameters) => {
      this.#options.overlap(read(parameters).then(() => {}));
      return [];
    };
  }

  /** measureiandstep(level) and its like: a reading, then the next level. */
  #makeStepping(functions: Readonly<Record<string, LuaFunction>>): Readonly<Record<string, Value>> {
    const found: Record<string, Value> = {};
    for (const [name, read] of Object.entries(functions))
      found[`measure${name}andstep`] = async ([level]: readonly Value[]) => {
        const values = await read([]);
        await this.#setSource(this.#source.func === 1 ? "levelv" : "leveli", level);
        return values;
      };
    return found;
  }

  /** A level of a sweep: the programmed level stays what it was. */
  async #step(quantity: Quantity, level: number, limit: number | undefined): Promise<void> {
    if (!this.#held || this.#source.output !== 1) return;
    await this.#held.set(
      quantity === "v"
        ? { kind: "voltage", level, limit: limit ?? this.#source.limiti }
        : { kind: "current", level, limit: limit ?? this.#source.limitv },
    );
  }

  /** `count` readings, into buffers where some are named; gives the last. */
  async #read(kinds: readonly Kind[], parameters: readonly Value[]): Promise<readonly Value[]> {
    const buffers = parameters.map((value) => {
      if (!isReadingBuffer(value)) throw new LuaError("reading buffer expected", 1107);
      return value.buffer;
    });
    for (const buffer of buffers) buffer.begin();
    return this.#take(kinds, buffers, this.#options.stop());
  }

  async #take(
    kinds: readonly Kind[],
    buffers: readonly ReadingBuffer[],
    stop: AbortSignal | undefined,
  ): Promise<readonly number[]> {
    const { count, interval, delay, nplc, autozero } = this.#measure;
    const aperture_s = nplc / this.#options.lineFrequency_Hz;
    const zeroing = autozero === 2 ? 3 : 1;
    const needed_s = Math.max(0, delay) + aperture_s * zeroing * (kinds.length > 1 ? 2 : 1) + MEASURE_OVERHEAD_S;
    let last: readonly number[] = kinds.map(() => NO_NUMBER);
    const stopped = () => stop?.aborted === true;
    for (let k = 0; k < count && !stopped(); k++) {
      const held_s = k > 0 || interval === 0 ? Math.max(needed_s, interval) : needed_s;
      const held: HeldReading = this.#held
        ? await this.#held.hold(held_s, aperture_s, stop)
        : { voltage_V: 0, current_A: 0, limited: false };
      last = this.#convert(held, kinds);
      const level = this.#held?.level;
      for (const [n, buffer] of buffers.entries())
        buffer.take(last[n] ?? NO_NUMBER, this.#options.now_s(), level && level.kind !== "off" ? level.level : 0);
    }
    return last;
  }

  #convert({ voltage_V, current_A, limited }: HeldReading, kinds: readonly string[]): readonly number[] {
    const voltage = this.#reading(VOLTAGE_RANGES, voltage_V, this.#measure.rangev, this.#measure.autorangev);
    const current = this.#reading(CURRENT_RANGES, current_A, this.#measure.rangei, this.#measure.autorangei);
    const limit = limited ? (this.#source.func === 1 ? CURRENT_LIMIT : VOLTAGE_LIMIT) : 0;
    const values: Readonly<Record<string, number>> = {
      v: voltage,
      i: current,
      r: current === 0 ? NO_NUMBER : voltage / current,
      p: voltage * current,
    };
    const found = kinds.map((kind) => values[kind] ?? NO_NUMBER);
    this.#condition = limit | (found.some((value) => value === NO_NUMBER) ? OVERFLOW : 0);
    return found;
  }

  #reading(ranges: readonly Range[], value: number, fixed: number, auto: number): number {
    const range = auto === 1 ? findRange(ranges, value, READING_OVERRANGE) : ranges.find(({ full }) => full === fixed);
    if (!range || Math.abs(value) > range.full * READING_OVERRANGE) return NO_NUMBER;
    return Math.round(value / range.readingStep) * range.readingStep;
  }
}

function known<Key extends string>(key: string, attributes: Readonly<Record<Key, number>>): Key {
  for (const name of Object.keys(attributes) as Key[]) if (name === key) return name;
  throw new LuaError(`attempt to use an unknown attribute '${key}'`);
}

/** @throws LuaError 1102 | 1103 for what is out of range */
function within(value: number, [least, most]: readonly [number, number] = [-Infinity, Infinity]): number {
  if (value > most) throw new LuaError("Parameter too big", 1102);
  if (value < least) throw new LuaError("Parameter too small", 1103);
  return value;
}
