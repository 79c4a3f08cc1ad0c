import type { Dynamics } from "../engines/dynamics.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours, published } from "./parameters.ts";
import { isStochastic } from "./stochastic.ts";

/**
 * Highly asymmetric channel (HAC): counter-ions that converge between two entrances push up a liquid blister, and the
 * channel opens when enough charge has come. Emmerich et al. 2024, Nat. Electron. 7, 271, 10.1038/s41928-024-01137-9;
 * imaging arXiv 2509.11637.
 *
 *   i = G v,   G = G_off ratio^b,   Q' = G v - Q / tau_Q between 0 and Q_max   (|G v| where bidirectional)
 *   b' = (b_inf(Q) - b) / (tau_on where b rises, tau_off where it falls),   b_inf = 1 / (1 + exp(-(Q - Q_th) / dQ))
 *
 *   b, Q        -, C   blister, charge_C (states)
 *   Q_th        C      threshold_C (a state: stochastic junctions draw it anew, N(Q_th, spread Q_th), whenever Q is back at 0)
 *   ratio       -      9 to 60 published
 *
 * Under a triangle without leak v_switch = sqrt(8 f V_m Q_th / G_off), seen as v_switch ~ f^0.5.
 * Valid 1 to 200 mHz, |v| < 1.5 V. Conductance ratio, charge threshold and second-scale switching are published; every
 * charge and conductance is ours. Integration: Q and b by midpoint and exponential, sub-steps of tau_on / 20.
 */
export const blisterSwitch: JunctionModel = {
  name: "blister-switch",
  aliases: ["hac"],
  title: "Mechano-ionic blister switch (highly asymmetric channel)",
  summary: "Accumulated counter-ion charge lifts a blister that opens the channel: a switch with a charge threshold.",
  source: "10.1038/s41928-024-01137-9",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1.5, 1.5],
  states: [
    { name: "blister", unit: "", description: "blister height, 0 closed to 1 open" },
    { name: "charge_C", unit: "C", description: "accumulated counter-ion charge" },
    { name: "threshold_C", unit: "C", description: "charge at which the blister is half up" },
  ],
  parameters: [
    ours("conductance_S", "S", 50e-9, [0, 1], "conductance G_off of the closed channel", "scale only"),
    published("ratio", "", 20, [1, 1e4], "conductance ratio open to closed", "10.1038/s41928-024-01137-9", [9, 60]),
    ours("threshold_C", "C", 100e-9, [1e-15, 1], "charge Q_th of half opening", "switching at some 0.4 V and 10 mHz"),
    ours("thresholdWidth_C", "C", 5e-9, [1e-18, 1], "width dQ of the opening", "a tenth of Q_th"),
    ours("capacity_C", "C", 200e-9, [1e-15, 1], "largest charge Q_max", "twice Q_th"),
    ours("leakTau_s", "s", 20, [1e-3, 1e12], "leak tau_Q of the charge; 1e9 s for logic", "volatile within a minute"),
    ours("onTau_s", "s", 0.3, [1e-6, 1e6], "rise of the blister", "second timescale"),
    ours("offTau_s", "s", 1, [1e-6, 1e6], "fall of the blister", "second timescale"),
    ours(
      "bidirectional",
      "",
      0,
      [0, 1],
      "1: current of either sign fills the blister (osmotic)",
      "electrostatic blister",
    ),
    ours("stochastic", "", 0, [0, 1], "1: the threshold is drawn anew every cycle", "mean behaviour"),
    ours("thresholdSpread", "", 0.1, [0, 0.3], "relative spread of the drawn threshold", "blistering is stochastic"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(blisterSwitch, given);
    const number = (name: string) => numberOf(parameters, name);
    const stochastic = isStochastic(parameters);
    const threshold_C = number("threshold_C");
    return makeKernel({
      model: blisterSwitch,
      parameters,
      environment,
      states: { blister: 0, charge_C: 0, threshold_C },
      constants: { conductance_S: number("conductance_S"), ratio: number("ratio"), nominalThreshold_C: threshold_C },
      dynamics: makeBlister({
        width_C: number("thresholdWidth_C"),
        capacity_C: number("capacity_C"),
        leak_s: number("leakTau_s"),
        on_s: number("onTau_s"),
        off_s: number("offTau_s"),
        bidirectional: number("bidirectional") === 1,
        spread: stochastic ? number("thresholdSpread") : 0,
        stochastic,
      }),
      terminals: { voltageDependent: false, conductance: (_v, x, c) => c[0] * c[1] ** x[0] },
    });
  },
};

interface Blister {
  readonly width_C: number;
  readonly capacity_C: number;
  readonly leak_s: number;
  readonly on_s: number;
  readonly off_s: number;
  readonly bidirectional: boolean;
  readonly spread: number;
  readonly stochastic: boolean;
}

const PART = 0.05;
/** Relative changes per sub-step below which the blister stands still. */
const STILL = 1e-15;
const MOST_SETTLING = 1e6;

function makeBlister(of: Blister): Dynamics {
  const { width_C, capacity_C, leak_s, on_s, off_s, bidirectional, spread } = of;
  const longest_s = PART * Math.min(on_s, off_s, leak_s);
  const open = (charge_C: number, threshold_C: number) => 1 / (1 + Math.exp((threshold_C - charge_C) / width_C));
  const fill = (v: number, charge_C: number, blister: number, h_s: number, c: Float64Array): number => {
    const current = c[0] * c[1] ** blister * v;
    const level = (bidirectional ? Math.abs(current) : current) * leak_s;
    const next = level + (charge_C - level) * Math.exp(-h_s / leak_s);
    return next < 0 ? 0 : next > capacity_C ? capacity_C : next;
  };
  const lift = (blister: number, target: number, h_s: number): number =>
    target - (target - blister) * Math.exp(-h_s / (target > blister ? on_s : off_s));

  /** One step of the midpoint rule; whether anything moved. */
  const step = (v: number, h_s: number, x: Float64Array, c: Float64Array): boolean => {
    const blister = x[0];
    const charge_C = x[1];
    const threshold_C = x[2];
    const middle_C = fill(v, charge_C, blister, h_s / 2, c);
    const target = open(middle_C, threshold_C);
    const middle = lift(blister, target, h_s / 2);
    x[1] = fill(v, charge_C, middle, h_s, c);
    x[0] = lift(blister, target, h_s);
    return Math.abs(x[1] - charge_C) > STILL * capacity_C || Math.abs(x[0] - blister) > STILL;
  };
  return {
    held: "sub-stepped",
    rule: "midpoint rule, sub-steps of 1/20 of the fastest of tau_on, tau_off and tau_Q",
    stochastic: of.stochastic,
    advance(v, dt_s, x, c, _environment, dice) {
      if (of.stochastic && dice.draws === 0) x[2] = c[2] * Math.max(0.1, 1 + spread * dice.normal());
      let left_s = dt_s;
      while (left_s > 0) {
        const h_s = left_s <= longest_s ? left_s : Math.min(longest_s, left_s / 2);
        const before_C = x[1];
        const moved = step(v, h_s, x, c);
        left_s -= h_s;
        if (of.stochastic && before_C > 0 && x[1] === 0) x[2] = c[2] * Math.max(0.1, 1 + spread * dice.normal());
        if (!moved && h_s === longest_s) return;
      }
    },
    settle(v, x, c) {
      for (let round = 0; round < MOST_SETTLING && step(v, longest_s, x, c); round++);
    },
    times(_v, _x, _c, _environment, times_s) {
      times_s[0] = Math.min(on_s, off_s, leak_s);
      times_s[1] = Math.max(on_s, off_s, leak_s);
    },
  };
}
