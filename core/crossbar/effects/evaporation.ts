import { numberOf, ours } from "../models/parameters.ts";
import type { EffectSpec } from "./effect.ts";

/**
 * Water that leaves through PDMS makes the salt stronger: c(t) = c_0 (1 + r t), and with it, at these concentrations,
 * the conductivity of pores and lines. r is 0.1 to 1 %/h through PDMS and 0 for a sealed chip.
 * Valid for r t below about 0.5: later the salt becomes concentrated and conductivity lags behind.
 */
export function evaporatedSalt_mM(salt_mM: number, rate_perHour: number, time_s: number): number {
  return salt_mM * (1 + (rate_perHour * time_s) / 3600);
}

const NOTICED = 1e-5;

export const evaporation: EffectSpec = {
  name: "evaporation",
  title: "Evaporation",
  summary: "The salt becomes stronger with time; pores and lines conduct better.",
  source: "mass balance; rates of ours",
  parameters: [
    ours("rate_perHour", "1/h", 0.005, [0, 1], "relative rise of the concentration per hour", "PDMS, 0.1 to 1 %/h"),
  ],
  make(given) {
    const rate = numberOf(given, "rate_perHour");
    let factor = 1;
    let told = 1;
    return {
      name: "evaporation",
      gains(gain) {
        for (let k = 0; k < gain.length; k++) gain[k] *= told;
      },
      advance({ time_s }, dt_s) {
        factor = evaporatedSalt_mM(1, rate, time_s + dt_s);
        if (Math.abs(factor - told) < NOTICED) return false;
        told = factor;
        return true;
      },
      lineFactor: () => told,
      figures: () => ({ saltFactor: factor }),
    };
  },
};
