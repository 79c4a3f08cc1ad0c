import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { checkMarkup } from "../../tests/wellFormed.ts";
import { analyseRun } from "../analysis/summary.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { loadExperiment } from "../protocol/experiment.ts";
import { retention, shortTermTrain } from "../protocol/library/index.ts";
import { runInMemory } from "../runInMemory.ts";
import { buildReport } from "./report.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples/protocols");
/** Quick ones of every kind of figure; all of them are run by the examples' own test. */
const SHOWN = [
  "eis",
  "half-select",
  "read-disturb",
  "retention",
  "short-term-train",
  "srdp",
  "stdp",
  "switching-energy",
  "write-verify",
  "conditioning",
  "dummy-cell",
  "endurance",
  "noise",
];

async function runFile(name: string) {
  const text = readFileSync(join(EXAMPLES, `${name}.yaml`), "utf8");
  const { array: config, protocols, limits, seed } = loadExperiment(text, name);
  await using array = new EmulatedArray(config, { seed });
  return await runInMemory(array, protocols, { limits, seed });
}

describe("the reports of the example protocols", () => {
  it.each(SHOWN)(
    "%s has a figure with axes and units, and no result that is not one",
    { timeout: 60_000 },
    async (name) => {
      const run = await runFile(name);
      const sections = analyseRun(run).sections.filter(({ kind }) => kind === "experiment");
      expect(sections).toHaveLength(1);
      const page = buildReport(run);
      checkMarkup(page);
      expect(page).toMatch(/<svg[^>]*class="fig"/u);
      expect(page).not.toMatch(/NaN|undefined/u);
    },
  );

  it("stand for protocols that exist", () => {
    const there = readdirSync(EXAMPLES).map((file) => file.replace(".yaml", ""));
    expect(there).toEqual(expect.arrayContaining(SHOWN));
  });
});

describe("experiments as data", () => {
  // svm: g relaxes exponentially to its rest, whatever the state
  const config = { rows: 1, columns: 1, junction: { model: "svm", parameters: { tau_s: 1 } } } as const;

  it("retention holds the exponential of a linear relaxer", async () => {
    await using array = new EmulatedArray(config, { seed: 1 });
    const run = await runInMemory(
      array,
      retention({
        writes_V: [1],
        write: { width_s: 5 },
        first_s: 0.5,
        total_s: 4,
        readsPerDecade: 8,
        read: { voltage_V: 0.001, width_s: 0.001 },
      }),
    );
    const [section] = analyseRun(run).sections;
    if (section?.kind !== "experiment") throw new Error("no experiment");
    const [panel] = section.panels;
    if (panel?.kind !== "curves") throw new Error("no curves");
    const [rest, data] = panel.curves;
    const g0 = rest?.y[0] ?? Number.NaN;
    const left = (data?.y ?? []).map((g) => g - g0);
    const times = data?.x ?? [];
    const first = times[0] ?? Number.NaN;
    left.forEach((change, k) =>
      expectClose(change / (left[0] ?? Number.NaN), Math.exp(-((times[k] ?? 0) - first)), 1e-2),
    );
  });

  it("a train of pulses that a linear relaxer sees has its time constant as memory", async () => {
    await using array = new EmulatedArray(config, { seed: 1 });
    const run = await runInMemory(array, shortTermTrain({ amplitude_V: 1, width_s: 0.05, gap_s: [0.05], count: 30 }));
    const [section] = analyseRun(run).sections;
    if (section?.kind !== "experiment") throw new Error("no experiment");
    expectClose(Number(section.results.find(({ label }) => label === "memory")?.value), 1, 0.02);
  });
});
