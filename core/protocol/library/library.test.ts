import { describe, expect, it } from "vitest";
import { junctionDrive } from "../../limiter/junctionDrive.ts";
import { NO_LIMITS } from "../../limits.ts";
import { durationOf, valueAt } from "../../waveform.ts";
import type { ApplyStep, Protocol, Step } from "../protocol.ts";
import { ideal } from "../testing/resistorArray.ts";
import { ivSweep, pairedPulse, pulseTrain, readMap, reservoirTrain, vectorProduct } from "./index.ts";

const grid = { rows: 3, columns: 4 };

function stepsOf(protocol: Protocol, capabilities = ideal(grid), seed = 1): Step[] {
  return [...protocol.steps({ grid, capabilities, limits: NO_LIMITS, seed })];
}

const applied = (steps: readonly Step[]) => steps.filter((step): step is ApplyStep => step.kind === "apply");

/** What the target junction sees. */
function seen(step: ApplyStep | undefined, time_s: number): number {
  const target = step?.stimulus.targets[0];
  const row = target && step.stimulus.rows[target.row];
  const column = target && step.stimulus.columns[target.column];
  if (!row || !column || row === "floating" || column === "floating") return Number.NaN;
  return valueAt(row, time_s) - valueAt(column, time_s);
}

describe("iv-sweep", () => {
  it("sweeps each cell at each frequency, with exactly the amplitude, cycles and samples asked", () => {
    const steps = applied(
      stepsOf(
        ivSweep({ cells: { row: 1 }, amplitude_V: "0.8 V", frequency_Hz: [4, 40], cycles: 2, samplesPerCycle: 100 }),
      ),
    );
    expect(steps).toHaveLength(8);
    expect(steps.map(({ tags }) => tags["frequency_Hz"])).toEqual([4, 40, 4, 40, 4, 40, 4, 40]);
    const [slow] = steps;
    expect(slow?.tags).toEqual({ row: 1, column: 0, frequency_Hz: 4, cycles: 2, samplesPerCycle: 100 });
    expect(slow?.stimulus.duration_s).toBeCloseTo(0.5, 14);
    expect(slow?.readout).toMatchObject({ columns: [0], samplePeriod_s: 1 / 400 });
    expect(seen(slow, 1 / 16)).toBeCloseTo(0.8, 14);
    expect(seen(slow, 3 / 16)).toBeCloseTo(-0.8, 14);
  });

  it.each(["sine", "triangle"] as const)(
    "%s: reaches its own peak on either side, starting downwards if asked",
    (wave) => {
      const [step] = applied(
        stepsOf(
          ivSweep({
            cells: [[2, 3]],
            positive_V: 1,
            negative_V: 0.5,
            wave,
            frequency_Hz: 1,
            cycles: 3,
            direction: "down",
          }),
        ),
      );
      const voltages = Array.from({ length: 3001 }, (_, k) => seen(step, k / 1000));
      expect(step?.stimulus.duration_s).toBeCloseTo(3, 12);
      // a triangle moves by 3 mV from one of these samples to the next
      expect(Math.max(...voltages)).toBeCloseTo(1, 2);
      expect(Math.min(...voltages)).toBeCloseTo(-0.5, 2);
      expect(voltages[50]).toBeLessThan(0);
      for (const end of [0, 1000, 2000, 3000]) expect(voltages[end]).toBeCloseTo(0, 12);
    },
  );

  it("sweeps a triangle at one scan rate", () => {
    const [step] = applied(
      stepsOf(
        ivSweep({ cells: [[0, 0]], positive_V: 1, negative_V: 0.5, wave: "triangle", frequency_Hz: 1, cycles: 1 }),
      ),
    );
    // 3 V of way in 1 s
    for (const time_s of [0.1, 0.2, 0.6, 0.7, 0.9])
      expect(Math.abs(seen(step, time_s + 0.01) - seen(step, time_s))).toBeCloseTo(0.03, 12);
  });

  it("rests between sweeps, not before the first", () => {
    expect(
      applied(
        stepsOf(
          ivSweep({
            cells: [
              [0, 0],
              [1, 1],
            ],
            rest_s: "2 s",
          }),
        ),
      ).map(({ role }) => role),
    ).toEqual(["sweep", "rest", "sweep"]);
  });
});

describe("pulse-train", () => {
  it("keeps the published timing: the read lies in the gap", () => {
    const steps = applied(
      stepsOf(
        pulseTrain({
          cells: [[1, 2]],
          potentiation: { count: 2 },
          depression: { count: 1, amplitude_V: -2 },
          read: { settle_s: 0.1 },
        }),
      ),
    );
    expect(steps.map(({ role, tags }) => [role, tags["phase"], tags["pulse"]])).toEqual([
      ["read", "initial", 0],
      ["pulse", "potentiation", 1],
      ["read", "potentiation", 1],
      ["pulse", "potentiation", 2],
      ["read", "potentiation", 2],
      ["pulse", "depression", 1],
      ["read", "depression", 1],
    ]);
    const [, pulse, read] = steps;
    expect([seen(pulse, 0), pulse?.stimulus.duration_s]).toEqual([5, 0.75]);
    expect(read?.stimulus.duration_s).toBeCloseTo(0.75, 14);
    expect([0, 0.09, 0.11, 0.14, 0.16, 0.7].map((time_s) => seen(read, time_s))).toEqual([0, 0, -1, -1, 0, 0]);
    expect(seen(steps[5], 0.1)).toBe(-2);
    const [window] = read?.readout.windows ?? [];
    expect(window?.start_s).toBeCloseTo(0.125, 14);
    expect(window?.end_s).toBeCloseTo(0.15, 14);
    expect(read?.tags).toMatchObject({ row: 1, column: 2, voltage_V: -1 });
  });

  it("fills a gap exactly with its read", () => {
    const train = pulseTrain({
      potentiation: { gap_s: 0.3, count: 1 },
      depression: { count: 0 },
      read: { settle_s: 0.1, width_s: 0.2 },
    });
    for (const { stimulus } of applied(stepsOf(train)))
      for (const drive of stimulus.rows)
        if (drive !== "floating" && durationOf(drive) !== Infinity)
          expect(drive.every((s) => s.kind === "hold" && s.duration_s > 1e-3)).toBe(true);
  });
});

describe("paired-pulse", () => {
  it("separates equal pulses by each gap and looks at their ends", () => {
    const steps = applied(
      stepsOf(
        pairedPulse({ cells: [[0, 0]], amplitude_V: 2, width_s: "10 ms", gaps_s: ["5 ms", 0.02], recovery_s: 1 }),
      ),
    );
    expect(steps.map(({ role }) => role)).toEqual(["pair", "rest", "pair"]);
    const [first, rest] = steps;
    expect(rest?.stimulus.duration_s).toBe(1);
    expect(first?.stimulus.duration_s).toBeCloseTo(0.025, 15);
    expect([0.001, 0.009, 0.012, 0.016, 0.024].map((time_s) => seen(first, time_s))).toEqual([2, 2, 0, 2, 2]);
    expect(first?.readout.windows.map(({ label }) => label)).toEqual(["pulse 1", "pulse 2"]);
    expect(first?.readout.windows[1]?.start_s).toBeCloseTo(0.024, 15);
    expect(first?.readout.windows[1]?.end_s).toBeCloseTo(0.025, 15);
    expect(first?.tags).toMatchObject({ gap_s: 0.005, row: 0, column: 0 });
    // every window holds at least five samples
    for (const { start_s, end_s } of first?.readout.windows ?? [])
      expect((end_s - start_s) / (first?.readout.samplePeriod_s ?? 1)).toBeGreaterThanOrEqual(5 - 1e-9);
  });
});

describe("read-map", () => {
  const order = (protocol: Protocol, seed = 1) =>
    applied(stepsOf(protocol, ideal(grid), seed)).map(({ tags }) => `${tags["row"]},${tags["column"]}`);

  it("visits every junction once in any order; the random one is the seed's", () => {
    const byRow = order(readMap());
    expect(byRow.slice(0, 5)).toEqual(["0,0", "0,1", "0,2", "0,3", "1,0"]);
    expect(order(readMap({ order: "column" })).slice(0, 4)).toEqual(["0,0", "1,0", "2,0", "0,1"]);
    const random = order(readMap({ order: "random" }));
    expect(random).not.toEqual(byRow);
    expect(random.toSorted()).toEqual(byRow.toSorted());
    expect(order(readMap({ order: "random" }))).toEqual(random);
    expect(order(readMap({ order: "random" }), 2)).not.toEqual(random);
  });

  it("reads rows in parallel, split to what the array senses at once", () => {
    const rows = applied(stepsOf(readMap({ parallel: true, voltage_V: 0.3 })));
    expect(rows.map(({ readout }) => readout.columns)).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ]);
    expect(rows[1]?.tags).toEqual({ row: 1, voltage_V: 0.3 });
    const halves = applied(stepsOf(readMap({ parallel: true }), { ...ideal(grid), columnsSensedAtOnce: 3 }));
    expect(halves.map(({ readout }) => readout.columns).slice(0, 2)).toEqual([[0, 1, 2], [3]]);
    for (const { row, column } of rows[2]?.stimulus.targets ?? []) {
      const drive = junctionDrive(
        rows[2]?.stimulus.rows[row] ?? "floating",
        rows[2]?.stimulus.columns[column] ?? "floating",
        1e-3,
        0,
      );
      expect(drive.largest_V).toBe(0.3);
    }
  });
});

describe("vector-product", () => {
  it("draws vectors inside the amplitude, the same for one seed", () => {
    const inputs = (seed: number) => {
      const [step] = stepsOf(vectorProduct({ random: { count: 50, amplitude_V: 0.2 } }), ideal(grid), seed);
      return step?.kind === "multiply" ? [...step.inputs_V] : [];
    };
    expect(inputs(1)).toHaveLength(150);
    expect(Math.max(...inputs(1).map(Math.abs))).toBeLessThan(0.2);
    expect(Math.max(...inputs(1))).toBeGreaterThan(0.15);
    expect(Math.min(...inputs(1))).toBeLessThan(-0.15);
    expect(inputs(1)).toEqual(inputs(1));
    expect(inputs(1)).not.toEqual(inputs(2));
  });

  it("expects V G of the matrix that is given, for each group of columns", () => {
    const conductances_S = [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10, 11, 12],
    ].map((row) => row.map((g) => `${g} nS`));
    const steps = stepsOf(
      vectorProduct({
        inputs_V: [
          [1, 0, 0],
          [0, 1, -1],
        ],
        conductances_S,
      }),
      { ...ideal(grid), columnsSensedAtOnce: 3 },
    );
    const expected = steps.flatMap((step) =>
      step.kind === "multiply" ? [[...(step.expected_A ?? [])].map((i) => Math.round(i * 1e12) / 1e3)] : [],
    );
    expect(expected).toEqual([
      [1, 2, 3, -4, -4, -4],
      [4, -4],
    ]);
  });
});

describe("reservoir-train", () => {
  it("plays each bit in its slot and reads at the end of the last one, before its gap", () => {
    const steps = applied(stepsOf(reservoirTrain({ patterns: ["0110", "0001"], cells: { row: 2 } })));
    expect(steps.map(({ tags }) => [tags["pattern"], tags["row"], tags["column"]])).toEqual([
      ["0110", 2, 0],
      ["0001", 2, 1],
    ]);
    // slots of 0.75 s begin every 1.5 s; the read pulse lasts from 5.25 to 5.30 s
    expect([0.3, 1.6, 2.2, 2.3, 3.1, 4.0, 4.8, 5.24, 5.26, 5.29].map((time_s) => seen(steps[0], time_s))).toEqual([
      0, 5, 5, 0, 5, 0, 0, 0, -1, -1,
    ]);
    expect([0.3, 4.49, 4.51, 5.24, 5.26].map((time_s) => seen(steps[1], time_s))).toEqual([0, 0, 5, 5, -1]);
    expect(steps[0]?.stimulus.duration_s).toBeCloseTo(5.3, 12);
    expect(steps[0]?.readout.windows[0]).toMatchObject({ label: "read" });
  });

  it("makes every pattern of n bits, on one cell after a recovery", () => {
    const steps = applied(
      stepsOf(
        reservoirTrain({
          patterns: "all-3-bit",
          cells: [[0, 0]],
          assignment: "all-on-each-cell",
          read: null,
          recovery_s: 9,
        }),
      ),
    );
    expect(steps.filter(({ role }) => role === "train").map(({ tags }) => tags["pattern"])).toEqual([
      "000",
      "001",
      "010",
      "011",
      "100",
      "101",
      "110",
      "111",
    ]);
    expect(steps.filter(({ role }) => role === "rest").map(({ stimulus }) => stimulus.duration_s)).toEqual(
      Array(7).fill(9),
    );
    expect(steps[0]?.stimulus.duration_s).toBeCloseTo(3.75, 12);
  });
});
