import { describe, expect, it } from "vitest";
import { analyseRun } from "../../../core/analysis/summary.ts";
import type { AnalysisSection } from "../../../core/analysis/sections.ts";
import { EmulatedArray } from "../../../core/emulated/emulatedArray.ts";
import { eis, ivSweep, noise, pairedPulse, pulseTrain, readMap } from "../../../core/protocol/library/index.ts";
import type { Protocol } from "../../../core/protocol/protocol.ts";
import { runInMemory } from "../../../core/runInMemory.ts";
import { drawFindings, meritsOf, placesOf } from "./findings.ts";
import { sweepFor, sweepOf } from "./sweeps.ts";

const cells: [number, number][] = [
  [0, 0],
  [1, 1],
];

async function analysed(protocol: Protocol) {
  const array = new EmulatedArray({ rows: 2, columns: 2, junction: { model: "conical-channel" } }, { seed: 1 });
  const run = await runInMemory(array, protocol);
  const [section] = analyseRun(run).sections;
  if (!section) throw new Error("no section");
  return { run, section };
}

const labels = (section: AnalysisSection, where?: string) => meritsOf(section, where).map(({ label }) => label);

describe("what the analysis panel shows", () => {
  it("loops: figures of merit per junction and frequency, and where each sweep lies in the record", async () => {
    const { run, section } = await analysed(ivSweep({ cells, frequency_Hz: [40, 400], samplesPerCycle: 100 }));
    expect(placesOf(section)).toEqual(["r0 c0", "r1 c1"]);
    expect(meritsOf(section, "r1 c1").map(({ label, condition }) => `${label} ${condition}`)).toContain(
      "area, V > 0 400 Hz",
    );
    expect(meritsOf(section, "r0 c0").every(({ where }) => where === "r0 c0")).toBe(true);
    const sweeps = run.events.flatMap((event) => (event.kind === "step-intended" ? [sweepOf(event)] : []));
    const found = sweeps.filter((sweep) => sweep !== undefined);
    expect(found).toHaveLength(4);
    expect(found[0]).toMatchObject({ row: 0, column: 0, frequency_Hz: 40, cycles: 3, samplesPerCycle: 100 });
    if (section.kind !== "loops") throw new Error("kind");
    for (const loop of section.loops) expect(sweepFor(found, loop)).toMatchObject({ step: loop.step, row: loop.row });
  });

  it("trains and pairs: a figure of the chosen junction, and fits with their confidence intervals", async () => {
    const { section: train } = await analysed(
      pulseTrain({
        cells,
        potentiation: { amplitude_V: -1, width_s: 5e-3, gap_s: 2e-3 },
        depression: { amplitude_V: 1, width_s: 5e-3, gap_s: 2e-3 },
        read: { voltage_V: 0.1, width_s: 1e-3, samples: 20, settle_s: 0 },
      }),
    );
    const [staircase, ...others] = drawFindings(train, "r1 c1", "emulated");
    expect(others).toEqual([]);
    expect(staircase?.svg).toMatch(/^<svg /u);
    const nonlinearity = meritsOf(train, "r1 c1").find(({ label }) => label.startsWith("nonlinearity"));
    expect(nonlinearity?.interval).toMatch(/ to /u);
    const { section: pairs } = await analysed(pairedPulse({ cells }));
    const tau = meritsOf(pairs, "r0 c0").find(({ label }) => label.startsWith("time constant"));
    expect(tau?.value).toMatch(/ms$/u);
    expect(tau?.interval).toMatch(/ms to .*ms$/u);
    expect(drawFindings(pairs, undefined, "measured").map(({ where }) => where)).toEqual(["r0 c0", "r1 c1"]);
  });

  it("maps, spectra and impedance: their figures and results", async () => {
    const { section: map } = await analysed(readMap());
    expect(drawFindings(map, undefined, "emulated")).toHaveLength(1);
    expect(labels(map)).toContain("median");
    const { section: spectrum } = await analysed(
      noise({ cells: [[0, 0]], biases_V: [0.1], duration_s: 0.2, sampling_Hz: 10_000 }),
    );
    expect(spectrum.kind).toBe("experiment");
    expect(drawFindings(spectrum, undefined, "emulated").length).toBeGreaterThan(0);
    const { section: impedance } = await analysed(
      eis({ cells: [[0, 0]], frequency_Hz: { from: 1000, to: 10, perDecade: 3 } }),
    );
    expect(drawFindings(impedance, undefined, "emulated").length).toBeGreaterThan(1);
    expect(meritsOf(impedance).length).toBeGreaterThan(0);
  });
});
