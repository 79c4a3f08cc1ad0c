import { describe, expect, it } from "vitest";
import { expectAllClose, expectClose } from "../../tests/close.ts";
import type { SampleBlock } from "../arrayBackend.ts";
import { defaultKernels } from "../crossbar/kernels/loadKernels.ts";
import { MODELS, resolveJunction } from "../crossbar/models/registry.ts";
import { buildNetwork } from "../crossbar/solve/buildNetwork.ts";
import { solveOnce } from "../crossbar/solve/solveNetwork.ts";
import { constant } from "../waveform.ts";
import { EmulatedArray } from "./emulatedArray.ts";

const never = new AbortController().signal;
const all = (count: number) => Array.from({ length: count }, (_, k) => k);
/** Half-select write of cell (5, 7) of n x n: every other line at half the voltage. */
const halves = (n: number, V: number) => ({
  row_V: Float64Array.from(all(n), (i) => (i === 5 ? V : V / 2)),
  column_V: Float64Array.from(all(n), (j) => (j === 7 ? 0 : V / 2)),
});

async function hold(array: EmulatedArray, drives: ReturnType<typeof halves>, duration_s: number, samples: number) {
  const blocks: SampleBlock[] = [];
  array.samples.subscribe((block) => void blocks.push(block));
  const columns = all(array.grid.columns);
  await array.apply(
    {
      duration_s,
      rows: Array.from(drives.row_V, constant),
      columns: Array.from(drives.column_V, constant),
      targets: [],
      referenceRow: 0,
    },
    { samplePeriod_s: duration_s / samples, columns, currentRange_A: "auto", windows: [] },
    never,
  );
  return blocks.map(({ current_A }) => current_A);
}

describe("arrays beyond 32 x 32, solved by iterations", () => {
  const n = 36;
  const model = "conical-channel";
  const kernel = resolveJunction(model, {}, {});
  const segment_ohm = 0.01 / kernel.steadyConductance(0);
  const lines = { rowSegment_ohm: segment_ohm, columnSegment_ohm: segment_ohm };
  const drives = halves(n, 1);

  it("follow their junctions in time as steps of elimination do, to 1e-5 of the largest current", async () => {
    const array = new EmulatedArray({ rows: n, columns: n, junction: { model }, lines }, { seed: 1 });
    const state = kernel.allocate({ rows: n, columns: n });
    const { min_s } = kernel.timescales(state);
    const steps = 60;
    const dt_s = (1.5 * min_s) / steps;
    const blocks = await hold(array, drives, steps * dt_s, 6);
    // implicit in nothing: voltage at the start, half a step, voltage there, whole step
    const g = new Float64Array(n * n);
    const words = new Float64Array(state.buffer);
    const solve = () => {
      kernel.conductance(state, g, g);
      const network = buildNetwork({ grid: { rows: n, columns: n }, conductance_S: g, ...lines });
      const { rowNode_V, columnNode_V, columnCurrent_A } = solveOnce(network, drives);
      return { voltage_V: rowNode_V.map((w, k) => w - columnNode_V[k]!), columnCurrent_A };
    };
    for (let step = 0; step < steps; step++) {
      const before = words.slice();
      kernel.step(state, solve().voltage_V, dt_s / 2);
      const { voltage_V } = solve();
      words.set(before);
      kernel.step(state, voltage_V, dt_s);
    }
    const expected = solve().columnCurrent_A;
    const largest = Math.max(...expected.map(Math.abs));
    expectAllClose(
      blocks.map((current_A) => current_A.at(-1)!),
      expected,
      0,
      1e-5 * largest,
    );
    const moved = Math.abs(blocks[7]![0]! - blocks[7]!.at(-1)!);
    expect(moved).toBeGreaterThan(1e-3 * largest);
    expect(array.describe().solver).toContain("line-PCG");
  });

  it("solve once per step, two iterations on average, and not at all once nothing moves", async () => {
    const array = new EmulatedArray({ rows: n, columns: n, junction: { model }, lines }, { seed: 1 });
    const { min_s, max_s } = kernel.timescales(kernel.allocate({ rows: 1, columns: 1 }));
    await hold(array, drives, 10 * min_s, 200);
    const busy = array.solverFigures();
    expect(busy.factorings).toBeLessThan(230);
    expect(busy.sweeps).toBeLessThan(2 * busy.factorings + 20);
    await hold(array, drives, 60 * max_s, 10);
    const settled = array.solverFigures();
    await hold(array, drives, 60 * max_s, 10);
    // away and back to the same drive: a few solves of known states
    expect(array.solverFigures().factorings - settled.factorings).toBeLessThan(60);
  });
});

it("products of a static array are solved directly, then compiled, and the record says so", async () => {
  const n = 40;
  const conductance_S = Float64Array.from({ length: n * n }, (_, k) => 1e-6 * (1 + (k % 7)));
  const lines = { rowSegment_ohm: 500, columnSegment_ohm: 700 };
  const array = new EmulatedArray(
    { rows: n, columns: n, junction: { model: "ohmic" }, lines, conductance_S },
    { seed: 1 },
  );
  const readout = { integration_s: 1e-3, rest_s: 0, columns: all(n), currentRange_A: "auto" } as const;
  const input_V = Float64Array.from(all(n), (i) => 0.1 * Math.sin(i));
  const network = buildNetwork({ grid: { rows: n, columns: n }, conductance_S, ...lines });
  const expected = solveOnce(network, { row_V: input_V, column_V: new Float64Array(n) }).columnCurrent_A;
  for (let p = 0; p < 14; p++)
    expectAllClose((await array.multiply(input_V, readout, never)).current_A, expected, 1e-8);
  expect(array.solverFigures().products).toMatchObject({ direct: 10, compiled: 4, compilations: 1 });
  expect(array.describe().products).toContain("compiled after 10 direct products");
});

it("arrays that are disposed of give the memory of their solvers back", async () => {
  const n = 48;
  const conductance_S = Float64Array.from({ length: n * n }, (_, k) => 1e-6 * (1 + (k % 7)));
  const lines = { rowSegment_ohm: 500, columnSegment_ohm: 700 };
  const readout = { integration_s: 1e-3, rest_s: 0, columns: all(n), currentRange_A: "auto" } as const;
  const use = async () => {
    const array = new EmulatedArray(
      { rows: n, columns: n, junction: { model: "ohmic" }, lines, conductance_S },
      { seed: 1 },
    );
    await hold(array, halves(n, 0.2), 1e-3, 2);
    // enough products to compile the array
    await array.multiply(new Float64Array(12 * n).fill(0.1), readout, never);
    await array[Symbol.asyncDispose]();
  };
  const { memory } = defaultKernels();
  await use();
  const bytes = memory.wasmMemory.buffer.byteLength;
  for (let k = 0; k < 40; k++) await use();
  expect(memory.wasmMemory.buffer.byteLength).toBe(bytes);
});

describe("models whose conductance depends on the voltage at fixed state, behind lines and access", () => {
  const dependent = MODELS.filter(({ plug }) => plug === "memristive").filter(
    (model) => resolveJunction(model.name, {}, {}).voltageDependent,
  );

  it.each(dependent.map(({ name }) => [name]))("%s: currents are those of the junctions, g(v) v", async (name) => {
    const kernel = resolveJunction(name, {}, {});
    const access_ohm = 0.05 / kernel.steadyConductance(0);
    const lines = { rowSegment_ohm: 0.02 / kernel.steadyConductance(0), columnSegment_ohm: access_ohm };
    const array = new EmulatedArray({ rows: 3, columns: 2, junction: { model: name }, lines, access_ohm }, { seed: 1 });
    const V = 0.3 * Math.min(...kernel.model.validRange_V.map(Math.abs));
    const drives = { row_V: Float64Array.of(V, V / 2, 0), column_V: Float64Array.of(0, V / 2) };
    const { max_s } = kernel.timescales(kernel.allocate({ rows: 1, columns: 1 }));
    const blocks = await hold(array, drives, Number.isFinite(max_s) ? Math.max(1e-6 * max_s, 1e-9) : 1e-9, 1);
    const { row_V, column_V } = array.nodes_V();
    const g = array.conductance_S();
    for (let j = 0; j < 2; j++) {
      let sum = 0;
      for (let i = 0; i < 3; i++) {
        const k = 2 * i + j;
        sum += (g[k]! / (1 + g[k]! * access_ohm)) * (row_V[k]! - column_V[k]!);
      }
      const scale = Math.max(...blocks.map((current_A) => Math.abs(current_A.at(-1)!)));
      expectClose(blocks[j]!.at(-1)!, sum, 1e-8, 1e-8 * scale);
    }
  });
});
