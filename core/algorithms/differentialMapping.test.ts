import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectAllClose } from "../../tests/close.ts";
import { fillNormal, fillUniform } from "../crossbar/random.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { measureProducts } from "./crossbarProducts.ts";
import { decodeLogits, expectedCurrents, mapDifferential } from "./differentialMapping.ts";
import { type LinearReadout, readoutLogits } from "./softmaxRegression.ts";

const OPTIONS = { range_S: [0.5e-9, 5e-9], read_V: 0.1 } as const;

function randomReadout(inputs: number, classes: number, seed: number): LinearReadout {
  const weights = new Float64Array((inputs + 1) * classes);
  fillNormal(weights, seed, 0, 0);
  return { inputs, classes, weights };
}

describe("mapDifferential", () => {
  it("keeps every conductance in the range and gives the largest weight the whole of it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 2, max: 5 }), fc.nat(), (inputs, classes, seed) => {
        const { conductance_S } = mapDifferential(randomReadout(inputs, classes, seed), OPTIONS);
        expect(Math.min(...conductance_S)).toBeGreaterThanOrEqual(0.5e-9);
        expectAllClose([Math.max(...conductance_S)], [5e-9], 1e-12);
        for (let k = 0; k < conductance_S.length; k += 2)
          expect(Math.min(conductance_S[k] ?? 0, conductance_S[k + 1] ?? 0)).toBe(0.5e-9);
      }),
    );
  });

  it("gives back W x + b through an ideal emulated array to 1e-12", async () => {
    const readout = randomReadout(13, 4, 11);
    const mapping = mapDifferential(readout, OPTIONS);
    const features = new Float64Array(13 * 20);
    fillUniform(features, 12, 0, 0);
    await using array = new EmulatedArray(
      { rows: 14, columns: 8, junction: { model: "ohmic" }, conductance_S: mapping.conductance_S },
      { seed: 1 },
    );
    const wanted = readoutLogits(readout, features);
    const { current_A, overloads } = await measureProducts(array, mapping, features, { batch: 7 });
    expectAllClose(decodeLogits(mapping, current_A), wanted, 1e-12, 1e-12);
    expectAllClose(decodeLogits(mapping, expectedCurrents(mapping, features)), wanted, 1e-12, 1e-12);
    expect(overloads).toBe(0);
  });

  it("refuses an array of another size, naming both", async () => {
    await using array = new EmulatedArray({ rows: 3, columns: 8, junction: { model: "ohmic" } }, { seed: 1 });
    const mapping = mapDifferential(randomReadout(13, 4, 1), OPTIONS);
    await expect(measureProducts(array, mapping, new Float64Array(13))).rejects.toThrow(/3 x 8.*14 x 8/);
  });

  it("refuses an empty range, no voltage and weights that are all zero", () => {
    const readout = randomReadout(2, 2, 1);
    expect(() => mapDifferential(readout, { range_S: [5e-9, 5e-9], read_V: 0.1 })).toThrow(/range_S/);
    expect(() => mapDifferential(readout, { ...OPTIONS, read_V: 0 })).toThrow(/read_V/);
    expect(() => mapDifferential({ ...readout, weights: new Float64Array(6) }, OPTIONS)).toThrow(/largest weight/);
    expect(() => mapDifferential({ ...readout, weights: new Float64Array(5) }, OPTIONS)).toThrow(/5 weights/);
  });
});
