/**
 * Data packages of MethodSCRIPT devices: `P` + fields joined by `;`. A field is two letters of variable type, seven
 * hexadecimal digits of value + 0x8000000, one prefix character, and metadata behind commas.
 * Source: the vendor's public MethodSCRIPT examples; the formatter follows captured device lines.
 */

/** Prefix characters, finest first, with their power of ten. */
const PREFIXES = [
  ["a", -18],
  ["f", -15],
  ["p", -12],
  ["n", -9],
  ["u", -6],
  ["m", -3],
  [" ", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
] as const;

const OFFSET = 0x8000000;
/** Beyond this the device goes to the next coarser prefix, although seven digits would hold a little more. */
const LARGEST_RAW = 1e8;
const NAN = "     nan";

/**
 * Eight characters as the device writes them: the value as a float32, the finest prefix under which it stays below 1e8,
 * truncated towards zero in float32 arithmetic.
 */
export function encodeValue(value: number): string {
  if (Number.isNaN(value)) return NAN;
  const single = Math.fround(value);
  if (single === 0) return "8000000 ";
  for (const [prefix, exponent] of PREFIXES) {
    const raw = Math.trunc(Math.fround(single * Math.fround(10 ** -exponent)));
    if (Math.abs(raw) < LARGEST_RAW) return hex(raw) + prefix;
  }
  return NAN;
}

/** Counts and indices: the prefix `i` is a factor of 1. */
export function encodeInteger(value: number): string {
  return `${hex(Math.trunc(value))}i`;
}

function hex(raw: number): string {
  return (raw + OFFSET).toString(16).toUpperCase().padStart(7, "0");
}

export interface PackageField {
  /** Two letters: `da` applied potential, `ba` current of the working electrode ... */
  readonly type: string;
  /** Base SI; NaN where the device had no number. */
  readonly value: number;
  /** Bits: 1 timing not met, 2 overload, 4 underload, 8 overload warning. */
  readonly status: number | undefined;
  /** Index of the range. */
  readonly range: number | undefined;
}

/** By the code of the prefix: its power of ten; undefined where it is none. */
const EXPONENTS: readonly (number | undefined)[] = [...PREFIXES, ["i", 0] as const].reduce<(number | undefined)[]>(
  (table, [prefix, exponent]) => {
    table[prefix.charCodeAt(0)] = exponent;
    return table;
  },
  [],
);
/** Two letters, seven digits, a prefix. */
const FIELD_LENGTH = 10;
const [LOWER_A, LOWER_Z, COMMA, SEMICOLON] = [0x61, 0x7a, 0x2c, 0x3b];

/** Total: a line that is no package is undefined. Read by its codes: an EmStat says ten thousand of them in a sweep. */
export function decodePackage(line: string): readonly PackageField[] | undefined {
  if (!line.startsWith("P")) return undefined;
  const fields: PackageField[] = [];
  for (let at = 1; ; at++) {
    if (at + FIELD_LENGTH > line.length || !isLetter(line.charCodeAt(at)) || !isLetter(line.charCodeAt(at + 1)))
      return undefined;
    const type = line.slice(at, at + 2);
    const value = line.startsWith(NAN, at + 2) ? Number.NaN : decodeValue(line, at + 2);
    if (value === undefined) return undefined;
    at += FIELD_LENGTH;
    let status: number | undefined;
    let range: number | undefined;
    while (line.charCodeAt(at) === COMMA) {
      const kind = line.charAt(++at);
      if (hexDigit(line.charCodeAt(at)) < 0) return undefined;
      let number = 0;
      let digits = 0;
      for (let digit = hexDigit(line.charCodeAt(++at)); digit >= 0; digit = hexDigit(line.charCodeAt(++at))) {
        number = number * 16 + digit;
        digits++;
      }
      if (digits === 0) continue;
      if (kind === "1") status = number;
      if (kind === "2") range = number;
    }
    fields.push({ type, value, status, range });
    if (at === line.length) return fields;
    if (line.charCodeAt(at) !== SEMICOLON) return undefined;
  }
}

function isLetter(code: number): boolean {
  return code >= LOWER_A && code <= LOWER_Z;
}

/** -1 where it is none, as at the end of a line. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
}

/** Seven digits, in capitals, and a prefix. */
function decodeValue(line: string, start: number): number | undefined {
  let raw = 0;
  for (let at = start; at < start + 7; at++) {
    const code = line.charCodeAt(at);
    const digit = code >= LOWER_A ? -1 : hexDigit(code);
    if (digit < 0) return undefined;
    raw = raw * 16 + digit;
  }
  const exponent = EXPONENTS[line.charCodeAt(start + 7)];
  return exponent === undefined ? undefined : scaled(raw - OFFSET, exponent);
}

/** Dividing by a power of ten rounds once, multiplying by its inverse twice. */
function scaled(raw: number, exponent: number): number {
  return exponent < 0 ? raw / (POWERS[-exponent] ?? 1) : raw * (POWERS[exponent] ?? 1);
}

const POWERS: readonly number[] = Array.from({ length: 19 }, (_, exponent) => 10 ** exponent);

export function encodeField(
  type: string,
  text: string,
  metadata: { readonly status?: number; readonly range?: number } = {},
): string {
  const { status, range } = metadata;
  const first = status === undefined ? "" : `,1${status.toString(16).toUpperCase()}`;
  const second = range === undefined ? "" : `,2${range.toString(16).toUpperCase().padStart(2, "0")}`;
  return type + text + first + second;
}
