import { type Dimension, PURE, raiseDimension, sameDimension } from "./dimension.ts";
import { greatest, type Interval, least, magnitude, rising } from "./interval.ts";

/** A function of expressions: what it takes, what it answers, and where it has no value. */
export interface KnownFunction {
  /** For people: "clamp(x, low, high)". */
  readonly form: string;
  readonly count: number;
  /** Dimension of the answer, or what is wrong with those of the arguments. */
  dimension(given: readonly Dimension[]): Dimension | string;
  /** Undefined where the function has no value. */
  evaluate(given: readonly Interval[]): Interval | undefined;
}

const pure = (given: readonly Dimension[]) => given.every((one) => sameDimension(one, PURE)) || "takes pure numbers";
const alike = (given: readonly Dimension[]) =>
  given.every((one) => sameDimension(one, given[0] ?? PURE)) || "takes values of one unit";

/** f of one pure number, rising; without a value below `from`, and at it where `open`. */
function pureFunction(form: string, f: (value: number) => number, from = -Infinity, open = false): KnownFunction {
  return {
    form,
    count: 1,
    dimension: (given) => (typeof pure(given) === "string" ? "takes a pure number" : PURE),
    evaluate: ([x = { low: Number.NaN, high: Number.NaN }]) => {
      if (x.high < from || (open && x.high === from)) return undefined;
      return rising((value) => f(Math.max(value, from)))(x);
    },
  };
}

function twoAlike(form: string, f: (a: Interval, b: Interval) => Interval): KnownFunction {
  return {
    form,
    count: 2,
    dimension: (given) => {
      const fit = alike(given);
      return typeof fit === "string" ? fit : (given[0] ?? PURE);
    },
    evaluate: ([a, b]) => a && b && f(a, b),
  };
}

const same = (given: readonly Dimension[]) => given[0] ?? PURE;

export const FUNCTIONS: Readonly<Record<string, KnownFunction>> = {
  min: twoAlike("min(a, b)", least),
  max: twoAlike("max(a, b)", greatest),
  clamp: {
    form: "clamp(x, low, high)",
    count: 3,
    dimension: (given) => {
      const fit = alike(given);
      return typeof fit === "string" ? fit : (given[0] ?? PURE);
    },
    evaluate: ([x, low, high]) => x && low && high && least(greatest(x, low), high),
  },
  abs: { form: "abs(x)", count: 1, dimension: same, evaluate: ([x]) => x && magnitude(x) },
  sqrt: {
    form: "sqrt(x)",
    count: 1,
    dimension: (given) => raiseDimension(given[0] ?? PURE, 0.5),
    evaluate: ([x]) => (x && !(x.high < 0) ? rising((value) => Math.sqrt(Math.max(value, 0)))(x) : undefined),
  },
  exp: pureFunction("exp(x)", Math.exp),
  ln: pureFunction("ln(x)", Math.log, 0, true),
  log10: pureFunction("log10(x)", Math.log10, 0, true),
  round: pureFunction("round(x)", Math.round),
  floor: pureFunction("floor(x)", Math.floor),
  ceil: pureFunction("ceil(x)", Math.ceil),
  /** A row or a column as the number it has. */
  number: { form: "number(row or column)", count: 1, dimension: () => PURE, evaluate: ([x]) => x },
};
