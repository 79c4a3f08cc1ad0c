interface Slot {
  /** The field itself, as the key. */
  field: Float64Array | undefined;
  held_s: number;
  tau: Float64Array;
  gain: Float64Array;
}

/**
 * 1 - exp(-dt/tau) of every junction, remembered for the last two durations (integrators alternate between a step and its
 * half): the exponential is the dearest part of a relaxation step. Every tau is compared with the one it was computed for.
 */
export class Gains {
  readonly #slots: readonly [Slot, Slot] = [emptySlot(), emptySlot()];
  #oldest = 0;

  of(tau_s: Float64Array, held_s: number): Float64Array {
    const [first, second] = this.#slots;
    const found =
      first.field === tau_s && first.held_s === held_s
        ? first
        : second.field === tau_s && second.held_s === held_s
          ? second
          : undefined;
    if (found) {
      const { tau, gain } = found;
      for (let k = 0; k < tau.length; k++)
        if (tau[k] !== tau_s[k]) {
          tau[k] = tau_s[k];
          gain[k] = -Math.expm1(-held_s / tau_s[k]);
        }
      return gain;
    }
    const slot = this.#slots[this.#oldest];
    this.#oldest = 1 - this.#oldest;
    if (slot.tau.length !== tau_s.length) {
      slot.tau = new Float64Array(tau_s.length);
      slot.gain = new Float64Array(tau_s.length);
    }
    slot.field = tau_s;
    slot.held_s = held_s;
    const { tau, gain } = slot;
    // one exponential per run of equal taus: one for the whole array without variability
    let known = Number.NaN;
    let value = 0;
    for (let k = 0; k < tau.length; k++) {
      if (tau_s[k] !== known) {
        known = tau_s[k];
        value = -Math.expm1(-held_s / known);
      }
      tau[k] = known;
      gain[k] = value;
    }
    return gain;
  }
}

function emptySlot(): Slot {
  return { field: undefined, held_s: Number.NaN, tau: new Float64Array(0), gain: new Float64Array(0) };
}
