import { Subject } from "rxjs";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { patientTimer } from "../../tests/patientTimer.ts";
import type { InstrumentSetting } from "../arrayBackend.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { runProtocols } from "../engine.ts";
import { AbortedError, InstrumentError, TransportError, UnsupportedError } from "../errors.ts";
import { NO_LIMITS } from "../limits.ts";
import { ivSweep } from "../protocol/library/index.ts";
import type { RunEvent } from "../runEvent.ts";
import { constant } from "../waveform.ts";
import { arcOne } from "./arcOne/index.ts";
import type { Driver } from "./driver.ts";
import { Bench } from "./emulation/bench.ts";
import type { InstrumentState } from "./instrument.ts";
import { type ArrayParts, InstrumentArray } from "./instrumentArray.ts";
import { keithley2400 } from "./keithley2400/index.ts";
import { keithley2600 } from "./keithley2600/index.ts";
import { limitSelector } from "./limitSelector.ts";
import { emstat4, emstatPico } from "./methodScript/index.ts";
import { reconnect } from "./reconnect.ts";
import { rodeostat } from "./rodeostat/index.ts";
import { JumpingTimer, type Timer } from "./timer.ts";
import { connectPipe } from "./transports/pipe.ts";
import type { Transport } from "./transport.ts";

const CONDUCTANCE_S = 1e-5;
const STALE_BYTES = 65_536;
const signal = new AbortController().signal;

/** An emulated instrument that outlives its line: the plug can be pulled and put back, and a bridge says old bytes again. */
class Plug {
  readonly device = new EmulatedArray(
    { rows: 1, columns: 1, junction: { model: "ohmic", parameters: { conductance_S: CONDUCTANCE_S } } },
    { seed: 1 },
  );
  readonly #instrument;
  #line: Transport | undefined;
  #said = Buffer.alloc(0);
  /** Openings that fail before the port is there again. */
  absences = 0;
  /** Openings so far. */
  openings = 0;
  /** What the host must say for the plug to be pulled. */
  pullAt: RegExp | undefined;

  constructor(driver: Driver, identity?: string) {
    this.#instrument = driver.emulate({
      bench: new Bench(this.device, driver.unselectedLines),
      timer: new JumpingTimer(),
      send: (bytes) => {
        this.#said = Buffer.concat([this.#said, bytes]).subarray(-STALE_BYTES);
        void this.#line?.write(bytes).catch(() => {});
      },
      ...(identity === undefined ? {} : { identity }),
    });
  }

  async open(): Promise<Transport> {
    this.openings++;
    if (this.absences-- > 0) throw new TransportError("disconnected", "serial:plug cannot be opened: no such port");
    const [host, line] = connectPipe("plug");
    line.listen({
      bytes: (chunk) => {
        this.#instrument.receive(chunk);
        if (!this.pullAt?.test(Buffer.from(chunk).toString("latin1"))) return;
        this.pullAt = undefined;
        this.pull();
      },
      closed: () => {
        if (this.#line === line) this.#line = undefined;
        this.#instrument.hangUp();
      },
    });
    this.#line = line;
    return host;
  }

  pull(): void {
    const line = this.#line;
    this.#line = undefined;
    void line?.close();
  }

  /** What the instrument said last, over and over, as much as a bridge keeps. */
  repeat(): void {
    const line = this.#line;
    if (this.#said.length === 0 || !line) throw new Error("nothing was said yet");
    const old = Buffer.alloc(STALE_BYTES, this.#said);
    for (let at = 0; at < STALE_BYTES; at += 1000) void line.write(old.subarray(at, at + 1000));
  }
}

const wiredTo = (device: EmulatedArray) => ({
  grid: device.grid,
  unselectedLines: "floating" as const,
  select: async () => {},
  open: async () => {},
  [Symbol.asyncDispose]: async () => {},
});

async function partsOf(driver: Driver, plug: Plug, timer: Timer): Promise<ArrayParts> {
  const transport = await plug.open();
  // after the first session the bridge has something to repeat
  if (plug.openings > 1) plug.repeat();
  try {
    const { instrument, selector } = await driver.open(transport, { timer, options: new Map() });
    if (!instrument) throw new Error("no channel");
    return { instrument, selector: selector ? limitSelector(selector, plug.device.grid) : wiredTo(plug.device) };
  } catch (error) {
    await transport.close();
    throw error;
  }
}

async function arrayOn(driver: Driver, plug = new Plug(driver)) {
  const timer = patientTimer(8);
  const parts = await partsOf(driver, plug, timer);
  const array = new InstrumentArray({ ...parts, timer, reopen: () => partsOf(driver, plug, timer) });
  return { array, plug };
}

const stimulus = (voltage_V: number, duration_s: number) => ({
  duration_s,
  rows: [constant(voltage_V)],
  columns: [constant(0)],
  targets: [],
  referenceRow: 0,
});
const readout = { samplePeriod_s: 0.02, columns: [0], currentRange_A: "auto" as const, windows: [] };

/** Each with what the host says when a plan begins. */
const CASES: readonly (readonly [Driver, RegExp])[] = [
  [emstatPico, /cell_on/],
  [emstat4, /cell_on/],
  [rodeostat, /runTest/],
  [arcOne, /^220\n/m],
  [keithley2400, /:READ\?/],
  [keithley2600, /endscript/],
];

describe.each(CASES)("$name after its plug was pulled", (driver, begins) => {
  it("H8: ends what was under way, and accepts nothing of 64 kB of old bytes when it is back", async () => {
    const { array, plug } = await arrayOn(driver);
    plug.pullAt = begins;
    const lost = array.apply(stimulus(0.1, 0.4), readout, signal);
    await expect(lost).rejects.toMatchObject({ name: "TransportError", kind: "disconnected" });
    await expect(lost).rejects.toThrow(/the stimulus of row 0, column 0 was under way: .* take its output for on/);
    plug.absences = 2;
    await array.reconnect(signal);
    // one without a nonce may need another attempt: a line that is none of its answers ends the first
    expect(plug.openings).toBeGreaterThanOrEqual(4);

    const seen: number[] = [];
    array.samples.subscribe(({ current_A }) => seen.push(...current_A));
    const { samples, lost: missing } = await array.apply(stimulus(0.3, 0.1), readout, signal);
    expect([samples, missing]).toEqual([6, 0]);
    // all of them at 0.3 V: whatever was said at 0.1 V is not among them
    for (const current_A of seen) expectClose(current_A, 0.3 * CONDUCTANCE_S, 2e-2);
    await array[Symbol.asyncDispose]();
  });
});

describe("InstrumentArray.reconnect", () => {
  it("tells the settings of what is open now, on the array's clock, to whoever listened before", async () => {
    const plug = new Plug(emstatPico);
    const timer = patientTimer(8);
    const amplifiers: Subject<InstrumentState>[] = [];
    const done = async () => {};
    const open = async (): Promise<ArrayParts> => {
      const parts = await partsOf(emstatPico, plug, timer);
      const states = new Subject<InstrumentState>();
      amplifiers.push(states);
      const { identity, port } = parts.instrument;
      return {
        ...parts,
        conditioners: [{ identity, port, states, set: done, makeSafe: done, [Symbol.asyncDispose]: done }],
      };
    };
    await using array = new InstrumentArray({ ...(await open()), timer, reopen: open });
    const seen: InstrumentSetting[] = [];
    array.states.subscribe((setting) => seen.push(setting));
    amplifiers[0]?.next({ gain: 1 });
    plug.pull();
    await array.reconnect(signal);
    amplifiers[0]?.next({ gain: 10 });
    amplifiers[1]?.next({ gain: 100 });
    expect(seen.map(({ state }) => state)).toEqual([{ gain: 1 }, { gain: 100 }]);
    expect(seen[1]?.time_s).toBeGreaterThanOrEqual(seen[0]?.time_s ?? Infinity);
  });

  it("refuses another instrument on the same port, and drives nothing", async () => {
    const plug = new Plug(emstatPico);
    const other = new Plug(emstatPico, "espico1601#Jan  1 2024 00:00:00");
    let now = plug;
    const timer = patientTimer(8);
    const parts = await partsOf(emstatPico, plug, timer);
    const array = new InstrumentArray({ ...parts, timer, reopen: () => partsOf(emstatPico, now, timer) });
    plug.pull();
    now = other;
    const refused = array.reconnect(signal);
    await expect(refused).rejects.toBeInstanceOf(InstrumentError);
    await expect(refused).rejects.toThrow(/1304.* again.*1601.*nothing was driven/s);
  });

  it("says so when nobody told it how, and when it is stopped", async () => {
    const plug = new Plug(emstatPico);
    const timer = patientTimer(8);
    const parts = await partsOf(emstatPico, plug, timer);
    const without = new InstrumentArray({ ...parts, timer });
    await expect(without.reconnect(signal)).rejects.toBeInstanceOf(UnsupportedError);
    await without[Symbol.asyncDispose]();

    const { array, plug: gone } = await arrayOn(emstatPico);
    gone.pull();
    gone.absences = Infinity;
    const stop = new AbortController();
    const stopped = array.reconnect(stop.signal);
    stop.abort();
    await expect(stopped).rejects.toBeInstanceOf(AbortedError);
  });

  it("a run on it fails, its step is recorded as uncertain, and is sent once", async () => {
    const { array, plug } = await arrayOn(emstatPico);
    plug.pullAt = /cell_on/;
    const events: RunEvent[] = [];
    const run = runProtocols({
      protocols: [ivSweep({ amplitude_V: 0.2, frequency_Hz: [1], cycles: 1, samplesPerCycle: 20, bias: "float" })],
      array,
      limits: NO_LIMITS,
      seed: 1,
      signal,
      emit: (event) => void events.push(event),
    });
    await expect(run).rejects.toBeInstanceOf(TransportError);
    const intended = events.filter(({ kind }) => kind === "step-intended");
    expect(events).toContainEqual(
      expect.objectContaining({ kind: "quality-flagged", flag: "uncertain", step: intended.length - 1 }),
    );
    expect(events.at(-1)).toMatchObject({ kind: "run-stopped", status: "fail" });
    await array.reconnect(signal);
    expect(events.filter(({ kind }) => kind === "step-intended").length).toBe(intended.length);
    await array[Symbol.asyncDispose]();
  });
});

describe("reconnect", () => {
  /** A clock that is as late as it is told. */
  const waits = async (random: () => number, patience_s: number) => {
    const waited: number[] = [];
    let now_s = 0;
    const timer: Timer = {
      now_s: () => now_s,
      after(delay_s, act) {
        waited.push(delay_s);
        now_s += delay_s;
        queueMicrotask(act);
        return () => {};
      },
    };
    const never = reconnect(() => Promise.reject(new TransportError("disconnected", "gone")), {
      timer,
      random,
      signal,
      patience_s,
    });
    await expect(never).rejects.toThrow("gone");
    return waited;
  };

  it("waits 50 ms, then up to twice as long every time, never more than 2 s", async () => {
    expect(await waits(() => 1, 7)).toEqual([0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2, 2]);
    expect(new Set(await waits(() => 0, 0.4))).toEqual(new Set([0.05]));
  });
});
