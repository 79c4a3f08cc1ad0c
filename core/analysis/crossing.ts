import type { Cycle } from "./iv.ts";

/** Where a loop is pinched, and how far from the origin. */
export interface LoopCrossing {
  /** Intersections of the rising with the falling branch, nearest to 0 V first. */
  readonly points: readonly { readonly voltage_V: number; readonly current_A: number }[];
  /** Of the nearest one; NaN where the branches do not meet. */
  readonly offset_V: number;
  readonly offset_A: number;
  /** Current of each branch at 0 V: equal and zero for a pinched loop; their difference tells a capacitance. */
  readonly rising_A: number;
  readonly falling_A: number;
  /** Half the difference of the branches at 0 V over the scan rate there: the capacitance that would make it, farad. */
  readonly capacitance_F: number;
}

/**
 * Intersections of the two branches of one cycle, by their difference on the voltages of both. End points where the sweep
 * turns are no crossings. Branches must be single-valued in V: a cycle of a sweep, not of a pulse train.
 */
export function findCrossings(cycle: Cycle): LoopCrossing {
  const rising = branchOf(cycle, 1);
  const falling = branchOf(cycle, -1);
  const low = Math.max(rising.v[0] ?? Number.NaN, falling.v[0] ?? Number.NaN);
  const high = Math.min(rising.v.at(-1) ?? Number.NaN, falling.v.at(-1) ?? Number.NaN);
  const grid = [...new Set([...rising.v, ...falling.v])].filter((x) => x >= low && x <= high).sort((a, b) => a - b);
  const points: { voltage_V: number; current_A: number }[] = [];
  const upper = grid.map((x) => valueAt(rising, x));
  const gap = grid.map((x, k) => upper[k]! - valueAt(falling, x));
  const margin = 1e-3 * (high - low);
  let last = -1;
  grid.forEach((x, k) => {
    if (x < low + margin || x > high - margin || gap[k] === 0) return;
    if (last >= 0 && gap[k]! * gap[last]! < 0) {
      const part = gap[last]! / (gap[last]! - gap[k]!);
      const voltage_V = grid[last]! + part * (x - grid[last]!);
      points.push({ voltage_V, current_A: valueAt(rising, voltage_V) });
    }
    last = k;
  });
  points.sort((a, b) => Math.abs(a.voltage_V) - Math.abs(b.voltage_V));
  const [rising_A, falling_A] = [valueAt(rising, 0), valueAt(falling, 0)];
  return {
    points,
    offset_V: points[0]?.voltage_V ?? Number.NaN,
    offset_A: points[0]?.current_A ?? Number.NaN,
    rising_A,
    falling_A,
    capacitance_F: (rising_A - falling_A) / 2 / scanRateAtZero(cycle),
  };
}

interface Branch {
  readonly v: readonly number[];
  readonly i: readonly number[];
}

/** Samples reached while the voltage moved in one direction, sorted by voltage; a closed sine gives its two halves. */
function branchOf({ voltage_V: v, current_A: i }: Cycle, sign: 1 | -1): Branch {
  const points: [number, number][] = [];
  for (let k = 0; k < v.length; k++) {
    const ahead = k + 1 < v.length ? v[k + 1]! - v[k]! : 0;
    const behind = k > 0 ? v[k]! - v[k - 1]! : 0;
    if ((sign * ahead > 0 || sign * behind > 0) && Number.isFinite(i[k]!)) points.push([v[k]!, i[k]!]);
  }
  points.sort((a, b) => a[0] - b[0]);
  return { v: points.map(([x]) => x), i: points.map(([, y]) => y) };
}

function valueAt({ v, i }: Branch, x: number): number {
  let [low, high] = [0, v.length - 1];
  if (!(x >= v[low]! && x <= v[high]!)) return Number.NaN;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (v[middle]! <= x) low = middle;
    else high = middle;
  }
  const span = v[high]! - v[low]!;
  return span === 0 ? i[low]! : i[low]! + ((i[high]! - i[low]!) * (x - v[low]!)) / span;
}

function scanRateAtZero({ voltage_V: v, samplePeriod_s }: Cycle): number {
  for (let k = 1; k < v.length; k++)
    if (v[k - 1]! < 0 ? v[k]! >= 0 : v[k - 1] === 0 && v[k]! > 0) return (v[k]! - v[k - 1]!) / samplePeriod_s;
  return Number.NaN;
}
