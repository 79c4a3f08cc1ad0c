import type { Acceptance, Measure } from "../measure.ts";

type Extras = Pick<Acceptance, "parameters" | "environment">;

/** A number of an independent computation, with its relative tolerance. */
export function computed(
  test: number,
  model: string,
  quantity: string,
  unit: string,
  expected: number,
  tolerance: number,
  source: string,
  measure: Measure,
  extras: Extras = {},
): Acceptance {
  return {
    test,
    model,
    quantity,
    unit,
    expected,
    tolerance,
    kind: "computed independently",
    source,
    measure,
    ...extras,
  };
}

/** What a paper states: a number with a relative tolerance, or an interval. */
export function stated(
  test: number,
  model: string,
  quantity: string,
  unit: string,
  expected: number | readonly [number, number],
  tolerance: number | undefined,
  source: string,
  measure: Measure,
  extras: Extras = {},
): Acceptance {
  return {
    test,
    model,
    quantity,
    unit,
    expected,
    ...(tolerance !== undefined && { tolerance }),
    kind: "published",
    source,
    measure,
    ...extras,
  };
}
