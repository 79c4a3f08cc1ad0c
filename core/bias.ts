import type { Grid } from "./crossbar/grid.ts";
import { junctionIndex } from "./crossbar/grid.ts";
import { sealLines } from "./limiter/sealLines.ts";
import type { Address, LineDrive } from "./stimulus.ts";
import { constant, scale, type Waveform } from "./waveform.ts";

/**
 * How the lines are held that nobody asked for while one junction is driven. The selected junction sees the waveform V
 * under every scheme; the schemes differ in what its neighbours see (half-select disturb) and in sneak currents.
 *
 *   scheme   selected row   other rows   selected column   other columns   neighbours see
 *   ground   V              0            0                 0               V in the row, 0 elsewhere
 *   V/2      V/2            0            -V/2              0               V/2 in row and column, 0 elsewhere
 *   V/3      V              V/3          0                 2V/3            V/3 in row and column, -V/3 elsewhere
 *   float    V              floating     0                 floating        whatever the sneak paths give
 */
export const BIAS_SCHEMES = ["ground", "V/2", "V/3", "float"] as const;
export type BiasScheme = (typeof BIAS_SCHEMES)[number] | CustomBias;

/**
 * Any other scheme, as parts of the waveform V. The selected junction sees V: selectedRow - selectedColumn = 1.
 * The others have one part for all, or one per line (the entry of the selected line is not used).
 */
export interface CustomBias {
  readonly selectedRow: number;
  readonly selectedColumn: number;
  readonly otherRows: number | readonly number[];
  readonly otherColumns: number | readonly number[];
}

/** @returns what is wrong with a custom scheme on this grid, with the field */
export function findBiasMistake(grid: Grid, bias: BiasScheme): { path: string[]; reason: string } | undefined {
  if (typeof bias === "string") return undefined;
  for (const [field, count] of [
    ["otherRows", grid.rows],
    ["otherColumns", grid.columns],
  ] as const) {
    const parts = bias[field];
    if (typeof parts !== "number" && parts.length !== count)
      return { path: [field], reason: `${parts.length} values, allowed are one or ${count} (one per line)` };
  }
  const seen = bias.selectedRow - bias.selectedColumn;
  if (Math.abs(seen - 1) <= 1e-9) return undefined;
  return {
    path: ["selectedRow"],
    reason: `the selected junction sees ${seen} V, allowed is selectedRow - selectedColumn = 1`,
  };
}

export interface LineDrives {
  readonly rows: readonly LineDrive[];
  readonly columns: readonly LineDrive[];
}

/** 0 V, one object for every grounded line: whoever compares drives by reference sees them as one. */
export const GROUND: Waveform = constant(0);

/**
 * Line drives under which the junction at `address` sees `waveform`.
 * @throws RangeError when the address is outside the grid
 */
export function driveCell(grid: Grid, address: Address, waveform: Waveform, scheme: BiasScheme): LineDrives {
  if (typeof scheme !== "string") return driveLines(grid, address, waveform, scheme);
  const last = latest.get(waveform);
  const { row, column } = address;
  if (last?.scheme === scheme && last.grid === grid && last.row === row && last.column === column) return last.drives;
  const { rows, columns } = driveLines(grid, address, waveform, scheme);
  const drives = { rows: sealLines(rows), columns: sealLines(columns) };
  latest.set(waveform, { grid, row, column, scheme, drives });
  return drives;
}

/** Of each waveform the lines of the cell that it drove last: trains drive one cell with one waveform many times. */
const latest = new WeakMap<
  Waveform,
  Address & { readonly grid: Grid; readonly scheme: BiasScheme; readonly drives: LineDrives }
>();

function driveLines(grid: Grid, address: Address, waveform: Waveform, scheme: BiasScheme): LineDrives {
  junctionIndex(grid, address.row, address.column);
  if (typeof scheme !== "string") return driveCustom(grid, address, waveform, scheme);
  switch (scheme) {
    case "ground":
      return drive(grid, address, [waveform, GROUND], [GROUND, GROUND]);
    case "V/2":
      return drive(grid, address, [scaled(waveform, 1 / 2), GROUND], [scaled(waveform, -1 / 2), GROUND]);
    case "V/3":
      return drive(grid, address, [waveform, scaled(waveform, 1 / 3)], [GROUND, scaled(waveform, 2 / 3)]);
    case "float":
      return drive(grid, address, [waveform, "floating"], [GROUND, "floating"]);
  }
}

/**
 * Line drives under which every junction of a row sees `waveform` and all columns can be read at once; other rows 0 V.
 * @throws RangeError when the row is outside the grid
 */
export function driveRow(grid: Grid, row: number, waveform: Waveform): LineDrives {
  junctionIndex(grid, row, 0);
  return drive(grid, { row, column: 0 }, [waveform, GROUND], [GROUND, GROUND]);
}

/** All lines at 0 V. */
export function groundAll(grid: Grid): LineDrives {
  return driveCell(grid, { row: 0, column: 0 }, GROUND, "ground");
}

type SelectedAndOthers = readonly [selected: LineDrive, others: LineDrive];

function drive(
  grid: Grid,
  { row, column }: Address,
  ofRows: SelectedAndOthers,
  ofColumns: SelectedAndOthers,
): LineDrives {
  const rows: LineDrive[] = [];
  for (let i = 0; i < grid.rows; i++) rows.push(ofRows[1]);
  const columns: LineDrive[] = [];
  for (let j = 0; j < grid.columns; j++) columns.push(ofColumns[1]);
  rows[row] = ofRows[0];
  columns[column] = ofColumns[0];
  return { rows, columns };
}

function driveCustom(grid: Grid, address: Address, waveform: Waveform, bias: CustomBias): LineDrives {
  const mistake = findBiasMistake(grid, bias);
  if (mistake) throw new RangeError(`bias.${mistake.path.join(".")}: ${mistake.reason}`);
  const line = (selected: number, own: number, others: number | readonly number[], count: number): LineDrive[] =>
    Array.from({ length: count }, (_, k) => {
      const part = k === selected ? own : typeof others === "number" ? others : (others[k] ?? 0);
      return part === 0 ? GROUND : part === 1 ? waveform : scaled(waveform, part);
    });
  return {
    rows: line(address.row, bias.selectedRow, bias.otherRows, grid.rows),
    columns: line(address.column, bias.selectedColumn, bias.otherColumns, grid.columns),
  };
}

/** Scaled copies, kept as long as their original: 4096 cells share three waveforms instead of owning 4096. */
const copies = new WeakMap<Waveform, Map<number, Waveform>>();

function scaled(waveform: Waveform, factor: number): Waveform {
  let ofWaveform = copies.get(waveform);
  if (!ofWaveform) copies.set(waveform, (ofWaveform = new Map()));
  let copy = ofWaveform.get(factor);
  if (!copy) ofWaveform.set(factor, (copy = scale(waveform, factor)));
  return copy;
}
