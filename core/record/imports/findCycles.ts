/** Whole cycles in a voltage: samples [first, first + cycles * length] are they. */
export interface Cycles {
  readonly first: number;
  /** Samples of one cycle. */
  readonly length: number;
  readonly cycles: number;
}

/** Fewer samples are no curve. */
const SHORTEST = 8;

/** Two extremes count when the voltage moved by this part of its span between them. */
const HYSTERESIS = 0.2;

/**
 * Finds whole cycles of a driving voltage from its turning points; a hold before the first cycle is left out.
 * @returns undefined where the voltage does not repeat, or passes only once and does not come back to where it began
 */
export function findCycles(voltage_V: ArrayLike<number>): Cycles | undefined {
  const count = voltage_V.length;
  let [low, high] = [Infinity, -Infinity];
  for (let k = 0; k < count; k++) {
    const v = voltage_V[k] ?? Number.NaN;
    low = Math.min(low, Number.isNaN(v) ? low : v);
    high = Math.max(high, Number.isNaN(v) ? high : v);
  }
  const span = high - low;
  if (!(span > 0) || count < SHORTEST) return undefined;
  const start = voltage_V[0] ?? Number.NaN;
  let first = 0;
  // the last sample of an initial hold begins the sweep
  while (first + 1 < count && Math.abs((voltage_V[first + 1] ?? start) - start) <= 1e-9 * span) first++;
  const turns = turningPoints(voltage_V, first, HYSTERESIS * span);
  const same = turns.filter((_, k) => k % 2 === 0);
  if (same.length >= 2) {
    const gaps = same.slice(1).map((at, k) => at - (same[k] ?? 0));
    const length = ((same[same.length - 1] ?? 0) - (same[0] ?? 0)) / gaps.length;
    if (gaps.some((gap) => Math.abs(gap - length) > Math.max(2, 0.02 * length))) return undefined;
    const cycles = Math.floor((count - first) / length + 0.02);
    return cycles >= 1 && length >= SHORTEST ? { first, length, cycles } : undefined;
  }
  // one cycle: two turns, and back to the start
  const end = voltage_V[count - 1] ?? Number.NaN;
  const back = Math.abs(end - start) <= 0.05 * span;
  return turns.length >= 1 && back ? { first, length: count - 1 - first, cycles: 1 } : undefined;
}

/** Alternating extremes that stand out by more than `least`. */
function turningPoints(v: ArrayLike<number>, first: number, least: number): number[] {
  const turns: number[] = [];
  let [top, bottom] = [first, first];
  let direction = 0;
  for (let k = first; k < v.length; k++) {
    const value = v[k] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    if (value > (v[top] ?? -Infinity)) top = k;
    if (value < (v[bottom] ?? Infinity)) bottom = k;
    if (direction >= 0 && (v[top] ?? 0) - value > least) {
      if (direction > 0 || top !== first) turns.push(top);
      direction = -1;
      bottom = k;
    } else if (direction <= 0 && value - (v[bottom] ?? 0) > least) {
      if (direction < 0 || bottom !== first) turns.push(bottom);
      direction = 1;
      top = k;
    }
  }
  return turns;
}
