import { UnsupportedError } from "../../errors.ts";
import { formatSI } from "../../units.ts";
import type { ChannelPlan } from "../instrument.ts";

/** Levels that the pgf sequence takes as parameters: a voltage and a duration each. */
export const MOST_LEVELS = 5;
/** A level that the computer enters by Vhold lasts longer by the exchange of messages; below this that would be too much of it. */
export const SHORTEST_HELD_S = 0.5;
/** Longest sweep: what is longer is told in parts, and can be stopped between them. */
const LONGEST_SWEEP_S = 1;

export interface SweepLevel {
  readonly voltage_V: number;
  readonly duration_s: number;
}

/** One execution of the sequence. The output is at Vhold before and after it. */
export interface Sweep {
  readonly hold_V: number;
  readonly levels: readonly SweepLevel[];
  /** Of the plan. */
  readonly start_s: number;
  readonly end_s: number;
}

interface Level {
  readonly voltage_V: number;
  readonly start_s: number;
  readonly end_s: number;
}

/**
 * A plan as sweeps: short levels together in one, which the amplifier times, from Vhold and back to it; a long level at Vhold, in
 * parts. @throws UnsupportedError naming the level that fits neither
 */
export function cutSweeps({ voltage_V, duration_s }: ChannelPlan): readonly Sweep[] {
  const levels: Level[] = [];
  let time_s = 0;
  voltage_V.forEach((level_V, k) => {
    const end_s = time_s + (duration_s[k] ?? 0);
    const last = levels.at(-1);
    if (last && last.voltage_V === level_V) levels[levels.length - 1] = { ...last, end_s };
    else levels.push({ voltage_V: level_V, start_s: time_s, end_s });
    time_s = end_s;
  });
  const sweeps: Sweep[] = [];
  let hold_V = 0;
  for (let k = 0; k < levels.length; ) {
    const level = levels[k];
    if (!level) break;
    let end = k;
    while (end < levels.length && end - k < MOST_LEVELS && !isLong(levels[end])) end++;
    if (end === k) {
      hold_V = level.voltage_V;
      sweeps.push(...cutLong(level));
      k++;
      continue;
    }
    const after = levels[end];
    const back = after === undefined ? hold_V === 0 : isLong(after) && after.voltage_V === hold_V;
    if (!back)
      throw new UnsupportedError(
        "levels of a plan",
        `the level at ${formatSI(level.start_s, "s", 6)} begins ${after && !isLong(after) ? `more than ${MOST_LEVELS}` : end - k} short levels: below ${formatSI(SHORTEST_HELD_S, "s")} PATCHMASTER plays at most ${MOST_LEVELS} in a row, from one level and back to it`,
      );
    const together = levels.slice(k, end);
    sweeps.push({
      hold_V,
      levels: together.map(({ voltage_V: level_V, start_s, end_s }) => ({
        voltage_V: level_V,
        duration_s: end_s - start_s,
      })),
      start_s: level.start_s,
      end_s: together.at(-1)?.end_s ?? level.end_s,
    });
    k = end;
  }
  return sweeps;
}

function isLong(level: Level | undefined): boolean {
  return level !== undefined && level.end_s - level.start_s >= SHORTEST_HELD_S * (1 - 1e-9);
}

function cutLong({ voltage_V, start_s, end_s }: Level): Sweep[] {
  const parts = Math.ceil((end_s - start_s) / LONGEST_SWEEP_S - 1e-9);
  const part_s = (end_s - start_s) / parts;
  return Array.from({ length: parts }, (_, k) => ({
    hold_V: voltage_V,
    levels: [{ voltage_V, duration_s: part_s }],
    start_s: start_s + k * part_s,
    end_s: start_s + (k + 1) * part_s,
  }));
}
