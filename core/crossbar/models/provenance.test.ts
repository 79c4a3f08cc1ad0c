import { describe, expect, it } from "vitest";
import { findModel, resolveJunction } from "./registry.ts";

/** Values that no source states; they may never be shown as published. */
const NEVER_PUBLISHED: Readonly<Record<string, readonly string[]>> = {
  "mosse-pore": ["conductance_S", "orderingTau_s", "relaxationTau_s", "longestPulse_s", "effectiveLength_m"],
  "blister-switch": [
    "conductance_S",
    "threshold_C",
    "thresholdWidth_C",
    "capacity_C",
    "leakTau_s",
    "onTau_s",
    "offTau_s",
  ],
  "precipitation-cone": ["precipitation_per_s", "dissolution_per_s", "leak_per_s", "saturation", "scale_V", "order"],
  "phosphate-gate": ["precipitation_per_s", "dissolution_per_s", "leak_per_s", "saturation", "scale_V", "order"],
  "precipitation-oscillator": ["closing_per_s", "opening_per_s", "scale_V", "historyTau_s"],
  "photo-junction": ["openCircuit_V", "saturationPower_W"],
  "mof-membrane": ["efficiency_perJ", "tau_s", "doseScale", "doseExponent"],
  "go-dendrite": ["openCircuit_V", "saturationPower_W", "tau_s", "exponent", "decayLength_m"],
  "wien-slit": ["conductance_S", "increment_S", "tau_s"],
  "adsorption-slit": ["positiveConductance_S", "negativeConductance_S", "tau_s"],
};

describe("provenance", () => {
  it.each(Object.entries(NEVER_PUBLISHED))("%s shows no value of ours as published", (name, parameters) => {
    const specs = new Map(findModel(name).parameters.map((spec) => [spec.name, spec]));
    for (const parameter of parameters) expect(specs.get(parameter)?.provenance, parameter).toBe("default of ours");
  });

  it("shows what is published as such", () => {
    const mosse = new Map(findModel("mosse").parameters.map((spec) => [spec.name, spec]));
    expect(mosse.get("facilitationTau_s")).toMatchObject({ provenance: "published", default: 8e-12 });
    expect(mosse.get("depressionTau_s")).toMatchObject({ provenance: "published", default: 7.5e-12 });
    expect(findModel("hac").parameters.find(({ name }) => name === "ratio")?.provenance).toBe("published");
  });

  it("refuses impossible values with the parameter, the value and what is allowed", () => {
    expect(() => resolveJunction("il-piston", { filled: 1.5 })).toThrow("filled is 1.5, allowed are 0 to 1");
    expect(() => resolveJunction("cone-pressure", { length_m: -1 })).toThrow("length_m is -1 m");
    expect(() => resolveJunction("mosse", { floor: 2 })).toThrow("floor is 2, allowed are 0 to 1");
    expect(() => resolveJunction("photo-junction", {}, { opticalPower_W: -1 })).toThrow(
      "environment.opticalPower_W is -1",
    );
  });
});
