/** A curve with fewer points, in the order of time. */
export interface Polyline {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/**
 * Thins a curve for drawing without losing what an eye would miss: in each run of consecutive samples the first, the
 * last and the extremes of both x and y stay, in their order. Runs are cut along the record, never along x, so a loop
 * keeps both branches. A run with a lost sample keeps one NaN, so a gap stays a gap.
 * @param target largest number of points, >= 8; shorter curves come back as they are
 */
export function decimate(x: ArrayLike<number>, y: ArrayLike<number>, target = 2000): Polyline {
  const n = Math.min(x.length, y.length);
  if (n <= target)
    return {
      x: Float64Array.from({ length: n }, (_, k) => x[k] ?? Number.NaN),
      y: Float64Array.from({ length: n }, (_, k) => y[k] ?? Number.NaN),
    };
  const buckets = Math.max(1, Math.floor(target / 7));
  const keptX = new Float64Array(buckets * 7);
  const keptY = new Float64Array(buckets * 7);
  let count = 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const first = Math.floor((bucket * n) / buckets);
    const end = Math.floor(((bucket + 1) * n) / buckets);
    let [left, right, low, high, gap] = [-1, -1, -1, -1, -1];
    let [from, to] = [-1, -1];
    for (let k = first; k < end; k++) {
      const [xk, yk] = [x[k] ?? Number.NaN, y[k] ?? Number.NaN];
      if (Number.isNaN(xk) || Number.isNaN(yk)) {
        if (gap < 0) gap = k;
        continue;
      }
      if (from < 0) from = left = right = low = high = k;
      to = k;
      if (xk < (x[left] ?? 0)) left = k;
      if (xk > (x[right] ?? 0)) right = k;
      if (yk < (y[low] ?? 0)) low = k;
      if (yk > (y[high] ?? 0)) high = k;
    }
    const chosen = [...new Set([from, left, right, low, high, to, gap])].filter((k) => k >= 0).sort((a, b) => a - b);
    for (const k of chosen) {
      keptX[count] = x[k] ?? Number.NaN;
      keptY[count] = y[k] ?? Number.NaN;
      count++;
    }
  }
  return { x: keptX.slice(0, count), y: keptY.slice(0, count) };
}
