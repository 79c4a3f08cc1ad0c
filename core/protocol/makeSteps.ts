import { type BiasScheme, driveCell, groundAll } from "../bias.ts";
import type { Grid } from "../crossbar/grid.ts";
import type { Address, ReadWindow } from "../stimulus.ts";
import { durationOf, type Waveform } from "../waveform.ts";
import type { ApplyStep } from "./protocol.ts";

/** Building blocks of the library's steps. */

/** Voltages held one after the other; parts of no length are left out. */
export function holds(...levels: readonly (readonly [voltage_V: number, duration_s: number])[]): Waveform {
  return levels
    .filter(([, duration_s]) => duration_s > 0)
    .map(([voltage_V, duration_s]) => ({ kind: "hold", voltage_V, duration_s }));
}

/** The second half of a pulse: the line, the amplifier and the filter have settled in the first. */
export function secondHalf(start_s: number, width_s: number, label: string): ReadWindow {
  return { start_s: start_s + width_s / 2, end_s: start_s + width_s, label };
}

/** The last tenth of a pulse: the state it has reached. */
export function lastTenth(start_s: number, width_s: number, label: string): ReadWindow {
  return { start_s: start_s + 0.9 * width_s, end_s: start_s + width_s, label };
}

export interface CellStep {
  readonly grid: Grid;
  readonly cell: Address;
  /** What the selected junction sees. */
  readonly waveform: Waveform;
  readonly bias: BiasScheme;
  readonly role: string;
  readonly label: string;
  readonly samplePeriod_s: number;
  readonly currentRange_A: number | "auto";
  readonly windows: readonly ReadWindow[];
  /** Beside row and column. */
  readonly tags: Readonly<Record<string, number | string>>;
}

/** One waveform for one junction, its column sampled. */
export function cellStep(step: CellStep): ApplyStep {
  const { grid, cell, waveform, samplePeriod_s, currentRange_A, windows } = step;
  const { rows, columns } = driveCell(grid, cell, waveform, step.bias);
  return {
    kind: "apply",
    role: step.role,
    label: `r${cell.row} c${cell.column}${step.label === "" ? "" : `, ${step.label}`}`,
    stimulus: {
      duration_s: durationOf(waveform),
      rows,
      columns,
      targets: [cell],
      referenceRow: cell.row,
    },
    readout: { samplePeriod_s, columns: [cell.column], currentRange_A, windows },
    tags: { row: cell.row, column: cell.column, ...step.tags },
  };
}

/** All lines at 0 V; nothing is sampled. Volatile junctions forget meanwhile. */
export function restStep(grid: Grid, rest_s: number): ApplyStep {
  const { rows, columns } = groundAll(grid);
  return {
    kind: "apply",
    role: "rest",
    label: "rest",
    stimulus: { duration_s: rest_s, rows, columns, targets: [], referenceRow: 0 },
    readout: { samplePeriod_s: rest_s, columns: [], currentRange_A: "auto", windows: [] },
    tags: {},
  };
}
