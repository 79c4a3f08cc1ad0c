import type { Environment } from "../environment.ts";
import { binomial } from "./binomial.ts";
import type { Dice } from "./dice.ts";
import type { Dynamics, Fields } from "./dynamics.ts";
import { Gains } from "./gains.ts";

/**
 * N independent channels that open and close (two-state Markov process), x[state] = open fraction:
 *
 *   p' = k_open (1 - p) - k_close p
 *
 * Mean field: exact exponential. Stochastic: exact too, each open channel stays open over dt with
 * P_oo = p_inf + (1 - p_inf) e, each closed one is open after it with P_co = p_inf (1 - e), e = exp(-(k_open + k_close) dt);
 * the number of open channels after it is the sum of two binomial numbers. N is constant `channels` of the junction.
 *
 * Rates are asked for all junctions at once and kept in two arrays, then the channels move: two tight loops instead of a
 * chain of calls per junction, three to four times as fast.
 */
export interface TwoState {
  /** k_open and k_close in 1/s of every junction; x and c hold one array per state and constant. */
  rates(
    voltage_V: Float64Array,
    x: readonly Float64Array[],
    c: readonly Float64Array[],
    environment: Environment,
    open_per_s: Float64Array,
    close_per_s: Float64Array,
  ): void;
  readonly stochastic: boolean;
  /** Index of the open fraction among the states. */
  readonly state?: number;
  /** Index of the number of channels among the constants; needed where stochastic. */
  readonly channels?: number;
  /** A slow state that the rates depend on, in sub-steps of at most 1/20 of its time constant. */
  readonly history?: History;
}

/** h' = (target(v) - h) / tau. */
export interface History {
  /** Index among the states. */
  readonly state: number;
  /** Index of tau in seconds among the constants. */
  readonly tau: number;
  target(v: number): number;
}

const PART = 0.05;
/** After this many of its time constant the history stands still. */
const MEMORY = 40;

export function makeTwoState({ rates, stochastic, state = 0, channels = -1, history }: TwoState): Dynamics {
  if (stochastic && channels < 0) throw new RangeError("A stochastic two-state process needs its number of channels");
  /** Rates of all junctions; after the second call, where a history moved in between, those before it. */
  let [open, close, openBefore, closeBefore] = [0, 0, 0, 0].map(() => new Float64Array(0));
  const gains = new Gains();

  const fit = (count: number): void => {
    if (open.length >= count) return;
    [open, close, openBefore, closeBefore] = [0, 0, 0, 0].map(() => new Float64Array(count));
  };
  /** One random move with steady fraction `steady`, of which `forgotten` = 1 - e is reached. */
  const draw = (p: number, n: number, steady: number, forgotten: number, dice: Dice): number => {
    const open = Math.round(p * n);
    const stayed = open === 0 ? 0 : open - binomial(open, (1 - steady) * forgotten, dice.uniform());
    const joined = open === n ? 0 : binomial(n - open, steady * forgotten, dice.uniform());
    return (stayed + joined) / n;
  };
  const flip = (fields: Fields, voltage_V: Float64Array, dt_s: number, around: Environment, dice: Dice): void => {
    const p = fields.x[state];
    rates(voltage_V, fields.x, fields.c, around, open, close);
    if (!stochastic) {
      for (let k = 0; k < p.length; k++) {
        const total = open[k] + close[k];
        if (total > 0) p[k] -= (open[k] / total - p[k]) * Math.expm1(-total * dt_s);
      }
      return;
    }
    const n = fields.c[channels];
    const { junction, draws } = fields;
    for (let k = 0; k < p.length; k++) {
      const total = open[k] + close[k];
      if (!(total > 0)) continue;
      dice.seat(junction[k], draws[k]);
      p[k] = draw(p[k], n[k], open[k] / total, -Math.expm1(-total * dt_s), dice);
      draws[k] = dice.draws;
    }
  };
  const remember = (h: History, fields: Fields, voltage_V: Float64Array, dt_s: number): void => {
    const value = fields.x[h.state];
    const gain = gains.of(fields.c[h.tau], dt_s);
    for (let k = 0; k < value.length; k++) value[k] += (h.target(voltage_V[k]) - value[k]) * gain[k];
  };
  /** A move during which the history changes the rates: their steady fraction is taken as a straight line over the step. */
  const drag = (
    h: History,
    fields: Fields,
    voltage_V: Float64Array,
    dt_s: number,
    around: Environment,
    dice: Dice,
  ): void => {
    const p = fields.x[state];
    rates(voltage_V, fields.x, fields.c, around, openBefore, closeBefore);
    remember(h, fields, voltage_V, dt_s);
    rates(voltage_V, fields.x, fields.c, around, open, close);
    for (let k = 0; k < p.length; k++) {
      const before = openBefore[k] + closeBefore[k];
      const after = open[k] + close[k];
      const z = 0.5 * (before + after) * dt_s;
      if (!(before > 0 && after > 0 && z > 0)) continue;
      const forgotten = -Math.expm1(-z);
      const from = openBefore[k] / before;
      // solution of p' = k (s(t) - p) with s straight from `from` to `to`, written as one steady value
      const weight = z < 1e-6 ? 0.5 : (z - forgotten) / (z * forgotten);
      const steady = from + (open[k] / after - from) * weight;
      if (!stochastic) {
        p[k] += (steady - p[k]) * forgotten;
        continue;
      }
      dice.seat(fields.junction[k], fields.draws[k]);
      p[k] = draw(p[k], fields.c[channels][k], steady, forgotten, dice);
      fields.draws[k] = dice.draws;
    }
  };

  const sweep: NonNullable<Dynamics["sweep"]> = (fields, voltage_V, dt_s, environment, dice) => {
    fit(voltage_V.length);
    if (history === undefined) return flip(fields, voltage_V, dt_s, environment, dice);
    const tau_s = fields.c[history.tau];
    let [fastest_s, slowest_s] = [Infinity, 0];
    for (let k = 0; k < tau_s.length; k++) {
      if (tau_s[k] < fastest_s) fastest_s = tau_s[k];
      if (tau_s[k] > slowest_s) slowest_s = tau_s[k];
    }
    const busy_s = Math.min(dt_s, MEMORY * slowest_s);
    const pieces = busy_s > 0 ? Math.max(1, Math.ceil(busy_s / (PART * fastest_s))) : 0;
    for (let piece = 0; piece < pieces; piece++) drag(history, fields, voltage_V, busy_s / pieces, environment, dice);
    if (dt_s > busy_s) flip(fields, voltage_V, dt_s - busy_s, environment, dice);
  };

  const one_V = new Float64Array(1);
  const random = { junction: new Float64Array(1), draws: new Float64Array(1) };
  let one: Fields = { x: [], c: [], ...random };
  let [xOfOne, cOfOne]: Float64Array[] = [new Float64Array(0), new Float64Array(0)];
  /** One junction as an array of one. */
  const single = (x: Float64Array, c: Float64Array): Fields => {
    if (x !== xOfOne || c !== cOfOne) {
      [xOfOne, cOfOne] = [x, c];
      const views = (values: Float64Array) => Array.from(values, (_, s) => values.subarray(s, s + 1));
      one = { x: views(x), c: views(c), ...random };
    }
    return one;
  };
  /** Rates of one junction into open[0] and close[0]; their sum. */
  const look = (v: number, x: Float64Array, c: Float64Array, environment: Environment): number => {
    const fields = single(x, c);
    one_V[0] = v;
    fit(1);
    rates(one_V, fields.x, fields.c, environment, open, close);
    return open[0] + close[0];
  };
  const moves = stochastic ? "binomial" : "exponential";
  return {
    held: history === undefined ? "exact" : "sub-stepped",
    rule:
      history === undefined
        ? `exact ${moves}, any step`
        : `exact ${moves} between moves of the history, sub-steps of 1/20 of its time constant`,
    stochastic,
    sweep,
    advance(v, dt_s, x, c, environment, dice) {
      const fields = single(x, c);
      one_V[0] = v;
      fields.junction[0] = dice.junction;
      fields.draws[0] = dice.draws;
      sweep(fields, one_V, dt_s, environment, dice);
    },
    settle(v, x, c, environment) {
      if (history !== undefined) x[history.state] = history.target(v);
      const total = look(v, x, c, environment);
      if (total === 0) return;
      // the mean, not a whole number of channels: the first random step makes it one
      x[state] = open[0] / total;
    },
    times(v, x, c, environment, times_s) {
      const tau_s = 1 / look(v, x, c, environment);
      times_s[0] = history === undefined ? tau_s : Math.min(tau_s, c[history.tau]);
      times_s[1] = history === undefined ? tau_s : Math.max(tau_s, c[history.tau]);
    },
  };
}
