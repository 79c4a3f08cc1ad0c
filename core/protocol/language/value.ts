import type { Address } from "../../stimulus.ts";
import { type Dimension, describeDimension, sameDimension } from "./dimension.ts";
import { hull, type Interval } from "./interval.ts";

/** What an expression can be, and what it says when it is something else. */
export type Type =
  | { readonly kind: "number"; readonly dimension: Dimension }
  | { readonly kind: "truth" }
  | { readonly kind: "cell" };

/** A truth of which a dry run may know neither: both can be. */
export interface Truth {
  readonly kind: "truth";
  readonly canBeTrue: boolean;
  readonly canBeFalse: boolean;
}

export type Value = ({ readonly kind: "number" } & Interval) | Truth | ({ readonly kind: "cell" } & Address);

export const TRUTH: Type = { kind: "truth" };
export const CELL: Type = { kind: "cell" };

export function numberOf(dimension: Dimension): Type {
  return { kind: "number", dimension };
}

export function truth(value: boolean): Truth {
  return { kind: "truth", canBeTrue: value, canBeFalse: !value };
}

export const UNKNOWN: Truth = { kind: "truth", canBeTrue: true, canBeFalse: true };

export function describeType(type: Type): string {
  if (type.kind === "truth") return "a condition";
  return type.kind === "cell" ? "a cell" : describeDimension(type.dimension);
}

export function sameType(a: Type, b: Type): boolean {
  return a.kind === "number" && b.kind === "number" ? sameDimension(a.dimension, b.dimension) : a.kind === b.kind;
}

/** What a variable can be after two ways that the run may take. */
export function join(a: Value | undefined, b: Value | undefined): Value | undefined {
  if (!a || !b) return a ?? b;
  if (a.kind === "number" && b.kind === "number") return { kind: "number", ...hull(a, b) };
  if (a.kind === "truth" && b.kind === "truth")
    return {
      kind: "truth",
      canBeTrue: a.canBeTrue || b.canBeTrue,
      canBeFalse: a.canBeFalse || b.canBeFalse,
    };
  return a;
}
