/**
 * Short-term plasticity of a synapse, Tsodyks and Markram, PNAS 94, 719 (1997), 10.1073/pnas.94.2.719. At each spike, d
 * after the one before,
 *
 *   u <- u exp(-d / tau_f),   x <- 1 + (x - 1) exp(-d / tau_rec)          between the spikes, exact
 *   u <- u + U (1 - u),   release = u x,   x <- x (1 - u)                 at the spike
 *
 * from u = 0 and x = 1. Depressing for U = 0.5, tau_rec = 0.8 s, tau_f = 0; facilitating for 0.05, 0.1 s, 1 s.
 */
export interface SynapseParameters {
  /** U, part of the resources that a first spike uses, 0 to 1. */
  readonly use: number;
  readonly recovery_s: number;
  /** 0: no facilitation. */
  readonly facilitation_s: number;
}

export interface Synapses {
  readonly parameters: SynapseParameters;
  readonly u: Float64Array;
  readonly x: Float64Array;
  /** Time of the last spike; NaN before the first. */
  readonly lastSpike_s: Float64Array;
}

/** @throws RangeError naming the parameter */
export function makeSynapses(count: number, parameters: SynapseParameters): Synapses {
  const { use, recovery_s, facilitation_s } = parameters;
  if (!(Number.isInteger(count) && count > 0)) throw new RangeError(`count is ${count}, allowed are integers from 1`);
  if (!(use > 0 && use <= 1)) throw new RangeError(`use is ${use}, allowed are values above 0 to 1`);
  if (!(recovery_s > 0)) throw new RangeError(`recovery_s is ${recovery_s}, allowed are values above 0`);
  if (!(facilitation_s >= 0)) throw new RangeError(`facilitation_s is ${facilitation_s}, allowed are values from 0`);
  return {
    parameters,
    u: new Float64Array(count),
    x: new Float64Array(count).fill(1),
    lastSpike_s: new Float64Array(count).fill(Number.NaN),
  };
}

/** One spike at synapse k; returns the part of the resources that it releases. @throws RangeError for a spike in the past */
export function arriveSpike(synapses: Synapses, k: number, time_s: number): number {
  const { u, x, lastSpike_s, parameters } = synapses;
  if (!(k >= 0 && k < u.length)) throw new RangeError(`Synapse ${k} does not exist, allowed are 0 to ${u.length - 1}`);
  const elapsed_s = time_s - lastSpike_s[k];
  if (elapsed_s < 0) throw new RangeError(`Spike at ${time_s} s is before the last one at ${lastSpike_s[k]} s`);
  if (elapsed_s >= 0) {
    u[k] *= parameters.facilitation_s === 0 ? 0 : Math.exp(-elapsed_s / parameters.facilitation_s);
    x[k] = 1 + (x[k] - 1) * Math.exp(-elapsed_s / parameters.recovery_s);
  }
  lastSpike_s[k] = time_s;
  u[k] += parameters.use * (1 - u[k]);
  const release = u[k] * x[k];
  x[k] *= 1 - u[k];
  return release;
}
