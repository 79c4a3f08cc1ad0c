import { describe, expect, it } from "vitest";
import { expectAllClose, expectClose } from "../../tests/close.ts";
import { fillNormal, fillUniform } from "../crossbar/random.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { compensateDrops } from "./compensateDrops.ts";
import { measureProducts } from "./crossbarProducts.ts";
import { decodeLogits, mapDifferential } from "./differentialMapping.ts";
import { readEffective } from "./readEffective.ts";
import { readoutLogits } from "./softmaxRegression.ts";

const readout = { inputs: 31, classes: 4, weights: new Float64Array(128) };
fillNormal(readout.weights, 3, 0, 0);
const mapping = mapDifferential(readout, { range_S: [0.5e-9, 5e-9], read_V: 0.1 });

function makeArray(segment_ohm: number): EmulatedArray {
  return new EmulatedArray(
    {
      rows: 32,
      columns: 8,
      junction: { model: "ohmic" },
      lines: { rowSegment_ohm: segment_ohm, columnSegment_ohm: segment_ohm },
      conductance_S: mapping.conductance_S,
    },
    { seed: 1 },
  );
}

describe("readEffective", () => {
  it("reads the conductance map itself where lines do not resist", async () => {
    await using array = makeArray(0);
    expectAllClose(await readEffective(array, 0.1, { batch: 5 }), mapping.conductance_S, 1e-12);
  });

  it("reads less than the map behind lines, least where the path is longest", async () => {
    await using array = makeArray(500e3);
    const ratio = (await readEffective(array, 0.1)).map((value, k) => value / (mapping.conductance_S[k] ?? NaN));
    expect(Math.max(...ratio)).toBeLessThan(1);
    // row 0 is farthest from the sense end of a column
    expect(ratio[0]).toBeLessThan(ratio[31 * 8] ?? 0);
  });
});

describe("compensateDrops", () => {
  it("brings logits behind lines of 500 kohm back within 1 %", async () => {
    await using array = makeArray(500e3);
    const features = new Float64Array(31 * 50);
    fillUniform(features, 4, 0, 0);
    const wanted = readoutLogits(readout, features);
    const error = (logits: Float64Array) =>
      Math.hypot(...logits.map((z, k) => z - (wanted[k] ?? NaN))) / Math.hypot(...wanted);
    const before = decodeLogits(mapping, (await measureProducts(array, mapping, features)).current_A);
    expect(error(before)).toBeGreaterThan(0.2);

    const result = await compensateDrops(array, mapping, (map) => array.setConductance_S(map), {
      rounds: 8,
      repeats: 1,
    });
    const after = decodeLogits(result.mapping, (await measureProducts(array, result.mapping, features)).current_A);
    expect(error(after)).toBeLessThan(0.01);
    expect(result.errorAfter).toBeLessThan(0.01);
    expect(result.clipped).toBeLessThan(0.02);
    expect(Math.max(...result.mapping.conductance_S)).toBeLessThanOrEqual(5e-9);
  });

  it("changes nothing where nothing drops", async () => {
    await using array = makeArray(0);
    const result = await compensateDrops(array, mapping, (map) => array.setConductance_S(map));
    expectClose(result.attenuation, 1, 1e-12);
    expectAllClose(result.mapping.conductance_S, mapping.conductance_S, 1e-9);
  });
});
