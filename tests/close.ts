import { expect } from "vitest";

/**
 * |actual - expected| <= relative |expected| + absolute. vitest's toBeCloseTo is absolute, hence blind at picoamperes.
 * NaN is close to nothing.
 */
export function expectClose(actual: number, expected: number, relative: number, absolute = 0): void {
  const error = Math.abs(actual - expected);
  const allowed = relative * Math.abs(expected) + absolute;
  if (error <= allowed) {
    expect(error).toBeLessThanOrEqual(allowed); // counts as an assertion
    return;
  }
  const scale = Math.abs(expected);
  expect.fail(
    `${actual} is not close to ${expected}: off by ${error}${scale > 0 ? ` (${(error / scale).toExponential(2)} relative)` : ""}, allowed ${allowed}`,
  );
}

/** Element by element, and of equal length. */
export function expectAllClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  relative: number,
  absolute = 0,
): void {
  expect(actual.length).toBe(expected.length);
  for (let k = 0; k < expected.length; k++) expectClose(actual[k] as number, expected[k] as number, relative, absolute);
}
