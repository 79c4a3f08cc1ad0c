import { UnsupportedError } from "../../errors.ts";
import { formatSI } from "../../units.ts";
import type { ChannelPlan } from "../instrument.ts";

/** One list sweep: levels of equal length, and which of its readings belong to which point of the plan. */
export interface ListSweep {
  readonly levels_V: Float64Array;
  /** [reading, point], ascending. */
  readonly readings: readonly (readonly [number, number])[];
}

export interface ListPlan {
  /** Length of every level. */
  readonly unit_s: number;
  readonly nplc: number;
  readonly delay_s: number;
  /** The last one ends at 0 V. */
  readonly sweeps: readonly ListSweep[];
}

/** Of a source delay. */
const TICK_S = 1e-5;
/** Readings of one sweep: 2500 fit into the instrument, 2340 into a line of 64 KiB. */
export const MOST_LEVELS = 2000;
export const SHORTEST_S = 2e-3;
/** Share of a level over which its current is averaged, at its end. */
const APERTURE = 0.25;

/**
 * A plan as lists of levels of one length, the greatest common divisor of its points; a point is read at its end.
 * @param overhead_s what a cycle takes beside source delay and conversion
 * @throws UnsupportedError naming the point: off the grid of 10 us, or levels too short
 */
export function listPlan(plan: ChannelPlan, lineFrequency_Hz: number, overhead_s: number): ListPlan {
  const ticks = Array.from(plan.duration_s, toTicks);
  const unit = ticks.reduce(greatestCommonDivisor, 0);
  const unit_s = unit * TICK_S;
  if (unit_s < SHORTEST_S * (1 - 1e-9))
    throw new UnsupportedError(
      "time of a level",
      `the points of the stimulus lie on a grid of ${formatSI(unit_s, "s", 4)}, a list sweep needs one of ${formatSI(SHORTEST_S, "s")} or more`,
    );
  const nplc = findNplc(unit_s * APERTURE * lineFrequency_Hz);
  return {
    unit_s,
    nplc,
    delay_s: Math.max(0, Number((unit_s - overhead_s - nplc / lineFrequency_Hz).toFixed(5))),
    sweeps: cutSweeps(
      plan,
      ticks.map((length) => length / unit),
    ),
  };
}

/** Whole cycles of the mains where there is time for them: they cancel its hum. */
function findNplc(cycles: number): number {
  if (cycles >= 1) return Math.min(10, Math.floor(cycles));
  return Math.max(0.01, Math.floor(cycles * 100) / 100);
}

function cutSweeps(plan: ChannelPlan, lengths: readonly number[]): ListSweep[] {
  const sweeps: ListSweep[] = [];
  let levels: number[] = [];
  let readings: [number, number][] = [];
  const close = (upTo: number) => {
    sweeps.push({
      levels_V: Float64Array.from(levels.slice(0, upTo)),
      readings: readings.filter(([reading]) => reading < upTo),
    });
    levels = levels.slice(upTo);
    readings = readings.filter(([reading]) => reading >= upTo).map(([reading, point]) => [reading - upTo, point]);
  };
  lengths.forEach((length, point) => {
    for (let k = 0; k < length; k++) {
      if (levels.length >= MOST_LEVELS - 1) close(findCut(levels));
      levels.push(plan.voltage_V[point] ?? 0);
    }
    if (plan.measured[point] === 1) readings.push([levels.length - 1, point]);
  });
  levels.push(0);
  close(levels.length);
  return sweeps;
}

/** Between two sweeps the last level stays until the next list is loaded: behind the gentlest one of the last quarter. */
function findCut(levels: readonly number[]): number {
  let cut = levels.length;
  for (let k = levels.length; k > (levels.length * 3) / 4; k--)
    if (Math.abs(levels[k - 1] ?? 0) < Math.abs(levels[cut - 1] ?? 0)) cut = k;
  return cut;
}

function toTicks(duration_s: number, point: number): number {
  const ticks = Math.round(duration_s / TICK_S);
  if (ticks < 1 || Math.abs(duration_s - ticks * TICK_S) > 1e-6 * duration_s + 1e-9)
    throw new UnsupportedError(
      "time of a point",
      `point ${point} lasts ${formatSI(duration_s, "s", 8)}, a 2400 takes multiples of 10 us`,
    );
  return ticks;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
