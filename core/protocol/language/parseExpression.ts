import { type Dimension, dimensionOfUnit, PURE } from "./dimension.ts";
import { ExpressionMistake, readTokens, type Token } from "./tokens.ts";

/** An expression as a tree; `at` is the character where a complaint about it points. */
export type Expression = { readonly at: number } & (
  | { readonly kind: "number"; readonly value: number; readonly dimension: Dimension }
  | { readonly kind: "truth"; readonly value: boolean }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "part"; readonly of: Expression; readonly part: string }
  | { readonly kind: "call"; readonly name: string; readonly given: readonly Expression[] }
  | { readonly kind: "negate" | "not"; readonly of: Expression }
  | { readonly kind: "power"; readonly of: Expression; readonly power: number }
  | { readonly kind: "binary"; readonly sign: BinarySign; readonly left: Expression; readonly right: Expression }
);

export type Comparison = "<" | "<=" | ">" | ">=" | "==" | "!=";
export type BinarySign = "+" | "-" | "*" | "/" | "and" | "or" | Comparison;

/** Deeper nesting is no expression of a person, and would exhaust the stack. */
const DEEPEST = 64;

/**
 * Recursive descent, loosest first:
 *
 *     either    both ("or" both)*
 *     both      opposite ("and" opposite)*
 *     opposite  "not" opposite | relation
 *     relation  sum (("<" | "<=" | ">" | ">=" | "==" | "!=") sum)?
 *     sum       product (("+" | "-") product)*
 *     product   signed (("*" | "/") signed)*
 *     signed    "-" signed | power
 *     power     part ("^" "-"? integer)?
 *     part      simple ("." word)?
 *     simple    number unit? | unit | word | word "(" either ("," either)* ")" | "(" either ")"
 *
 * A unit behind a number belongs to it (`1 / 5 ms` is 200 Hz); a unit alone is one of it, so that `5 V/ms` is a slew.
 * @throws ExpressionMistake
 */
export function parseExpression(text: string): Expression {
  const parser = new Parser(readTokens(text));
  const expression = parser.either();
  parser.expectEnd();
  return expression;
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  either(): Expression {
    if (++this.#depth > DEEPEST)
      throw new ExpressionMistake(this.#look().at, `nested too deeply, allowed are ${DEEPEST} levels`);
    const expression = this.#chain(() => this.#both(), ["or"]);
    this.#depth--;
    return expression;
  }

  expectEnd(): void {
    const { kind, text, at } = this.#look();
    if (kind !== "end") throw new ExpressionMistake(at, `"${text}" stands where the expression should end`);
  }

  #both(): Expression {
    return this.#chain(() => this.#opposite(), ["and"]);
  }

  #opposite(): Expression {
    const nots: number[] = [];
    for (let taken = this.#take("not"); taken; taken = this.#take("not")) nots.push(taken.at);
    return nots.reduceRight<Expression>((of, at) => ({ kind: "not", at, of }), this.#relation());
  }

  #relation(): Expression {
    const left = this.#sum();
    const sign = this.#take("<", "<=", ">", ">=", "==", "!=");
    if (!sign) return left;
    const right = this.#sum();
    return { kind: "binary", sign: sign.text as Comparison, at: sign.at, left, right };
  }

  #sum(): Expression {
    return this.#chain(() => this.#product(), ["+", "-"]);
  }

  #product(): Expression {
    return this.#chain(() => this.#signed(), ["*", "/"]);
  }

  #signed(): Expression {
    const minuses: number[] = [];
    for (let taken = this.#take("-"); taken; taken = this.#take("-")) minuses.push(taken.at);
    return minuses.reduceRight<Expression>((of, at) => ({ kind: "negate", at, of }), this.#power());
  }

  #power(): Expression {
    const of = this.#part();
    const sign = this.#take("^");
    if (!sign) return of;
    const minus = this.#take("-");
    const { kind, text, at } = this.#advance();
    const power = Number(text);
    if (kind !== "number" || !Number.isInteger(power) || power > 16)
      throw new ExpressionMistake(at, `"${text}" is no exponent, allowed are integers up to 16`);
    return { kind: "power", at: sign.at, of, power: minus ? -power : power };
  }

  #part(): Expression {
    const of = this.#simple();
    const dot = this.#take(".");
    if (!dot) return of;
    const { kind, text, at } = this.#advance();
    if (kind !== "word") throw new ExpressionMistake(at, `"." needs row or column behind it`);
    return { kind: "part", at: dot.at, of, part: text };
  }

  #simple(): Expression {
    const { kind, text, at } = this.#advance();
    if (kind === "number") return this.#quantity(Number(text), at);
    if (kind === "word") {
      if (this.#take("(")) return { kind: "call", at, name: text, given: this.#given() };
      if (text === "true" || text === "false") return { kind: "truth", at, value: text === "true" };
      const unit = dimensionOfUnit(text);
      return unit
        ? { kind: "number", at, value: unit.factor, dimension: unit.dimension }
        : { kind: "name", at, name: text };
    }
    if (text === "(") {
      const inner = this.either();
      this.#expect(")");
      return inner;
    }
    throw new ExpressionMistake(
      at,
      kind === "end" ? "the expression ends too early" : `"${text}" stands where a value should be`,
    );
  }

  #quantity(value: number, at: number): Expression {
    if (!Number.isFinite(value)) throw new ExpressionMistake(at, "the number is too large");
    const { kind, text } = this.#look();
    const unit = kind === "word" || text === "%" ? dimensionOfUnit(text) : undefined;
    if (!unit || this.#tokens[this.#next + 1]?.text === "(") return { kind: "number", at, value, dimension: PURE };
    this.#next++;
    return { kind: "number", at, value: scaled(value, unit.factor), dimension: unit.dimension };
  }

  #given(): Expression[] {
    const given = [this.either()];
    while (this.#take(",")) given.push(this.either());
    this.#expect(")");
    return given;
  }

  /** Left to right: 1 - 2 - 3 is (1 - 2) - 3. */
  #chain(operand: () => Expression, signs: readonly BinarySign[]): Expression {
    let left = operand();
    for (let sign = this.#take(...signs); sign; sign = this.#take(...signs))
      left = { kind: "binary", sign: sign.text as BinarySign, at: sign.at, left, right: operand() };
    return left;
  }

  #look(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", text: "", at: 0 };
  }

  #advance(): Token {
    const token = this.#look();
    this.#next++;
    return token;
  }

  #take(...texts: readonly string[]): Token | undefined {
    const token = this.#look();
    if (token.kind === "end" || token.kind === "number" || !texts.includes(token.text)) return undefined;
    this.#next++;
    return token;
  }

  #expect(text: string): void {
    const { text: found, at } = this.#look();
    if (!this.#take(text))
      throw new ExpressionMistake(
        at,
        found === ""
          ? `"${text}" is missing; in {...} an expression with a comma needs quotes`
          : `expected "${text}", found "${found}"`,
      );
  }
}

/** "100 us" as 1e-4 and not 1.0000000000000001e-4: by the decimal exponent where the factor is a power of ten. */
function scaled(value: number, factor: number): number {
  const decade = Math.round(Math.log10(factor));
  if (decade === 0 || value === 0 || Math.abs(factor / 10 ** decade - 1) > 1e-12) return value * factor;
  const [mantissa = "0", exponent = "0"] = value.toExponential().split("e");
  return Number(`${mantissa}e${Number(exponent) + decade}`);
}
