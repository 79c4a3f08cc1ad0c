import { makeKernel } from "../engines/makeKernel.ts";
import { makeTwoState } from "../engines/twoState.ts";
import type { Environment } from "../environment.ts";
import type { JunctionKernel, JunctionModel, Parameters, ParameterSpec } from "../model.ts";
import { countOf, fillParameters, numberOf, ours } from "./parameters.ts";
import { isStochastic, STOCHASTIC } from "./stochastic.ts";

/**
 * Hydrophobic gating of a heteromerous (FraC) nanopore: each pore is wet or dry, and electrowetting tilts its free energy,
 * dOmega(V) = dOmega_0 - dC V^2 / 2. Paulo et al., Nat. Commun. (2023), 10.1038/s41467-023-44019-y.
 *
 *   i = N [p g_wet + (1 - p) g_dry] v,   p' = k_wet (1 - p) - k_dry p
 *   k_wet = k_w0 exp(a (v + V_int)^2),   k_dry = k_d0 exp(-a (v + V_int)^2)
 *
 *   p              -      wetFraction; mean field, or exact binomial flips of N pores (stochastic: 1)
 *   N              -      poreCount ("a small number")
 *   g_wet, g_dry   S      wetConductance_S, dryConductance_S of one pore
 *   k_w0, k_d0     1/s    wettingRate_per_s, dryingRate_per_s without a field
 *   a              1/V^2  electrowetting_perV2
 *   V_int          V      intrinsicVoltage_V, 0 here; an intrinsic dipole makes the pore of `electrodrying`
 *
 * The mechanism is published, its rates are not: every number is a default of ours. Valid for |v| < 0.3 V.
 */
const NO_RATES = "10.1038/s41467-023-44019-y gives no rates; half wet at 0.2 V, 5 ms at rest";

/** exp() of more than this is no rate of anything. */
const LARGEST_EXPONENT = 300;

export const hydrophobicGate: JunctionModel = {
  name: "hydrophobic-gate",
  aliases: ["frac"],
  title: "Hydrophobic gating of protein nanopores (FraC)",
  summary: "Pores switch between wet and dry; electrowetting (V^2) favours wet. Unipolar, volatile, non-crossing loop.",
  source: "10.1038/s41467-023-44019-y",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-0.3, 0.3],
  states: [{ name: "wetFraction", unit: "", description: "part of the pores that are wet and conduct" }],
  parameters: gateParameters(ours("intrinsicVoltage_V", "V", 0, [-1, 1], "shift V_int by an intrinsic dipole", "none")),

  resolve(given, environment) {
    return resolveGate(hydrophobicGate, given, environment);
  },
};

export function gateParameters(intrinsic: ParameterSpec): readonly ParameterSpec[] {
  return [
    ours("poreCount", "", 10, [1, 1e6], "pores N per junction", 'published as "a small number"'),
    ours("wetConductance_S", "S", 1e-9, [0, 1], "conductance of a wet pore", "order of a wide protein pore in 1 M KCl"),
    ours("dryConductance_S", "S", 1e-12, [0, 1], "conductance of a dry pore", "large published on/off ratio"),
    ours("wettingRate_per_s", "1/s", 0.02, [0, 1e12], "wetting rate k_w0 without a field", NO_RATES),
    ours("dryingRate_per_s", "1/s", 200, [1e-12, 1e12], "drying rate k_d0 without a field", NO_RATES),
    ours("electrowetting_perV2", "1/V2", 115, [0, 1e5], "field dependence a of both rates", NO_RATES),
    intrinsic,
    STOCHASTIC,
  ];
}

export function resolveGate(model: JunctionModel, given: Parameters, environment: Environment): JunctionKernel {
  const parameters = fillParameters(model, given);
  const value = (name: string) => numberOf(parameters, name);
  const wetting = value("wettingRate_per_s");
  const drying = value("dryingRate_per_s");
  const electrowetting = value("electrowetting_perV2");
  const intrinsic_V = value("intrinsicVoltage_V");
  return makeKernel({
    model,
    parameters,
    environment,
    derived: {
      // k_wet = k_dry: where half of the pores are wet, seen from the driest voltage
      halfWetVoltage_V:
        wetting > 0 && electrowetting > 0 && drying > wetting
          ? Math.sqrt(Math.log(drying / wetting) / (2 * electrowetting))
          : Number.NaN,
      driestVoltage_V: -intrinsic_V,
    },
    states: { wetFraction: 0 },
    constants: {
      poreCount: countOf(parameters, "poreCount"),
      wetConductance_S: value("wetConductance_S"),
      dryConductance_S: value("dryConductance_S"),
      wettingRate_per_s: wetting,
      dryingRate_per_s: drying,
      intrinsicVoltage_V: intrinsic_V,
    },
    dynamics: makeTwoState({
      rates(voltage_V, _x, [, , , wet_per_s, dry_per_s, intrinsic], _environment, open_per_s, close_per_s) {
        for (let k = 0; k < voltage_V.length; k++) {
          const u = voltage_V[k] + intrinsic[k];
          const tilt = Math.exp(Math.min(LARGEST_EXPONENT, electrowetting * u * u));
          open_per_s[k] = wet_per_s[k] * tilt;
          close_per_s[k] = dry_per_s[k] / tilt;
        }
      },
      stochastic: isStochastic(parameters),
      channels: 0,
    }),
    terminals: {
      conductance: (_v, x, c) => c[0] * (x[0] * c[1] + (1 - x[0]) * c[2]),
      voltageDependent: false,
    },
  });
}
