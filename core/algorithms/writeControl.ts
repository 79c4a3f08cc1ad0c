/**
 * Closed-loop writing as pure decisions: what a read shows goes in, the next pulse comes out. Knows no array and no protocol;
 * `core/protocol/library/writeVerify.ts` drives any backend with it.
 *
 * - incremental-step: pulses towards the target grow by `step_V` up to `largest_V` (ISPP, Suh et al. 1995, 10.1109/4.475701);
 *   past the target the other direction starts small again.
 * - sign-switching: pulses of one height, the sign by the error; every reversal halves the width, so that the state is
 *   bracketed. ArC's "convert to state" bounds the reversals at 5.
 * - proportional-integral: u = P e + I sum(e), e = (target - g) / target, as a part of the way from `voltage_V` to
 *   `largest_V`; the sum stops while u is at its end and starts anew when the error changes its sign.
 */
export const WRITE_METHODS = ["incremental-step", "sign-switching", "proportional-integral"] as const;
export type WriteMethod = (typeof WRITE_METHODS)[number];

/** Pulses of one direction; both voltages have its sign. */
export interface WriteDirection {
  readonly voltage_V: number;
  /** Growth per pulse, a magnitude. */
  readonly step_V: number;
  readonly largest_V: number;
  readonly width_s: number;
}

export interface WriteRules {
  readonly method: WriteMethod;
  /** Raises the conductance. */
  readonly raise: WriteDirection;
  readonly lower: WriteDirection;
  readonly mostPulses: number;
  readonly mostReversals: number;
  /** "stop": a state past the target is a failure; "reverse" goes back. */
  readonly overshoot: "reverse" | "stop";
  readonly proportional: number;
  readonly integral: number;
}

export interface WriteGoal {
  readonly target_S: number;
  /** |g - target| <= band is reached. */
  readonly band_S: number;
}

/**
 * Why a junction was given up: no pulses left, too many reversals, past the target where that is final, several equal pulses
 * without effect, or a read that was lost (no pulse is sent blindly).
 */
export type WriteFailure = "pulses" | "reversals" | "overshoot" | "stuck" | "unread";

export type WriteDecision =
  | { readonly kind: "done" }
  | { readonly kind: "pulse"; readonly voltage_V: number; readonly width_s: number }
  | { readonly kind: "failed"; readonly reason: WriteFailure };

/** So many equal pulses that together move less than this part of the error have no effect. */
const EQUAL_PULSES = 5;
const LEAST_EFFECT = 0.02;

/** The controller of one junction; ask it after every read. */
export class WriteControl {
  pulses = 0;
  reversals = 0;
  readonly #rules: WriteRules;
  readonly #goal: WriteGoal;
  /** +1 raising, -1 lowering, 0 before the first pulse. */
  #direction = 0;
  /** Pulses in this direction. */
  #inDirection = 0;
  #sum = 0;
  #last: { voltage_V: number; width_s: number } | undefined;
  /** Conductances in front of the latest equal pulses. */
  #equal: number[] = [];

  constructor(rules: WriteRules, goal: WriteGoal) {
    this.#rules = rules;
    this.#goal = goal;
  }

  /** @param conductance_S the latest read, NaN where it was lost */
  decide(conductance_S: number): WriteDecision {
    const { target_S, band_S } = this.#goal;
    const { mostPulses, mostReversals, overshoot } = this.#rules;
    if (Number.isNaN(conductance_S)) return failed("unread");
    const error_S = target_S - conductance_S;
    if (Math.abs(error_S) <= band_S) return { kind: "done" };
    const direction = Math.sign(error_S);
    if (direction !== this.#direction) {
      if (this.#direction !== 0) {
        this.reversals++;
        if (overshoot === "stop") return failed("overshoot");
        if (this.reversals > mostReversals) return failed("reversals");
      }
      this.#direction = direction;
      this.#inDirection = 0;
      this.#sum = 0;
    }
    if (this.pulses >= mostPulses) return failed("pulses");
    const pulse = this.#next(error_S / target_S);
    if (!this.#hasEffect(pulse, conductance_S, error_S)) return failed("stuck");
    this.pulses++;
    this.#inDirection++;
    return { kind: "pulse", ...pulse };
  }

  #next(error: number): { voltage_V: number; width_s: number } {
    const { method, raise, lower, proportional, integral } = this.#rules;
    const side = this.#direction > 0 ? raise : lower;
    const { voltage_V, step_V, largest_V, width_s } = side;
    const sign = Math.sign(voltage_V);
    const reach_V = Math.abs(largest_V) - Math.abs(voltage_V);
    switch (method) {
      case "incremental-step":
        return { voltage_V: voltage_V + sign * Math.min(reach_V, this.#inDirection * step_V), width_s };
      case "sign-switching":
        return { voltage_V, width_s: width_s / 2 ** this.reversals };
      case "proportional-integral": {
        const sum = this.#sum + Math.abs(error);
        const wanted = proportional * Math.abs(error) + integral * sum;
        if (wanted < 1) this.#sum = sum;
        return { voltage_V: voltage_V + sign * reach_V * Math.min(1, wanted), width_s };
      }
    }
  }

  #hasEffect(pulse: { voltage_V: number; width_s: number }, conductance_S: number, error_S: number): boolean {
    const same = this.#last?.voltage_V === pulse.voltage_V && this.#last.width_s === pulse.width_s;
    this.#equal = same ? [...this.#equal, conductance_S] : [conductance_S];
    this.#last = pulse;
    // nothing at all is a dead junction, or a dry run, which must show as many pulses as there can be
    if (this.#equal.length <= EQUAL_PULSES || conductance_S === 0) return true;
    const before_S = this.#equal[this.#equal.length - 1 - EQUAL_PULSES] ?? conductance_S;
    // movement the wrong way is no effect either
    return Math.sign(error_S) * (conductance_S - before_S) >= LEAST_EFFECT * Math.abs(error_S);
  }
}

function failed(reason: WriteFailure): WriteDecision {
  return { kind: "failed", reason };
}
