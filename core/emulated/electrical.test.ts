import { describe, expect, it } from "vitest";
import problem from "../../fixtures/solver/problem_8.json" with { type: "json" };
import rectangle from "../../fixtures/solver/case_rect_3x5.json" with { type: "json" };
import tables from "../../fixtures/solver/line_resistance_tables.json" with { type: "json" };
import { expectAllClose, expectClose } from "../../tests/close.ts";
import type { SampleBlock } from "../arrayBackend.ts";
import { driveCell } from "../bias.ts";
import { LimitError, UnsupportedError } from "../errors.ts";
import { constant, type Waveform } from "../waveform.ts";
import type { EmulatedArrayConfig } from "./config.ts";
import { EmulatedArray } from "./emulatedArray.ts";

const never = new AbortController().signal;
const ohmic = { model: "ohmic" } as const;
const all = (count: number) => Array.from({ length: count }, (_, k) => k);
const product = (columns: number) =>
  ({ integration_s: 1e-3, rest_s: 0, columns: all(columns), currentRange_A: "auto" }) as const;

/** First sample of every column with all lines held. */
async function look(
  array: EmulatedArray,
  row_V: readonly number[],
  column_V = all(array.grid.columns).map(() => 0),
): Promise<number[]> {
  const blocks: SampleBlock[] = [];
  array.samples.subscribe((block) => void blocks.push(block));
  const stimulus = {
    duration_s: 1e-3,
    rows: row_V.map(constant),
    columns: column_V.map(constant),
    targets: [],
    referenceRow: 0,
  };
  await array.apply(
    stimulus,
    { samplePeriod_s: 1e-3, columns: all(array.grid.columns), currentRange_A: "auto", windows: [] },
    never,
  );
  return blocks.map(({ current_A }) => current_A[0]);
}

describe("line resistance (exact answers of an independent solver)", () => {
  it.each(Object.entries(problem.R_segment_ohm))(
    "gives the currents of the 8 x 8 problem at segments %s by apply and by multiply",
    async (name, segment_ohm) => {
      const lines = { rowSegment_ohm: segment_ohm, columnSegment_ohm: segment_ohm };
      const array = new EmulatedArray(
        { rows: 8, columns: 8, junction: ohmic, lines, conductance_S: problem.G_siemens },
        { seed: 1 },
      );
      const expected = Object.entries(problem.I_ampere).find(([key]) => key === name)?.[1] ?? [];
      expectAllClose(await look(array, problem.V_volt[0]), expected[0], 1e-9);
      const { current_A } = await array.multiply(Float64Array.from(problem.V_volt.flat()), product(8), never);
      expectAllClose(current_A, expected.flat(), 1e-9);
    },
  );

  it("gives currents and node voltages of a rectangular array with driver and sense resistance", async () => {
    const { M, N, G, Vw, Vb, Rw, Rb, Rs, Rt, Ibl, nodeW, nodeB } = rectangle;
    const lines = { rowSegment_ohm: Rw, columnSegment_ohm: Rb, rowSource_ohm: Rs, columnSense_ohm: Rt };
    const array = new EmulatedArray({ rows: M, columns: N, junction: ohmic, lines, conductance_S: G }, { seed: 1 });
    expectAllClose(await look(array, Vw, Vb), Ibl, 1e-9);
    expectAllClose(array.nodes_V().row_V, nodeW.flat(), 1e-9);
    expectAllClose(array.nodes_V().column_V, nodeB.flat(), 1e-9, 1e-15);
  });

  it.each(Object.entries(tables.sneak))(
    "gives the sneak current of an OFF cell among %s x as many lines that float",
    async (size, expected) => {
      const n = Number(size);
      const conductance_S = new Float64Array(n * n).fill(5e-9);
      conductance_S[0] = 5e-10;
      const lines = { rowSegment_ohm: 10, columnSegment_ohm: 10 };
      const array = new EmulatedArray({ rows: n, columns: n, junction: ohmic, lines, conductance_S }, { seed: 1 });
      const cell = { row: 0, column: 0 };
      const currents: number[] = [];
      array.samples.subscribe(({ current_A }) => void currents.push(current_A[0]));
      for (const scheme of ["float", "ground"] as const) {
        const lineDrives = driveCell(array.grid, cell, constant(0.1), scheme);
        await array.apply(
          { duration_s: 1, ...lineDrives, targets: [cell], referenceRow: 0 },
          { samplePeriod_s: 1, columns: [0], currentRange_A: "auto", windows: [] },
          never,
        );
      }
      expectClose(currents[0], expected.I_float_off, 1e-4);
      expectClose(currents[1], expected.I_grounded_off, 1e-4);
    },
  );

  it("is solved with one factorisation while nothing but voltages moves", async () => {
    const lines = { rowSegment_ohm: 1e3, columnSegment_ohm: 1e3 };
    const array = new EmulatedArray(
      { rows: 8, columns: 8, junction: ohmic, lines, conductance_S: problem.G_siemens },
      { seed: 1 },
    );
    const sweep: Waveform = [{ kind: "ramp", from_V: 0, to_V: 1, duration_s: 1 }];
    const stimulus = {
      duration_s: 1,
      rows: all(8).map(() => sweep),
      columns: all(8).map(() => constant(0)),
      targets: [],
      referenceRow: 0,
    };
    await array.apply(stimulus, { samplePeriod_s: 0.01, columns: [0], currentRange_A: "auto", windows: [] }, never);
    expect(array.solverFigures().factorings).toBe(1);
    expect(array.solverFigures().sweeps).toBeLessThanOrEqual(101);
  });
});

it("an ideal array multiplies by its conductance map, to 1e-15", async () => {
  const array = new EmulatedArray(
    { rows: 8, columns: 8, junction: ohmic, conductance_S: problem.G_siemens },
    { seed: 1 },
  );
  const { current_A, method } = await array.multiply(Float64Array.from(problem.V_volt.flat()), product(8), never);
  const expected = problem.V_volt.flatMap((v) =>
    all(8).map((j) => v.reduce((sum, vi, i) => sum + vi * problem.G_siemens[i][j], 0)),
  );
  expectAllClose(current_A, expected, 1e-15);
  expect(method).toBe("direct");
});

it("a new conductance map is seen by the next product", async () => {
  const lines = { rowSegment_ohm: 1, columnSegment_ohm: 1 };
  const array = new EmulatedArray({ rows: 1, columns: 1, junction: ohmic, lines }, { seed: 1 });
  for (const g of [1e-6, 2e-3]) {
    array.setConductance_S([[g]]);
    expectClose((await array.multiply(Float64Array.of(1), product(1), never)).current_A[0], 1 / (1 / g + 2), 1e-13);
    expectClose((await look(array, [1]))[0], 1 / (1 / g + 2), 1e-13);
  }
});

it("ten thousand stimuli of 0.1 s end at 1000 s", async () => {
  const array = new EmulatedArray({ rows: 1, columns: 1, junction: ohmic }, { seed: 1 });
  const stimulus = { duration_s: 0.1, rows: [constant(0)], columns: [constant(0)], targets: [], referenceRow: 0 };
  for (let k = 0; k < 10_000; k++)
    await array.apply(stimulus, { samplePeriod_s: 0.1, columns: [], currentRange_A: "auto", windows: [] }, never);
  expect(array.time_s).toBe(1000);
});

describe("refusals", () => {
  const make = (more: Partial<EmulatedArrayConfig> = {}) =>
    new EmulatedArray({ rows: 2, columns: 2, junction: { model: "conical-channel" }, ...more }, { seed: 1 });
  const readout = { samplePeriod_s: 1, columns: [0], currentRange_A: "auto", windows: [] } as const;
  const cell = { row: 0, column: 0 };
  const bipolar: Waveform = [
    { kind: "sine", amplitude_V: 1.9, offset_V: 0, frequency_Hz: 1, phase_rad: 0, duration_s: 1 },
  ];

  it("of a junction voltage look at differences, not at lines alone", async () => {
    const stimulus = {
      duration_s: 1,
      rows: [constant(1.5), constant(0)],
      columns: [constant(-1.5), constant(0)],
      targets: [],
      referenceRow: 0,
    };
    await expect(make().apply(stimulus, readout, never)).rejects.toThrow(LimitError);
    await expect(make().apply(stimulus, readout, never)).rejects.toThrow(
      "row 0 against column 0: voltage of 3 V refused, allowed is -2 V to 2 V",
    );
  });

  it("do not meet a bipolar V/3 write, whose lines never part by more than it", async () => {
    const stimulus = {
      duration_s: 1,
      ...driveCell({ rows: 2, columns: 2 }, cell, bipolar, "V/3"),
      targets: [],
      referenceRow: 0,
    };
    await expect(make().apply(stimulus, { ...readout, samplePeriod_s: 0.1 }, never)).resolves.toBeDefined();
  });

  it("of a floating line without a path name the line", async () => {
    const array = make({
      junction: ohmic,
      conductance_S: [
        [0, 0],
        [1e-9, 1e-9],
      ],
    });
    const stimulus = {
      duration_s: 1,
      rows: ["floating" as const, constant(1)],
      columns: [constant(0), constant(0)],
      targets: [],
      referenceRow: 1,
    };
    await expect(array.apply(stimulus, readout, never)).rejects.toThrow(UnsupportedError);
    await expect(array.apply(stimulus, readout, never)).rejects.toThrow(/row 0 floats/);
  });

  it("of configurations name the field", () => {
    expect(() => make({ rows: 0 })).toThrow(/0 rows/);
    expect(() => make({ access_ohm: -1 })).toThrow(/access_ohm is -1/);
    expect(() => make({ lines: { rowSource_ohm: [1, 2, 3] } })).toThrow(
      /lines.rowSource_ohm has 3 values, allowed are one number or 2/,
    );
    expect(() => make({ lines: { columnSense_ohm: [1, Number.NaN] } })).toThrow(/lines.columnSense_ohm\[1\] is NaN/);
    expect(() => make({ conductance_S: [[1, 2]] })).toThrow(/conductance_S has 1 rows, allowed are 2/);
    expect(() => make({ environment: { pH: 15 } })).toThrow(/environment.pH is 15/);
  });
});

it("an array without any driven line carries no current", async () => {
  const array = new EmulatedArray({ rows: 2, columns: 2, junction: ohmic }, { seed: 1 });
  const floating = ["floating", "floating"] as const;
  const stimulus = { duration_s: 1, rows: floating, columns: floating, targets: [], referenceRow: 0 };
  const windows = [{ start_s: 0, end_s: 1 }];
  const reading = await array.apply(
    stimulus,
    { samplePeriod_s: 0.1, columns: [0, 1], currentRange_A: "auto", windows },
    never,
  );
  expect([...reading.windows[0].current_A]).toEqual([0, 0]);
  expect([...reading.windows[0].voltage_V]).toEqual([Number.NaN, Number.NaN]);
});

it("describes itself: model, parameters with provenance, lines and how it is solved", () => {
  const array = new EmulatedArray(
    { rows: 2, columns: 1, junction: { model: "cone", parameters: { length_m: 2e-5 } }, lines: { rowSegment_ohm: 5 } },
    { seed: 3 },
  );
  const description = array.describe();
  expect(description).toMatchObject({
    rows: 2,
    columns: 1,
    seed: 3,
    model: { name: "conical-channel" },
    lines: { rowSegment_ohm: [5, 5] },
  });
  const provenance = (name: string) => description.parameters.find((one) => one.name === name)?.provenance;
  expect([provenance("length_m"), provenance("salt_mM")]).toEqual(["set by user", "published"]);
  expect(description.solver).toMatch(/nodal/);
  expect(JSON.parse(JSON.stringify(description))).toEqual(description);
});
