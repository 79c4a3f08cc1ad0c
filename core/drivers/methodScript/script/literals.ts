/** Numbers of MethodSCRIPT: an integer and an SI prefix, no decimal point; `i` marks an integer. */

const FACTORS: Readonly<Record<string, number>> = {
  a: -18,
  f: -15,
  p: -12,
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

export interface Literal {
  readonly value: number;
  readonly integer: boolean;
}

/** undefined for what is no literal. */
export function parseLiteral(text: string): Literal | undefined {
  const base = /^0(x[0-9A-Fa-f]+|b[01]+)i?$/.exec(text);
  if (base) return { value: Number(`0${base[1] ?? ""}`), integer: true };
  const match = /^([+-]?\d+)([afpnumkMGTPE]?)(i?)$/.exec(text);
  if (!match) return undefined;
  const [, digits = "", prefix = "", integer = ""] = match;
  if (integer === "i" && prefix !== "") return undefined;
  const exponent = FACTORS[prefix] ?? 0;
  const whole = Number(digits);
  return { value: exponent < 0 ? whole / 10 ** -exponent : whole * 10 ** exponent, integer: integer === "i" };
}

/** Micro (or milli, where micro needs too many digits): fine enough for every output of these devices. */
export function formatLiteral(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const micro = Math.round(value * 1e6);
  if (Math.abs(micro) <= 100_000_000) return micro % 1_000_000 === 0 ? `${micro / 1_000_000}` : `${micro}u`;
  return `${Math.round(value * 1e3)}m`;
}
