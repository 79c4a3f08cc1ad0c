import { FARADAY_C_MOL } from "./electrodes.ts";
import { numberOf, ours } from "../models/parameters.ts";
import { streamOf, uniform } from "../random.ts";
import { CycleCounter } from "./cycleCounter.ts";
import type { EffectSpec } from "./effect.ts";

/**
 * Ionic fatigue and endurance; every law and number here is a default of ours (no endurance law is published).
 *
 *   hysteresis    a_N = exp(-(N / N_f)^b)          g = g_rest + a_N (g - g_rest)
 *   baseline      g *= 1 + d log10(1 + N)
 *   breakdown     hazard lambda_0 exp((|v| - 1.23 V) / 0.1 V) above 1.23 V, where water is electrolysed; then g is stuck
 *   fouling       Poisson clogs at a rate per hour, each g *= 1 - depth
 *
 *   N    -  pulses so far (cycleCounter.ts)     N_f  -  pulses to 1/e, 1e3 for soft lipids, > 1e9 for ECRAM
 *
 * A breakdown falls where the integral of its hazard passes -ln u, u of (seed, junction): independent of the time step.
 */
export function remainingHysteresis(pulses: number, fatigue_pulses: number, exponent = 0.5): number {
  return Math.exp(-((pulses / fatigue_pulses) ** exponent));
}

/** Pulses until a part of the hysteresis is lost, e.g. 0.1. */
export function enduranceTo(loss: number, fatigue_pulses: number, exponent = 0.5): number {
  return fatigue_pulses * (-Math.log1p(-loss)) ** (1 / exponent);
}

export function breakdownHazard_perS(voltage_V: number, rate_perS: number): number {
  const above_V = Math.abs(voltage_V) - ELECTROLYSIS_V;
  return above_V < 0 ? 0 : rate_perS * Math.exp(above_V / HAZARD_SCALE_V);
}

/** Shift of pH by an electrode reaction, dpH = I t / (F V beta). @param buffer_mol_L per litre and pH unit */
export function pHShift(current_A: number, time_s: number, volume_L: number, buffer_mol_L: number): number {
  return (current_A * time_s) / (FARADAY_C_MOL * volume_L * buffer_mol_L);
}

const ELECTROLYSIS_V = 1.23;
const HAZARD_SCALE_V = 0.1;

export const endurance: EffectSpec = {
  name: "endurance",
  title: "Ionic fatigue and endurance",
  summary: "Pulses wear the hysteresis and move the baseline; pores break down above 1.23 V and clog at random.",
  source: "laws of ours; electrolysis window 10.1126/science.adc9931",
  parameters: [
    ours("fatigue_pulses", "", 1e3, [1, 1e15], "pulses until 1/e of the hysteresis is left, N_f", "soft lipids"),
    ours("exponent", "", 0.5, [0.01, 10], "stretching b", "wear that slows down"),
    ours("baselineDrift", "", 0.01, [-0.1, 1], "relative drift of g per decade of pulses d", "slow surface chemistry"),
    ours("breakdown_perS", "1/s", 1e-6, [0, 1e6], "hazard at 1.23 V lambda_0", "days at the edge of the window"),
    ours("brokenFactor", "", 10, [0, 1e6], "conductance after breakdown, relative to rest", "enlarged pore"),
    ours("clog_perHour", "1/h", 1e-3, [0, 1e6], "clogs per junction", "filtered electrolyte"),
    ours("clogDepth", "", 0.5, [0, 1], "part of the conductance that a clog takes", "a particle at the mouth"),
    ours("pulse_V", "V", 0.05, [1e-6, 100], "an excursion above it is a pulse", "above reads of 25 mV"),
  ],
  make(given, { grid, kernel, seed }) {
    const read = (name: string) => numberOf(given, name);
    const count = grid.rows * grid.columns;
    const [limit, exponent, drift, rate] = ["fatigue_pulses", "exponent", "baselineDrift", "breakdown_perS"].map(read);
    const [clog_perS, depth] = [read("clog_perHour") / 3600, read("clogDepth")];
    const cycles = new CycleCounter(count, read("pulse_V"));
    const amplitude = new Float64Array(count).fill(1);
    const stuck_S = new Float64Array(count).fill(Number.NaN);
    const factor = new Float64Array(count).fill(1);
    const clogs = new Float64Array(count);
    const hazard = new Float64Array(count);
    const [breaks, clogging] = [streamOf("endurance-breakdown"), streamOf("endurance-clog")];
    const fate = Float64Array.from({ length: count }, (_, k) => -Math.log(uniform(seed, breaks, k)));
    const nextClog_s = Float64Array.from({ length: count }, (_, k) => wait(seed, clogging, k, clog_perS));
    let firstClog_s = nextClog_s.reduce((least, time) => Math.min(least, time), Infinity);
    const broken_S = read("brokenFactor") * kernel.steadyConductance(0);
    let broken = 0;
    const wear = (k: number): void => {
      amplitude[k] = remainingHysteresis(cycles.count[k], limit, exponent);
      factor[k] = (1 + drift * Math.log10(1 + cycles.count[k])) * (1 - depth) ** clogs[k];
    };
    return {
      name: "endurance",
      amplitude,
      stuck_S,
      gains(gain) {
        for (let k = 0; k < count; k++) gain[k] *= factor[k];
      },
      advance({ time_s, voltage_V }, dt_s) {
        let changed = cycles.see(voltage_V, wear);
        if (rate > 0 && cycles.largest_V >= ELECTROLYSIS_V)
          for (let k = 0; k < count; k++) {
            const v = voltage_V[k];
            if (v < ELECTROLYSIS_V && v > -ELECTROLYSIS_V) continue;
            hazard[k] += breakdownHazard_perS(v, rate) * dt_s;
            if (hazard[k] < fate[k] || stuck_S[k] >= 0) continue;
            stuck_S[k] = broken_S;
            broken++;
            changed = true;
          }
        const end_s = time_s + dt_s;
        if (end_s >= firstClog_s) {
          for (let k = 0; k < count; k++)
            while (nextClog_s[k] <= end_s) {
              clogs[k]++;
              nextClog_s[k] += wait(seed, clogging, clogs[k] * count + k, clog_perS);
              wear(k);
            }
          firstClog_s = nextClog_s.reduce((least, time) => Math.min(least, time), Infinity);
          changed = true;
        }
        return changed;
      },
      figures: () => ({
        broken,
        clogs: clogs.reduce((sum, n) => sum + n, 0),
        mostPulses: cycles.count.reduce((most, n) => Math.max(most, n), 0),
        pulsesToTenPercent: enduranceTo(0.1, limit, exponent),
      }),
    };
  },
};

function wait(seed: number, stream: number, index: number, rate_perS: number): number {
  return rate_perS === 0 ? Infinity : -Math.log(uniform(seed, stream, index)) / rate_perS;
}
