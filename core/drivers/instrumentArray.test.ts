import { describe, expect, it } from "vitest";
import { expectAllClose } from "../../tests/close.ts";
import { describeArrayBackend } from "../arrayBackend.conformance.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { runProtocols } from "../engine.ts";
import { UnsupportedError } from "../errors.ts";
import { type Limits, NO_LIMITS } from "../limits.ts";
import { readMap } from "../protocol/library/index.ts";
import type { RunEvent } from "../runEvent.ts";
import type { Stimulus } from "../stimulus.ts";
import { constant, type Waveform } from "../waveform.ts";
import { Bench } from "./emulation/bench.ts";
import { makeBenchPotentiostat, makeBenchSelector } from "./emulation/benchInstrument.ts";
import { InstrumentArray } from "./instrumentArray.ts";
import { wallTimer } from "./timer.ts";

const conductance_S = Float64Array.from([1e-6, 2e-6, 3e-6, 4e-6, 5e-6, 6e-6]);

function makeDevice(model = "ohmic") {
  return new EmulatedArray(
    { rows: 2, columns: 3, junction: { model }, ...(model === "ohmic" ? { conductance_S } : {}) },
    { seed: 1 },
  );
}

function makeArray(unselectedLines: "floating" | "grounded", device = makeDevice(), ranges_A: readonly number[] = []) {
  const bench = new Bench(device, unselectedLines);
  return new InstrumentArray({
    instrument: makeBenchPotentiostat(bench, { currentRanges_A: ranges_A, voltageRange_V: [-10, 10] }),
    selector: makeBenchSelector(bench),
    timer: wallTimer,
  });
}

const common = { safe_V: 0.1, relative: 1e-9, absolute_A: 1e-15, samplePeriod_s: 1e-3, longSamples: 500, linear: true };

describeArrayBackend("a channel and a selector that grounds the other lines", async () => makeArray("grounded"), {
  ...common,
  conductance_S,
});
describeArrayBackend(
  "a channel with ranges and a selector that leaves the other lines floating",
  async () => makeArray("floating", makeDevice(), [1e-8, 1e-3]),
  common,
);

describe("InstrumentArray", () => {
  const stimulusOf = (waveform: Waveform, duration_s: number): Stimulus => ({
    duration_s,
    rows: ["floating", waveform],
    columns: ["floating", "floating", constant(0)],
    targets: [{ row: 1, column: 2 }],
    referenceRow: 1,
  });

  it("reads what the same junction gives under the same stairs, sneak currents and memory included", async () => {
    const period_s = 0.05;
    const ramp: Waveform = [
      { kind: "ramp", from_V: 0, to_V: 1, duration_s: 1 },
      { kind: "hold", voltage_V: 1, duration_s: 0.525 },
      { kind: "ramp", from_V: 1, to_V: -1, duration_s: 0.475 },
    ];
    await using measured = makeArray("floating", makeDevice("svm"));
    const seen: number[] = [];
    measured.samples.subscribe(({ current_A }) => seen.push(...current_A));
    const readout = { samplePeriod_s: period_s, columns: [2], currentRange_A: "auto" as const, windows: [] };
    const { samples } = await measured.apply(stimulusOf(ramp, 2), readout, new AbortController().signal);
    expect(samples).toBe(41);

    // what the channel played, on a twin: every sample period its first value, an edge in the middle of one its own
    const stairs: Waveform = Array.from({ length: 41 }, (_, k) => {
      const levels = (t: number) => (t < 1 ? t : t < 1.525 ? 1 : 1 - (2 * (t - 1.525)) / 0.475);
      const start_s = k * period_s;
      const hold = (voltage_V: number, duration_s: number) => ({ kind: "hold" as const, voltage_V, duration_s });
      if (k === 30) return [hold(levels(start_s), 0.025), hold(levels(1.525), 0.025)];
      return [hold(k === 40 ? -1 : levels(start_s), period_s)];
    }).flat();
    await using twin = makeDevice("svm");
    const windows = Array.from({ length: 41 }, (_, k) => {
      const length_s = k === 30 ? 0.025 : period_s;
      return { start_s: k * period_s + 0.75 * length_s, end_s: k * period_s + length_s };
    });
    const expected = await twin.apply(
      stimulusOf(stairs, 41 * period_s),
      { ...readout, samplePeriod_s: period_s / 800, windows },
      new AbortController().signal,
    );
    expectAllClose(
      Float64Array.from(seen),
      Float64Array.from(expected.windows, ({ current_A }) => current_A[0] ?? Number.NaN),
      2e-3,
    );
  });

  it.each([
    ["two rows at once", [constant(0.1), constant(0.1)], [constant(0), "floating", "floating"], /2 rows are driven/],
    [
      "a grounded line where it leaves them floating",
      [constant(0.1), constant(0)],
      [constant(0), "floating", "floating"],
      /2 rows are driven.*drives 1 at once and leaves the others floating/,
    ],
    [
      "a read column that floats",
      ["floating", constant(0.1)],
      ["floating", constant(0), "floating"],
      /one of them floats|no path/,
    ],
  ] as const)("refuses %s, naming the line", async (_, rows, columns, message) => {
    await using array = makeArray("floating");
    const stimulus: Stimulus = { duration_s: 0.01, rows, columns, targets: [], referenceRow: 0 };
    const readout = { samplePeriod_s: 1e-3, columns: [0], currentRange_A: "auto" as const, windows: [] };
    const refused = array.apply(stimulus, readout, new AbortController().signal);
    await expect(refused).rejects.toBeInstanceOf(UnsupportedError);
    await expect(refused).rejects.toThrow(message);
  });

  it("shares its latch with runs on it: what one of them trips, blocks the other", async () => {
    await using array = makeArray("floating");
    const events: RunEvent[] = [];
    const protocols = [readMap({ voltage_V: 1, bias: "float", width_s: "20 ms" })];
    const run = (limits: Partial<Limits>) =>
      runProtocols({
        protocols,
        array,
        limits: { ...NO_LIMITS, ...limits },
        seed: 1,
        signal: new AbortController().signal,
        emit: (event) => void events.push(event),
      });
    // 1 V on 1 uS and what sneaks by
    await expect(run({ current_A: 1e-9 })).rejects.toThrow(/current of .* refused, allowed is ±1 nA/);
    expect(events.some(({ kind }) => kind === "tripped")).toBe(true);
    await expect(run({})).rejects.toThrow(/not armed: latched/);
    const readout = { samplePeriod_s: 1e-2, columns: [2], currentRange_A: "auto" as const, windows: [] };
    const byHand = () => array.apply(stimulusOf(constant(0.1), 0.02), readout, new AbortController().signal);
    await expect(byHand()).rejects.toThrow(/not armed: latched/);
    array.arming.rearm();
    expect((await byHand()).samples).toBe(3);
    expect(await run({})).toMatchObject({ status: "success" });
  });
});
