import type { Environment } from "../environment.ts";
import { binomial } from "../engines/binomial.ts";
import type { Dice } from "../engines/dice.ts";
import type { Dynamics } from "../engines/dynamics.ts";

/**
 * A pore that is open, holds a trapped particle, or has one wedged into it: o -> t -> w, t -> o, and w only let go by
 * pressure. While voltage and pressure are held,
 *
 *   o' = -k_c o + k_r t,   t' = k_c o - (k_r + k_w) t,   w = 1 - o - t
 *   k_c = k_c0 e^u,   k_r = k_r0 e^-u,   k_w = k_w0 (e^u - 1) for u > 0, otherwise 0,   u = v / V_c + dp / p_c
 *
 * with exact solution e^(-s t) [1 + (1 - e^(-(f - s) t)) / (f - s) (A + s)], f and s = k_c k_w / f the two rates (both real).
 * Pressure out of the pore above p_reset empties it at once. States are t and w; a stochastic plug moves whole particles
 * of N pores with the same transition probabilities.
 *
 * Constants by position: capture rate, capture_V, release rate, wedging rate, capture_Pa, reset_Pa, number of pores.
 */
export const PLUG = { capture: 1, release: 2, wedging: 3, scale_V: 4, scale_Pa: 5, reset_Pa: 6, pores: 7 } as const;

export function makePlugDynamics(orientation: number, stochastic: boolean): Dynamics {
  const rates = new Float64Array(3);
  const moved = new Float64Array(2);

  const setRates = (v: number, c: Float64Array, environment: Environment): void => {
    const push =
      (orientation * v) / c[PLUG.scale_V] + (orientation * (environment.pressure_Pa ?? 0)) / c[PLUG.scale_Pa];
    // beyond e^200 nothing is faster; it keeps the products finite
    const u = Math.max(-200, Math.min(200, push));
    rates[0] = c[PLUG.capture] * Math.exp(u);
    rates[1] = c[PLUG.release] * Math.exp(-u);
    rates[2] = u > 0 ? c[PLUG.wedging] * Math.expm1(u) : 0;
  };
  /** Fast rate f and slow rate s. */
  const eigenRates = (): readonly [number, number] => {
    const [capture, release, wedging] = rates;
    const sum = capture + release + wedging;
    const root = Math.sqrt(Math.max(0, (capture - wedging) ** 2 + release * (release + 2 * (capture + wedging))));
    const fast = 0.5 * (sum + root);
    return [fast, fast > 0 ? capture * (wedging / fast) : 0];
  };
  /** (o, t) after dt into moved. */
  const move = (open: number, trapped: number, dt_s: number): void => {
    const [capture, release, wedging] = rates;
    const [fast, slow] = eigenRates();
    const gap = fast - slow;
    const reach = gap * dt_s < 1e-12 ? dt_s : -Math.expm1(-gap * dt_s) / gap;
    const decay = Math.exp(-slow * dt_s);
    moved[0] = decay * (open + reach * (release * trapped - (capture - slow) * open));
    moved[1] = decay * (trapped + reach * (capture * open - (release + wedging - slow) * trapped));
  };
  const isReset = (c: Float64Array, environment: Environment): boolean =>
    -orientation * (environment.pressure_Pa ?? 0) > c[PLUG.reset_Pa];

  /** n particles from o or t: how many are trapped and wedged afterwards, added to counts. */
  const counts = new Float64Array(2);
  const scatter = (n: number, fromOpen: boolean, dt_s: number, dice: Dice): void => {
    if (n === 0) return;
    move(fromOpen ? 1 : 0, fromOpen ? 0 : 1, dt_s);
    const [open, trapped] = moved;
    const staysOpen = binomial(n, clip(open), dice.uniform());
    const rest = n - staysOpen;
    const caught = rest === 0 ? 0 : binomial(rest, rates[2] === 0 ? 1 : clip(trapped / (1 - open)), dice.uniform());
    counts[0] += caught;
    counts[1] += rest - caught;
  };

  return {
    held: "exact",
    rule: `exact ${stochastic ? "multinomial" : "exponentials"} of three states, any step; pressure resets at once`,
    stochastic,
    advance(v, dt_s, x, c, environment, dice) {
      if (isReset(c, environment)) {
        x[0] = 0;
        x[1] = 0;
        return;
      }
      setRates(v, c, environment);
      if (stochastic) {
        const n = c[PLUG.pores];
        const trapped = Math.round(x[0] * n);
        const wedged = Math.round(x[1] * n);
        counts[0] = 0;
        counts[1] = wedged;
        scatter(n - trapped - wedged, true, dt_s, dice);
        scatter(trapped, false, dt_s, dice);
        x[0] = counts[0] / n;
        x[1] = counts[1] / n;
        return;
      }
      const free = 1 - x[1];
      move(free - x[0], x[0], dt_s);
      x[0] = moved[1];
      if (rates[2] > 0) x[1] = clip(1 - moved[0] - moved[1]);
    },
    settle(v, x, c, environment) {
      if (isReset(c, environment)) {
        x.fill(0, 0, 2);
        return;
      }
      setRates(v, c, environment);
      const [capture, release, wedging] = rates;
      if (capture * wedging > 0) x[1] = 1;
      x[0] = capture + release > 0 ? ((1 - x[1]) * capture) / (capture + release) : x[0];
      if (stochastic) x[0] = Math.round(x[0] * c[PLUG.pores]) / c[PLUG.pores];
    },
    times(v, _x, c, environment, times_s) {
      setRates(v, c, environment);
      const [fast, slow] = eigenRates();
      times_s[0] = 1 / fast;
      times_s[1] = c[PLUG.wedging] === 0 ? 1 / fast : 1 / slow;
    },
  };
}

function clip(part: number): number {
  return Math.min(1, Math.max(0, part));
}
