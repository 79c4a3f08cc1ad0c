import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { analyseRun } from "../../analysis/summary.ts";
import { ProtocolError } from "../../errors.ts";
import { memorySource } from "../../recordings/byteSource.ts";
import { MemoryRun } from "../memoryRun.ts";
import { RUN_SCHEMA } from "../runData.ts";
import { arcOneReader } from "./arcOneReader.ts";
import { readColumnName } from "./columnName.ts";
import { findCycles } from "./findCycles.ts";
import { type ImportedRun, importEvents } from "./importedRun.ts";
import type { ImportOptions, ImportReader, ImportSource } from "./importReader.ts";
import { tableReader } from "./tableReader.ts";

const PLAIN: ImportOptions = { as: "auto", row: 0, column: 0, partial: false };

function sourceOf(text: string): ImportSource {
  return {
    file: "lab.csv",
    head: new TextEncoder().encode(text).subarray(0, 4096),
    bytes: new TextEncoder().encode(text),
    source: memorySource("lab.csv", new TextEncoder().encode(text)),
    lines: () => text.replace(/\n$/u, "").split(/\r?\n/u),
    unended: !text.endsWith("\n"),
  };
}

function read(reader: ImportReader, text: string, options: Partial<ImportOptions> = {}): ImportedRun {
  const run = reader.read(sourceOf(text), { ...PLAIN, ...options });
  if (run instanceof Promise) throw new TypeError("a reader of text waits for nothing");
  return run;
}

function refusal(reader: ImportReader, text: string, options: Partial<ImportOptions> = {}): ProtocolError {
  try {
    read(reader, text, options);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

function analyse(run: ImportedRun) {
  const memory = new MemoryRun({
    schema: RUN_SCHEMA,
    name: "",
    created: "",
    crosspore: "",
    platform: "",
    operator: "",
    notes: "",
    seed: 0,
    experiment: { file: "", text: "", sha256: "" },
    resolved: {},
  });
  for (const event of importEvents(run, "test")) memory.append(event);
  return analyseRun(memory);
}

const table = (rows: readonly (readonly number[])[], head = "time (s),voltage (V),current (A)") =>
  `${head}\n${rows.map((row) => row.join(",")).join("\n")}\n`;
/** A resistor of 1 kohm on two cycles of a triangle between -1 V and 1 V. */
const RESISTOR = Array.from({ length: 81 }, (_, k) => {
  const v = (2 / Math.PI) * Math.asin(Math.sin((2 * Math.PI * k) / 40));
  return [k * 0.01, v, v / 1000];
});

describe("names of columns", () => {
  it("are read with their units as potentiostats, spreadsheets and scripts write them", () => {
    for (const [text, kind, factor] of [
      ["voltage_V", "voltage", 1],
      ["Voltage (mV)", "voltage", 1e-3],
      ["E/V", "voltage", 1],
      ["I [nA]", "current", 1e-9],
      ["<I>/mA", "current", 1e-3],
      ["WE(1).Current (A)", "current", 1],
      ["WE(1).Potential (V)", "voltage", 1],
      ["time/s", "time", 1],
      ["Time (min)", "time", 60],
      ["current_pA", "current", 1e-12],
    ] as const) {
      const meaning = readColumnName(text);
      if (meaning === undefined || meaning === "no unit") throw new Error(`${text}: ${meaning}`);
      expect(meaning.kind).toBe(kind);
      expectClose(meaning.factor, factor, 1e-15);
    }
  });

  it("without a unit, or of another quantity, are not guessed", () => {
    expect(readColumnName("Current")).toBe("no unit");
    expect(readColumnName("current density (A/m2)")).toBeUndefined();
    expect(readColumnName("Voltage (A)")).toBeUndefined();
    expect(readColumnName("I_range")).toBeUndefined();
  });
});

describe("a table", () => {
  it("of a resistor becomes a measured run whose loop has no area and one resistance", () => {
    const run = read(tableReader, table(RESISTOR));
    expect(run.steps.map(({ role }) => role)).toEqual(["sweep"]);
    const analysis = analyse(run);
    expect(analysis.source).toBe("measured");
    const [section] = analysis.sections;
    if (section?.kind !== "loops") throw new Error("no loops");
    const [loop] = section.loops;
    expectClose(loop?.frequency_Hz ?? 0, 2.5, 1e-9);
    expectClose(loop?.onOffPositive ?? 0, 1, 1e-9);
    expectClose(loop?.largest_A ?? 0, 1e-3, 1e-9);
    expectClose(loop?.loopAreaPositive_W ?? 1, 0, 0, 1e-12);
    // V^2 / R over one period of a triangle: V0^2 / (3 R) T
    expectClose(loop?.energy_J ?? 0, (1 / 3000) * 0.4, 5e-3);
  });

  it("reads the same numbers with decimal commas, other delimiters, units below the names and words above them", () => {
    const expected = read(tableReader, table(RESISTOR)).steps[0]?.samples?.current_A;
    const comma = (value: number) => String(value).replace(".", ",");
    const german = `Messung 3\n\nt (s);Voltage (V);Current (A)\n${RESISTOR.map((row) => row.map(comma).join(";")).join("\n")}\n`;
    const units = `t\tV\tI\ns\tV\tA\n${RESISTOR.map((row) => row.join("\t")).join("\n")}\n`;
    const blanks = `# t/s  V/V  I/A\n${RESISTOR.map((row) => row.join("   ")).join("\n")}\n`;
    for (const text of [german, units, blanks])
      expect(read(tableReader, text).steps[0]?.samples?.current_A).toEqual(expected);
  });

  it("whose lines are written in different ways is refused at the first that differs", () => {
    // fewer fields than the user names
    const both = { columns: ["t/s", "V/V", "I/A", "-"] };
    expect(refusal(tableReader, "1,5 2,5\n3,5 4,5\n", both).message).toMatch(/lab.csv:1:1/u);
    // a point in one line, a comma in the next
    expect(refusal(tableReader, "t/s;V/V;I/A\n1.5;2.5;3.5\n1,5;2,5;3,5\n").message).toMatch(
      /lab.csv:3:1: .*not written as/u,
    );
  });

  it("is parted as its names are, where the numbers alone could be parted in several ways", () => {
    const numbers = "1,5 2,5\n3,5 4,5\n5,5 6,5\n";
    const samples = read(tableReader, `V/V I/A\n${numbers}`, { period_s: 1, as: "trace" }).steps[0]?.samples;
    expect([...(samples?.current_A ?? [])]).toEqual([2.5, 4.5, 6.5]);
    expect(refusal(tableReader, numbers, { period_s: 1 }).message).toMatch(/lab.csv:1:1/u);
  });

  it("without names is refused until the user gives them", () => {
    const bare = "0.01, 0.1, 5\n0.02, 0.2, 6\n0.03, 0.3, 7\n";
    expect(refusal(tableReader, bare).message).toMatch(/lab.csv:1:1: .*--columns/u);
    const run = read(tableReader, bare, { columns: ["t/s", "V/V", "I/uA"] });
    expectClose(run.steps[0]?.samples?.current_A[2] ?? 0, 7e-6, 1e-12);
  });

  it("names line and column of a value that is none", () => {
    expect(refusal(tableReader, "t/s,V/V,I/A\n0,1,2\n1,1,2\n2,1,2\n3,1,over\n4,1,2\n").line).toBe(5);
    const late = table(Array.from({ length: 50 }, (_, k) => [k, k, k])) + "50,5O,50\n";
    const error = refusal(tableReader, late);
    expect([error.line, error.column]).toEqual([52, 4]);
  });

  it("that was cut is refused, and taken in part when asked", () => {
    const cut = `${table(RESISTOR)}0.81,0.0`;
    expect(refusal(tableReader, cut).message).toMatch(/lab.csv:83:1: the file was cut/u);
    const run = read(tableReader, cut, { partial: true });
    expect(run.cut).toBe(true);
    expect(analyse(run).status).toBe("fail");
    // a short line with others after it is damage, whatever is asked
    expect(refusal(tableReader, `${table(RESISTOR)}0.81,0.0\n0.82,0,0\n`, { partial: true }).line).toBe(83);
  });

  it("keeps a missing sample as a gap and refuses times that are no grid or go back", () => {
    const missing = RESISTOR.filter((_, k) => k !== 13);
    const analysis = analyse(read(tableReader, table(missing)));
    expect([analysis.samples, analysis.lost]).toEqual([81, 1]);
    const grown = RESISTOR.map(([t = 0, v = 0, i = 0]) => [t ** 2, v, i]);
    expect(refusal(tableReader, table(grown)).message).toMatch(/--resample/u);
    expect(read(tableReader, table(grown), { resample_s: 0.01 }).steps[0]?.samples?.samplePeriod_s).toBe(0.01);
    expect(read(tableReader, table(grown), { as: "reads" }).steps).toHaveLength(81);
    expect(
      refusal(
        tableReader,
        table([
          [0, 0, 0],
          [1, 1, 1],
          [0.5, 2, 2],
        ]),
      ).line,
    ).toBe(4);
  });

  it("with two currents asks which", () => {
    const error = refusal(tableReader, "t/s,V/V,I/A,current (nA)\n0,1,2,3\n1,1,2,3\n");
    expect(error.message).toMatch(/both a current.*--columns/u);
  });

  it("of any numbers comes back as they were, however they are written", () => {
    const number = fc.double({ noNaN: true, min: -1e3, max: 1e3 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(number, number), { minLength: 3, maxLength: 30 }),
        fc.constantFrom(",", ";", "\t"),
        (pairs, mark) => {
          const text = `t/s${mark}V/V${mark}I/A\n${pairs.map(([v, i], k) => [k, v, i].join(mark)).join("\n")}\n`;
          const samples = read(tableReader, text, { as: "trace" }).steps[0]?.samples;
          expect([...(samples?.voltage_V ?? [])]).toEqual(pairs.map(([v]) => v + 0));
          expect([...(samples?.current_A ?? [])]).toEqual(pairs.map(([, i]) => i + 0));
        },
      ),
    );
  });

  it("of hostile text is refused as a whole and never anything else", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        try {
          read(tableReader, text);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });
});

describe("cycles of a voltage", () => {
  it("are found behind a hold, at any phase, and not in a ramp", () => {
    const wave = (k: number) => Math.sin((2 * Math.PI * k) / 50);
    const hold = Array.from({ length: 30 }, () => 0);
    const found = findCycles([...hold, ...Array.from({ length: 101 }, (_, k) => wave(k))]);
    expect(found).toEqual({ first: 30, length: 50, cycles: 2 });
    expect(findCycles(Array.from({ length: 120 }, (_, k) => wave(k + 17)))?.cycles).toBe(2);
    expect(findCycles(Array.from({ length: 100 }, (_, k) => k))).toBeUndefined();
    expect(findCycles(Array.from({ length: 100 }, () => 0.2))).toBeUndefined();
  });
});

const SESSION = `device 7
Tue  3 Mar 10:00:00 2020
Wordline,Bitline,Resistance,Amplitude (V),Pulse width (s),Tag,ReadTag,ReadVoltage
1,1,10000,0.5,0,S R,R2,0.5
1,1,8000,1.5,0.0001,P,R2,0.5
1,1,5000,0.5,0,CT_s,R2,0.5
1,1,4000,1,0,CT_i_1,R2,0.5
1,1,4000,-0.5,0,CT_i_1,R2,0.5
1,1,4000,-1,0,CT_i_1,R2,0.5
1,1,5000,0.5,0,CT_i_2,R2,0.5
1,1,4000,1,0,CT_i_2,R2,0.5
1,1,4000,-0.5,0,CT_i_2,R2,0.5
1,1,5000,-1,0,CT_e,R2,0.5
2,3,5000,0.5,0,RET_s,R2,0.5
2,3,5100,0.5,0,RET_1583230000.5,R2,0.5
2,3,5200,0.5,0,RET_1583230010.5,R2,0.5
`;

describe("a session of ArC ONE", () => {
  it("is recognised by its third line and nothing else", () => {
    expect(arcOneReader.recognise(sourceOf(SESSION))).toBe("certain");
    expect(arcOneReader.recognise(sourceOf(table(RESISTOR)))).toBe("no");
  });

  it("gives reads after pulses, one sweep per cycle and retention at the times of its tags", () => {
    const run = read(arcOneReader, SESSION);
    expect(run.grid).toEqual({ rows: 2, columns: 3 });
    expect(run.protocols).toEqual(["manual", "CurveTracer", "Retention"]);
    expect(run.steps.map(({ role }) => role)).toEqual([
      "read",
      "pulse",
      "read",
      "sweep",
      "sweep",
      "read",
      "read",
      "read",
    ]);
    // word 1, bit 1 is row 0, column 0; I = V / R
    expectClose(run.steps[2]?.read?.current_A ?? 0, 0.5 / 8000, 1e-12);
    expect(run.steps[2]?.tags).toMatchObject({ after_V: 1.5, width_s: 1e-4 });
    expect([...(run.steps[3]?.samples?.current_A ?? [])]).toEqual([0.5 / 5000, 1 / 4000, -0.5 / 4000, -1 / 4000]);
    const [, first, second] = run.steps.slice(5);
    expectClose((second?.startTime_s ?? 0) - (first?.startTime_s ?? 0), 10, 1e-6);
    expect([first?.row, first?.column]).toEqual([1, 2]);
  });

  it("claims no frequency and no energy for sweeps whose times are not in the file", () => {
    const loopsOf = (run: ImportedRun) =>
      analyse(run).sections.flatMap((section) => (section.kind === "loops" ? section.loops : []));
    for (const loop of loopsOf(read(arcOneReader, SESSION)))
      expect([loop.frequency_Hz, loop.energy_J]).toEqual([Number.NaN, Number.NaN]);
    for (const loop of loopsOf(read(arcOneReader, SESSION, { period_s: 0.05 })))
      expectClose(loop.frequency_Hz, 5, 1e-9);
  });

  it("is refused at the line and column where it is wrong", () => {
    const wrong = refusal(arcOneReader, SESSION.replace("2,3,5100", "2,33,5100"));
    expect([wrong.line, wrong.column]).toEqual([15, 3]);
    expect(wrong.message).toMatch(/1 to 32/u);
    expect(refusal(arcOneReader, `${SESSION}2,3,52`).message).toMatch(/:17:1: the file was cut/u);
    expect(refusal(arcOneReader, SESSION.replaceAll(",R2,0.5", ",R2,")).message).toMatch(/:5:1: the read voltage/u);
  });
});
