import { numberOf, ours, published } from "../models/parameters.ts";
import { ROOM_TEMPERATURE_K } from "../constants.ts";
import type { EffectSpec } from "./effect.ts";

/**
 * Ohmic heating. A pore of radius a is a point source in water, the chip warms as a whole.
 *
 *   dT_pore = I V / (4 pi k a)         g *= 1 + alpha dT_pore       at once: a^2 / kappa is below a microsecond
 *   dT_chip' = (R_chip sum(I V) - dT_chip) / tau_chip               enters as temperature: D(T), tau and g of the model
 *
 *   k      W/(m K)  heat conductivity of water, 0.6      alpha  1/K  rise of the conductivity, 2 %
 *   R_chip K/W      from chip to surroundings            alarm  K    beyond it electrolyte and seals are in doubt
 *
 * Linear in dT: within 10 K. 1 nA, 1 V, a = 50 nm: 2.65 mK; 100 nA, 5 nm: 2.65 K.
 */
export function poreHeating_K(power_W: number, radius_m: number, conductivity_W_mK = 0.6): number {
  return power_W / (4 * Math.PI * conductivity_W_mK * radius_m);
}

/** The chip's temperature is passed on when it moved by this much: models tabulate what depends on it. */
const NOTICED_K = 0.05;
const NOTICED_GAIN = 1e-6;

export const heating: EffectSpec = {
  name: "heating",
  title: "Ohmic heating",
  summary: "Every pore warms its surroundings, all of them the chip; conductivity, diffusion and relaxation follow.",
  source: "point source in an infinite medium; D(T) of electrolyte.ts",
  parameters: [
    ours("poreRadius_m", "m", 50e-9, [1e-10, 1e-3], "radius a of a pore", "narrow end"),
    published("water_W_mK", "W/(m K)", 0.6, [0.01, 500], "heat conductivity k", "water at 25 C"),
    published("rise_perK", "1/K", 0.02, [0, 0.1], "relative rise of conductivity", "salt solutions around 25 C"),
    ours("chip_K_W", "K/W", 50, [0, 1e6], "chip to surroundings R_chip", "glass chip in air"),
    ours("chip_s", "s", 10, [1e-6, 1e6], "time constant of the chip", "some grams of glass"),
    ours("alarm_K", "K", 5, [1e-3, 100], "warming that is reported", "seals and outgassing"),
  ],
  make(given, { grid, environment }) {
    const read = (name: string) => numberOf(given, name);
    const [rise, chip_K_W, chip_s, alarm_K] = ["rise_perK", "chip_K_W", "chip_s", "alarm_K"].map(read);
    const perWatt_K = poreHeating_K(1, read("poreRadius_m"), read("water_W_mK"));
    const count = grid.rows * grid.columns;
    const warmth = new Float64Array(count).fill(1);
    const before = environment.temperature_K ?? ROOM_TEMPERATURE_K;
    let chip_K = 0;
    let told_K = 0;
    let largest_K = 0;
    let alarms = 0;
    return {
      name: "heating",
      gains(gain) {
        for (let k = 0; k < count; k++) gain[k] *= warmth[k];
      },
      advance({ voltage_V, conductance_S }, dt_s) {
        let total_W = 0;
        let changed = 0;
        let pore_K = 0;
        for (let k = 0; k < count; k++) {
          const power_W = conductance_S[k] * voltage_V[k] * voltage_V[k];
          total_W += power_W;
          const warm_K = power_W * perWatt_K;
          if (warm_K > pore_K) pore_K = warm_K;
          const factor = 1 + rise * warm_K;
          const move = Math.abs(factor - warmth[k]);
          if (move > changed) changed = move;
          warmth[k] = factor;
        }
        chip_K += (total_W * chip_K_W - chip_K) * -Math.expm1(-dt_s / chip_s);
        const hottest_K = chip_K + pore_K;
        if (hottest_K > largest_K) largest_K = hottest_K;
        if (hottest_K > alarm_K) alarms++;
        if (Math.abs(chip_K - told_K) >= NOTICED_K) told_K = chip_K;
        return changed > NOTICED_GAIN;
      },
      warming_K: () => told_K,
      lineFactor: () => 1 + rise * told_K,
      figures: () => ({ start_K: before, poreHeating_K_W: perWatt_K, largestWarming_K: largest_K, chip_K, alarms }),
    };
  },
};
