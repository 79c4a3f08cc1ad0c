/**
 * Duty limits. A junction may be above the threshold for at most duty x (T + window) within any stretch of time T.
 * The excess, time above minus duty x time, is a sum over the run, and the limit is on its largest partial sum; four
 * numbers per part are enough to join parts (the maximum subarray problem), so no history has to be kept.
 */
export interface Burst {
  readonly total_s: number;
  /** Largest excess of any beginning, of any ending, and of any part. None is below 0. */
  readonly beginning_s: number;
  readonly ending_s: number;
  readonly largest_s: number;
}

export const NO_BURST: Burst = { total_s: 0, beginning_s: 0, ending_s: 0, largest_s: 0 };

/** First one, then the other. */
export function followedBy(first: Burst, second: Burst): Burst {
  return {
    total_s: first.total_s + second.total_s,
    beginning_s: Math.max(first.beginning_s, first.total_s + second.beginning_s),
    ending_s: Math.max(second.ending_s, second.total_s + first.ending_s),
    largest_s: Math.max(first.largest_s, second.largest_s, first.ending_s + second.beginning_s),
  };
}

/** Above the threshold for `leading_s`, then below, then above for `trailing_s`; both equal to `length_s`: all the time. */
export function burstOf(leading_s: number, length_s: number, trailing_s: number, duty: number): Burst {
  if (duty === 1) return NO_BURST;
  if (leading_s >= length_s) return above(length_s, duty);
  const low: Burst = { ...NO_BURST, total_s: -duty * (length_s - leading_s - trailing_s) };
  return followedBy(followedBy(above(leading_s, duty), low), above(trailing_s, duty));
}

/** `count` times above for `width_s` with `gap_s` between, somewhere within `length_s`. */
export function repeatedBurst(count: number, width_s: number, gap_s: number, length_s: number, duty: number): Burst {
  if (duty === 1) return NO_BURST;
  const excess = (times: number) => times * width_s * (1 - duty) - duty * Math.max(0, times - 1) * gap_s;
  // linear in the number of times: the largest is one of the two ends
  const most_s = Math.min(Math.max(excess(1), excess(count)), length_s * (1 - duty));
  const total_s = Math.min(count * width_s, length_s) - duty * length_s;
  return { total_s, beginning_s: most_s, ending_s: most_s, largest_s: most_s };
}

function above(time_s: number, duty: number): Burst {
  const excess_s = time_s * (1 - duty);
  return { total_s: excess_s, beginning_s: excess_s, ending_s: excess_s, largest_s: excess_s };
}
