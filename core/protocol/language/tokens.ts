/** One word, number or sign of an expression; `at` counts characters from 0. */
export interface Token {
  readonly kind: "number" | "word" | "sign" | "end";
  readonly text: string;
  readonly at: number;
}

/** An expression that cannot be read, checked or computed; `at` is the character, from 0. */
export class ExpressionMistake extends Error {
  readonly at: number;

  constructor(at: number, reason: string) {
    super(reason);
    this.at = at;
  }
}

/** Longer expressions are no expressions. */
const LONGEST = 2000;

const SHAPES =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_]*)|(<=|>=|==|!=|[-+*/^()<>,.%]))/uy;

/** @throws ExpressionMistake at the first character that belongs to nothing */
export function readTokens(text: string): Token[] {
  if (text.length > LONGEST)
    throw new ExpressionMistake(0, `the expression has ${text.length} characters, allowed are ${LONGEST}`);
  const tokens: Token[] = [];
  const source = text.trimEnd();
  SHAPES.lastIndex = 0;
  for (let at = 0; at < source.length; at = SHAPES.lastIndex) {
    SHAPES.lastIndex = at;
    const match = SHAPES.exec(source);
    if (!match) {
      const start = at + (/^\s*/.exec(source.slice(at))?.[0].length ?? 0);
      throw new ExpressionMistake(
        start,
        `"${String.fromCodePoint(source.codePointAt(start) ?? 32)}" belongs to no expression`,
      );
    }
    const [whole, number, word, sign = ""] = match;
    const found = number ?? word ?? sign;
    const kind = number === undefined ? (word === undefined ? "sign" : "word") : "number";
    tokens.push({ kind, text: found, at: at + whole.length - found.length });
  }
  tokens.push({ kind: "end", text: "", at: source.length });
  return tokens;
}
