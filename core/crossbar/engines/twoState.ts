import type { Environment } from "../environment.ts";
import { binomial } from "./binomial.ts";
import type { Dice } from "./dice.ts";
import type { Dynamics } from "./dynamics.ts";

/**
 * N independent channels that open and close (two-state Markov process), x[state] = open fraction:
 *
 *   p' = k_open (1 - p) - k_close p
 *
 * Mean field: exact exponential. Stochastic: exact too, each open channel stays open over dt with
 * P_oo = p_inf + (1 - p_inf) e, each closed one is open after it with P_co = p_inf (1 - e), e = exp(-(k_open + k_close) dt);
 * the number of open channels after it is the sum of two binomial numbers. N is constant `channels` of the junction.
 */
export interface TwoState {
  /** k_open and k_close in 1/s into rates_per_s[0] and [1]. */
  rates(v: number, x: Float64Array, c: Float64Array, environment: Environment, rates_per_s: Float64Array): void;
  readonly stochastic: boolean;
  /** Index of the open fraction among the states. */
  readonly state?: number;
  /** Index of the number of channels among the constants; needed where stochastic. */
  readonly channels?: number;
  /**
   * Slow states that the rates depend on, in sub-steps of at most 1/20 of their fastest time constant (their own motion
   * must not depend on the open fraction).
   */
  readonly context?: Dynamics;
}

const PART = 0.05;
/** After this many of the slowest time constant of the context nothing moves. */
const MEMORY = 40;

export function makeTwoState({ rates, stochastic, state = 0, channels = -1, context }: TwoState): Dynamics {
  const k_per_s = new Float64Array(2);
  const own_s = new Float64Array(2);
  if (stochastic && channels < 0) throw new RangeError("A stochastic two-state process needs its number of channels");

  /** One move with steady fraction `steady`, of which `forgotten` = 1 - e is reached. */
  const move = (steady: number, forgotten: number, x: Float64Array, c: Float64Array, dice: Dice): void => {
    if (!stochastic) {
      x[state] += (steady - x[state]) * forgotten;
      return;
    }
    const n = c[channels];
    const open = Math.round(x[state] * n);
    const stayed = open === 0 ? 0 : binomial(open, 1 - (1 - steady) * forgotten, dice.uniform());
    const joined = open === n ? 0 : binomial(n - open, steady * forgotten, dice.uniform());
    x[state] = (stayed + joined) / n;
  };
  const flip: Dynamics["advance"] = (v, dt_s, x, c, environment, dice) => {
    rates(v, x, c, environment, k_per_s);
    const total = k_per_s[0] + k_per_s[1];
    if (total > 0) move(k_per_s[0] / total, -Math.expm1(-total * dt_s), x, c, dice);
  };
  /** A move during which slow states change the rates: their steady fraction is taken as a straight line over the step. */
  const drag = (v: number, h_s: number, x: Float64Array, c: Float64Array, around: Environment, dice: Dice): void => {
    rates(v, x, c, around, k_per_s);
    const before = k_per_s[0] + k_per_s[1];
    const from = k_per_s[0] / before;
    context?.advance(v, h_s, x, c, around, dice);
    rates(v, x, c, around, k_per_s);
    const after = k_per_s[0] + k_per_s[1];
    const z = 0.5 * (before + after) * h_s;
    if (!(before > 0 && after > 0 && z > 0)) return;
    const forgotten = -Math.expm1(-z);
    // solution of p' = k (s(t) - p) with s straight from `from` to `to`, written as one steady value
    const weight = z < 1e-6 ? 0.5 : 1 / forgotten - 1 / z;
    move(from + (k_per_s[0] / after - from) * weight, forgotten, x, c, dice);
  };

  return {
    held: context === undefined ? "exact" : "sub-stepped",
    rule:
      context === undefined
        ? `exact ${stochastic ? "binomial" : "exponential"}, any step`
        : `exact ${stochastic ? "binomial" : "exponential"} between moves of the slow states, sub-steps of 1/20 of their time constant`,
    stochastic,
    advance(v, dt_s, x, c, environment, dice) {
      if (context === undefined) return flip(v, dt_s, x, c, environment, dice);
      context.times(v, x, c, environment, own_s);
      const busy_s = Math.min(dt_s, MEMORY * own_s[1]);
      const pieces = busy_s > 0 ? Math.max(1, Math.ceil(busy_s / (PART * own_s[0]))) : 0;
      const h_s = busy_s / pieces;
      for (let k = 0; k < pieces; k++) drag(v, h_s, x, c, environment, dice);
      if (dt_s > busy_s) flip(v, dt_s - busy_s, x, c, environment, dice);
    },
    settle(v, x, c, environment) {
      context?.settle(v, x, c, environment);
      rates(v, x, c, environment, k_per_s);
      const total = k_per_s[0] + k_per_s[1];
      if (total === 0) return;
      // the mean, not a whole number of channels: the first random step makes it one
      x[state] = k_per_s[0] / total;
    },
    times(v, x, c, environment, times_s) {
      rates(v, x, c, environment, k_per_s);
      const tau_s = 1 / (k_per_s[0] + k_per_s[1]);
      times_s[0] = tau_s;
      times_s[1] = tau_s;
      if (context === undefined) return;
      context.times(v, x, c, environment, own_s);
      times_s[0] = Math.min(tau_s, own_s[0]);
      times_s[1] = Math.max(tau_s, own_s[1]);
    },
  };
}
