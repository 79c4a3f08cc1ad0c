import { z } from "zod";
import { BIAS_SCHEMES, type BiasScheme, findBiasMistake } from "../bias.ts";
import type { Grid } from "../crossbar/grid.ts";
import { describeUnknown, quantity, strictObject } from "../document.ts";
import { type AddressSet, findAddressFault, isAddressSet, readAddressSet, resolveAddressSet } from "./addressSet.ts";
import { shown } from "../shown.ts";
import type { Address } from "../stimulus.ts";
import { logSpaced } from "./logSpaced.ts";

/** Parameters that several protocols share: schemas whose complaints say what is allowed. */

export function positive(unit: string) {
  return quantity(unit).refine((value) => value > 0, {
    error: (issue) => `${String(issue.input)} ${unit} is refused, allowed are values above 0`,
  });
}

export function notNegative(unit: string) {
  return quantity(unit).refine((value) => value >= 0, {
    error: (issue) => `${String(issue.input)} ${unit} is refused, allowed are 0 and more`,
  });
}

export function notZero(unit: string) {
  return quantity(unit).refine((value) => value !== 0, { error: `0 ${unit} is refused, allowed is anything else` });
}

export function count(least: number, most: number) {
  return z
    .custom<number>(
      (input) => typeof input === "number" && Number.isInteger(input) && input >= least && input <= most,
      { error: ({ input }) => `${shown(input)} is refused, allowed are integers from ${least} to ${most}` },
    )
    .meta({ type: "integer", minimum: least, maximum: most });
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[]) {
  return z
    .custom<Word>((input) => words.some((word) => word === input), {
      error: ({ input }) =>
        typeof input === "string"
          ? describeUnknown(input, words, "choice")
          : `${shown(input)} is refused, allowed are ${words.join(", ")}`,
    })
    .meta({ enum: [...words] });
}

export function trueOrFalse() {
  return z
    .custom<boolean>((input) => typeof input === "boolean", {
      error: ({ input }) => `${shown(input)} is refused, allowed are true and false`,
    })
    .meta({ type: "boolean" });
}

/** A list with at least one entry. */
export function listOf<T extends z.ZodType>(entry: T, what: string) {
  return z
    .array(entry, { error: `expected a list of ${what}` })
    .min(1, { error: `the list is empty, write at least one of ${what}` });
}

/** One value or a list of them; which one it is decides what the complaint is about. Output is always a list. */
export function oneOrMore<Output, Input>(entry: z.ZodType<Output, Input>, what: string) {
  const list = listOf(entry, what);
  return z
    .custom<Input | readonly Input[]>((input) => input !== undefined, {
      error: `missing, expected one or a list of ${what}`,
    })
    .transform((input, context): Output[] => {
      const parsed = list.safeParse(Array.isArray(input) ? input : [input]);
      if (parsed.success) return parsed.data;
      for (const { path, message } of parsed.error.issues)
        context.addIssue({ code: "custom", path: Array.isArray(input) ? path : path.slice(1), message });
      return z.NEVER;
    });
}

/** A series {from, to, perDecade} of equal ratios. */
function logSeries(unit: string) {
  return strictObject({ from: positive(unit), to: positive(unit), perDecade: count(1, 1000).default(10) });
}

/** One value above 0, a list, or `{from, to, perDecade}`; output is always a list. */
export function series(unit: string, what: string) {
  const [some, spaced] = [oneOrMore(positive(unit), what), logSeries(unit)];
  return z
    .custom<SeriesInput>((input) => input !== undefined && input !== null, {
      error: `missing, expected one or a list of ${what}, or {from, to, perDecade}`,
    })
    .transform((input, context): number[] => {
      const isMap = typeof input === "object" && !Array.isArray(input);
      const parsed = (isMap ? spaced : some).safeParse(input);
      if (parsed.success)
        return "from" in parsed.data ? logSpaced(parsed.data.from, parsed.data.to, parsed.data.perDecade) : parsed.data;
      for (const issue of parsed.error.issues)
        if (issue.code === "unrecognized_keys")
          for (const key of issue.keys) context.addIssue({ code: "custom", path: [key], message: issue.message });
        else context.addIssue({ code: "custom", path: issue.path, message: issue.message });
      return z.NEVER;
    });
}

type SeriesInput =
  | number
  | string
  | readonly (number | string)[]
  | { readonly from: number | string; readonly to: number | string; readonly perDecade?: number };

const parts = z.union([z.number(), z.array(z.number()).min(1)], {
  error: "expected a part of V such as 0.5, or one per line",
});
const customBias = strictObject({
  selectedRow: z.number().default(1),
  selectedColumn: z.number().default(0),
  otherRows: parts.default(0),
  otherColumns: parts.default(0),
});

/** A named scheme, or parts of V for the lines: `{selectedRow: 0.5, selectedColumn: -0.5, otherRows: [..], otherColumns: 0}`. */
export const bias = z
  .custom<BiasScheme>((input) => input !== undefined && input !== null, { error: "expected a bias scheme" })
  .transform((input, context): BiasScheme => {
    const value: unknown = input;
    const asked = typeof value === "object" ? customBias.safeParse(value) : oneOf(BIAS_SCHEMES).safeParse(value);
    if (asked.success) return asked.data;
    for (const { path, message } of asked.error.issues) context.addIssue({ code: "custom", path, message });
    return z.NEVER;
  })
  .default("ground" satisfies BiasScheme);

export const currentRange_A = z
  .custom<"auto" | number | string>((input) => typeof input === "string" || typeof input === "number", {
    error: 'expected "auto" or a current such as "10 nA"',
  })
  .transform((input, context): number | "auto" => {
    if (input === "auto") return input;
    const parsed = positive("A").safeParse(input);
    if (parsed.success) return parsed.data;
    context.addIssue({ code: "custom", message: `${parsed.error.issues[0]?.message ?? "not a current"}, or auto` });
    return z.NEVER;
  })
  .default("auto");

/** Which junctions: every one, some by [row, column], or a whole line. */
export type Cells =
  | "all"
  | readonly (readonly [row: number, column: number])[]
  | { readonly row: number }
  | { readonly column: number }
  | AddressSet;

const CELLS_FORMS = "all, a list of [row, column], {row: n}, {column: n}, or {rows, columns, mask, list, order, seed}";

export const cells = z
  .custom<Cells>((input) => input !== undefined && input !== null, { error: `expected ${CELLS_FORMS}` })
  .transform((input, context): Cells => {
    const refuse = (path: PropertyKey[], message: string) => {
      context.addIssue({ code: "custom", path, message });
      return z.NEVER;
    };
    const value: unknown = input;
    if (value === "all") return "all";
    if (Array.isArray(value)) {
      if (value.length === 0) return refuse([], `the list is empty, write ${CELLS_FORMS}`);
      value.forEach((cell: unknown, k) => {
        if (!Array.isArray(cell) || cell.length !== 2 || !cell.every(isLineNumber))
          refuse([k], `${shown(cell)} is no address, allowed is [row, column] with integers from 0`);
      });
      return input;
    }
    if (typeof value === "object" && value !== null) {
      if (isAddressSet(value)) {
        const set = readAddressSet({ ...value });
        return "reason" in set ? refuse([...set.path], set.reason) : set;
      }
      const [key, ...others] = Object.keys(value);
      if ((key === "row" || key === "column") && others.length === 0) {
        const line = Object.values(value)[0];
        return isLineNumber(line) ? input : refuse([key], `${shown(line)} is refused, allowed are integers from 0`);
      }
    }
    return refuse([], `${shown(value)} is refused, allowed are ${CELLS_FORMS}`);
  })
  .default("all");

/**
 * One [row, column] or a list of them, or one of some words; output is a list of addresses or the word.
 * @param what for complaints
 */
export function addressList(what: string, words: readonly string[] = []) {
  type Output = string | readonly (readonly [row: number, column: number])[];
  return z
    .custom<Output | readonly [row: number, column: number]>((input) => input !== undefined && input !== null, {
      error: `expected ${what}`,
    })
    .transform((input, context): Output => {
      const value: unknown = input;
      const refuse = (path: PropertyKey[], found: unknown) => {
        context.addIssue({ code: "custom", path, message: `${shown(found)} is refused, allowed are ${what}` });
        return z.NEVER;
      };
      if (typeof value === "string") return words.includes(value) ? value : refuse([], value);
      if (!Array.isArray(value) || value.length === 0) return refuse([], value);
      if (isAddress(value)) return [value];
      const wrong = value.findIndex((entry: unknown) => !isAddress(entry));
      return wrong < 0 ? value.filter(isAddress) : refuse([wrong], value[wrong]);
    });
}

function isAddress(value: unknown): value is readonly [row: number, column: number] {
  return Array.isArray(value) && value.length === 2 && value.every(isLineNumber);
}

function isLineNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

/** How many junctions `chosen` names; no list is made where the answer needs none. */
export function countCells(grid: Grid, chosen: Cells | undefined): number {
  if (chosen === undefined) return 0;
  if (chosen === "all") return grid.rows * grid.columns;
  if ("length" in chosen) return chosen.length;
  if ("order" in chosen) return resolveAddressSet(grid, chosen).length;
  return "row" in chosen ? grid.columns : grid.rows;
}

/** The addresses meant, row by row. @throws nothing: `findCellMistake` has been asked before */
export function resolveCells({ rows, columns }: Grid, chosen: Cells): Address[] {
  if (chosen !== "all" && "length" in chosen) return chosen.map(([row, column]) => ({ row, column }));
  if (chosen !== "all" && "order" in chosen) return resolveAddressSet({ rows, columns }, chosen);
  const addresses: Address[] = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if (chosen === "all" || ("row" in chosen ? chosen.row === row : chosen.column === column))
        addresses.push({ row, column });
  return addresses;
}

/** Where parameters do not fit the array they are meant for. */
export interface Mistake {
  readonly path: readonly PropertyKey[];
  readonly reason: string;
}

/** The first address outside the grid. */
export function findCellMistake(grid: Grid, chosen: Cells, bias: BiasScheme = "ground"): Mistake | undefined {
  const { rows, columns } = grid;
  const mistake = findBiasMistake(grid, bias);
  if (mistake) return { path: ["bias", ...mistake.path], reason: mistake.reason };
  const outside = `outside the array, allowed are rows 0 to ${rows - 1} and columns 0 to ${columns - 1}`;
  if (chosen === "all") return undefined;
  if ("length" in chosen) {
    return findAddressMistake(grid, chosen, ["cells"]);
  }
  if ("order" in chosen) {
    const fault = findAddressFault(grid, chosen);
    if (fault) return { path: ["cells", ...fault.path], reason: fault.reason };
    return findAddressMistake(grid, chosen.list ?? [], ["cells", "list"]);
  }
  if ("row" in chosen)
    return chosen.row < rows
      ? undefined
      : {
          path: ["cells", "row"],
          reason: `row ${chosen.row} is ${outside}${chosen.row < columns ? `; column ${chosen.row} exists, are rows and columns mixed up?` : ""}`,
        };
  return chosen.column < columns
    ? undefined
    : {
        path: ["cells", "column"],
        reason: `column ${chosen.column} is ${outside}${chosen.column < rows ? `; row ${chosen.column} exists, are rows and columns mixed up?` : ""}`,
      };
}

/** The first of some [row, column] outside the grid; says so where the address would fit with its numbers swapped. */
export function findAddressMistake(
  { rows, columns }: Grid,
  addresses: readonly (readonly [row: number, column: number])[],
  path: readonly PropertyKey[],
): Mistake | undefined {
  const k = addresses.findIndex(([row, column]) => row >= rows || column >= columns);
  const found = addresses[k];
  if (!found) return undefined;
  const [row, column] = found;
  const swapped = row < columns && column < rows;
  return {
    path: [...path, k],
    reason: `[${row}, ${column}] is outside the array, allowed are rows 0 to ${rows - 1} and columns 0 to ${columns - 1}${
      swapped ? `; [${column}, ${row}] exists, the row comes first` : ""
    }`,
  };
}
