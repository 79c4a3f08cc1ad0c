import { afterAll, describe, expect, it } from "vitest";
import { openWorkerPool } from "../../runtime/workerPool.ts";
import { expectAllClose } from "../../tests/close.ts";
import { resolveJunction } from "../crossbar/models/registry.ts";
import type { Pool } from "../crossbar/pool.ts";
import { buildNetwork } from "../crossbar/solve/buildNetwork.ts";
import { solveOnce } from "../crossbar/solve/solveNetwork.ts";
import type { LineDrive } from "../stimulus.ts";
import type { Waveform } from "../waveform.ts";
import { Circuit } from "./circuit.ts";
import { resolveLines } from "./config.ts";
import { EmulatedArray } from "./emulatedArray.ts";
import { Integrator } from "./integrate.ts";
import { LineVoltages } from "./lineVoltages.ts";

const never = new AbortController().signal;
const one = openWorkerPool({ threads: 1 });
const two = openWorkerPool({ threads: 2 });
afterAll(() => {
  for (const pool of [one, two]) pool[Symbol.dispose]();
});

const model = "ncnm-channel";
const kernel = resolveJunction(model, {}, {});
const { min_s } = kernel.timescales(kernel.allocate({ rows: 1, columns: 1 }));
const segment_ohm = 0.01 / kernel.steadyConductance(0);

/** Every line at its share of one waveform that never rests; the selected cell is (5, 7). */
function drive(scheme: "V/2" | "V/3" | "floating", rows: number, columns: number, duration_s: number) {
  const times = (share: number): Waveform => [
    { kind: "ramp", from_V: 0.5 * share, to_V: 3 * share, duration_s: duration_s / 2 },
    {
      kind: "sine",
      offset_V: 3 * share,
      amplitude_V: 0.5 * share,
      frequency_Hz: 4 / duration_s,
      phase_rad: 0,
      duration_s: duration_s / 2,
    },
  ];
  const shares = { "V/2": [1 / 2, 1 / 2], "V/3": [1 / 3, 2 / 3], floating: [Number.NaN, Number.NaN] } as const;
  const [row, column] = shares[scheme];
  const lines = (count: number, selected: number, chosen: number, other: number): LineDrive[] => {
    const unselected = Number.isNaN(other) ? "floating" : times(other);
    const driven = times(chosen);
    return Array.from({ length: count }, (_, k) => (k === selected ? driven : unselected));
  };
  return { rows: lines(rows, 5, 1, row), columns: lines(columns, 7, 0, column), duration_s };
}

async function apply(array: EmulatedArray, scheme: "V/2" | "V/3" | "floating", duration_s: number) {
  const { rows, columns } = array.grid;
  const stimulus = { ...drive(scheme, rows, columns, duration_s), targets: [], referenceRow: 5 };
  const all = Array.from({ length: columns }, (_, j) => j);
  const last = new Float64Array(columns);
  array.samples.subscribe(({ current_A, channel }) => {
    last[channel] = current_A.at(-1) ?? Number.NaN;
  });
  await array.apply(
    stimulus,
    { samplePeriod_s: duration_s / 5, columns: all, currentRange_A: "auto", windows: [] },
    never,
  );
  const drives = new LineVoltages(stimulus);
  drives.moveTo(duration_s);
  return { last, drives };
}

describe("a large array under drives that change all the time", () => {
  it.each(["V/2", "V/3", "floating"] as const)(
    "%s: ends with the currents and nodes of elimination",
    async (scheme) => {
      const [rows, columns, access_ohm] = [35, 41, 2e4];
      const lines = { rowSegment_ohm: segment_ohm, columnSegment_ohm: 2 * segment_ohm };
      await using array = new EmulatedArray({ rows, columns, junction: { model }, lines, access_ohm }, { seed: 1 });
      const { last, drives } = await apply(array, scheme, min_s);
      const g = array.conductance_S();
      expect(Math.max(...g) / Math.min(...g)).toBeGreaterThan(1.1);
      const conductance_S = g.map((s) => s / (1 + s * access_ohm));
      const expected = solveOnce(buildNetwork({ grid: { rows, columns }, conductance_S, ...lines }), drives);
      const largest = Math.max(...expected.columnCurrent_A.map(Math.abs));
      expectAllClose(last, expected.columnCurrent_A, 0, 1e-6 * largest);
      const { row_V, column_V } = array.nodes_V();
      expectAllClose(row_V, expected.rowNode_V, 0, 3e-6);
      expectAllClose(column_V, expected.columnNode_V, 0, 3e-6);
    },
  );

  it("is of second order in the step", () => {
    const grid = { rows: 34, columns: 34 };
    const lines = resolveLines(grid, { rowSegment_ohm: segment_ohm, columnSegment_ohm: segment_ohm });
    const statesAfter = (steps: number): Float64Array => {
      const state = kernel.allocate(grid);
      using circuit = new Circuit(kernel, state, lines, 0);
      const duration_s = 0.8 * min_s;
      const smooth = (share: number): Waveform => [
        {
          kind: "sine",
          offset_V: 2 * share,
          amplitude_V: share,
          frequency_Hz: 0.5 / duration_s,
          phase_rad: 0,
          duration_s,
        },
      ];
      const [selected, half, ground] = [1, 1 / 2, 0].map(smooth);
      const line = (chosen = ground, k: number, at: number): LineDrive => (k === at ? chosen : half) ?? "floating";
      const drives = {
        rows: Array.from({ length: 34 }, (_, k) => line(selected, k, 5)),
        columns: Array.from({ length: 34 }, (_, k) => line(ground, k, 7)),
        duration_s,
      };
      const integrator = new Integrator(circuit, new LineVoltages(drives));
      integrator.look(0);
      // steps of the caller, shorter than those of the integrator
      for (let k = 0; k < steps; k++) {
        integrator.advance((k * duration_s) / steps, ((k + 1) * duration_s) / steps);
        integrator.look(((k + 1) * duration_s) / steps);
      }
      expect(integrator.steps).toBe(steps);
      return state.field("conductance_S").slice();
    };
    const [coarse, middle, fine] = [64, 128, 256].map(statesAfter);
    const distance = (a = coarse, b = coarse) =>
      Math.max(...(a ?? []).map((value, k) => Math.abs(value - (b?.[k] ?? Number.NaN))));
    const ratio = distance(coarse, middle) / distance(middle, fine);
    expect(ratio).toBeGreaterThan(3.3);
    expect(ratio).toBeLessThan(5);
  });

  it("gives the same bits without a pool, with one thread and with two, again and again", async () => {
    const run = async (pool?: Pool) => {
      const lines = { rowSegment_ohm: segment_ohm, columnSegment_ohm: segment_ohm };
      await using array = new EmulatedArray(
        { rows: 130, columns: 111, junction: { model }, lines },
        { seed: 1, ...(pool && { pool }) },
      );
      const { last } = await apply(array, "V/2", 0.5 * min_s);
      return { last, conductance_S: array.conductance_S(), ...array.nodes_V(), figures: array.solverFigures() };
    };
    const expected = await run();
    expect(expected.figures.sweeps).toBeGreaterThan(10);
    for (const pool of [one, two, two]) expect(await run(pool)).toEqual(expected);
  });
});
