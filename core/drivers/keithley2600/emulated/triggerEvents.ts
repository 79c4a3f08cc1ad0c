import { hostObject, type HostObject, LuaError, toNumber, type Value } from "../lua/values.ts";
import { sleep, type Timer, until } from "../../timer.ts";

const TIMERS = 8;
const BLENDERS = 6;
const GENERATORS = 2;
/** Stimuli that one blender takes. */
const INPUTS = 4;
/** Longest delay and most pulses of a timer. */
const LONGEST_S = 100_000;
const MOST_PULSES = 1_048_575;

/** An input that waits for an event: what came before anybody waited is kept, once. */
export class Detector {
  readonly #events: TriggerEvents;
  #stimulus = 0;
  #detected = false;
  #waiting: (() => void) | undefined;
  readonly #act: (() => void) | undefined;

  /** @param act called at every event, instead of keeping it */
  constructor(events: TriggerEvents, act?: () => void) {
    this.#events = events;
    this.#act = act;
  }

  get stimulus(): number {
    return this.#stimulus;
  }

  /** 0 is no event: such an input lets everything pass. */
  set stimulus(id: number) {
    this.#events.stop(this.#stimulus, this);
    this.#stimulus = id;
    this.#events.listen(id, this);
    this.clear();
  }

  clear(): void {
    this.#detected = false;
  }

  /** The event, or `set()`. */
  detect(): void {
    if (this.#act) this.#act();
    else if (this.#waiting) this.#waiting();
    else this.#detected = true;
  }

  /** Resolves at the event, or when it is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.#stimulus === 0 || this.#detected || signal.aborted) {
      this.#detected = false;
      return;
    }
    await until((done) => {
      this.#waiting = done;
      return () => {
        this.#waiting = undefined;
      };
    }, signal);
  }
}

/**
 * What happens in the instrument as numbered events: parts of a source-measure unit, timers, blenders, generators and the
 * command *TRG tell, whatever has one of them as its stimulus hears. The numbers are ours.
 */
export class TriggerEvents {
  /** The global `trigger`. */
  readonly object: HostObject;
  readonly #timer: Timer;
  readonly #listeners = new Map<number, Set<Detector>>();
  readonly #resets: (() => void)[] = [];
  readonly #command: number;
  #nextId = 1;

  constructor(timer: Timer) {
    this.#timer = timer;
    this.#command = this.make();
    const command = new Detector(this);
    command.stimulus = this.#command;
    const parts: Readonly<Record<string, Value>> = {
      EVENT_ID: this.#command,
      timer: many(TIMERS, () => this.#makeTimer()),
      blender: many(BLENDERS, () => this.#makeBlender()),
      generator: many(GENERATORS, () => {
        const id = this.make();
        return hostObject((key) => (key === "EVENT_ID" ? id : key === "assert" ? act(() => this.fire(id)) : undefined));
      }),
      clear: act(() => command.clear()),
      wait: async ([timeout]) => [await this.#waitFor(command, toNumber(timeout))],
    };
    this.object = hostObject((key) => parts[key]);
  }

  /** A new event. */
  make(): number {
    return this.#nextId++;
  }

  fire(id: number): void {
    for (const detector of this.#listeners.get(id) ?? []) detector.detect();
  }

  /** *TRG */
  command(): void {
    this.fire(this.#command);
  }

  listen(id: number, detector: Detector): void {
    if (id === 0) return;
    const found = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, found.add(detector));
  }

  stop(id: number, detector: Detector): void {
    this.#listeners.get(id)?.delete(detector);
  }

  reset(): void {
    for (const reset of this.#resets) reset();
  }

  async #waitFor(detector: Detector, timeout_s: number): Promise<boolean> {
    const ended = new AbortController();
    const heard = detector.wait(ended.signal).then(() => !ended.signal.aborted);
    void sleep(this.#timer, Math.max(0, timeout_s), ended.signal).then(() => ended.abort());
    const found = await heard;
    ended.abort();
    return found;
  }

  /** What timers and blenders have in common: their event, and who waits for it. */
  #partsOf(id: number, forget: () => void): Readonly<Record<string, Value>> {
    const own = new Detector(this);
    own.stimulus = id;
    const reset = () => {
      forget();
      own.clear();
    };
    this.#resets.push(reset);
    return {
      EVENT_ID: id,
      overrun: false,
      reset: act(reset),
      clear: act(() => own.clear()),
      wait: async ([timeout]) => [await this.#waitFor(own, toNumber(timeout))],
    };
  }

  /** One event, and `count` - 1 more, each `delay` after the one before; at once too when it passes its stimulus on. */
  #makeTimer(): HostObject {
    const id = this.make();
    const fresh = { delay: 10e-6, count: 1, passthrough: false };
    let settings = { ...fresh };
    let cancel = () => {};
    const stop = () => {
      cancel();
      cancel = () => {};
    };
    const pulse = (left: number) => {
      cancel = this.#timer.after(settings.delay, () => {
        // 0 is without end
        if (left !== 1) pulse(left - 1);
        this.fire(id);
      });
    };
    const start = new Detector(this, () => {
      stop();
      if (settings.passthrough) this.fire(id);
      pulse(settings.count);
    });
    const parts = this.#partsOf(id, () => {
      stop();
      settings = { ...fresh };
      start.stimulus = 0;
    });
    return hostObject(
      (key) => (key === "stimulus" ? start.stimulus : key in settings ? settings[key as "delay"] : parts[key]),
      (key, value) => {
        if (key === "stimulus") start.stimulus = toNumber(value);
        else if (key === "passthrough") settings.passthrough = value === true || value === 1;
        else if (key === "delay") settings.delay = within(value, 0, LONGEST_S);
        else if (key === "count") settings.count = Math.round(within(value, 0, MOST_PULSES));
        else throw new LuaError(`cannot modify ${key}`);
      },
    );
  }

  /** Any of its stimuli, or all of them. */
  #makeBlender(): HostObject {
    const id = this.make();
    let any = false;
    const seen = new Set<number>();
    const used = () => inputs.filter(({ stimulus }) => stimulus !== 0).length;
    const inputs = Array.from(
      { length: INPUTS },
      (_, k) =>
        new Detector(this, () => {
          seen.add(k);
          if (!any && seen.size < used()) return;
          seen.clear();
          this.fire(id);
        }),
    );
    const parts = this.#partsOf(id, () => {
      any = false;
      seen.clear();
      for (const input of inputs) input.stimulus = 0;
    });
    const input = (key: string): Detector => {
      const found = inputs[Number(key) - 1];
      if (!found) throw new LuaError("Parameter too big", 1102);
      return found;
    };
    const stimuli = hostObject(
      (key) => input(key).stimulus,
      (key, value) => void (input(key).stimulus = toNumber(value)),
    );
    return hostObject(
      (key) => (key === "orenable" ? any : key === "stimulus" ? stimuli : parts[key]),
      (key, value) => {
        if (key !== "orenable") throw new LuaError(`cannot modify ${key}`);
        any = value === true || value === 1;
      },
    );
  }
}

/** A function of the instrument that gives nothing back. */
export function act(what: () => void | Promise<void>): Value {
  return async () => {
    await what();
    return [];
  };
}

/** Objects under the numbers from 1. */
function many(count: number, make: () => HostObject): HostObject {
  const all = Array.from({ length: count }, make);
  return hostObject((key) => all[Number(key) - 1]);
}

function within(value: Value, least: number, most: number): number {
  const number = toNumber(value);
  if (number > most) throw new LuaError("Parameter too big", 1102);
  if (number < least) throw new LuaError("Parameter too small", 1103);
  return number;
}
