import type { Capabilities } from "../arrayBackend.ts";
import { LimitError, UnsupportedError } from "../errors.ts";
import { makeTimeGrid } from "../emulated/timeGrid.ts";
import { LineVoltages } from "../emulated/lineVoltages.ts";
import type { Address, LineDrive, Readout, Stimulus } from "../stimulus.ts";
import { formatSI } from "../units.ts";
import { largestMagnitude_V, reaches, type Waveform } from "../waveform.ts";
import type { ChannelCapabilities, ChannelPlan } from "./instrument.ts";

/**
 * Which junction a stimulus drives, for an instrument with one channel and a selector.
 * @throws UnsupportedError when it asks for more than one row and one column, naming the lines
 */
export function findSelected(
  stimulus: Pick<Stimulus, "rows" | "columns" | "referenceRow">,
  columns: readonly number[],
  unselectedLines: Capabilities["unselectedLines"],
): Address {
  const floating = unselectedLines === "floating";
  const asked = (drive: LineDrive) => drive !== "floating" && !isZero(drive);
  const rows = linesThat(stimulus.rows, asked);
  const lowered = linesThat(stimulus.columns, asked);
  if (rows.length > 1)
    throw new UnsupportedError(
      "rows driven at once",
      `rows ${rows.join(", ")} are driven, this array drives 1 at once`,
    );
  if (lowered.length > (floating ? 1 : 0))
    throw new UnsupportedError(
      "column clamp",
      `columns ${lowered.join(", ")} are held at a voltage, this array holds ${floating ? "1 at once" : "them at 0 V"}`,
    );
  const row = rows[0] ?? stimulus.referenceRow;
  const column = columns[0] ?? lowered[0] ?? linesThat(stimulus.columns, (drive) => drive !== "floating")[0] ?? 0;
  if (lowered[0] !== undefined && lowered[0] !== column)
    throw new UnsupportedError(
      "column clamp",
      `column ${lowered[0]} is held at a voltage but column ${column} is read`,
    );
  if (stimulus.rows[row] === "floating" || stimulus.columns[column] === "floating")
    throw new UnsupportedError("floating line", `row ${row}, column ${column} is read but one of them floats`);
  const quiet = rows.length === 0 && lowered.length === 0;
  checkOthers(stimulus.rows, row, "row", floating, quiet);
  checkOthers(stimulus.columns, column, "column", floating, quiet);
  return { row, column };
}

/** While nothing is driven it makes no difference whether a line is grounded or open. */
function checkOthers(
  drives: readonly LineDrive[],
  selected: number,
  side: string,
  floating: boolean,
  quiet: boolean,
): void {
  if (quiet) return;
  const other = drives.findIndex((drive, line) => line !== selected && (drive === "floating") !== floating);
  if (other < 0) return;
  const [asked, does] = floating ? ["grounded", "floating"] : ["floating", "grounded"];
  throw new UnsupportedError(
    "unselected lines",
    `${side} ${other} is to be ${asked}, this array leaves what is not selected ${does} (bias: ${floating ? "float" : "ground"})`,
  );
}

/**
 * The voltage of one junction as a list of holds: cut at every edge and every sample time, ramps and sines as stairs of
 * the sample period. Samples sit on their point's start; one that falls on the end gets a point of its own after it.
 * @throws LimitError | UnsupportedError naming the point, what was asked and what the instrument can
 */
export function planChannel(
  { duration_s, rows, columns }: Stimulus,
  { row, column }: Address,
  readout: Pick<Readout, "samplePeriod_s" | "currentRange_A">,
  compliance_A: number,
): ChannelPlan {
  const lines = new LineVoltages({ duration_s, rows: [rows[row] ?? []], columns: [columns[column] ?? []] });
  const starts: number[] = [];
  const voltages: number[] = [];
  const measured: number[] = [];
  for (const stop of makeTimeGrid(duration_s, readout.samplePeriod_s, lines.edges_s)) {
    if (stop.time_s >= duration_s && stop.sample < 0) break;
    lines.moveTo(stop.time_s);
    starts.push(stop.time_s);
    voltages.push((lines.row_V[0] ?? 0) - (lines.column_V[0] ?? 0));
    measured.push(stop.sample >= 0 ? 1 : 0);
  }
  // sums of decimal times differ in their last places: a sample that near the end is on it
  const atEnd = reaches(starts.at(-1) ?? 0, duration_s * (1 - 1e-12));
  const end_s = atEnd ? duration_s + readout.samplePeriod_s : duration_s;
  return {
    voltage_V: Float64Array.from(voltages),
    duration_s: Float64Array.from(starts, (start_s, k) => (starts[k + 1] ?? end_s) - start_s),
    measured: Uint8Array.from(measured),
    currentRange_A: readout.currentRange_A,
    compliance_A,
  };
}

/** @throws LimitError | UnsupportedError when the instrument cannot play the plan */
export function checkPlan(plan: ChannelPlan, channel: ChannelCapabilities, name: string): void {
  const { voltage_V, duration_s, measured, currentRange_A } = plan;
  if (voltage_V.length > channel.mostPoints)
    throw new UnsupportedError(
      "points of a plan",
      `${name}: the stimulus needs ${voltage_V.length} points, allowed are ${channel.mostPoints}: sample less often or make it shorter`,
    );
  const [least_V, most_V] = channel.voltageRange_V;
  let lowest_V = 0;
  let highest_V = 0;
  voltage_V.forEach((v, k) => {
    const where = `${name}, point ${k}`;
    if (!(v >= least_V && v <= most_V))
      throw new LimitError("voltage", formatSI(v, "V", 6), `${least_V} to ${most_V} V`, where);
    lowest_V = Math.min(lowest_V, v);
    highest_V = Math.max(highest_V, v);
    const shortest_s = measured[k] === 1 ? channel.shortestMeasured_s : channel.shortestHeld_s;
    const held_s = duration_s[k] ?? 0;
    if (held_s < shortest_s * (1 - 1e-9))
      throw new LimitError(
        measured[k] === 1 ? "time of a measured point" : "time of a point",
        formatSI(held_s, "s", 4),
        `${formatSI(shortest_s, "s", 4)} and more`,
        where,
      );
  });
  if (highest_V - lowest_V > channel.span_V * (1 + 1e-12))
    throw new LimitError(
      "span of voltages",
      formatSI(highest_V - lowest_V, "V", 6),
      formatSI(channel.span_V, "V", 6),
      name,
    );
  const widest_A = channel.currentRanges_A.at(-1) ?? Infinity;
  if (currentRange_A !== "auto" && currentRange_A > widest_A)
    throw new LimitError("current range", formatSI(currentRange_A, "A", 6), formatSI(widest_A, "A", 6), name);
}

function isZero(waveform: Waveform): boolean {
  return largestMagnitude_V(waveform) === 0;
}

function linesThat(drives: readonly LineDrive[], test: (drive: LineDrive) => boolean): number[] {
  return drives.flatMap((drive, line) => (test(drive) ? [line] : []));
}
