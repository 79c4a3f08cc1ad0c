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

const EXPONENTS: ReadonlyMap<string, number> = new Map<string, number>([...PREFIXES, ["i", 0]]);
const FIELD = /^([a-z]{2})(?:([0-9A-F]{7})([afpnum kMGTPEi])| {5}nan)((?:,[0-9A-Fa-f]+)*)$/;

/** Total: a line that is no package is undefined. */
export function decodePackage(line: string): readonly PackageField[] | undefined {
  if (!line.startsWith("P")) return undefined;
  const fields: PackageField[] = [];
  for (const text of line.slice(1).split(";")) {
    const match = FIELD.exec(text);
    if (!match) return undefined;
    const [, type = "", digits, prefix = "", metadata = ""] = match;
    const value =
      digits === undefined ? Number.NaN : scaled(Number.parseInt(digits, 16) - OFFSET, EXPONENTS.get(prefix) ?? 0);
    let status: number | undefined;
    let range: number | undefined;
    for (const item of metadata.split(",").slice(1)) {
      const number = Number.parseInt(item.slice(1), 16);
      if (Number.isNaN(number)) continue;
      if (item.startsWith("1")) status = number;
      if (item.startsWith("2")) range = number;
    }
    fields.push({ type, value, status, range });
  }
  return fields;
}

/** Dividing by a power of ten rounds once, multiplying by its inverse twice. */
function scaled(raw: number, exponent: number): number {
  return exponent < 0 ? raw / 10 ** -exponent : raw * 10 ** exponent;
}

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
