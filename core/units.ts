/**
 * Quantities at the edges. Inside, every number is base SI and its name carries the unit (`width_s`);
 * people may write "100us", "-0.2 V" or "5 mV/s" in files and on the command line.
 */

const PREFIX: Readonly<Record<string, number>> = {
  "": 1,
  a: 1e-18,
  f: 1e-15,
  p: 1e-12,
  n: 1e-9,
  u: 1e-6,
  µ: 1e-6,
  μ: 1e-6,
  m: 1e-3,
  c: 1e-2,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};

/** Symbols that take prefixes, under the spellings that are accepted. */
const SYMBOL: Readonly<Record<string, string>> = {
  s: "s",
  V: "V",
  A: "A",
  S: "S",
  ohm: "ohm",
  Ohm: "ohm",
  Ω: "ohm",
  Hz: "Hz",
  m: "m",
  K: "K",
  F: "F",
  H: "H",
  W: "W",
  J: "J",
  C: "C",
  Pa: "Pa",
  B: "B",
  mol: "mol",
};

/** Whole words that are units of their own, as [symbol, factor]. Salt in mM is the one field exception to SI. */
const WORD: Readonly<Record<string, readonly [string, number]>> = {
  min: ["s", 60],
  h: ["s", 3600],
  mM: ["mM", 1],
  M: ["mM", 1e3],
  uM: ["mM", 1e-3],
  nM: ["mM", 1e-6],
  bar: ["Pa", 1e5],
  mbar: ["Pa", 1e2],
  "%": ["", 1e-2],
};

interface Dimension {
  readonly factor: number;
  /** symbol -> exponent, zero exponents removed, sorted: comparable as text. */
  readonly key: string;
}

/** One unit with its prefix, "mV" as ["V", 1e-3]; undefined for anything else. */
export function parseUnitAtom(text: string): readonly [string, number] | undefined {
  const word = WORD[text];
  if (word) return word;
  if (text === "1" || text === "") return ["", 1];
  for (const spelling of Object.keys(SYMBOL)) {
    if (!text.endsWith(spelling)) continue;
    const factor = PREFIX[text.slice(0, text.length - spelling.length)];
    if (factor !== undefined) return [SYMBOL[spelling] as string, factor];
  }
  return undefined;
}

/** Reads "mV/s", "m2/s", "A/Hz^0.5"; undefined when a part is no unit. */
function parseUnit(text: string): Dimension | undefined {
  const exponents = new Map<string, number>();
  let factor = 1;
  const parts = text.split(/([/*·])/);
  let sign = 1;
  for (const part of parts) {
    if (part === "/") sign = -1;
    else if (part === "*" || part === "·") sign = 1;
    else {
      const match = /^(.*?)\^?(-?\d+(?:\.\d+)?)?$/u.exec(part.trim().replace("²", "2").replace("³", "3"));
      if (!match) return undefined;
      const [, atomText = "", power] = match;
      // "1/V": the digit is the whole atom, not an exponent
      const atom = atomText === "" && power === "1" ? (["", 1] as const) : parseUnitAtom(atomText);
      if (!atom) return undefined;
      const exponent = sign * (power === undefined || atomText === "" ? 1 : Number(power));
      factor *= atom[1] ** exponent;
      if (atom[0] !== "") exponents.set(atom[0], (exponents.get(atom[0]) ?? 0) + exponent);
    }
  }
  const key = [...exponents]
    .filter(([, exponent]) => exponent !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([symbol, exponent]) => `${symbol}^${exponent}`)
    .join(" ");
  return { factor, key };
}

/**
 * Reads a quantity into base units of `unit`.
 * @param input a number (already in `unit`) or text such as "100us"
 * @param unit expected unit, e.g. "s", "V/s", "1/V"
 * @throws RangeError that says what was found and what is allowed
 */
export function parseQuantity(input: number | string, unit: string): number {
  if (typeof input === "number") {
    if (!Number.isFinite(input)) throw new RangeError(`${input} is not a finite number in ${unit || "no unit"}`);
    return input;
  }
  const match = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S*)\s*$/u.exec(input.replace("−", "-"));
  if (!match)
    throw new RangeError(`"${input}" is not a quantity, write a number and a unit such as "${example(unit)}"`);
  const value = Number(match[1]);
  if (!Number.isFinite(value)) throw new RangeError(`"${input}" is not a finite number`);
  const written = match[2] ?? "";
  const expected = parseUnit(unit);
  if (!expected) throw new TypeError(`"${unit}" is not a unit known here`);
  if (written === "") {
    if (expected.key === "") return value;
    throw new RangeError(`"${input}" has no unit, write for example "${example(unit)}"`);
  }
  const found = parseUnit(written);
  if (!found) throw new RangeError(`"${written}" is not a known unit, expected ${unit || "a pure number"}`);
  if (found.key !== expected.key)
    throw new RangeError(`unit "${written}" does not fit, expected ${unit || "a pure number"}`);
  // one rounding only where the ratio of prefixes is a power of ten: 100 us is 1e-4, not 1.0000000000000001e-4
  const ratio = found.factor / expected.factor;
  const decade = Math.round(Math.log10(ratio));
  if (Math.abs(ratio / 10 ** decade - 1) < 1e-12 && decade !== 0)
    return Number(`${match[1]}e0`) === 0 ? 0 : shiftDecimal(value, decade);
  return value * ratio;
}

function shiftDecimal(value: number, decade: number): number {
  const [mantissa = "0", exponent = "0"] = value.toExponential().split("e");
  return Number(`${mantissa}e${Number(exponent) + decade}`);
}

function example(unit: string): string {
  const samples: Readonly<Record<string, string>> = {
    s: "100 us",
    V: "0.2 V",
    Hz: "40 Hz",
    A: "10 nA",
    S: "5 nS",
    ohm: "1 kohm",
    m: "10 um",
  };
  return samples[unit] ?? `1 ${unit}`;
}

/** Prefixes for people, largest first. */
export const ENGINEERING = [
  ["T", 1e12],
  ["G", 1e9],
  ["M", 1e6],
  ["k", 1e3],
  ["", 1],
  ["m", 1e-3],
  ["µ", 1e-6],
  ["n", 1e-9],
  ["p", 1e-12],
  ["f", 1e-15],
  ["a", 1e-18],
] as const;

/** "3.42 nS": for people, never for files. `digits` are significant figures. */
export function formatSI(value: number, unit: string, digits = 3): string {
  if (!Number.isFinite(value)) return `${value} ${unit}`.trim();
  if (value === 0) return `0 ${unit}`.trim();
  const magnitude = Math.abs(value);
  const rounded = Math.abs(Number(magnitude.toPrecision(digits)));
  // beyond the prefixes, as the rounding of a difference is
  if (magnitude < 0.999e-21) return `${value.toExponential(digits - 1)} ${unit}`.trimEnd();
  const [prefix, factor] = ENGINEERING.find(([, size]) => rounded >= size * (1 - 1e-12)) ?? (["a", 1e-18] as const);
  const scaled = value / factor;
  const text = Number(scaled.toPrecision(digits)).toString();
  return `${text} ${prefix}${unit}`.trimEnd();
}
