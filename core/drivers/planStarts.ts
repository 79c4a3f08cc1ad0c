import type { ChannelPlan } from "./instrument.ts";

/**
 * When every point of a plan begins, and behind the last one when the plan ends, seconds from its start. Summed with the
 * rounding error carried along (Neumaier): of millions of equal periods the plain sum is off by parts of a thousandth of a
 * sample, and then a point has none.
 */
export function planStarts({ duration_s }: Pick<ChannelPlan, "duration_s">): Float64Array {
  const starts_s = new Float64Array(duration_s.length + 1);
  let [sum, lost] = [0, 0];
  for (let k = 0; k < duration_s.length; k++) {
    const length_s = duration_s[k]!;
    const next = sum + length_s;
    lost += Math.abs(sum) >= Math.abs(length_s) ? sum - next + length_s : length_s - next + sum;
    sum = next;
    starts_s[k + 1] = sum + lost;
  }
  return starts_s;
}
