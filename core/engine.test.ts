import { Subject } from "rxjs";
import { describe, expect, it } from "vitest";
import type { SampleBlock } from "./arrayBackend.ts";
import { LimitError, UnsupportedError } from "./errors.ts";
import { runProtocols } from "./engine.ts";
import { armingOf } from "./limiter/arming.ts";
import { type Limits, NO_LIMITS } from "./limits.ts";
import { ivSweep, pulseTrain, readMap, vectorProduct } from "./protocol/library/index.ts";
import type { Protocol } from "./protocol/protocol.ts";
import { ResistorArray } from "./protocol/testing/resistorArray.ts";
import type { RunEvent } from "./runEvent.ts";

const GRID = { rows: 3, columns: 2 };

function start(
  protocols: readonly Protocol[],
  options: { limits?: Partial<Limits>; array?: ResistorArray; failAt?: number } = {},
) {
  const array = options.array ?? new ResistorArray(GRID, 1e-9);
  const events: RunEvent[] = [];
  const abort = new AbortController();
  const panic = new AbortController();
  const done = () =>
    runProtocols({
      protocols,
      array,
      limits: { ...NO_LIMITS, ...options.limits },
      seed: 1,
      signal: abort.signal,
      panic: panic.signal,
      emit: async (event) => {
        await Promise.resolve();
        if (options.failAt !== undefined && events.length >= options.failAt) throw new Error("disk full");
        events.push(event);
        if (event.kind === "step-intended") array.calls.push(`intent ${event.step}`);
      },
    });
  return { array, events, abort, panic, done };
}

const kinds = (events: readonly RunEvent[]) => events.map(({ kind }) => kind);
const stops = (events: readonly RunEvent[]) => events.filter(({ kind }) => kind === "run-stopped");

describe("runProtocols", () => {
  it("reads a map: intents before the array is touched, samples before the outcome, the stop last", async () => {
    const { array, events, done } = start([readMap({ voltage_V: "0.2 V" })]);
    const stop = await done();
    expect(stop).toMatchObject({ status: "success", steps: 6, samples: 126, lost: 0 });
    expect(array.calls).toEqual([...[0, 1, 2, 3, 4, 5].flatMap((k) => [`intent ${k}`, "apply"]), "safe ramp"]);
    expect(kinds(events).slice(0, 5)).toEqual(["run-started", "armed", "step-intended", "samples", "step-finished"]);
    expect(kinds(events).slice(-2)).toEqual(["disarmed", "run-stopped"]);
    expect(events.at(-1)).toBe(stop);
    const readings = events.flatMap((event) => (event.kind === "step-finished" ? [event.reading.windows[0]] : []));
    for (const reading of readings) {
      expect(reading?.voltage_V[0]).toBeCloseTo(0.2, 12);
      expect((reading?.current_A[0] ?? 0) / 0.2e-9).toBeCloseTo(1, 12);
    }
  });

  it("hands products over with their expectation", async () => {
    const conductances_S = [
      [1e-9, 1e-9],
      [1e-9, 1e-9],
      [1e-9, 1e-9],
    ];
    const { events, done } = start([vectorProduct({ inputs_V: [[0.1, "-50 mV", 0]], conductances_S })]);
    await done();
    const taken = events.find((event) => event.kind === "products-taken");
    expect([...(taken?.products.current_A ?? [])].map((current) => current / 5e-11)).toEqual([
      expect.closeTo(1, 12),
      expect.closeTo(1, 12),
    ]);
    expect([...(taken?.expected_A ?? [])]).toEqual([...(taken?.products.current_A ?? [])]);
  });

  it("refuses a voltage beyond the limit before anything moves", async () => {
    const { array, events, done } = start([readMap(), ivSweep({ amplitude_V: 3 })], { limits: { voltage_V: 2 } });
    await expect(done()).rejects.toThrow(LimitError);
    await expect(done()).rejects.toThrow(/iv-sweep step 0 \(r0 c0, 40 Hz\).*voltage of 3 V refused, allowed is ±2 V/);
    expect(array.calls).toEqual([]);
    expect(events).toEqual([]);
  });

  it("takes the array's own range as a limit", async () => {
    const array = new ResistorArray(GRID, 1e-9, { voltageRange_V: [-1, 1] });
    await expect(start([readMap({ voltage_V: 1.5 })], { array }).done()).rejects.toThrow(LimitError);
    expect(array.calls).toEqual([]);
  });

  it("refuses products where lines float", async () => {
    const array = new ResistorArray(GRID, 1e-9, {
      unselectedLines: "floating",
      rowsDrivenAtOnce: 1,
      columnsSensedAtOnce: 1,
    });
    await expect(start([vectorProduct()], { array }).done()).rejects.toThrow(UnsupportedError);
    expect(array.calls).toEqual([]);
  });

  it("ends a wall-clock run, safe, when 256 MiB of samples wait for their recorder, and never a virtual one", async () => {
    const rows = 1_048_576;
    const [current_A, overload] = [new Float64Array(rows), new Uint8Array(rows)];
    const block = {
      channel: 0,
      startTime_s: 0,
      samplePeriod_s: 1e-6,
      current_A,
      voltage_V: current_A,
      overload,
      lost: 0,
    };
    for (const clock of ["wall", "virtual"] as const) {
      const flood = new Subject<SampleBlock>();
      const array = Object.assign(new ResistorArray(GRID, 1e-9, { clock }), { samples: flood });
      // 17 bytes each: 15 blocks are 267 MB, 16 are 285 MB and beyond
      array.before = () => Array.from({ length: 16 }).forEach(() => flood.next(block));
      const { events, done } = start([readMap({ cells: [[0, 0]] })], { array });
      if (clock === "virtual") {
        expect(await done()).toMatchObject({ status: "success", samples: 16 * rows });
        continue;
      }
      await expect(done()).rejects.toThrow(/285 MB of samples wait to be recorded, the run must end/);
      expect(array.calls.at(-1)).toBe("safe immediate");
      expect(events.at(-1)).toMatchObject({ kind: "run-stopped", status: "fail" });
      expect(events.filter(({ kind }) => kind === "samples")).toHaveLength(16);
    }
  });

  it("closes an aborted run as aborted, safe, with the data so far", async () => {
    const { array, events, abort, done } = start([readMap()]);
    array.before = (call) => call === 2 && abort.abort();
    expect(await done()).toMatchObject({ status: "abort", steps: 2, samples: 42 });
    expect(array.calls.slice(-3)).toEqual(["intent 2", "apply", "safe ramp"]);
    // the third step is intended and has no outcome: unknown
    expect(events.filter(({ kind }) => kind === "step-intended")).toHaveLength(3);
    expect(events.filter(({ kind }) => kind === "step-finished")).toHaveLength(2);
    expect(stops(events)).toHaveLength(1);
    expect(events.at(-1)?.kind).toBe("run-stopped");
  });

  it("idles at once on panic, also after an abort, and closes the run as failed", async () => {
    const first = start([readMap()]);
    first.array.before = () => first.abort.abort("panic");
    expect(await first.done()).toMatchObject({ status: "fail", reason: expect.stringContaining("panic") });
    expect(first.array.calls.at(-1)).toBe("safe immediate");

    const second = start([readMap()]);
    second.array.before = () => {
      second.abort.abort();
      second.panic.abort();
    };
    expect(await second.done()).toMatchObject({ status: "fail" });
    expect(second.array.calls.slice(-2)).toEqual(["safe ramp", "safe immediate"]);
  });

  it("moves nothing when it is aborted before it begins", async () => {
    const { array, abort, done } = start([readMap()]);
    abort.abort();
    expect(await done()).toMatchObject({ status: "abort", steps: 0 });
    expect(array.calls).toEqual(["safe ramp"]);
  });

  it("makes safe and rethrows when the array fails", async () => {
    const { array, events, done } = start([readMap()]);
    array.before = (call) => {
      if (call === 1) throw new Error("line broken");
    };
    await expect(done()).rejects.toThrow("line broken");
    expect(array.calls.at(-1)).toBe("safe immediate");
    expect(events.at(-1)).toMatchObject({ kind: "run-stopped", status: "fail", reason: "line broken", steps: 1 });
    expect(stops(events)).toHaveLength(1);
  });

  it("makes safe and rethrows when the recorder fails, at any event", async () => {
    for (let failAt = 0; failAt < 12; failAt++) {
      const { array, events, done } = start([readMap()], { failAt });
      await expect(done()).rejects.toThrow("disk full");
      expect(array.calls.at(-1)).toMatch(/^safe/);
      expect(events).toHaveLength(failAt);
    }
  });

  it("trips when samples in a row exceed the current limit", async () => {
    const { array, events, done } = start([readMap()], { limits: { current_A: 1e-9 } });
    array.before = (call) => {
      if (call === 1) array.conductance_S.fill(1e-6);
    };
    await expect(done()).rejects.toThrow(/current of 100 nA refused, allowed is ±1 nA/);
    expect(array.calls.filter((call) => call === "apply")).toHaveLength(2);
    expect(array.calls.at(-1)).toBe("safe immediate");
    expect(events.at(-1)).toMatchObject({ kind: "run-stopped", status: "fail" });
  });

  it("arms at the start and disarms when the array is safe, whatever happens between", async () => {
    const { events, done } = start([readMap()]);
    await done();
    expect(kinds(events).filter((kind) => kind === "armed" || kind === "disarmed")).toEqual(["armed", "disarmed"]);
    const broken = start([readMap()]);
    broken.array.before = () => {
      throw new Error("line broken");
    };
    await expect(broken.done()).rejects.toThrow("line broken");
    expect(kinds(broken.events).slice(-2)).toEqual(["disarmed", "run-stopped"]);
  });

  it("latches a trip: the next run on this array is refused, until somebody rearms it, which the run after records", async () => {
    const first = start([readMap()], { limits: { current_A: 1e-9 } });
    first.array.before = () => first.array.conductance_S.fill(1e-6);
    await expect(first.done()).rejects.toThrow(LimitError);
    expect(kinds(first.events)).not.toContain("disarmed");
    expect(first.events.find(({ kind }) => kind === "tripped")).toMatchObject({
      trip: { quantity: "current", found: "100 nA", allowed: "±1 nA", where: "step 0, column 0" },
    });

    const { array } = first;
    array.before = () => {};
    array.conductance_S.fill(1e-9);
    const calls = array.calls.length;
    const second = start([readMap()], { array });
    await expect(second.done()).rejects.toThrow(/not armed: latched \(current of 100 nA found at step 0, column 0/);
    expect(second.events).toEqual([]);
    expect(array.calls).toHaveLength(calls);

    armingOf(array).rearm();
    const third = start([readMap()], { array });
    expect(await third.done()).toMatchObject({ status: "success" });
    expect(kinds(third.events).slice(0, 3)).toEqual(["run-started", "rearmed", "armed"]);
    // said once
    const fourth = start([readMap()], { array });
    await fourth.done();
    expect(kinds(fourth.events).slice(0, 2)).toEqual(["run-started", "armed"]);
  });

  it("does not arm a measured array of which nobody says that it is ready, nor the same array twice at a time", async () => {
    const measured = new ResistorArray(GRID, 1e-9, { source: "measured" });
    await expect(start([readMap()], { array: measured }).done()).rejects.toThrow(
      /no-limits .*limits-differ .*identity .*uncalibrated .*other-owner .*watchdog .*recorder .*clock/,
    );
    expect(measured.calls).toEqual([]);

    const { array, done } = start([readMap()]);
    const other = start([readMap()], { array });
    await expect(Promise.all([done(), other.done()])).rejects.toThrow(
      /other-owner \(a run has armed the array already\)/,
    );
  });

  it("counts the measured charge and trips when it is reached, although less was foreseen", async () => {
    // reads of 0.1 V for 1 ms: 6 nS were vouched for, 60 nS are found
    const limits = { charge_C: 5e-12, largestConductance_S: 6e-9 };
    const { array, events, done } = start([readMap({ cells: [[0, 0]] })], { limits });
    array.conductance_S.fill(6e-8);
    await expect(done()).rejects.toThrow(/charge of .* refused, allowed is 5 pC/);
    expect(kinds(events)).toContain("tripped");
    expect(array.calls.at(-1)).toBe("safe immediate");
    const honest = start([readMap({ cells: [[0, 0]] })], { limits });
    honest.array.conductance_S.fill(6e-9);
    expect(await honest.done()).toMatchObject({ status: "success" });
  });

  it("gives every result back to the protocol and follows its decisions", async () => {
    const seen: (number | undefined)[] = [];
    const inner = readMap({ cells: [[1, 1]] });
    const chooser: Protocol = {
      name: "chooser",
      parameters: {},
      *steps(context) {
        for (const step of inner.steps(context)) {
          const reading = yield step;
          if (reading && "windows" in reading) seen.push(reading.windows[0]?.current_A[0]);
        }
        yield { kind: "mark", label: "chosen", data: { count: seen.length } };
      },
    };
    const { events, done } = start([chooser]);
    await done();
    expect(seen[0]).toBe(0);
    expect((seen[1] ?? 0) / 1e-10).toBeCloseTo(1, 12);
    expect(events.find(({ kind }) => kind === "marked")).toMatchObject({ label: "chosen", data: { count: 2 } });
  });

  it("refuses a step that a protocol decides on at run time", async () => {
    const sneaky: Protocol = {
      name: "sneaky",
      parameters: {},
      *steps(context) {
        for (const step of readMap({ cells: [[0, 0]] }).steps(context)) {
          const reading = yield step;
          if (reading && "windows" in reading && (reading.windows[0]?.current_A[0] ?? 0) > 0)
            yield* readMap({ voltage_V: 9 }).steps(context);
        }
      },
    };
    const { array, events, done } = start([sneaky], { limits: { voltage_V: 2 } });
    await expect(done()).rejects.toThrow(LimitError);
    expect(array.calls.filter((call) => call === "apply")).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ kind: "run-stopped", status: "fail" });
  });

  it("keeps the array's time over a whole train", async () => {
    const { done } = start([pulseTrain({ cells: [[0, 0]], potentiation: { count: 3 }, depression: { count: 2 } })]);
    // first read 0.05 s, then five pulses of 0.75 s with gaps of 0.75 s
    expect((await done()).time_s).toBeCloseTo(0.05 + 5 * 1.5, 12);
  });
});
