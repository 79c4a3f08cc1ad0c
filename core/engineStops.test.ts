import { describe, expect, it } from "vitest";
import type { Capabilities } from "./arrayBackend.ts";
import { AbortedError, LimitError, UnsupportedError } from "./errors.ts";
import { runProtocols } from "./engine.ts";
import { type Limits, NO_LIMITS } from "./limits.ts";
import { pulseTrain, readMap, vectorProduct } from "./protocol/library/index.ts";
import type { Protocol } from "./protocol/protocol.ts";
import { ResistorArray } from "./protocol/testing/resistorArray.ts";
import { RunControl } from "./runControl.ts";
import type { RunEvent } from "./runEvent.ts";

const GRID = { rows: 3, columns: 2 };
const TRAIN = () =>
  pulseTrain({
    cells: [
      [0, 0],
      [1, 1],
    ],
    potentiation: { count: 3 },
    depression: { count: 2 },
  });

interface Options {
  readonly capabilities?: Partial<Capabilities>;
  readonly limits?: Partial<Limits>;
  readonly hold_V?: number;
  readonly array?: ResistorArray;
}

function start(protocols: readonly Protocol[], options: Options = {}) {
  const array = options.array ?? new ResistorArray(GRID, 1e-9, options.capabilities);
  const events: RunEvent[] = [];
  const control = new RunControl();
  const abort = new AbortController();
  const panic = new AbortController();
  // tests act when an event comes, never after a while
  let react: (event: RunEvent) => void = () => {};
  const run = () =>
    runProtocols({
      protocols,
      array,
      limits: { ...NO_LIMITS, ...options.limits },
      seed: 1,
      signal: abort.signal,
      panic: panic.signal,
      control,
      ...(options.hold_V === undefined ? {} : { hold_V: options.hold_V }),
      emit: async (event) => {
        await Promise.resolve();
        events.push(event);
        react(event);
      },
    });
  return { array, events, control, abort, panic, run, on: (reaction: typeof react) => void (react = reaction) };
}

const cells = (events: readonly RunEvent[]) =>
  events.flatMap((event) =>
    event.kind === "step-intended" ? event.targets.map(({ row, column }) => `${row} ${column}`) : [],
  );
const kinds = (events: readonly RunEvent[]) => events.map(({ kind }) => kind);
const withoutPauses = (events: readonly RunEvent[]) =>
  events.filter(({ kind }) => kind !== "paused" && kind !== "resumed");

describe("a pause", () => {
  it("holds between two steps and changes nothing of a run on a virtual clock", async () => {
    const plain = start([TRAIN()]);
    await plain.run();
    const paused = start([TRAIN()]);
    paused.array.before = (call) => call === 2 && paused.control.pause("a test");
    const atPause: string[][] = [];
    paused.on((event) => {
      if (event.kind !== "paused") return;
      atPause.push(kinds(paused.events).slice(-3), [...paused.array.calls]);
      paused.control.resume("a test");
    });
    expect(await paused.run()).toMatchObject({ status: "success", reason: "every step is done" });
    // the third step had its outcome before the pause, and the array was left alone
    expect(atPause[0]).toEqual(["step-finished", "progressed", "paused"]);
    expect(atPause[1]).toEqual(["apply", "apply", "apply"]);
    expect(paused.events.find(({ kind }) => kind === "paused")).toMatchObject({ steps: 3, level_V: 0, by: "a test" });
    expect(withoutPauses(paused.events)).toEqual(plain.events);
  });

  it("is at 0 V on a wall-clock array, and at the declared level where the array can hold one", async () => {
    const zero = start([TRAIN()], { capabilities: { clock: "wall" } });
    zero.array.before = (call) => call === 0 && zero.control.pause("a test");
    zero.on((event) => event.kind === "paused" && zero.control.resume("a test"));
    await zero.run();
    expect(zero.array.calls.slice(0, 3)).toEqual(["apply", "safe ramp", "apply"]);

    const capabilities = { clock: "wall", holdRange_V: [-0.2, 0.2] } as const;
    const array = new ResistorArray(GRID, 1e-9, capabilities);
    const holding = Object.assign(array, {
      hold: (level_V: number) => Promise.resolve(void array.calls.push(`hold ${level_V}`)),
    });
    const held = start([TRAIN()], { array: holding, hold_V: -0.1 });
    array.before = (call) => call === 0 && held.control.pause("a test");
    held.on((event) => event.kind === "paused" && held.control.resume("a test"));
    await held.run();
    expect(array.calls.slice(0, 3)).toEqual(["apply", "hold -0.1", "apply"]);
    expect(held.events.find(({ kind }) => kind === "paused")).toMatchObject({ level_V: -0.1 });
    expect(array.calls.at(-1)).toBe("safe ramp");
  });

  it("refuses a level that the array cannot hold, or a limit forbids, before anything moves", async () => {
    const wall = { clock: "wall" } as const;
    for (const [options, error] of [
      [{ capabilities: wall, hold_V: 0.1 }, UnsupportedError],
      [{ hold_V: 0.3, limits: { voltage_V: 0.2 } }, LimitError],
      [{ hold_V: 0.3, limits: { dwell_s: 100, dwellAbove_V: 0.2 } }, LimitError],
      [{ hold_V: Number.NaN }, RangeError],
    ] as const) {
      const { array, events, run } = start([readMap({ voltage_V: 0.1 })], options);
      await expect(run()).rejects.toThrow(error);
      expect([array.calls, events]).toEqual([[], []]);
    }
  });

  it.each([
    ["abort", "ramp"],
    ["panic", "immediate"],
  ] as const)("is left by %s, which makes safe at once", async (how, safe) => {
    const { array, control, events, run, on, ...signals } = start([readMap()], { capabilities: { clock: "wall" } });
    array.before = (call) => call === 1 && control.pause("a test");
    on((event) => event.kind === "paused" && signals[how].abort());
    expect(await run()).toMatchObject({ status: how === "abort" ? "abort" : "fail", steps: 2 });
    expect(array.calls).toEqual(["apply", "apply", "safe ramp", `safe ${safe}`]);
    expect(kinds(events).slice(-3)).toEqual(["paused", "disarmed", "run-stopped"]);
  });

  it("is over when the run is resumed, as often as it is asked for", async () => {
    const { control, events, run, on } = start([readMap()]);
    on((event) => {
      if (event.kind === "progressed") control.pause("a test");
      if (event.kind === "paused") control.resume("a test");
    });
    expect(await run()).toMatchObject({ status: "success", steps: 6 });
    // behind the last step there is nothing to wait for
    expect(events.filter(({ kind }) => kind === "paused")).toHaveLength(5);
    expect(events.filter(({ kind }) => kind === "resumed")).toHaveLength(5);
    expect(control.pause("a test")).toBe(false);
  });
});

describe("a stop", () => {
  it("finishes the current cell, ends as a success and says what was left", async () => {
    const whole = start([TRAIN()]);
    await whole.run();
    const perCell = cells(whole.events).filter((cell) => cell === "0 0").length;
    const { array, control, events, run } = start([TRAIN()]);
    array.before = (call) => call === 2 && control.stop("a test");
    const stop = await run();
    expect(new Set(cells(events))).toEqual(new Set(["0 0"]));
    expect(cells(events)).toHaveLength(perCell);
    expect(stop).toMatchObject({
      status: "success",
      left: whole.events.filter(({ kind }) => kind === "progressed").length - stop.steps,
    });
    expect(stop.reason).toMatch(/^stopped by a test after a finished cell, \d+ of \d+ planned steps were left$/);
    expect(events.filter(({ kind }) => kind === "stop-requested")).toHaveLength(1);
    expect(array.calls.at(-1)).toBe("safe ramp");
  });

  it("cannot be taken back, and lets a paused run finish its cell", async () => {
    const { array, control, events, run, on } = start([TRAIN()]);
    array.before = (call) => call === 1 && control.pause("a test");
    on((event) => event.kind === "paused" && control.stop("another"));
    await run();
    expect(control.resume("a test")).toBe(false);
    expect(kinds(events)).toContain("resumed");
    expect(new Set(cells(events))).toEqual(new Set(["0 0"]));
  });

  it("before the first step, between products and behind the last step ends there", async () => {
    const first = start([readMap()]);
    first.control.stop("a test");
    expect(await first.run()).toMatchObject({ status: "success", steps: 0, left: 6 });
    expect(first.array.calls).toEqual(["safe ramp"]);
    const product = start([vectorProduct({ inputs_V: [[0.1, 0, 0]] }), vectorProduct({ inputs_V: [[0.1, 0, 0]] })]);
    product.array.before = () => product.control.stop("a test");
    await product.run();
    expect(product.array.calls).toEqual(["multiply", "safe ramp"]);
    const last = start([readMap()]);
    last.array.before = (call) => call === 5 && last.control.stop("a test");
    const stop = await last.run();
    expect(stop).toMatchObject({ status: "success", reason: "every step is done" });
    expect(stop).not.toHaveProperty("left");
  });
});

describe("a machine that slept", () => {
  it("ends a wall-clock run in the safe state, recorded, and only flags a virtual one", async () => {
    const wall = start([readMap()], { capabilities: { clock: "wall" } });
    wall.array.before = (call) => call === 1 && wall.control.reportSuspension(30);
    expect(await wall.run()).toMatchObject({
      status: "abort",
      reason: "nobody watched the outputs for 30 s: the machine slept or the process stood still",
    });
    expect(wall.array.calls.at(-1)).toBe("safe ramp");
    const virtual = start([readMap()]);
    virtual.array.before = (call) => call === 1 && virtual.control.reportSuspension(30);
    expect(await virtual.run()).toMatchObject({ status: "success", steps: 6 });
    for (const { events } of [wall, virtual])
      expect(events.filter(({ kind }) => kind === "quality-flagged")).toEqual([
        { kind: "quality-flagged", time_s: expect.any(Number) as number, flag: "suspended", offset_s: 30 },
      ]);
  });

  it("leaves a pause on a wall-clock array", async () => {
    const { array, control, run, on } = start([readMap()], { capabilities: { clock: "wall" } });
    array.before = (call) => call === 1 && control.pause("a test");
    on((event) => event.kind === "paused" && control.reportSuspension(3600));
    expect(await run()).toMatchObject({ status: "abort", steps: 2 });
  });
});

describe("the news that the outputs are safe", () => {
  it("comes before the run has recorded its end, and says when nobody knows", async () => {
    const safe = start([readMap()]);
    let recordedThen: string[] = [];
    const told = safe.control.whenSafe("ramp").then((state) => {
      recordedThen = kinds(safe.events);
      return state;
    });
    safe.array.before = () => safe.abort.abort(new AbortedError("stopped by a test"));
    expect((await safe.run()).reason).toBe("stopped by a test");
    expect(await told).toEqual({ how: "ramp" });
    expect(recordedThen).not.toContain("run-stopped");

    const broken = start([readMap()]);
    broken.array.makeSafe = () => Promise.reject(new Error("no answer"));
    broken.array.before = () => broken.abort.abort();
    const [failed, run] = await Promise.allSettled([broken.control.whenSafe("ramp"), broken.run()]);
    expect(failed).toMatchObject({ value: { how: "ramp", failure: { message: "no answer" } } });
    expect(run).toMatchObject({ status: "rejected" });
  });

  it("of a panic waits for the immediate one, not for the ramp before it", async () => {
    const { array, abort, panic, control, run } = start([readMap()]);
    let endRamp: () => void = () => {};
    const told: string[] = [];
    array.makeSafe = (how) => {
      if (how === "immediate") return Promise.resolve();
      return new Promise((resolve) => (endRamp = resolve));
    };
    array.before = () => {
      abort.abort();
      void control.whenSafe("immediate").then(({ how }) => {
        told.push(how);
        endRamp();
      });
      panic.abort();
    };
    expect(await run()).toMatchObject({ status: "fail" });
    expect(told).toEqual(["immediate"]);
    // and a ramp that never ends holds up nothing
    const stuck = start([readMap()]);
    stuck.array.makeSafe = (how) => (how === "immediate" ? Promise.resolve() : new Promise(() => {}));
    stuck.array.before = () => {
      stuck.abort.abort();
      stuck.panic.abort();
    };
    expect(await stuck.run()).toMatchObject({ status: "fail" });
    // whoever asks later is told at once
    expect(await control.whenSafe("immediate")).toEqual({ how: "immediate" });
  });
});
