import { expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { dropFactors } from "./dropFactors.ts";
import { EmulatedArray } from "./emulatedArray.ts";

const never = new AbortController().signal;

it("one junction divides the voltage with its lines and its mouths", () => {
  const array = new EmulatedArray(
    {
      rows: 1,
      columns: 1,
      junction: { model: "ohmic", parameters: { conductance_S: 1e-6 } },
      lines: { rowSegment_ohm: 1e5, columnSegment_ohm: 2e5, rowSource_ohm: 5e4, columnSense_ohm: 5e4 },
      access_ohm: 1e5,
    },
    { seed: 1 },
  );
  // 1 Mohm of 1.5 Mohm
  expectClose(dropFactors(array)[0] ?? 0, 1 / 1.5, 1e-12);
});

it("ideal lines take nothing", () => {
  const array = new EmulatedArray({ rows: 2, columns: 3, junction: { model: "conical-channel" } }, { seed: 1 });
  expect([...dropFactors(array)]).toEqual([1, 1, 1, 1, 1, 1]);
});

it.each([3, 40])("what the junctions of %s x %s are left with is what flows out of the columns", async (side) => {
  const conductance_S = Float64Array.from({ length: side * side }, (_, k) => 1e-9 * (1 + ((k * 7919) % 13)));
  const array = new EmulatedArray(
    {
      rows: side,
      columns: side,
      junction: { model: "ohmic" },
      lines: { rowSegment_ohm: 1e5, columnSegment_ohm: 1e5, rowSource_ohm: 1e6, columnSense_ohm: 1e6 },
    },
    { seed: 1 },
  );
  array.setConductance_S(conductance_S);
  const factors = dropFactors(array);
  const columns = Array.from({ length: side }, (_, j) => j);
  const { current_A } = await array.multiply(
    new Float64Array(side).fill(0.1),
    { integration_s: 1e-3, rest_s: 0, columns, currentRange_A: "auto" },
    never,
  );
  for (const j of columns) {
    let sum = 0;
    for (let i = 0; i < side; i++) sum += (conductance_S[i * side + j] ?? 0) * (factors[i * side + j] ?? 0) * 0.1;
    expectClose(sum, current_A[j] ?? 0, 1e-8);
  }
});
