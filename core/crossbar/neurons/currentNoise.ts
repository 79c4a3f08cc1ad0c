import { fillNormal, streamOf } from "../random.ts";

const STREAM = streamOf("membrane-current");

/** Currents with a memory: x' = -x / tau + noise, standard deviation sigma (Ornstein and Uhlenbeck). */
export interface CurrentNoise {
  readonly seed: number;
  readonly tau_s: number;
  readonly deviation: number;
  readonly value: Float64Array;
  /** Steps so far: numbers are functions of (seed, step, neuron) alone. */
  steps: number;
}

/** Starts at 0; unit of `deviation` is that of the current. */
export function makeCurrentNoise(count: number, tau_s: number, deviation: number, seed = 0): CurrentNoise {
  if (!(Number.isInteger(count) && count > 0)) throw new RangeError(`count is ${count}, allowed are integers from 1`);
  if (!(tau_s > 0)) throw new RangeError(`tau_s is ${tau_s}, allowed are values above 0`);
  if (!(deviation >= 0)) throw new RangeError(`deviation is ${deviation}, allowed are values from 0`);
  return { seed, tau_s, deviation, value: new Float64Array(count), steps: 0 };
}

/** x <- x e + sigma sqrt(1 - e^2) N(0, 1), e = exp(-dt / tau): exact for any step. */
export function stepCurrentNoise(noise: CurrentNoise, dt_s: number, scratch: Float64Array): void {
  const { value, deviation, seed } = noise;
  if (scratch.length !== value.length)
    throw new RangeError(`scratch has ${scratch.length} values, needed are ${value.length}`);
  const kept = Math.exp(-dt_s / noise.tau_s);
  const fresh = deviation * Math.sqrt(-Math.expm1((-2 * dt_s) / noise.tau_s));
  fillNormal(scratch, seed, STREAM, noise.steps * value.length);
  for (let k = 0; k < value.length; k++) value[k] = value[k] * kept + fresh * scratch[k];
  noise.steps++;
}
