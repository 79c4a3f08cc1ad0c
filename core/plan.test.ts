import { describe, expect, it } from "vitest";
import { LimitError, ProtocolError, UnsupportedError } from "./errors.ts";
import { type Limits, NO_LIMITS } from "./limits.ts";
import { planProtocols } from "./plan.ts";
import { formatDuration, formatPlan } from "./planText.ts";
import { ivSweep, pulseTrain, readMap, vectorProduct } from "./protocol/library/index.ts";
import type { Protocol } from "./protocol/protocol.ts";
import { ideal } from "./protocol/testing/resistorArray.ts";

const grid = { rows: 3, columns: 3 };

function plan(protocols: readonly Protocol[], limits: Partial<Limits> = {}, capabilities = {}) {
  return planProtocols({
    protocols,
    grid,
    capabilities: { ...ideal(grid), ...capabilities },
    limits: { ...NO_LIMITS, ...limits },
    seed: 1,
  });
}

const write = (bias: "ground" | "V/2" | "V/3" | "float") =>
  pulseTrain({ cells: [[1, 1]], potentiation: { count: 4 }, depression: { count: 0 }, bias });

describe("planProtocols", () => {
  it("counts steps, time and samples", () => {
    const { steps, duration_s, samples, largest_V, perProtocol } = plan([readMap(), ivSweep({ cells: [[0, 0]] })]);
    expect(steps).toBe(10);
    expect(duration_s).toBeCloseTo(9e-3 + 3 / 40, 12);
    expect(samples).toBe(9 * 21 + 3001);
    expect(largest_V).toBeCloseTo(1, 12);
    expect(perProtocol.map(({ name }) => name)).toEqual(["read-map", "iv-sweep"]);
  });

  it.each([
    // dose of the selected cell: four pulses of 5 V 0.75 s, five reads of 1 V 0.05 s
    ["ground", [0, 0, 0, 1, 0, 1, 0, 0, 0]],
    ["V/2", [0, 1 / 2, 0, 1 / 2, 0, 1 / 2, 0, 1 / 2, 0]],
    ["V/3", [1 / 3, 1 / 3, 1 / 3, 1 / 3, 0, 1 / 3, 1 / 3, 1 / 3, 1 / 3]],
  ] as const)("books the dose of the neighbours under %s", (bias, shares) => {
    const { selectedDose_Vs, halfSelectDose_Vs } = plan([write(bias)]);
    const full_Vs = 4 * 5 * 0.75 + 5 * 0.05;
    expect([...selectedDose_Vs].map((dose) => Math.round((dose / full_Vs) * 1e12) / 1e12)).toEqual([
      0, 0, 0, 0, 1, 0, 0, 0, 0,
    ]);
    [...halfSelectDose_Vs].forEach((dose, k) => expect(dose / full_Vs).toBeCloseTo(shares[k] ?? Number.NaN, 12));
  });

  it("says where doses are unknown", () => {
    expect(plan([write("float")]).floatingSteps).toBe(9);
  });

  it.each<[string, () => unknown, string]>([
    [
      "voltage",
      () => plan([ivSweep({ amplitude_V: 2 })], { voltage_V: 1.5 }),
      "voltage of 2 V refused, allowed is ±1.5 V",
    ],
    ["slew of a sine", () => plan([ivSweep({ frequency_Hz: 40 })], { slew_V_s: 200 }), "slew of 251.327 V/s refused"],
    ["slew of a step", () => plan([readMap()], { slew_V_s: 1e6 }), "slew of Infinity V/s refused"],
    [
      "dwell in one step",
      () => plan([write("ground")], { dwell_s: 0.5, dwellAbove_V: 2 }),
      "dwell of 750 ms refused, allowed is 500 ms",
    ],
    [
      "dwell over steps",
      () =>
        plan(
          [
            readMap({
              cells: [
                [0, 0],
                [0, 0],
                [0, 0],
              ],
            }),
          ],
          { dwell_s: 2.5e-3 },
        ),
      "dwell of 3 ms refused",
    ],
    [
      "dwell over vectors",
      () =>
        plan(
          [
            vectorProduct({
              inputs_V: [
                [1, 0, 0],
                [1, 0, 0],
              ],
            }),
          ],
          { dwell_s: 1.5e-3 },
        ),
      "dwell of 2 ms refused",
    ],
  ])("refuses a %s beyond its limit", (_, act, message) => {
    expect(act).toThrow(LimitError);
    expect(act).toThrow(message);
  });

  it("admits what stays within the limits", () => {
    expect(plan([ivSweep({ amplitude_V: 1.5 })], { voltage_V: 1.5 }).largest_V).toBe(1.5);
    expect(plan([ivSweep({ frequency_Hz: 40 })], { slew_V_s: 252 }).steps).toBe(9);
    expect(plan([write("ground")], { dwell_s: 0.75, dwellAbove_V: 2 }).steps).toBe(9);
    // a grounded row shares its voltage, so reads along a row add up there and reads along a column do not
    expect(plan([readMap({ cells: { column: 0 } })], { dwell_s: 1.5e-3 }).steps).toBe(3);
    expect(() => plan([readMap({ cells: { row: 0 } })], { dwell_s: 1.5e-3 })).toThrow(LimitError);
  });

  it.each<[string, () => unknown]>([
    ["sampling", () => plan([readMap()], {}, { fastestSampling_Hz: 100 })],
    ["rows driven at once", () => plan([vectorProduct()], {}, { rowsDrivenAtOnce: 1 })],
    ["V/3 on grounded lines", () => plan([write("V/3")], {}, { unselectedLines: "grounded", rowsDrivenAtOnce: 1 })],
    [
      "floating on grounded lines",
      () => plan([write("float")], {}, { unselectedLines: "grounded", rowsDrivenAtOnce: 1 }),
    ],
    ["current range", () => plan([readMap({ currentRange_A: "3 nA" })], {}, { currentRanges_A: [1e-9, 1e-8] })],
  ])("refuses what the array cannot do: %s", (_, act) => {
    expect(act).toThrow(UnsupportedError);
  });

  it("plans products row by row where rows are superposed", () => {
    const direct = plan([vectorProduct()]).duration_s;
    expect(plan([vectorProduct()], {}, { products: "superposed", rowsDrivenAtOnce: 1 }).duration_s).toBeCloseTo(
      3 * direct,
      12,
    );
  });

  it("refuses protocols that expand to more pulses than 10^7, or than is allowed, and takes them when told to", () => {
    const endless: Protocol = {
      name: "endless",
      parameters: {},
      *steps() {
        for (;;) yield { kind: "mark", label: "", data: {} } as never;
      },
    };
    expect(() => plan([endless])).toThrow(/expand to more than 10000000 pulses; --many-pulses \(mostPulses/);
    const options = { grid, capabilities: ideal(grid), limits: NO_LIMITS, seed: 1 };
    // 4 pulses and a read of one cell, each with its gap, are pieces of one step
    const protocols = [write("ground")];
    const { steps } = planProtocols({ ...options, protocols });
    expect(() => planProtocols({ ...options, protocols, mostPulses: steps })).toThrow(/more than \d+ pulses/);
    expect(planProtocols({ ...options, protocols, mostPulses: Infinity }).steps).toBe(steps);
  });

  it("refuses a cell by cell map of a very large array before its first step is made", () => {
    const large = { rows: 5000, columns: 5000 };
    const made: string[] = [];
    const map = readMap();
    const watched: Protocol = {
      ...map,
      *steps(context) {
        made.push(map.name);
        yield* map.steps(context);
      },
    };
    const options = { grid: large, capabilities: ideal(large), limits: NO_LIMITS, seed: 1 };
    expect(() => planProtocols({ ...options, protocols: [watched], places: ["m.yaml:9:5"] })).toThrow(
      /m\.yaml:9:5: read-map on 5000 x 5000 junctions brings the run to 25000000 steps or more, allowed are 10000000 pulses; .*parallel: true.*--many-pulses/,
    );
    expect(made).toEqual([]);
    const context = { ...options, planning: true };
    expect(readMap({ parallel: true }).fewestSteps?.(context)).toBe(5000);
    expect(readMap({ cells: { row: 3 } }).fewestSteps?.(context)).toBe(5000);
    expect(ivSweep({ cells: [[1, 2]] }).fewestSteps?.(context)).toBe(1);
  });

  it("refuses NaN, wrong sizes and endless protocols", () => {
    const broken = (change: (step: ReturnType<typeof first>) => unknown): Protocol => ({
      name: "broken",
      parameters: {},
      *steps() {
        yield change(first()) as never;
      },
    });
    const first = () => {
      const [step] = readMap().steps({ grid, capabilities: ideal(grid), limits: NO_LIMITS, seed: 1 });
      if (step?.kind !== "apply") throw new Error("a read-map begins with a read");
      return step;
    };
    for (const change of [
      (step: ReturnType<typeof first>) => ({ ...step, stimulus: { ...step.stimulus, duration_s: Number.NaN } }),
      (step: ReturnType<typeof first>) => ({
        ...step,
        stimulus: { ...step.stimulus, rows: step.stimulus.rows.slice(1) },
      }),
      (step: ReturnType<typeof first>) => ({
        ...step,
        stimulus: {
          ...step.stimulus,
          rows: step.stimulus.rows.map(() => [{ kind: "hold", voltage_V: Number.NaN, duration_s: 1 }]),
        },
      }),
      (step: ReturnType<typeof first>) => ({ ...step, readout: { ...step.readout, samplePeriod_s: 0 } }),
      (step: ReturnType<typeof first>) => ({ ...step, readout: { ...step.readout, columns: [3] } }),
    ])
      expect(() => plan([broken(change)])).toThrow(ProtocolError);
  });
});

describe("formatPlan", () => {
  it("tells a person what would happen, within the 80 columns of a small terminal", () => {
    const text = formatPlan(plan([write("V/2"), readMap()], { voltage_V: 6 }));
    const lines = text.split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).toContain("max |V|           5 V, allowed 6 V");
    expect(text).toContain("half-select dose  min 200 µV s");
    expect(text).toMatch(/pulse-train +9 +6\.05 s +5 V +\d/);
    expect(text).toMatch(/[\u2801-\u28ff]/u);
  });

  it.each([
    [0.0123, "12.3 ms"],
    [75, "75 s"],
    [200, "3 min 20 s"],
    [7500, "2 h 05 min"],
    [273_600, "3 d 04 h"],
  ])("writes %d s as %s", (duration_s, text) => {
    expect(formatDuration(duration_s)).toBe(text);
  });
});
