import type { LineDrive } from "../stimulus.ts";
import type { Waveform } from "../waveform.ts";
import { burstOf } from "./burst.ts";
import type { Groups } from "./groupLines.ts";
import { junctionDrive } from "./junctionDrive.ts";
import { isAbove, type JunctionDrive, NOTHING, type Thresholds } from "./stretch.ts";

/** Junctions that bear the same. */
export interface Foreseen {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly drive: JunctionDrive;
}

/**
 * What every junction will be asked to bear, one entry per pair of groups of lines.
 *
 * A line that floats sits somewhere between the driven ones (no passive junction lifts it above the highest or below the
 * lowest), so its junctions bear at most the largest difference of any two driven lines, rows and columns alike.
 */
export function foreseeJunctions(
  rows: Groups,
  columns: Groups,
  duration_s: number,
  thresholds: Thresholds,
): readonly Foreseen[] {
  const { above_V, duty } = thresholds;
  const last = latest.get(rows);
  if (last?.columns === columns && last.duration_s === duration_s && last.above_V === above_V && last.duty === duty)
    return last.foreseen;
  const foreseen = foresee(rows, columns, duration_s, thresholds);
  latest.set(rows, { columns, duration_s, above_V, duty, foreseen });
  return foreseen;
}

/** Of each grouping what was foreseen last: trains drive the same lines many times. */
const latest = new WeakMap<
  Groups,
  Thresholds & { readonly columns: Groups; readonly duration_s: number; readonly foreseen: readonly Foreseen[] }
>();

function foresee(rows: Groups, columns: Groups, duration_s: number, thresholds: Thresholds): Foreseen[] {
  const { above_V, duty } = thresholds;
  const foreseen: Foreseen[] = [];
  let spread: JunctionDrive | undefined;
  for (const [row, rowLines] of rows)
    for (const [column, columnLines] of columns) {
      const drive =
        row === "floating" || column === "floating"
          ? (spread ??= spreadOf([...rows.keys(), ...columns.keys()], duration_s, thresholds))
          : junctionDrive(row, column, duration_s, above_V, duty);
      foreseen.push({ rows: rowLines, columns: columnLines, drive });
    }
  return foreseen;
}

/** Bounds of the largest difference of any two driven lines. */
function spreadOf(drives: readonly LineDrive[], duration_s: number, { above_V, duty }: Thresholds): JunctionDrive {
  const driven = [...new Set(drives)].filter((drive): drive is Waveform => drive !== "floating");
  const pairs = driven.flatMap((one, k) =>
    driven.slice(k + 1).map((other) => junctionDrive(one, other, duration_s, above_V, duty)),
  );
  const [first, ...others] = pairs;
  if (!first) return { ...NOTHING, length_s: duration_s };
  if (others.length === 0) return first;
  // which pair is furthest apart may change from moment to moment: times are taken as the worst
  const most = (of: (drive: JunctionDrive) => number) =>
    pairs.reduce((largest, pair) => Math.max(largest, of(pair)), 0);
  const largest_V = most((pair) => pair.largest_V);
  const above_s = isAbove(largest_V, above_V) ? duration_s : 0;
  return {
    length_s: duration_s,
    largest_V,
    slew_V_s: most((pair) => pair.slew_V_s),
    step_V: most((pair) => pair.step_V),
    first_V: most((pair) => Math.abs(pair.first_V)),
    last_V: most((pair) => Math.abs(pair.last_V)),
    dose_Vs: largest_V * duration_s,
    square_V2s: largest_V ** 2 * duration_s,
    longest_s: above_s,
    leading_s: above_s,
    trailing_s: above_s,
    burst: burstOf(above_s, duration_s, above_s, duty),
  };
}
