import { UnsupportedError } from "../../errors.ts";
import { formatSI } from "../../units.ts";
import type { ChannelPlan } from "../instrument.ts";
import { MOST_STEPS } from "./codec.ts";

/** What `multiStep` is told, and which of its samples belong to which point. */
export interface SteppedPlan {
  /** [milliseconds, volt] each, the last one 0 V. */
  readonly steps: readonly (readonly [number, number])[];
  readonly samplePeriod_ms: number;
  /** Number of the sample (1-based, as the device counts: at number x period) -> point of the plan. */
  readonly pointOf: ReadonlyMap<number, number>;
  readonly duration_ms: number;
}

const LONGEST_PERIOD_MS = 1000;

/**
 * A plan in whole milliseconds: neighbours of one voltage are one step, and the sample period divides every point so that its
 * last sample lies inside it.
 * @throws UnsupportedError naming the point: not on the grid of milliseconds, too many steps
 */
export function stepPlan(plan: ChannelPlan): SteppedPlan {
  const lengths_ms = Array.from(plan.duration_s, (duration_s, point) => toMilliseconds(duration_s, point));
  const steps: [number, number][] = [];
  lengths_ms.forEach((length_ms, point) => {
    const voltage_V = -(plan.voltage_V[point] ?? 0);
    const last = steps.at(-1);
    if (last && last[1] === voltage_V) last[0] += length_ms;
    else steps.push([length_ms, voltage_V === 0 ? 0 : voltage_V]);
  });
  const duration_ms = lengths_ms.reduce((sum, length_ms) => sum + length_ms, 0);
  const common_ms = lengths_ms.reduce(greatestCommonDivisor, 0);
  const samplePeriod_ms = findPeriod(common_ms);
  steps.push([Math.max(1, samplePeriod_ms), 0]);
  if (steps.length > MOST_STEPS)
    throw new UnsupportedError(
      "steps of a plan",
      `the stimulus has ${steps.length} different voltages in a row, a Rodeostat plays ${MOST_STEPS} (pulses and coarse stairs, no fine ramps)`,
    );
  const pointOf = new Map<number, number>();
  let end_ms = 0;
  lengths_ms.forEach((length_ms, point) => {
    end_ms += length_ms;
    // the last sample before the point ends
    if (plan.measured[point] === 1) pointOf.set(end_ms / samplePeriod_ms - 1, point);
  });
  return { steps, samplePeriod_ms, pointOf, duration_ms };
}

/** A divisor of the grid, at most half of it, so that a point of one grid length holds a sample inside. */
function findPeriod(common_ms: number): number {
  for (let parts = 2; parts <= common_ms; parts++)
    if (common_ms % parts === 0 && common_ms / parts <= LONGEST_PERIOD_MS) return common_ms / parts;
  throw new UnsupportedError(
    "sampling",
    `points on a grid of ${common_ms} ms leave no sample inside them; a Rodeostat samples at whole milliseconds, so points must last multiples of 2 ms`,
  );
}

function toMilliseconds(duration_s: number, point: number): number {
  const whole = Math.round(duration_s * 1000);
  if (whole < 1 || Math.abs(duration_s * 1000 - whole) > 1e-6 * whole)
    throw new UnsupportedError(
      "time of a point",
      `point ${point} lasts ${formatSI(duration_s, "s", 6)}, a Rodeostat takes whole milliseconds from 1`,
    );
  return whole;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
