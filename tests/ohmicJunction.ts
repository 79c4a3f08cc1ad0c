import { EmulatedArray } from "../core/emulated/emulatedArray.ts";

/** One resistor. */
export function ohmicJunction(resistance_ohm: number): EmulatedArray {
  return new EmulatedArray(
    {
      rows: 1,
      columns: 1,
      junction: { model: "ohmic" },
      conductance_S: Float64Array.of(1 / resistance_ohm),
      unselectedLines: "biased",
    },
    { seed: 1 },
  );
}
