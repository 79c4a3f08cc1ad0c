import { ROOM_TEMPERATURE_K } from "../constants.ts";
import { diffusionRatio } from "../electrolyte.ts";
import type { Environment } from "../environment.ts";

/**
 * D(T) / D(25 degrees Celsius) of ions in water under an environment, 1 where it names no temperature. Diffusion times
 * divide by it, conductances multiply by it times T0/T. The last answer is kept: one junction after the other asks.
 */
export function makeMobility(): (environment: Environment) => number {
  let known_K = ROOM_TEMPERATURE_K;
  let ratio = 1;
  return ({ temperature_K = ROOM_TEMPERATURE_K }) => {
    if (temperature_K !== known_K) {
      ratio = diffusionRatio(temperature_K, ROOM_TEMPERATURE_K);
      known_K = temperature_K;
    }
    return ratio;
  };
}

/** The factor on a conductance that goes with a factor on D: Nernst and Einstein, sigma ~ D / T. */
export function conductivityRatio(mobility: number, { temperature_K = ROOM_TEMPERATURE_K }: Environment): number {
  return (mobility * ROOM_TEMPERATURE_K) / temperature_K;
}
