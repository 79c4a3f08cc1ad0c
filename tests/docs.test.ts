import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { readCalibrationRequest } from "../core/calibration/calibrationRequest.ts";
import { fitCalibration } from "../core/calibration/fitCalibration.ts";
import { measureDummies } from "../core/calibration/measureDummies.ts";
import { simulateJunction } from "../core/simulate.ts";
import { solveFile } from "../cli/solveFile.ts";
import { runCircuitFile } from "../core/circuit/runFile.ts";
import { readChip } from "../core/design/chip.ts";
import { designChip } from "../core/design/designChip.ts";
import { EmulatedArray } from "../core/emulated/emulatedArray.ts";
import { planProtocols } from "../core/plan.ts";
import { loadExperiment } from "../core/protocol/experiment.ts";
import { readParameters } from "../core/junctionParameters.ts";
import { findModel } from "../core/crossbar/models/registry.ts";

/** What a reader copies out of a page must work: every block of these languages is taken as a user would. */
const docs = resolve(import.meta.dirname, "../docs");

function blocks(language: string): { name: string; text: string }[] {
  return readdirSync(docs, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
    .flatMap(({ name }) =>
      [
        ...readFileSync(join(docs, name), "utf8").matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g")),
      ].map(([, text = ""], k) => ({ name: `${name}, ${language} block ${k + 1}`, text })),
    );
}

describe("the examples in docs", () => {
  it.each(blocks("yaml"))("$name works: an experiment, a calibration, a circuit or a chip", async ({ name, text }) => {
    if (text.startsWith("calibrate:")) {
      const request = readCalibrationRequest(text, name);
      await using array = new EmulatedArray(request.array, { seed: request.seed });
      const { channels, polarity } = fitCalibration(await measureDummies(array, request));
      const { gain = 1, polarity: swapped = 1 } = request.array.frontEnd ?? {};
      expect(polarity).toBe(swapped);
      for (const channel of channels) expect(channel.gain / gain).toBeCloseTo(1, 6);
      return;
    }
    if (!/^crosspore:/mu.test(text) && /^chip:/mu.test(text))
      return expect(designChip(readChip(text, name)).on_S).toBeGreaterThan(0);
    if (/^circuit:/mu.test(text)) {
      const metrics = Object.values(runCircuitFile(text, name).metrics);
      expect(metrics.length).toBeGreaterThan(0);
      return expect(metrics.every((value) => Number.isFinite(value))).toBe(true);
    }
    const { array: config, protocols, limits, chip, seed, places } = loadExperiment(text, name);
    const array = new EmulatedArray(config, { seed });
    const { grid, capabilities } = array;
    expect(planProtocols({ grid, capabilities, protocols, limits, chip, seed, places }).steps).toBeGreaterThan(0);
  });

  it.each(blocks("json"))("$name is answered", ({ name, text }) => {
    const asked: Record<string, unknown> = parse(text);
    if ("conductance_S" in asked) {
      const { relativeResidual } = solveFile(text, name);
      expect(relativeResidual).toBeLessThan(1e-9);
    } else {
      const model = findModel(String(asked["model"]));
      const parameters = readParameters(model, (asked["parameters"] ?? {}) as Record<string, unknown>);
      const waveform = asked["waveform"] as Parameters<typeof simulateJunction>[0]["waveform"];
      const { current_A } = simulateJunction({ model: model.name, parameters, waveform });
      expect(current_A.every((value) => Number.isFinite(value))).toBe(true);
    }
  });

  it("has blocks of both languages to try", () => {
    expect(blocks("yaml").length).toBeGreaterThan(0);
    expect(blocks("json").length).toBeGreaterThan(1);
  });
});
