import { burstOf } from "./burst.ts";
import { type Difference, isAbove, type JunctionDrive, type Thresholds } from "./stretch.ts";

/** A straight line: every figure is exact. */
export function straightStretch(part: Difference, { above_V, duty }: Thresholds): JunctionDrive {
  const { length_s, from_V, to_V } = part;
  const largest_V = Math.max(Math.abs(from_V), Math.abs(to_V));
  const crosses = from_V * to_V < 0;
  const [leading_s, trailing_s] = timesAbove(part, crosses, above_V);
  return {
    length_s,
    largest_V,
    slew_V_s: Math.abs(to_V - from_V) / length_s,
    step_V: 0,
    first_V: from_V,
    last_V: to_V,
    dose_Vs: crosses
      ? ((from_V ** 2 + to_V ** 2) / (2 * Math.abs(to_V - from_V))) * length_s
      : ((Math.abs(from_V) + Math.abs(to_V)) / 2) * length_s,
    square_V2s: ((from_V ** 2 + from_V * to_V + to_V ** 2) / 3) * length_s,
    longest_s: Math.max(leading_s, trailing_s),
    leading_s,
    trailing_s,
    burst: burstOf(leading_s, length_s, trailing_s, duty),
  };
}

/** How long a straight line is above the threshold from its start, and until its end. */
function timesAbove({ length_s, from_V, to_V }: Difference, crosses: boolean, above_V: number): [number, number] {
  const [high, stays] = [isAbove(from_V, above_V), isAbove(to_V, above_V)];
  if (!high && !stays) return [0, 0];
  if (from_V === to_V || (!crosses && high && stays)) return [length_s, length_s];
  // the times at which the line enters and leaves the band of +-above_V
  const at = (voltage_V: number) => Math.min(1, Math.max(0, (voltage_V - from_V) / (to_V - from_V)));
  const [first, second] = [at(-above_V), at(above_V)];
  return [high ? Math.min(first, second) * length_s : 0, stays ? (1 - Math.max(first, second)) * length_s : 0];
}
