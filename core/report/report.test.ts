import { describe, expect, it } from "vitest";
import { analyseRun } from "../analysis/summary.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import type { EmulatedArrayConfig } from "../emulated/config.ts";
import { runProtocols } from "../engine.ts";
import { NO_LIMITS } from "../limits.ts";
import { ivSweep, pairedPulse, pulseTrain, readMap, reservoirTrain, vectorProduct } from "../protocol/library/index.ts";
import type { Protocol } from "../protocol/protocol.ts";
import { MemoryRun } from "../record/memoryRun.ts";
import type { RunManifest } from "../record/runData.ts";
import { checkMarkup } from "../../tests/wellFormed.ts";
import { expectClose } from "../../tests/close.ts";
import { buildReport } from "./report.ts";

const manifest: RunManifest = {
  schema: 1,
  name: "first light",
  created: "2026-11-20T19:40:00Z",
  crosspore: "0.1.0",
  platform: "linux",
  operator: "",
  notes: "",
  seed: 5,
  experiment: { file: "x.yaml", text: "name: first light\n", sha256: "0".repeat(64) },
  resolved: {},
};

/** Runs protocols on an emulated array; events after `cut` are lost, as in a power cut. */
async function perform(
  config: EmulatedArrayConfig,
  protocols: readonly Protocol[],
  options: { cut?: number; manifest?: RunManifest } = {},
): Promise<MemoryRun> {
  const run = new MemoryRun(options.manifest ?? manifest);
  let count = 0;
  await runProtocols({
    protocols,
    array: new EmulatedArray(config, { seed: 5 }),
    limits: NO_LIMITS,
    seed: 5,
    signal: new AbortController().signal,
    emit: (event) => {
      if (count++ < (options.cut ?? Infinity)) run.append(event);
    },
  });
  return run;
}

const resistor_S = 2e-9;
const resistors: EmulatedArrayConfig = {
  rows: 2,
  columns: 2,
  junction: { model: "ohmic", parameters: { conductance_S: resistor_S } },
};
const everything = [
  readMap(),
  ivSweep({ cells: [[0, 1]], frequency_Hz: 40 }),
  pairedPulse({ cells: [[1, 0]] }),
  pulseTrain({ cells: [[1, 1]], potentiation: { count: 5 }, depression: { count: 5 } }),
  reservoirTrain({ patterns: ["00", "01", "10", "11"], cells: [[0, 0]], assignment: "all-on-each-cell" }),
  vectorProduct({ random: { count: 8, amplitude_V: 0.1 } }),
];

describe("analyseRun", () => {
  it("finds the textbook answers of resistors in every protocol: I = G V, no lobe, index 1, linear, exact products", async () => {
    const analysis = analyseRun(await perform(resistors, everything));
    expect(analysis).toMatchObject({
      status: "success",
      source: "emulated",
      warnings: [],
      grid: { rows: 2, columns: 2 },
    });
    expect(analysis.sections.map((section) => section.kind)).toEqual([
      "map",
      "loops",
      "pairs",
      "plasticity",
      "reservoir",
      "products",
    ]);
    for (const section of analysis.sections) {
      expect(section.notes).toEqual([]);
      if (section.kind === "map") for (const g of section.conductance_S.flat()) expectClose(g, resistor_S, 1e-9);
      if (section.kind === "loops") {
        expect(section.loops).toHaveLength(1);
        const [loop] = section.loops;
        expect(loop).toMatchObject({ row: 0, column: 1, frequency_Hz: 40, loopStyle: "none" });
        expect(Math.abs(loop.loopAreaPositive_W)).toBeLessThan(1e-9 * resistor_S);
        expectClose(loop.rectification, 1, 1e-9);
        expectClose(loop.energy_J, resistor_S / 2 / 40, 1e-6);
      }
      if (section.kind === "pairs") {
        expect(section.junctions[0].behaviour).toBe("none");
        for (const point of section.junctions[0].indices) expectClose(point.index, 1, 1e-9);
      }
      if (section.kind === "plasticity") {
        expect(section.trains[0]).toMatchObject({
          row: 1,
          column: 1,
          potentiation: { shape: "linear", nonlinearity: null },
        });
        expect(section.trains[0].potentiation_S).toHaveLength(6);
        expect(section.trains[0].depression_S).toHaveLength(6);
      }
      if (section.kind === "reservoir") expect(section.ladders[0].states).toHaveLength(4);
      if (section.kind === "products") {
        expect(section).toMatchObject({ vectors: 8, reference: "read map of this run" });
        expect(section.errors?.n).toBe(16);
        expect(section.errors?.relative).toBeLessThan(1e-9);
      }
    }
  });

  it("finds the lobes of the conical channel at 40 Hz, 0.26183 and -0.29940 g0 V^2", async () => {
    // own integration of the published model, 10.1103/PhysRevLett.130.268401: g0 = 4.1998 pS
    const run = await perform({ rows: 1, columns: 1, junction: { model: "conical-channel" } }, [
      ivSweep({ samplesPerCycle: 2000 }),
    ]);
    const [section] = analyseRun(run).sections;
    if (section?.kind !== "loops") throw new Error("no loops");
    expectClose(section.loops[0].loopAreaPositive_W, 0.26183 * 4.1998e-12, 1e-3);
    expectClose(section.loops[0].loopAreaNegative_W, -0.2994 * 4.1998e-12, 1e-3);
    expect(section.loops[0].loopStyle).toBe("crossing-2");
  });

  it("tells an interrupted run from a finished one and counts the steps without an outcome", async () => {
    const analysis = analyseRun(await perform(resistors, [readMap()], { cut: 6 }), ["segment 3 is damaged"]);
    expect(analysis.status).toBe("interrupted");
    expect(analysis.warnings[0]).toMatch(/interrupted/);
    expect(analysis.warnings).toContain("segment 3 is damaged");
  });

  it("is data: JSON and back keeps every section", async () => {
    const analysis = analyseRun(await perform(resistors, everything));
    const copy = JSON.parse(JSON.stringify(analysis)) as { sections: { kind: string }[] };
    expect(copy.sections.map((section) => section.kind)).toEqual(analysis.sections.map((section) => section.kind));
  });
});

describe("buildReport", () => {
  it("is one well-formed page with a figure per protocol that loads nothing and runs nothing", async () => {
    const page = buildReport(await perform(resistors, everything));
    checkMarkup(page);
    expect(page.match(/<figure>/g)).toHaveLength(7);
    for (const heading of [
      "Conductance map",
      "Current-voltage loops",
      "Paired pulses",
      "Potentiation and depression",
      "Reservoir states",
      "Vector products",
      "Experiment",
    ])
      expect(page).toContain(heading);
    expect(page).toContain('<span class="badge emulated">EMULATED</span>');
    expect(page).toContain('<span class="badge ok">complete</span>');
    expect(page).not.toMatch(/<script|<link|<img|url\(|@import|\ssrc=|\shref=|javascript:/i);
    expect(page).not.toMatch(/NaN|undefined|\[object/);
  });

  it("is the same text for the same run", async () => {
    const run = await perform(resistors, everything);
    expect(buildReport(run)).toBe(buildReport(run));
  });

  it("escapes every text of the run", async () => {
    const evil = `<script>alert(1)</script>"'&\u0000\u202e`;
    const hostile: RunManifest = {
      ...manifest,
      name: evil,
      operator: evil,
      notes: evil,
      platform: evil,
      crosspore: evil,
      created: evil,
      experiment: { file: evil, text: evil, sha256: evil },
    };
    const page = buildReport(await perform(resistors, [readMap()], { manifest: hostile }));
    checkMarkup(page);
    expect(page).not.toContain("<script");
    expect(page).not.toContain("\u202e");
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  });

  it("exists for a run that was cut at any event, with the warning on top", async () => {
    for (const cut of [0, 1, 2, 3, 4, 8, 20]) {
      const page = buildReport(
        await perform(resistors, [readMap(), ivSweep({ cells: [[0, 0]], cycles: 1 }), vectorProduct()], { cut }),
      );
      checkMarkup(page);
      expect(page).toContain('<span class="badge stop">interrupted</span>');
      expect(page.indexOf("The run was interrupted")).toBeLessThan(page.indexOf("<h2>"));
      expect(page).not.toMatch(/NaN|undefined/);
    }
  });

  it("says that a run holds no samples", () => {
    const page = buildReport(new MemoryRun(manifest));
    checkMarkup(page);
    expect(page).toContain("The run holds no samples.");
    expect(page).not.toContain("badge emulated");
  });

  it("reports lost samples and overloads above everything else", async () => {
    const clipped = await perform({ ...resistors, frontEnd: { range_A: 1e-9 } }, [ivSweep({ cells: [[0, 0]] })]);
    const page = buildReport(clipped);
    expect(page).toMatch(/<aside[^>]*>.*saturated the amplifier/s);
  });

  it("tells what instruments were set to and when it changed, each change once, in prefixed units, escaped", async () => {
    const run = await perform(resistors, [readMap()]);
    const instrument = "amp <b>1</b>";
    const tell = (time_s: number, state: Record<string, number | string>) =>
      run.append({ kind: "instrument-state", time_s, instrument, state });
    tell(0.5, { mode: "VC", currentRange_A: 2e-10, gain_V_A: 5e9 });
    tell(1, { mode: "VC", currentRange_A: 2e-10, gain_V_A: 5e9 });
    tell(2, { mode: "VC", currentRange_A: 2e-7, gain_V_A: 5e9 });
    const text = buildReport(run);
    checkMarkup(text);
    const table = /<h2>Instrument states<\/h2>(.*?)<\/section>/s.exec(text)?.[1] ?? "";
    const rows = [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = ""]) => row.replaceAll(/<[^>]*>/g, "|"));
    expect(rows.slice(1)).toEqual([
      "|500 ms||amp &lt;b&gt;1&lt;/b&gt;||mode VC, currentRange_A 200 pA, gain_V_A 5 GV/A|",
      "|2 s||amp &lt;b&gt;1&lt;/b&gt;||currentRange_A 200 nA|",
    ]);
    expect(buildReport(await perform(resistors, [readMap()]))).not.toContain("Instrument states");
  });
});
