import type { ArrayBackend } from "../arrayBackend.ts";
import type { InferenceOptions } from "./crossbarProducts.ts";
import type { DifferentialMapping } from "./differentialMapping.ts";
import { readEffective } from "./readEffective.ts";

/**
 * Voltage drops undone where they arise, by program and verify at the terminals: read the effective matrix, raise the
 * junctions that look too small from outside, read again. Needs no model of the lines, only a way to program junctions.
 *
 * Of a pair, the member that carries no weight stays where it is (its drop is the partner's background); the other is
 * driven until the effective difference is `attenuation` times the wanted one. Junctions that would pass the highest
 * conductance stay there: strong weights far from the terminals remain too small. `attenuation` trades that loss
 * against signal; by default it is what the weakest tenth of the pairs still transmits.
 */
export interface CompensateOptions extends InferenceOptions {
  /** Rounds of reading and programming, default 4. */
  readonly rounds?: number;
  /** Effective over wanted difference, 0 to 1; default measured. */
  readonly attenuation?: number;
  /** Reads averaged per round against noise, default 4. */
  readonly repeats?: number;
}

export interface Compensation {
  /** The mapping as it now is: new conductances, and a scale that makes up for the attenuation. */
  readonly mapping: DifferentialMapping;
  readonly attenuation: number;
  /** Fraction of the weights that wanted more than the highest conductance. */
  readonly clipped: number;
  /** Rms error of the effective differences over the rms wanted difference, before and after. */
  readonly errorBefore: number;
  readonly errorAfter: number;
}

/**
 * @param array carries `mapping` already
 * @param program writes a rows x columns map of conductances into the array
 */
export async function compensateDrops(
  array: ArrayBackend,
  mapping: DifferentialMapping,
  program: (conductance_S: Float64Array) => void | Promise<void>,
  options: CompensateOptions = {},
): Promise<Compensation> {
  const { rounds = 4, repeats = 4 } = options;
  const wanted_S = mapping.conductance_S;
  const [least_S, most_S] = mapping.range_S;
  const conductance_S = wanted_S.slice();
  let effective_S = await readAveraged(array, mapping.read_V, repeats, options);
  const attenuation = options.attenuation ?? weakestTransmission(wanted_S, effective_S);
  const errorBefore = differenceError(wanted_S, effective_S, 1);
  let clipped = 0;
  for (let round = 0; round < rounds; round++) {
    clipped = 0;
    for (let k = 0; k < wanted_S.length; k += 2) {
      const difference_S = wanted_S[k]! - wanted_S[k + 1]!;
      if (difference_S === 0) continue;
      const high = difference_S > 0 ? k : k + 1;
      const low = difference_S > 0 ? k + 1 : k;
      const goal_S = effective_S[low]! + attenuation * Math.abs(difference_S);
      const next_S = (conductance_S[high]! * goal_S) / Math.max(effective_S[high]!, least_S * 1e-6);
      if (next_S > most_S) clipped++;
      conductance_S[high] = Math.min(most_S, Math.max(least_S, next_S));
    }
    await program(conductance_S);
    effective_S = await readAveraged(array, mapping.read_V, repeats, options);
  }
  return {
    mapping: { ...mapping, conductance_S, scale_perA: mapping.scale_perA / attenuation },
    attenuation,
    clipped: clipped / (wanted_S.length / 2),
    errorBefore,
    errorAfter: differenceError(wanted_S, effective_S, attenuation),
  };
}

async function readAveraged(array: ArrayBackend, read_V: number, repeats: number, options: InferenceOptions) {
  const mean_S = new Float64Array(array.grid.rows * array.grid.columns);
  for (let k = 0; k < repeats; k++) {
    const read_S = await readEffective(array, read_V, options);
    for (let j = 0; j < mean_S.length; j++) mean_S[j]! += read_S[j]! / repeats;
  }
  return mean_S;
}

/** Below a hundredth there is no signal left to aim for. */
const LEAST_ATTENUATION = 0.01;

/** Tenth percentile of effective over programmed conductance, 0.01 to 1. */
function weakestTransmission(wanted_S: Float64Array, effective_S: Float64Array): number {
  const transmission = wanted_S.map((wanted, k) => (wanted > 0 ? effective_S[k]! / wanted : 1)).sort();
  return Math.min(1, Math.max(LEAST_ATTENUATION, transmission[Math.floor(transmission.length / 10)]!));
}

function differenceError(wanted_S: Float64Array, effective_S: Float64Array, attenuation: number): number {
  let squares = 0;
  let total = 0;
  for (let k = 0; k < wanted_S.length; k += 2) {
    const wanted = wanted_S[k]! - wanted_S[k + 1]!;
    squares += ((effective_S[k]! - effective_S[k + 1]!) / attenuation - wanted) ** 2;
    total += wanted ** 2;
  }
  return total > 0 ? Math.sqrt(squares / total) : 0;
}
