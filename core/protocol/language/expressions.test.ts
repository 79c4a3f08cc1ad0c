import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { compileExpression, type Variables } from "./compileExpression.ts";
import { PURE } from "./dimension.ts";
import { add, divide, exactly, type Interval, magnitude, multiply, negate, raise } from "./interval.ts";
import { Scope } from "./scope.ts";
import { ExpressionMistake } from "./tokens.ts";
import { describeType, numberOf } from "./value.ts";

function evaluate(text: string, scope = new Scope(), variables: Variables = []) {
  const { type, evaluate: compute } = compileExpression(text, scope);
  const value = compute(variables);
  return { type: describeType(type), value: value.kind === "number" ? value.low : value };
}

describe("expressions", () => {
  it.each<[string, number, string]>([
    ["1 - 2 - 3", -4, "a pure number"],
    ["2 + 3 * 4 ^ 2 / 8", 8, "a pure number"],
    ["-2 ^ 2", -4, "a pure number"],
    ["100us", 1e-4, "s"],
    ["1 / 5 ms", 200, "Hz"],
    ["5 V/ms", 5000, "V/s"],
    ["0.3 nA / 0.1 V", 3e-9, "S"],
    ["2 V * 3 nS", 6e-9, "A"],
    ["1 V / 1 Mohm", 1e-6, "A"],
    ["5 nA * 2 V * 1 s", 1e-8, "J"],
    ["sqrt(4 V * 1 V)", 2, "V"],
    ["clamp(5 V, -1 V, 2 V)", 2, "V"],
    ["max(1 mV, 0.5 mV)", 1e-3, "V"],
    ["20 % * 3 V", 0.6, "V"],
    ["2 min", 120, "s"],
    ["exp(ln(3))", 3, "a pure number"],
    ["100 mM", 100, "mM"],
  ])("%s is %d in %s", (text, value, unit) => {
    const found = evaluate(text);
    expectClose(found.value as number, value, 1e-14);
    expect(found.type).toBe(unit);
  });

  it("does not compute what the left side has decided", () => {
    expect(evaluate("false and 1 / 0 > 1").value).toMatchObject({ canBeTrue: false });
    expect(evaluate("true or 1 / 0 > 1").value).toMatchObject({ canBeFalse: false });
    expect(() => evaluate("true and 1 / 0 > 1")).toThrow("division by zero");
  });

  /** Texts with the value that JavaScript's own operators give. */
  const arithmetic = fc.letrec<{ any: readonly [string, number] }>((tie) => ({
    any: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.integer({ min: 0, max: 1000 }).map((n) => [String(n / 8), n / 8] as const),
      fc.tuple(fc.constantFrom("+", "-", "*", "/"), tie("any"), tie("any")).map(([sign, [a, x], [b, y]]) => {
        const value = sign === "+" ? x + y : sign === "-" ? x - y : sign === "*" ? x * y : x / y;
        return [`(${a}) ${sign} (${b})`, value] as const;
      }),
      tie("any").map(([a, x]) => [`-(${a})`, -x] as const),
    ),
  })).any;

  it("compute as doubles do, and refuse where they have no finite value", () => {
    fc.assert(
      fc.property(arithmetic, ([text, value]) => {
        if (Number.isFinite(value)) expect(evaluate(text).value).toBeCloseTo(value, 6);
        else expect(() => evaluate(text)).toThrow(ExpressionMistake);
      }),
    );
  });

  it("end for any text: a value or a mistake inside it", () => {
    const words = fc.constantFrom(
      "1",
      "2 V",
      "(",
      ")",
      "+",
      "-",
      "*",
      "/",
      "^",
      "not",
      "and",
      "x",
      "min",
      ",",
      "<",
      ".",
      "row",
      "%",
      " ",
      "é",
      "$",
      "1e999",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "grapheme" }),
          fc.array(words).map((list) => list.join(" ")),
        ),
        (text) => {
          const scope = new Scope();
          scope.declare("x", numberOf(PURE));
          try {
            compileExpression(text, scope).evaluate([{ kind: "number", ...exactly(2) }]);
          } catch (error) {
            if (!(error instanceof ExpressionMistake)) throw error;
            expect(error.at).toBeGreaterThanOrEqual(0);
            expect(error.at).toBeLessThanOrEqual(text.length);
          }
        },
      ),
    );
  });

  it("are refused before they exhaust anything", () => {
    expect(() => evaluate("(".repeat(1500))).toThrow(/nested too deeply, allowed are 64/);
    expect(() => evaluate(`1${"+1".repeat(2000)}`)).toThrow(/2000/);
    expect(evaluate(`1${"+1".repeat(900)}`).value).toBe(901);
    expect(evaluate(`${"-".repeat(1000)}1`).value).toBe(1);
  });
});

describe("intervals", () => {
  const ends = fc.tuple(
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  );
  const around = ends.map(([a, b]): Interval => ({ low: Math.min(a, b), high: Math.max(a, b) }));
  const part = fc.double({ min: 0, max: 1, noNaN: true });
  const at = ({ low, high }: Interval, share: number) => Math.min(high, Math.max(low, low + share * (high - low)));
  const holds = (interval: Interval, value: number) => {
    const slack = 1e-9 * Math.max(1, Math.abs(value));
    expect(interval.low).toBeLessThanOrEqual(value + slack);
    expect(interval.high).toBeGreaterThanOrEqual(value - slack);
  };

  it("hold whatever their members give", () => {
    fc.assert(
      fc.property(around, around, part, part, fc.integer({ min: 0, max: 3 }), (a, b, p, q, power) => {
        const [x, y] = [at(a, p), at(b, q)];
        holds(add(a, b), x + y);
        holds(multiply(a, b), x * y);
        holds(negate(a), -x);
        holds(magnitude(a), Math.abs(x));
        holds(raise(a, power) ?? a, x ** power);
        const quotient = divide(a, b);
        if (quotient && Math.abs(y) > 1e-6) holds(quotient, x / y);
      }),
    );
  });
});
