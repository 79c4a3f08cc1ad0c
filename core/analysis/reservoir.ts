import { mean, sampleDeviation } from "./statistics.ts";

/** State of a junction after one pulse pattern, over its repeats. */
export interface ReservoirState {
  readonly pattern: string;
  readonly value: number;
  /** Standard deviation over the repeats; NaN for one. */
  readonly deviation: number;
  readonly n: number;
}

export interface ReservoirResult {
  /** Ascending by value: the ladder. */
  readonly states: readonly ReservoirState[];
  /** Smallest distance of neighbours on the ladder; NaN below two states. */
  readonly smallestGap: number;
  readonly smallestGapBetween: readonly [string, string] | null;
  /** Largest minus smallest state. */
  readonly span: number;
  /** smallestGap / (span / (states - 1)): 1 for evenly spaced states, 0 where two coincide. */
  readonly evenness: number;
  /** smallestGap over the pooled standard deviation of the repeats; NaN without repeats. */
  readonly separability: number;
}

/** @param reads what the junction shows at the end of each train (conductance or current, one unit) */
export function analyseReservoir(reads: readonly { pattern: string; value: number }[]): ReservoirResult {
  const groups = new Map<string, number[]>();
  for (const { pattern, value } of reads) {
    const list = groups.get(pattern) ?? [];
    if (Number.isFinite(value)) list.push(value);
    groups.set(pattern, list);
  }
  const states = [...groups]
    .filter(([, values]) => values.length > 0)
    .map(([pattern, values]) => ({
      pattern,
      value: mean(values),
      deviation: sampleDeviation(values),
      n: values.length,
    }))
    .sort((a, b) => a.value - b.value);
  let smallestGap = Number.NaN;
  let smallestGapBetween: [string, string] | null = null;
  states.forEach((state, k) => {
    const below = states[k - 1];
    if (!below) return;
    const gap = state.value - below.value;
    if (smallestGapBetween && gap >= smallestGap) return;
    smallestGap = gap;
    smallestGapBetween = [below.pattern, state.pattern];
  });
  const span = (states.at(-1)?.value ?? Number.NaN) - (states[0]?.value ?? Number.NaN);
  const repeated = states.filter((state) => state.n > 1);
  const freedom = repeated.reduce((sum, state) => sum + state.n - 1, 0);
  const pooled = Math.sqrt(repeated.reduce((sum, state) => sum + (state.n - 1) * state.deviation ** 2, 0) / freedom);
  return {
    states,
    smallestGap,
    smallestGapBetween,
    span,
    evenness: smallestGap / (span / (states.length - 1)),
    separability: smallestGap / pooled,
  };
}
