import { numberOf, ours, published } from "../models/parameters.ts";
import { normal, streamOf, uniform } from "../random.ts";
import { CycleCounter } from "./cycleCounter.ts";
import type { EffectSpec } from "./effect.ts";

/**
 * No two junctions are alike, and none twice. Log-normal factors with median 1, each a function of (seed, junction):
 *
 *   device to device   g *= e^(s_g N),  tau *= e^(s_tau N),  voltage axis *= e^(s_V N)
 *   cycle to cycle     g *= e^(s_c N) drawn anew for every pulse (cycleCounter.ts)
 *   yield              with probability 1 - yield a junction is stuck: open (openFactor x g at rest) or closed (0 S)
 *
 * Provenance: 10 %, 10 %, 5 %, yield 0.95 are ours; cycle-to-cycle up to 7 % is published for the NCNM
 * (10.1073/pnas.2320242121). Relaxation times are spread in models that keep `tau_s` per junction; the others keep theirs
 * (figure `timeSpreadApplied`).
 */
export const variability: EffectSpec = {
  name: "variability",
  title: "Variability and yield",
  summary:
    "Spread of conductance, relaxation time and voltage axis, from junction to junction and pulse to pulse; stuck junctions.",
  source: "10.1073/pnas.2320242121 (cycle to cycle); device to device: ours",
  parameters: [
    ours("conductanceSpread", "", 0.1, [0, 3], "standard deviation of ln g", "10 %"),
    ours("timeSpread", "", 0.1, [0, 3], "standard deviation of ln tau", "10 %"),
    ours("thresholdSpread", "", 0.05, [0, 1], "standard deviation of the logarithm of the voltage axis", "5 %"),
    published("cycleSpread", "", 0.07, [0, 1], "standard deviation from pulse to pulse", "10.1073/pnas.2320242121"),
    ours("pulse_V", "V", 0.05, [1e-6, 100], "an excursion above it is a pulse", "above reads of 25 mV"),
    ours("yield", "", 0.95, [0, 1], "probability that a junction works", "95 %"),
    ours("openFraction", "", 0.5, [0, 1], "part of the others that is stuck open", "half torn, half clogged"),
    ours("openFactor", "", 10, [0, 1e6], "conductance of a junction stuck open, relative to rest", "torn membrane"),
  ],
  make(given, { grid, kernel, state, seed }) {
    const read = (name: string) => numberOf(given, name);
    const count = grid.rows * grid.columns;
    const draw = (stream: string, spread: number) =>
      Float64Array.from({ length: count }, (_, k) => Math.exp(spread * normal(seed, streamOf(stream), k)));
    const device = draw("variability-conductance", read("conductanceSpread"));
    const voltageScale = draw("variability-voltage", read("thresholdSpread"));
    const timed = state.names.includes("tau_s");
    if (timed) {
      const tau_s = state.field("tau_s");
      const factor = draw("variability-time", read("timeSpread"));
      for (let k = 0; k < count; k++) tau_s[k] *= factor[k];
    }
    const open_S = read("openFactor") * kernel.steadyConductance(0);
    const stuck_S = new Float64Array(count).fill(Number.NaN);
    const [works, open] = [streamOf("variability-yield"), streamOf("variability-stuck-open")];
    let [stuckOpen, stuckClosed] = [0, 0];
    for (let k = 0; k < count; k++) {
      if (uniform(seed, works, k) < read("yield")) continue;
      const isOpen = uniform(seed, open, k) < read("openFraction");
      stuck_S[k] = isOpen ? open_S : 0;
      if (isOpen) stuckOpen++;
      else stuckClosed++;
    }
    const cycleSpread = read("cycleSpread");
    const cycles = new CycleCounter(count, read("pulse_V"));
    const cycle = new Float64Array(count).fill(1);
    const stream = streamOf("variability-cycle");
    return {
      name: "variability",
      stuck_S,
      ...(read("thresholdSpread") === 0 ? {} : { voltageScale }),
      gains(gain) {
        for (let k = 0; k < count; k++) gain[k] *= device[k] * cycle[k];
      },
      advance({ voltage_V }) {
        if (cycleSpread === 0) return false;
        return cycles.see(voltage_V, (k, number) => {
          cycle[k] = Math.exp(cycleSpread * normal(seed, stream, number * count + k));
        });
      },
      figures: () => ({ stuckOpen, stuckClosed, open_S, timeSpreadApplied: timed ? read("timeSpread") : 0 }),
    };
  },
};
