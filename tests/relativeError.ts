/** Relative errors of whole arrays, for tests (vitest's toBeCloseTo is absolute: meaningless at pA). */

/** Largest |found - expected| / |expected|; a zero must be met exactly. */
export function worstRelative(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length)
    throw new RangeError(`${found.length} values found, expected ${expected.length} of them`);
  let worst = 0;
  for (let k = 0; k < expected.length; k++) {
    const error = Math.abs(found[k] - expected[k]);
    const relative = error === 0 ? 0 : error / Math.abs(expected[k]);
    if (!(relative <= worst)) worst = relative;
  }
  return worst;
}

/** Largest |found - expected| over the largest |expected|, for values that are differences of larger ones. */
export function worstAgainstLargest(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let worst = 0;
  let largest = 0;
  for (let k = 0; k < expected.length; k++) {
    const error = Math.abs(found[k] - expected[k]);
    if (!(error <= worst)) worst = error;
    largest = Math.max(largest, Math.abs(expected[k]));
  }
  return worst === 0 ? 0 : worst / largest;
}
