/**
 * Equivalent circuits as electrochemists write them: elements in series joined by "-", branches in parallel in p(a,b,...),
 * nested at will: `R0-p(R1-W1,CPE1)-L1` (the notation of impedance.py, Murbach et al., JOSS 5, 2349 (2020), 10.21105/joss.02349).
 * An element is a kind and a number of its own; equal names would be one element twice and are refused.
 *
 * kind  impedance                        parameters
 * R     R                                R ohm
 * C     1 / (i w C)                      C farad
 * L     i w L                            L henry
 * W     s (1 - i) / sqrt(w)              s ohm s^-1/2, semi-infinite diffusion
 * Wo    R coth(sqrt(i w T)) / sqrt(i w T)  R ohm, T s: finite space, blocked at its end
 * Ws    R tanh(sqrt(i w T)) / sqrt(i w T)  R ohm, T s: finite length, open to a reservoir
 * CPE   1 / (Q (i w)^n)                  Q S s^n, n 0 to 1
 */
export type ElementKind = "R" | "C" | "L" | "W" | "Wo" | "Ws" | "CPE";

export interface CircuitParameter {
  /** "R1"; of elements with two, "CPE1.Q" and "CPE1.n". */
  readonly name: string;
  readonly unit: string;
}

export interface Circuit {
  readonly text: string;
  /** In the order in which the elements are written. */
  readonly parameters: readonly CircuitParameter[];
  /** Writes [Re Z, Im Z] in ohm at the angular frequency `w` (rad/s) into `out`. */
  impedance(values: ArrayLike<number>, w: number, out: Float64Array): void;
}

const ELEMENTS: Record<ElementKind, readonly { readonly suffix: string; readonly unit: string }[]> = {
  R: [{ suffix: "", unit: "ohm" }],
  C: [{ suffix: "", unit: "F" }],
  L: [{ suffix: "", unit: "H" }],
  W: [{ suffix: "", unit: "ohm s^-1/2" }],
  Wo: [
    { suffix: ".R", unit: "ohm" },
    { suffix: ".T", unit: "s" },
  ],
  Ws: [
    { suffix: ".R", unit: "ohm" },
    { suffix: ".T", unit: "s" },
  ],
  CPE: [
    { suffix: ".Q", unit: "S s^n" },
    { suffix: ".n", unit: "" },
  ],
};

type Part =
  | { readonly kind: "element"; readonly element: ElementKind; readonly first: number }
  | { readonly kind: "series" | "parallel"; readonly parts: readonly Part[] };

/** Elements more than these are no circuit that a spectrum could determine. */
const MOST_ELEMENTS = 24;

/** @throws RangeError that shows the place and says what is allowed there */
export function parseCircuit(text: string): Circuit {
  const source = text.replaceAll(/\s+/g, "");
  const parameters: CircuitParameter[] = [];
  const names = new Set<string>();
  let at = 0;
  const fail = (allowed: string): never => {
    const found = source[at] === undefined ? "the end" : `"${source.slice(at, at + 8)}"`;
    throw new RangeError(`circuit "${text}", place ${at + 1}: found ${found}, allowed is ${allowed}`);
  };
  const parseSeries = (): Part => {
    const parts = [parsePart()];
    while (source[at] === "-") {
      at++;
      parts.push(parsePart());
    }
    return parts.length === 1 ? parts[0]! : { kind: "series", parts };
  };
  const parsePart = (): Part => {
    if (source.startsWith("p(", at)) {
      at += 2;
      const parts = [parseSeries()];
      while (source[at] === ",") {
        at++;
        parts.push(parseSeries());
      }
      if (source[at] !== ")") fail('"-", "," or ")"');
      if (parts.length < 2) fail('"," and a second branch: p(...) joins two or more');
      at++;
      return { kind: "parallel", parts };
    }
    const match = /^(CPE|Wo|Ws|R|C|L|W)(\d+)/.exec(source.slice(at));
    if (!match) return fail("an element R, C, L, W, Wo, Ws or CPE with its number (R1), or p(...)");
    const [name, kind] = match as unknown as [string, ElementKind];
    if (names.has(name)) fail(`a name that is not used yet, ${name} is`);
    if (names.size === MOST_ELEMENTS) fail(`at most ${MOST_ELEMENTS} elements`);
    names.add(name);
    at += name.length;
    const first = parameters.length;
    for (const { suffix, unit } of ELEMENTS[kind]) parameters.push({ name: name + suffix, unit });
    return { kind: "element", element: kind, first };
  };
  const root = parseSeries();
  if (at < source.length) fail('"-" or the end');
  return {
    text: source,
    parameters,
    impedance: (values, w, out) => evaluate(root, values, w, out),
  };
}

function evaluate(part: Part, values: ArrayLike<number>, w: number, out: Float64Array): void {
  if (part.kind === "element") {
    evaluateElement(part.element, values[part.first]!, values[part.first + 1]!, w, out);
    return;
  }
  let [re, im] = [0, 0];
  for (const inner of part.parts) {
    evaluate(inner, values, w, out);
    if (part.kind === "parallel") invert(out);
    re += out[0]!;
    im += out[1]!;
  }
  out[0] = re;
  out[1] = im;
  if (part.kind === "parallel") invert(out);
}

function invert(z: Float64Array): void {
  const [re, im] = [z[0]!, z[1]!];
  // Smith's division: no overflow for the tiny admittances of pores
  const size = Math.max(Math.abs(re), Math.abs(im));
  const [a, b] = [re / size, im / size];
  const norm = size * (a * a + b * b);
  z[0] = a / norm;
  z[1] = -b / norm;
}

function evaluateElement(kind: ElementKind, a: number, b: number, w: number, out: Float64Array): void {
  if (kind === "R") set(out, a, 0);
  else if (kind === "C") set(out, 0, -1 / (w * a));
  else if (kind === "L") set(out, 0, w * a);
  else if (kind === "W") set(out, a / Math.sqrt(w), -a / Math.sqrt(w));
  else if (kind === "CPE") {
    const size = 1 / (a * w ** b);
    set(out, size * Math.cos((b * Math.PI) / 2), -size * Math.sin((b * Math.PI) / 2));
  } else {
    // u = sqrt(i w T) = x (1 + i); tanh u = (sinh 2x + i sin 2x) / (cosh 2x + cos 2x), divided through by exp(2x)
    const x = Math.sqrt((w * b) / 2);
    const e = Math.exp(-4 * x);
    const sinh2 = (1 - e) / 2;
    const cosh2 = (1 + e) / 2;
    const small = Math.exp(-2 * x);
    const denominator = cosh2 + small * Math.cos(2 * x);
    set(out, sinh2 / denominator, (small * Math.sin(2 * x)) / denominator);
    if (kind === "Wo") invert(out);
    // times R / (x (1 + i)) = R (1 - i) / (2 x)
    const [re, im] = [out[0]!, out[1]!];
    set(out, (a * (re + im)) / (2 * x), (a * (im - re)) / (2 * x));
  }
}

function set(out: Float64Array, re: number, im: number): void {
  out[0] = re;
  out[1] = im;
}
