import type { Grid } from "../crossbar/grid.ts";
import { streamOf, uniform } from "../crossbar/random.ts";
import { shown } from "../shown.ts";
import type { Address } from "../stimulus.ts";

/**
 * Junctions by more than one line or a plain list: a rectangle, a mask, an order. Whatever says nothing about rows or
 * columns means all of them.
 */
export interface AddressSet {
  /** One row, or first and last. */
  readonly rows?: readonly [first: number, last: number] | undefined;
  readonly columns?: readonly [first: number, last: number] | undefined;
  /** One text per row: "x" or "1" takes the junction, "." or "0" leaves it. */
  readonly mask?: readonly string[] | undefined;
  readonly list?: readonly (readonly [row: number, column: number])[] | undefined;
  readonly order: "row" | "column" | "random";
  readonly seed: number;
}

export const ORDERS = ["row", "column", "random"] as const;

/** Keys that only an address set has; `row` and `column` alone stay what they were. */
export function isAddressSet(value: object): boolean {
  return ["rows", "columns", "mask", "list", "order", "seed"].some((key) => key in value);
}

export interface AddressFault {
  readonly path: readonly PropertyKey[];
  readonly reason: string;
}

const KEYS = ["row", "column", "rows", "columns", "mask", "list", "order", "seed"];

/** @returns the set, or what is wrong with it */
export function readAddressSet(value: Readonly<Record<string, unknown>>): AddressSet | AddressFault {
  const unknown = Object.keys(value).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) return fault([unknown], `unknown key "${unknown}", allowed are ${KEYS.join(", ")}`);
  const { row, column, order = "row", seed = 0, mask, list } = value;
  for (const [one, many] of [
    ["row", "rows"],
    ["column", "columns"],
  ] as const)
    if (value[one] !== undefined && value[many] !== undefined)
      return fault([one], `${many} gives these lines already, allowed is one of the two`);
  const rows = readSpan(value["rows"] ?? row, row === undefined ? "rows" : "row");
  const columns = readSpan(value["columns"] ?? column, column === undefined ? "columns" : "column");
  if (rows && "reason" in rows) return rows;
  if (columns && "reason" in columns) return columns;
  if (!ORDERS.some((known) => known === order))
    return fault(["order"], `${shown(order)} is refused, allowed are ${ORDERS.join(", ")}`);
  if (!isIndex(seed)) return fault(["seed"], `${shown(seed)} is refused, allowed are integers from 0`);
  if (mask !== undefined) {
    if (
      !Array.isArray(mask) ||
      mask.length === 0 ||
      !mask.every((line) => typeof line === "string" && /^[x1.0]+$/.test(line))
    )
      return fault(["mask"], 'allowed is one text per row of "x" (or 1) and "." (or 0), in quotes');
  }
  if (list !== undefined) {
    if (!Array.isArray(list) || list.length === 0) return fault(["list"], "allowed is a list of [row, column]");
    const bad = list.findIndex((cell) => !Array.isArray(cell) || cell.length !== 2 || !cell.every(isIndex));
    if (bad >= 0)
      return fault(["list", bad], `${shown(list[bad])} is no address, allowed is [row, column] with integers from 0`);
  }
  return {
    rows,
    columns,
    mask: mask as readonly string[] | undefined,
    list: list as AddressSet["list"],
    order: order as AddressSet["order"],
    seed,
  };
}

/** The junctions meant, in their order. */
export function resolveAddressSet(grid: Grid, { rows, columns, mask, list, order, seed }: AddressSet): Address[] {
  const inside = (span: readonly [number, number] | undefined, line: number) =>
    span === undefined || (line >= span[0] && line <= span[1]);
  const all: Address[] = list
    ? list.map(([row, column]) => ({ row, column }))
    : Array.from({ length: grid.rows * grid.columns }, (_, k) => ({
        row: Math.floor(k / grid.columns),
        column: k % grid.columns,
      }));
  const chosen = all.filter(
    ({ row, column }) =>
      inside(rows, row) && inside(columns, column) && (!mask || /[x1]/.test(mask[row]?.[column] ?? ".")),
  );
  if (order === "column") return chosen.toSorted((a, b) => a.column - b.column || a.row - b.row);
  // a list has an order of its own
  if (order === "row") return chosen;
  return shuffle(chosen, seed);
}

/** What of a set does not fit this grid; addresses of a list are checked as all lists of addresses are. */
export function findAddressFault(grid: Grid, set: AddressSet): AddressFault | undefined {
  for (const [span, which] of [
    [set.rows, "rows"],
    [set.columns, "columns"],
  ] as const) {
    const other = which === "rows" ? grid.columns : grid.rows;
    if (span && span[1] >= grid[which])
      return fault(
        [],
        `${which} ${span[0]} to ${span[1]} are outside the array, allowed are ${which} 0 to ${grid[which] - 1}${span[1] < other ? "; are rows and columns mixed up?" : ""}`,
      );
  }
  const { mask } = set;
  if (mask && mask.length !== grid.rows)
    return fault(["mask"], `the mask has ${mask.length} rows, the array has ${grid.rows}`);
  const line = mask?.findIndex((text) => text.length !== grid.columns) ?? -1;
  if (line >= 0) return fault(["mask", line], `${mask?.[line]?.length} columns, the array has ${grid.columns}`);
  return set.list || resolveAddressSet(grid, set).length > 0 ? undefined : fault([], "means no junction at all");
}

/** Fisher and Yates' shuffle on counter-based numbers: one order for one seed on any machine. */
function shuffle<T>(items: readonly T[], seed: number): T[] {
  const shuffled = [...items];
  const stream = streamOf("address-set order");
  for (let k = shuffled.length - 1; k > 0; k--) {
    const other = Math.floor(uniform(seed, stream, k) * (k + 1));
    [shuffled[k], shuffled[other]] = [shuffled[other] as T, shuffled[k] as T];
  }
  return shuffled;
}

function readSpan(value: unknown, key: string): readonly [number, number] | AddressFault | undefined {
  if (value === undefined || value === "all") return undefined;
  if (isIndex(value)) return [value, value];
  if (Array.isArray(value) && value.length === 2) {
    const [first, last]: readonly unknown[] = value;
    if (isIndex(first) && isIndex(last) && first <= last) return [first, last];
  }
  return fault([key], `${shown(value)} is refused, allowed are a number, [first, last] ascending, or all`);
}

function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function fault(path: readonly PropertyKey[], reason: string): AddressFault {
  return { path, reason };
}
