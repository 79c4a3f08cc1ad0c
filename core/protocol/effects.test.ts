import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { analyseRun } from "../analysis/summary.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { EFFECTS } from "../crossbar/effects/index.ts";
import { runInMemory } from "../runInMemory.ts";
import { loadExperiment } from "./experiment.ts";

const file = (array: string, protocol = "  - read-map") =>
  `crosspore: 1\nname: x\narray:\n  rows: 2\n  columns: 2\n  junction: { model: conical-channel }\n${array}\nprotocol:\n${protocol}\n`;
const load = (array: string, protocol?: string) => loadExperiment(file(array, protocol), "x.yaml");

describe("effects of an experiment file", () => {
  it("are read with units and defaults, null for defaults alone", () => {
    const { array } = load("  effects:\n    electrodes:\n    noise: { capacitance_F: 20 pF }");
    expect(array.effects).toEqual({ electrodes: {}, noise: { capacitance_F: 20e-12 } });
  });

  it("all of them at once make an array", () => {
    const names = EFFECTS.map(({ name }) => name).filter((name) => name !== "retention");
    const { array } = load(`  effects:\n${names.map((name) => `    ${name}: {}\n`).join("")}`);
    expect(new EmulatedArray(array, { seed: 1 }).describe().effects.map(({ name }) => name)).toEqual(names);
  });

  it.each([
    [
      "  effects:\n    electrode: {}",
      'x.yaml:8:5: array.effects.electrode: unknown effect "electrode", did you mean "electrodes"?',
    ],
    [
      "  effects:\n    noise: { hoge: 1 }",
      'x.yaml:8:14: array.effects.noise.hoge: unknown parameter of noise "hoge", did you mean "hooge"?',
    ],
    ["  effects:\n    noise: { capacitance_F: 3 V }", "x.yaml:8:14: array.effects.noise.capacitance_F"],
    [
      "  effects:\n    variability: { yield: 1.5 }",
      "x.yaml:8:20: array.effects.variability.yield: variability: yield is 1.5, allowed are 0 to 1",
    ],
    ["  effects:\n    salt-coupling: { reach: 1.5 }", "x.yaml:8:22: array.effects.salt-coupling.reach"],
    [
      "  effects:\n    electrodes: { film_m: 0 }",
      "x.yaml:8:19: array.effects.electrodes.film_m: electrodes: film_m is 0 m of AgCl",
    ],
    ["  effects:\n    retention: {}", "x.yaml:8:5: array.effects.retention: retention does not fit conical-channel"],
    ["  effects:\n    noise: 3", "x.yaml:8:5: array.effects.noise: expected a map of parameters"],
    ["  effects: 3", "x.yaml:7:3: array.effects: expected a map of effects"],
    [
      "  access: { poreDiameter_m: 10 nm, salt_mM: 1 mM }",
      "x.yaml:7:13: array.access.poreDiameter_m: poreDiameter_m is 1e-8 m: the Debye length of 9.61e-9 m",
    ],
    [
      "  access: { poreDiameter_m: 20 um, salt_mM: 100 mM }\n  lines: { channel: { width_m: 10 um, height_m: 10 um, pitch_m: 100 um, salt_mM: 100 mM } }",
      "x.yaml:7:13: array.access.poreDiameter_m: poreDiameter_m is 0.00002 m, wider than the channel",
    ],
  ])("refused: %s", (array, message) => {
    expect(() => load(array)).toThrow(message);
  });

  it("custom bias: parts of V per line, refused where the selected junction would not see V", () => {
    const sweep = (bias: string) => `  - iv-sweep: { cells: [[0, 0]], bias: ${bias} }`;
    const { protocols } = load("", sweep("{ selectedRow: 0.5, selectedColumn: -0.5, otherRows: [0, 0.1] }"));
    expect(protocols[0]?.parameters["bias"]).toMatchObject({ otherRows: [0, 0.1], otherColumns: 0 });
    expect(() => load("", sweep("{ selectedRow: 0.5 }"))).toThrow(
      "the selected junction sees 0.5 V, allowed is selectedRow - selectedColumn = 1",
    );
    expect(() => load("", sweep("{ otherRows: [0, 0, 0] }"))).toThrow("3 values, allowed are one or 2 (one per line)");
    expect(() => load("", sweep("V/4"))).toThrow("allowed are ground, V/2, V/3, float");
    expect(() => load("", sweep("{ rows: 1 }"))).toThrow("rows");
  });
});

it("the example of an electrode-only control runs: pinched loops whose area follows the frequency", async () => {
  const path = join(import.meta.dirname, "../../examples/effects.yaml");
  const { array: config, protocols, seed } = loadExperiment(readFileSync(path, "utf8"), path);
  const array = new EmulatedArray(config, { seed });
  const current_A: number[] = [];
  array.samples.subscribe((block) => current_A.push(...block.current_A));
  const { sections } = analyseRun(await runInMemory(array, protocols, { seed }));
  const loops = sections.find((section) => section.kind === "loops");
  if (loops?.kind !== "loops") throw new Error("no loops");
  expect(loops.loops.map(({ frequency_Hz }) => frequency_Hz)).toEqual([0.02, 0.2, 2]);
  // never more than the bulk alone would carry, 1 V through 100 uS
  const most_A = Math.max(...current_A.map(Math.abs));
  expect(most_A).toBeLessThan(101e-6);
});
