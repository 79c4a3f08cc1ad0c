import { create } from "zustand";
import type { ArrayCard } from "../../core/labMessages/index.ts";
import { useLab } from "./lab.ts";

export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** Which array the window looks at, and which of its junctions are chosen. Map, table, inspector, traces and forms share it. */
export interface Selection {
  /** Empty: the first array that is open. */
  readonly arrayId: string;
  /** The junction that the inspector shows and arrows move; the last one that was touched. */
  readonly cursor: Cell | undefined;
  /** The other corner of a range. */
  readonly anchor: Cell | undefined;
  /** One byte per junction, row-major, 1 = selected; never changed in place. Absent: nothing. */
  readonly chosen: Uint8Array | undefined;
  readonly count: number;
  /** A second junction that the inspector compares the cursor with. */
  readonly pinned: Cell | undefined;
}

export const useSelection = create<Selection>(() => ({
  arrayId: "",
  cursor: undefined,
  anchor: undefined,
  chosen: undefined,
  count: 0,
  pinned: undefined,
}));

/** The array that the window looks at. */
export function currentArray(
  arrays: readonly ArrayCard[] = useLab.getState().arrays,
  id = useSelection.getState().arrayId,
): ArrayCard | undefined {
  return arrays.find(({ array }) => array === id) ?? arrays[0];
}

/** The same for components, which render again when it changes. */
export function useCurrentArray(): ArrayCard | undefined {
  const id = useSelection((state) => state.arrayId);
  return useLab((state) => currentArray(state.arrays, id));
}

export function chooseArray(id: string): void {
  if (id !== useSelection.getState().arrayId)
    useSelection.setState({
      arrayId: id,
      cursor: undefined,
      anchor: undefined,
      chosen: undefined,
      count: 0,
      pinned: undefined,
    });
}

type Grid = ArrayCard["grid"];

/** One junction alone. */
export function selectCell(grid: Grid, cell: Cell): void {
  const chosen = new Uint8Array(grid.rows * grid.columns);
  chosen[cell.row * grid.columns + cell.column] = 1;
  useSelection.setState({ cursor: cell, anchor: cell, chosen, count: 1 });
}

/** Adds or takes away one junction. */
export function toggleCell(grid: Grid, cell: Cell): void {
  const chosen = copyOfChosen(grid);
  const k = cell.row * grid.columns + cell.column;
  chosen[k] = chosen[k] ? 0 : 1;
  useSelection.setState({ cursor: cell, anchor: cell, chosen, count: countOf(chosen) });
}

/** The rectangle from the anchor to this junction; with `add`, besides what `before` holds. */
export function selectTo(grid: Grid, cell: Cell, before?: Uint8Array): void {
  const from = useSelection.getState().anchor ?? cell;
  const chosen =
    before?.length === grid.rows * grid.columns ? before.slice() : new Uint8Array(grid.rows * grid.columns);
  fill(chosen, grid, from, cell);
  useSelection.setState({ cursor: cell, anchor: from, chosen, count: countOf(chosen) });
}

/** A whole row (or rows up to the anchor's, with `extend`); with `add`, besides what was chosen. */
export function selectRow(grid: Grid, row: number, { extend = false, add = false } = {}): void {
  const from = extend ? (useSelection.getState().anchor?.row ?? row) : row;
  selectBlock(grid, { row: from, column: 0 }, { row, column: grid.columns - 1 }, add);
}

export function selectColumn(grid: Grid, column: number, { extend = false, add = false } = {}): void {
  const from = extend ? (useSelection.getState().anchor?.column ?? column) : column;
  selectBlock(grid, { row: 0, column: from }, { row: grid.rows - 1, column }, add);
}

export function selectAll(grid: Grid): void {
  selectBlock(grid, { row: 0, column: 0 }, { row: grid.rows - 1, column: grid.columns - 1 }, false);
}

export function clearSelection(): void {
  useSelection.setState({ cursor: undefined, anchor: undefined, chosen: undefined, count: 0 });
}

/** The chosen junctions, row-major; "all" where each is. For asks. */
export function chosenCells(grid: Grid): "all" | Cell[] {
  const { chosen, count } = useSelection.getState();
  if (!chosen || chosen.length !== grid.rows * grid.columns) return [];
  if (count === chosen.length) return "all";
  const cells: Cell[] = [];
  for (let k = 0; k < chosen.length; k++)
    if (chosen[k]) cells.push({ row: Math.floor(k / grid.columns), column: k % grid.columns });
  return cells;
}

function selectBlock(grid: Grid, from: Cell, to: Cell, add: boolean): void {
  const chosen = add ? copyOfChosen(grid) : new Uint8Array(grid.rows * grid.columns);
  fill(chosen, grid, from, to);
  useSelection.setState({ cursor: { row: to.row, column: from.column }, anchor: from, chosen, count: countOf(chosen) });
}

function copyOfChosen(grid: Grid): Uint8Array {
  const { chosen } = useSelection.getState();
  return chosen?.length === grid.rows * grid.columns ? chosen.slice() : new Uint8Array(grid.rows * grid.columns);
}

function fill(chosen: Uint8Array, grid: Grid, a: Cell, b: Cell): void {
  for (let row = Math.min(a.row, b.row); row <= Math.max(a.row, b.row); row++)
    chosen.fill(
      1,
      row * grid.columns + Math.min(a.column, b.column),
      row * grid.columns + Math.max(a.column, b.column) + 1,
    );
}

function countOf(chosen: Uint8Array): number {
  let count = 0;
  for (const one of chosen) count += one;
  return count;
}

/** Moves the cursor by rows and columns, staying inside; with `extend` the range from the anchor grows with it. */
export function moveCursor(grid: Grid, rows: number, columns: number, extend = false): void {
  const { cursor } = useSelection.getState();
  const clamp = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
  const next = cursor
    ? { row: clamp(cursor.row + rows, grid.rows), column: clamp(cursor.column + columns, grid.columns) }
    : { row: 0, column: 0 };
  if (extend) selectTo(grid, next);
  else selectCell(grid, next);
}

/** The junction to compare with from now on; undefined compares no more. */
export function pinCell(cell: Cell | undefined): void {
  useSelection.setState({ pinned: cell });
}
