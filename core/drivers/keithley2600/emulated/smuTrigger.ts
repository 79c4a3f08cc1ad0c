import { hostObject, type HostObject, LuaError, LuaTable, toNumber, type Value } from "../lua/values.ts";
import { isReadingBuffer, type ReadingBuffer } from "./readingBuffer.ts";
import { act, Detector, type TriggerEvents } from "./triggerEvents.ts";

/** Most points of one list, and cycles of a layer. */
const MOST_POINTS = 60_000;
const LIMIT_AUTO = 1031;

export type Quantity = "v" | "i";
export type Kind = "v" | "i" | "r" | "p";

/** What the trigger model needs of the channel that it moves. */
export interface Swept {
  /** Puts out a level of the sweep, within limits of its own. */
  step(quantity: Quantity, level: number, limit: number | undefined): Promise<void>;
  /** Goes back to the programmed level. */
  rest(): Promise<void>;
  measure(kinds: readonly Kind[], buffers: readonly ReadingBuffer[], signal: AbortSignal): Promise<void>;
  settle(signal: AbortSignal): Promise<void>;
  /** Tells that a sweep has begun or ended, an error of it too. */
  overlap(work: Promise<void>): void;
}

type Input = "arm" | "source" | "measure" | "endpulse";

const FRESH = { count: 1, armCount: 1, autoclear: 0, source: 0, measure: 0, endpulse: 0, endsweep: 0 };

/** smuX.trigger: arm layer, trigger layer with source, measure and end pulse, each behind an input of its own. */
export class SmuTrigger {
  readonly object: HostObject;
  readonly #swept: Swept;
  readonly #events: TriggerEvents;
  readonly #ids: Readonly<Record<string, number>>;
  readonly #inputs: Readonly<Record<Input, Detector>>;
  #settings = { ...FRESH };
  #sweep: { readonly quantity: Quantity; readonly levels: readonly number[] } | undefined;
  #limits: Partial<Record<Quantity, number>> = {};
  #reading: { readonly kinds: readonly Kind[]; readonly buffers: readonly ReadingBuffer[] } | undefined;
  #running: AbortController | undefined;

  constructor(swept: Swept, events: TriggerEvents) {
    this.#swept = swept;
    this.#events = events;
    const names = "IDLE SWEEPING ARMED SOURCE_COMPLETE MEASURE_COMPLETE PULSE_COMPLETE SWEEP_COMPLETE".split(" ");
    this.#ids = Object.fromEntries(names.map((name) => [`${name}_EVENT_ID`, events.make()]));
    const input = () => new Detector(events);
    this.#inputs = { arm: input(), source: input(), measure: input(), endpulse: input() };
    this.object = this.#makeObject();
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  abort(): void {
    this.#running?.abort();
  }

  reset(): void {
    this.abort();
    this.#settings = { ...FRESH };
    this.#sweep = undefined;
    this.#limits = {};
    this.#reading = undefined;
    for (const input of Object.values(this.#inputs)) input.stimulus = 0;
  }

  #initiate(): void {
    if (this.#running)
      throw new LuaError("Cannot perform requested action while an overlapped operation is in progress", 5042);
    if (this.#settings.source === 1 && !this.#sweep) throw new LuaError("Sweep source is not configured", 5048);
    const stop = new AbortController();
    this.#running = stop;
    for (const input of Object.values(this.#inputs)) input.clear();
    this.#swept.overlap(
      this.#run(stop.signal).finally(() => {
        this.#running = undefined;
        this.#fire("IDLE");
      }),
    );
  }

  async #run(stop: AbortSignal): Promise<void> {
    const { source, measure, endpulse, endsweep } = this.#settings;
    // 0 is without end
    const [arms, cycles] = [this.#settings.armCount || Infinity, this.#settings.count || Infinity];
    this.#fire("SWEEPING");
    for (let armed = 0; armed < arms && !stop.aborted; armed++) {
      await this.#inputs.arm.wait(stop);
      if (stop.aborted) break;
      this.#fire("ARMED");
      for (let cycle = 0; cycle < cycles && !stop.aborted; cycle++) {
        await this.#inputs.source.wait(stop);
        if (stop.aborted) break;
        if (source === 1 && this.#sweep) {
          const { quantity, levels } = this.#sweep;
          await this.#swept.step(
            quantity,
            levels[cycle % levels.length] ?? 0,
            this.#limits[quantity === "v" ? "i" : "v"],
          );
          await this.#swept.settle(stop);
        }
        this.#fire("SOURCE_COMPLETE");
        await this.#inputs.measure.wait(stop);
        if (stop.aborted) break;
        if (measure !== 0 && this.#reading) await this.#swept.measure(this.#reading.kinds, this.#reading.buffers, stop);
        this.#fire("MEASURE_COMPLETE");
        await this.#inputs.endpulse.wait(stop);
        if (endpulse === 0 && source === 1) await this.#swept.rest();
        this.#fire("PULSE_COMPLETE");
        // an endless sweep without inputs lets the line be heard
        await new Promise<void>((resolve) => void setImmediate(resolve));
      }
      if (endsweep === 0 || stop.aborted) await this.#swept.rest();
      this.#fire("SWEEP_COMPLETE");
    }
  }

  #fire(name: string): void {
    this.#events.fire(this.#ids[`${name}_EVENT_ID`] ?? 0);
  }

  #makeObject(): HostObject {
    const parts: Readonly<Record<string, Value>> = {
      ...this.#ids,
      initiate: act(() => this.#initiate()),
      arm: this.#block("arm", {
        count: [() => this.#settings.armCount, (n) => (this.#settings.armCount = n), MOST_POINTS],
      }),
      source: this.#makeSource(),
      measure: this.#makeMeasure(),
      endpulse: this.#block("endpulse", {
        action: [() => this.#settings.endpulse, (n) => (this.#settings.endpulse = n), 1],
      }),
      endsweep: attributes({ action: [() => this.#settings.endsweep, (n) => (this.#settings.endsweep = n), 1] }),
    };
    return attributes(
      {
        count: [() => this.#settings.count, (n) => (this.#settings.count = n), MOST_POINTS],
        autoclear: [() => this.#settings.autoclear, (n) => (this.#settings.autoclear = n), 1],
      },
      parts,
    );
  }

  /** A block of the model: its stimulus, `set()`, and numbers of its own. */
  #block(input: Input, own: Attributes, functions: Readonly<Record<string, Value>> = {}): HostObject {
    const detector = this.#inputs[input];
    return attributes(
      { stimulus: [() => detector.stimulus, (id) => (detector.stimulus = id), Infinity], ...own },
      { set: act(() => detector.detect()), ...functions },
    );
  }

  #makeSource(): HostObject {
    const sweep =
      (quantity: Quantity, make: (values: readonly Value[]) => readonly number[]): Value =>
      async (values) => {
        const levels = make(values);
        if (levels.length === 0 || levels.length > MOST_POINTS) throw new LuaError("Parameter too big", 1102);
        this.#sweep = { quantity, levels };
        return [];
      };
    const stairs = (values: readonly Value[], at: (from: number, to: number, fraction: number) => number) => {
      const [from = 0, to = 0, points = 0] = values.map((value) => toNumber(value));
      if (!(points >= 1 && points <= MOST_POINTS)) throw new LuaError("Parameter out of range", 1102);
      return Array.from({ length: Math.round(points) }, (_, k) => at(from, to, points > 1 ? k / (points - 1) : 0));
    };
    const linear = (values: readonly Value[]) => stairs(values, (from, to, fraction) => from + (to - from) * fraction);
    // the asymptote is what both ends are logarithmic from
    const logarithmic = ([from, to, points, asymptote = 0]: readonly Value[]) => {
      const from_0 = toNumber(asymptote);
      return stairs([from, to, points], (a, b, fraction) => {
        if (!((a - from_0) * (b - from_0) > 0)) throw new LuaError("Parameter out of range", 1102);
        return from_0 + (a - from_0) * ((b - from_0) / (a - from_0)) ** fraction;
      });
    };
    const listed = ([list]: readonly Value[]) => {
      if (!(list instanceof LuaTable)) throw new LuaError("table expected");
      return Array.from({ length: list.length }, (_, k) => toNumber(list.get(k + 1)));
    };
    const limit = (quantity: Quantity): Attributes[string] => [
      () => this.#limits[quantity] ?? LIMIT_AUTO,
      (value) => {
        if (value === LIMIT_AUTO) delete this.#limits[quantity];
        else this.#limits[quantity] = value;
      },
      Infinity,
    ];
    const functions: Record<string, Value> = {};
    for (const quantity of ["v", "i"] as const) {
      functions[`linear${quantity}`] = sweep(quantity, linear);
      functions[`log${quantity}`] = sweep(quantity, logarithmic);
      functions[`list${quantity}`] = sweep(quantity, listed);
    }
    return this.#block(
      "source",
      {
        action: [() => this.#settings.source, (n) => (this.#settings.source = n), 1],
        limitv: limit("v"),
        limiti: limit("i"),
      },
      functions,
    );
  }

  #makeMeasure(): HostObject {
    const functions: Record<string, Value> = {};
    for (const name of ["v", "i", "r", "p", "iv"] as const) {
      const kinds: readonly Kind[] = name === "iv" ? ["i", "v"] : [name];
      functions[name] = async (values) => {
        const buffers = values.map((value) => {
          if (!isReadingBuffer(value)) throw new LuaError("reading buffer expected", 1107);
          return value.buffer;
        });
        if (buffers.length !== kinds.length) throw new LuaError("reading buffer expected", 1107);
        this.#reading = { kinds, buffers };
        return [];
      };
    }
    // asynchronous measurements (2) are taken where the synchronous ones are
    return this.#block(
      "measure",
      { action: [() => this.#settings.measure, (n) => (this.#settings.measure = n), 2] },
      functions,
    );
  }
}

/** Numbers that can be read and written, from 0 to the last. */
type Attributes = Readonly<Record<string, readonly [get: () => number, set: (value: number) => void, most: number]>>;

function attributes(own: Attributes, others: Readonly<Record<string, Value>> = {}): HostObject {
  return hostObject(
    (key) => own[key]?.[0]() ?? others[key],
    (key, value) => {
      const found = own[key];
      if (!found) throw new LuaError(`cannot modify ${key}`);
      const [, set, most] = found;
      const number = toNumber(value);
      if (number > most) throw new LuaError("Parameter too big", 1102);
      if (number < 0) throw new LuaError("Parameter too small", 1103);
      set(number);
    },
  );
}
