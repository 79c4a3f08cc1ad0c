import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { analyseRun } from "../../analysis/summary.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { buildReport } from "../../report/report.ts";
import { NO_LIMITS } from "../../limits.ts";
import { planProtocols } from "../../plan.ts";
import { runInMemory } from "../../runInMemory.ts";
import { loadExperiment } from "../experiment.ts";
import { PROTOCOLS } from "./index.ts";

const folder = join(import.meta.dirname, "../../../examples/protocols");
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

describe("examples/protocols", () => {
  it("holds one file for every protocol", () => {
    expect(files.map((name) => name.replace(".yaml", "")).sort()).toEqual(Object.keys(PROTOCOLS).sort());
  });

  it.each(files)("%s runs on the emulated array and can be reported", async (name) => {
    const { array: config, protocols, limits, seed } = loadExperiment(readFileSync(join(folder, name), "utf8"), name);
    expect(protocols.map((protocol) => protocol.name)).toEqual([name.replace(".yaml", "")]);
    await using array = new EmulatedArray(config, { seed });
    const { grid, capabilities } = array;
    const context = { grid, capabilities, limits: { ...NO_LIMITS, ...limits }, seed, planning: true };
    const { steps } = planProtocols({ grid, capabilities, protocols, limits, seed });
    expect(protocols[0]?.fewestSteps?.(context) ?? Infinity).toBeLessThanOrEqual(steps);
    const run = await runInMemory(array, protocols, { limits, seed });
    expect(run.stop).toMatchObject({ status: "success", lost: 0, overloads: 0 });
    const analysis = analyseRun(run);
    expect(analysis.finishedSteps).toBe(analysis.intendedSteps);
    expect(analysis.sections.length).toBeGreaterThan(0);
    const currents = run.events.flatMap((event) =>
      event.kind === "step-finished" ? event.reading.windows.flatMap(({ current_A }) => [...current_A]) : [],
    );
    expect(currents.every((current) => Number.isFinite(current))).toBe(true);
    expect(buildReport(run)).toContain(run.manifest.name);
  });
});
