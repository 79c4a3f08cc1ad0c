import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { checkMarkup } from "../../tests/wellFormed.ts";
import { analyseRun } from "../analysis/summary.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { loadExperiment } from "../protocol/experiment.ts";
import { memoryCapacity, retention, shortTermTrain } from "../protocol/library/index.ts";
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
  "seal-test",
  "line-resistance",
  "memory-capacity",
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
    const rest = panel.curves.find(({ role, x }) => role === "fit" && x.length === 2);
    const data = panel.curves.find(({ role }) => role === "data");
    const g0 = rest?.y[0] ?? Number.NaN;
    const left = (data?.y ?? []).map((g) => g - g0);
    const times = data?.x ?? [];
    const first = times[0] ?? Number.NaN;
    left.forEach((change, k) =>
      expectClose(change / (left[0] ?? Number.NaN), Math.exp(-((times[k] ?? 0) - first)), 1e-2),
    );
    const result = (label: string) => section.results.find((one) => one.label === label)?.value;
    expect(result("law after 1 V")).toBe("exponential");
    expectClose(Number(result("time constant after 1 V")), 1, 0.02);
  });

  it("a train of pulses that a linear relaxer sees has its time constant as memory", async () => {
    await using array = new EmulatedArray(config, { seed: 1 });
    const run = await runInMemory(array, shortTermTrain({ amplitude_V: 1, width_s: 0.05, gap_s: [0.05], count: 30 }));
    const [section] = analyseRun(run).sections;
    if (section?.kind !== "experiment") throw new Error("no experiment");
    expectClose(Number(section.results.find(({ label }) => label === "memory time")?.value), 1, 0.02);
  });

  it("lines are found again from the record, with the segments of the array", async () => {
    const { sections } = analyseRun(await runFile("line-resistance"));
    const [section] = sections;
    if (sections.length !== 1 || section?.kind !== "experiment") throw new Error("no experiment alone");
    const result = (label: string) => Number(section.results.find((one) => one.label === label)?.value);
    expectClose(result("row segment"), 1e6, 1e-5);
    expectClose(result("column segment"), 2e6, 1e-5);
    expect(result("left after the fit, rms")).toBeLessThan(1e-4);
  });

  it("memory of a linear relaxer falls as (1 - a^2) a^(2 k), a = exp(-slot / tau)", async () => {
    await using array = new EmulatedArray({ rows: 1, columns: 1, junction: { model: "ncnm-channel" } }, { seed: 1 });
    const run = await runInMemory(array, memoryCapacity({ slots: 1000, read: { width_s: 0.01, samples: 4 } }));
    const [section] = analyseRun(run).sections;
    if (section?.kind !== "experiment") throw new Error("no experiment");
    const [panel] = section.panels;
    if (panel?.kind !== "curves") throw new Error("no curves");
    const capacities = panel.curves.find(({ role }) => role === "data")?.y ?? [];
    // above 0 V its steady conductance is a straight line in the voltage, so the state is linear in the inputs
    const kept = Math.exp(-2 * ((0.75 + 0.01 + 0.75) / 1.62));
    // three standard errors of a squared correlation over 980 slots, 2 r (1 - r^2) / sqrt(n)
    [0, 1, 2].forEach((delay) => {
      const known = (1 - kept) * kept ** delay;
      const error = (2 * Math.sqrt(known) * (1 - known)) / Math.sqrt(980);
      expect(Math.abs((capacities[delay] ?? Number.NaN) - known)).toBeLessThan(3 * error + 1 / 980);
    });
  });
});
