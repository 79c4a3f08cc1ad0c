import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { ivSweep, pairedPulse, pulseTrain, readMap } from "../protocol/library/index.ts";
import { runInMemory } from "../runInMemory.ts";
import { findCrossings } from "./crossing.ts";
import { findNegativeResistance } from "./negativeResistance.ts";
import { choosePairLaw } from "./pairLaws.ts";
import { sweptLoops } from "./sections.ts";
import { collectSteps } from "./runSteps.ts";
import { analyseRun } from "./summary.ts";

/** The dullest array there is catches slips of sign, unit and series resistance: whatever it seems to do is ours. */
describe("an array of ideal resistors, 2 x 2 at 3 nS, through protocols and analysis", () => {
  const conductance_S = 3e-9;

  async function runOf() {
    const array = new EmulatedArray(
      { rows: 2, columns: 2, junction: { model: "ohmic", parameters: { conductance_S } } },
      { seed: 1 },
    );
    const cells = [[0, 1]] as const;
    const run = await runInMemory(array, [
      ivSweep({ cells, amplitude_V: 1, frequency_Hz: [1, 40], cycles: 2 }),
      pairedPulse({ cells }),
      pulseTrain({ cells }),
      readMap({}),
    ]);
    await array[Symbol.asyncDispose]();
    return run;
  }

  it("has I = G V, loop area 0, on/off 1, a paired-pulse index of 1, no nonlinearity and no windows", async () => {
    const run = await runOf();
    const { sections, warnings } = analyseRun(run);
    expect(warnings).toEqual([]);
    const kinds = sections.map(({ kind }) => kind);
    expect(kinds).toEqual(["loops", "pairs", "plasticity", "map"]);
    for (const section of sections) {
      if (section.kind === "loops")
        for (const loop of section.loops) {
          expect(Math.abs(loop.loopAreaPositive_W)).toBeLessThan(1e-12 * conductance_S);
          expect(loop.loopStyle).toBe("none");
          expectClose(loop.largest_A, conductance_S, 1e-12);
          expectClose(loop.onOffPositive, 1, 1e-9);
          expectClose(loop.rectification, 1, 1e-9);
          // 1/2 G V^2 T
          expectClose(loop.energy_J, (0.5 * conductance_S) / loop.frequency_Hz, 1e-3);
        }
      if (section.kind === "pairs")
        for (const { behaviour, indices } of section.junctions) {
          expect(behaviour).toBe("none");
          for (const { index } of indices) expectClose(index, 1, 1e-9);
          const law = choosePairLaw(
            indices.map(({ gap_s }) => gap_s),
            indices.map(({ index }) => index),
          );
          expect(law.best.kind).toBe("none");
        }
      if (section.kind === "plasticity")
        for (const train of section.trains) {
          expect(train.potentiation).toMatchObject({ shape: "linear", nonlinearity: null, direction: "none" });
          expectClose(train.dynamicRange, 1, 1e-9);
        }
      if (section.kind === "map") for (const g of section.conductance_S.flat()) expectClose(g, conductance_S, 1e-9);
    }
    const [sweeps] = collectSteps(run);
    for (const { cycle } of sweptLoops(run, sweeps?.steps ?? [])) {
      expect(findNegativeResistance(cycle)).toEqual([]);
      const { rising_A, falling_A } = findCrossings(cycle);
      expectClose(rising_A, 0, 0, 1e-12 * conductance_S);
      expectClose(falling_A, 0, 0, 1e-12 * conductance_S);
    }
  });
});
