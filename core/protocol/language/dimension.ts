import { parseUnitAtom } from "../../units.ts";

/**
 * What a number is a number of: exponents of the base units below. V/A and ohm are one dimension, so that
 * `current / voltage` is a conductance. Rows and columns are dimensions too: an index of one is none of the other.
 */
export type Dimension = readonly number[];

const BASE = ["m", "kg", "s", "A", "K", "mol", "row", "column"] as const;

function of(exponents: Partial<Record<(typeof BASE)[number], number>>): Dimension {
  return BASE.map((symbol) => exponents[symbol] ?? 0);
}

export const PURE = of({});
export const ROW = of({ row: 1 });
export const COLUMN = of({ column: 1 });

const VOLT = of({ kg: 1, m: 2, s: -3, A: -1 });

/** SI brochure, 9th edition, tables 2 and 4; in the order in which a name is looked for. */
const NAMED: readonly (readonly [string, Dimension])[] = [
  ["V", VOLT],
  ["A", of({ A: 1 })],
  ["S", of({ kg: -1, m: -2, s: 3, A: 2 })],
  ["s", of({ s: 1 })],
  ["Hz", of({ s: -1 })],
  ["ohm", of({ kg: 1, m: 2, s: -3, A: -2 })],
  ["m", of({ m: 1 })],
  ["K", of({ K: 1 })],
  ["F", of({ kg: -1, m: -2, s: 4, A: 2 })],
  ["H", of({ kg: 1, m: 2, s: -2, A: -2 })],
  ["W", of({ kg: 1, m: 2, s: -3 })],
  ["J", of({ kg: 1, m: 2, s: -2 })],
  ["C", of({ s: 1, A: 1 })],
  ["Pa", of({ kg: 1, m: -1, s: -2 })],
  ["mol", of({ mol: 1 })],
  ["mM", of({ mol: 1, m: -3 })],
  ["a row", ROW],
  ["a column", COLUMN],
  ["V/s", multiplyDimensions(VOLT, of({ s: -1 }))],
  ["V s", multiplyDimensions(VOLT, of({ s: 1 }))],
];

export function multiplyDimensions(a: Dimension, b: Dimension): Dimension {
  return a.map((exponent, k) => exponent + (b[k] ?? 0));
}

export function raiseDimension(a: Dimension, power: number): Dimension {
  // -0 would not equal 0 in a comparison of texts
  return a.map((exponent) => exponent * power + 0);
}

export function sameDimension(a: Dimension, b: Dimension): boolean {
  return a.every((exponent, k) => exponent === b[k]);
}

/** "mV" as its dimension and what one of it is in base SI; undefined where the word is no unit. */
export function dimensionOfUnit(word: string): { readonly dimension: Dimension; readonly factor: number } | undefined {
  const atom = word === "" || word === "1" ? undefined : parseUnitAtom(word);
  const dimension = atom && NAMED.find(([symbol]) => symbol === atom[0])?.[1];
  if (atom && dimension) return { dimension, factor: atom[1] };
  return word === "%" ? { dimension: PURE, factor: 0.01 } : undefined;
}

/** "V", "V/s", "a pure number", "a row"; what has no name of its own is written in base units. */
export function describeDimension(dimension: Dimension): string {
  if (sameDimension(dimension, PURE)) return "a pure number";
  const named = NAMED.find(([, known]) => sameDimension(known, dimension));
  if (named) return named[0];
  return BASE.flatMap((symbol, k) => {
    const exponent = dimension[k] ?? 0;
    return exponent === 0 ? [] : [exponent === 1 ? symbol : `${symbol}^${exponent}`];
  }).join(" ");
}

/**
 * What the name of a field says about its unit: `width_s` takes seconds, `slew_V_s` volt per second, `cycles` a pure
 * number, `row` a row. One convention of the whole project is the type system of files.
 */
export function dimensionOfField(name: string): Dimension {
  if (name === "row" || name === "rows") return ROW;
  if (name === "column" || name === "columns") return COLUMN;
  const [, numerator, ...denominators] = name.split("_");
  if (numerator === undefined) return PURE;
  const above = dimensionOfUnit(numerator)?.dimension;
  if (!above) return PURE;
  return denominators.reduce((dimension, unit) => {
    const below = dimensionOfUnit(unit)?.dimension;
    return below ? multiplyDimensions(dimension, raiseDimension(below, -1)) : dimension;
  }, above);
}
