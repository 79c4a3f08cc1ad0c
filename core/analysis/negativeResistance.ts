import type { Cycle } from "./iv.ts";

/** A stretch of a branch on which |I| falls while |V| rises: negative differential resistance. */
export interface NegativeWindow {
  /** Direction in which the voltage ran: the branch. */
  readonly branch: "rising" | "falling";
  /** Where |I| is largest and where it has fallen to before it rises again, in order of |V|. */
  readonly peak_V: number;
  readonly peak_A: number;
  readonly valley_V: number;
  readonly valley_A: number;
  /** |peak / valley|; Infinity where the valley carries nothing. */
  readonly peakToValley: number;
  /** Mean slope dI/dV between them, siemens: negative. */
  readonly slope_S: number;
}

/**
 * Windows of negative differential resistance, each branch and each sign of the voltage apart: from a peak of |I| over |V| to
 * the valley after it. Rises and falls smaller than `noise` times the largest |I| are scatter.
 * @param noise default 0.01; take three times the relative noise of the current
 */
export function findNegativeResistance(cycle: Cycle, noise = 0.01): NegativeWindow[] {
  if (!(noise > 0 && noise < 1)) throw new RangeError(`noise is ${noise}, allowed is between 0 and 1`);
  const { voltage_V: v, current_A: i } = cycle;
  let largest = 0;
  for (let k = 0; k < i.length; k++) if (Number.isFinite(i[k]!)) largest = Math.max(largest, Math.abs(i[k]!));
  const found: NegativeWindow[] = [];
  for (const { from, to } of stretches(v)) {
    // outwards from 0 V, so that a peak comes before its valley
    const order = Array.from({ length: to - from + 1 }, (_, k) => from + k).filter((k) => Number.isFinite(i[k]!));
    const branch = v[to]! > v[from]! ? "rising" : "falling";
    if (Math.abs(v[to]!) < Math.abs(v[from]!)) order.reverse();
    const push = (peak: number, valley: number) =>
      found.push({
        branch,
        peak_V: v[peak]!,
        peak_A: i[peak]!,
        valley_V: v[valley]!,
        valley_A: i[valley]!,
        peakToValley: Math.abs(i[peak]! / i[valley]!),
        slope_S: (i[valley]! - i[peak]!) / (v[valley]! - v[peak]!),
      });
    // a peak is one when the current fell by more than scatter below it, a valley when it rose by more above it
    const scatter = noise * largest;
    let [peak, valley, falling] = [order[0]!, order[0]!, false];
    for (const k of order) {
      const size = Math.abs(i[k]!);
      if (!falling) {
        if (size >= Math.abs(i[peak]!)) peak = k;
        else if (size < Math.abs(i[peak]!) - scatter) [falling, valley] = [true, k];
      } else if (size <= Math.abs(i[valley]!)) valley = k;
      else if (size > Math.abs(i[valley]!) + scatter) {
        push(peak, valley);
        [falling, peak] = [false, k];
      }
    }
    if (falling) push(peak, valley);
  }
  return found;
}

/** Runs of samples on which the voltage moves one way and keeps its sign; both ends included. */
function stretches(v: ArrayLike<number>): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  let from = 0;
  const end = (to: number) => {
    if (to > from + 1) found.push({ from, to });
  };
  for (let k = 1; k < v.length; k++) {
    const turned = k > from + 1 && (v[k]! - v[k - 1]!) * (v[k - 1]! - v[k - 2]!) < 0;
    const crossed = v[k]! * v[k - 1]! < 0 || (v[k - 1] === 0 && k - 1 > from);
    if (!turned && !crossed) continue;
    end(k - 1);
    from = v[k - 1] === 0 || turned ? k - 1 : k;
  }
  end(v.length - 1);
  return found;
}
