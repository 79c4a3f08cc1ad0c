/** A hidden Markov chain over a few levels that are seen through Gaussian noise of one width. */
export interface HiddenLevels {
  /** Ascending. */
  readonly levels: readonly number[];
  readonly deviation: number;
  /** transition[a][b]: probability to be in b one sample after a. */
  readonly transition: readonly (readonly number[])[];
  /** Bayesian information criterion, -2 ln L + parameters ln n: smaller explains more. */
  readonly criterion: number;
}

/** Learning looks at this many samples from the middle of a longer record. */
const MOST_LEARNED = 2 ** 19;
const ROUNDS = 60;

/**
 * Baum-Welch with scaling (Rabiner 1989, 10.1109/5.18626, sections III.C and V.A), started from the quantiles of the record.
 * @returns undefined where the record has fewer different values than levels
 */
export function learnLevels(record: ArrayLike<number>, count: number): HiddenLevels | undefined {
  const n = Math.min(record.length, MOST_LEARNED);
  const first = (record.length - n) >> 1;
  const x = Float64Array.from({ length: n }, (_, k) => record[first + k]!);
  const known = x.filter(Number.isFinite).sort();
  if (known.length < 2) return undefined;
  const begin = startLevels(known, count);
  if (!begin) return undefined;
  let levels: readonly number[] = begin;
  const spread = known.at(-1)! - known[0]!;
  let deviation = Math.max(deviationAround(known, levels), 1e-9 * spread);
  let transition = begin.map((_, a) => begin.map((_l, b) => (a === b ? 0.9 : 0.1 / Math.max(1, count - 1))));
  if (count === 1) transition = [[1]];
  const alpha = new Float64Array(n * count);
  const scale = new Float64Array(n);
  const seen = new Float64Array(n * count);
  let likelihood = -Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    for (let k = 0; k < n; k++)
      for (let s = 0; s < count; s++)
        seen[k * count + s] = Number.isNaN(x[k]!)
          ? 1
          : Math.exp(-0.5 * ((x[k]! - levels[s]!) / deviation) ** 2) + 1e-300;
    let logSum = 0;
    for (let k = 0; k < n; k++) {
      let sum = 0;
      for (let b = 0; b < count; b++) {
        let arrive = k === 0 ? 1 / count : 0;
        if (k > 0) for (let a = 0; a < count; a++) arrive += alpha[(k - 1) * count + a]! * transition[a]![b]!;
        const value = arrive * seen[k * count + b]!;
        alpha[k * count + b] = value;
        sum += value;
      }
      for (let b = 0; b < count; b++) alpha[k * count + b]! /= sum;
      scale[k] = sum;
      logSum += Math.log(sum);
    }
    const next = logSum - known.length * Math.log(deviation * Math.sqrt(2 * Math.PI));
    const gained = next - likelihood;
    likelihood = next;
    if (count === 1 || (round > 0 && gained < 1e-4)) break;

    const beta = levels.map(() => 1);
    const earlier = levels.map(() => 0);
    const [weight, weighted] = [levels.map(() => 0), levels.map(() => 0)];
    const moves = transition.map((row) => row.map(() => 0));
    let squares = 0;
    for (let k = n - 1; k >= 0; k--) {
      for (let s = 0; s < count; s++) {
        const here = alpha[k * count + s]! * beta[s]!;
        if (Number.isNaN(x[k]!)) continue;
        weight[s]! += here;
        weighted[s]! += here * x[k]!;
        squares += here * (x[k]! - levels[s]!) ** 2;
      }
      if (k === 0) break;
      for (let a = 0; a < count; a++) {
        let sum = 0;
        for (let b = 0; b < count; b++) {
          const flow = (transition[a]![b]! * seen[k * count + b]! * beta[b]!) / scale[k]!;
          moves[a]![b]! += alpha[(k - 1) * count + a]! * flow;
          sum += flow;
        }
        earlier[a] = sum;
      }
      for (let a = 0; a < count; a++) beta[a] = earlier[a]!;
    }
    const moved: readonly number[] = levels.map((level, s) => (weight[s]! > 0 ? weighted[s]! / weight[s]! : level));
    // squares were taken around the old levels; around the new ones they are smaller by the shift
    for (let s = 0; s < count; s++) squares -= weight[s]! * (moved[s]! - levels[s]!) ** 2;
    levels = moved;
    deviation = Math.max(Math.sqrt(Math.max(0, squares) / known.length), 1e-9 * spread);
    transition = moves.map((row) => {
      const total = row.reduce((sum, value) => sum + value, 0);
      return row.map((value) => (total > 0 ? Math.max(value / total, 1e-12) : 1 / count));
    });
  }
  const found = levels;
  const order = found.map((_, s) => s).sort((a, b) => found[a]! - found[b]!);
  const parameters = count + 1 + count * (count - 1);
  return {
    levels: order.map((s) => found[s]!),
    deviation,
    transition: order.map((a) => order.map((b) => transition[a]![b]!)),
    criterion: -2 * likelihood + parameters * Math.log(known.length),
  };
}

/** The most probable path (Viterbi): level index of every sample. */
export function decodeLevels(record: ArrayLike<number>, model: HiddenLevels): Uint8Array {
  const { levels, deviation } = model;
  const count = levels.length;
  const n = record.length;
  const logs = model.transition.map((row) => row.map(Math.log));
  const from = new Uint8Array(n * count);
  let score = levels.map(() => 0);
  let next = levels.map(() => 0);
  for (let k = 0; k < n; k++) {
    const value = record[k]!;
    let top = -Infinity;
    for (let b = 0; b < count; b++) {
      let [best, at] = [-Infinity, 0];
      for (let a = 0; a < count; a++) {
        const path = score[a]! + (k > 0 ? logs[a]![b]! : 0);
        if (path > best || (path === best && a === b)) [best, at] = [path, a];
      }
      from[k * count + b] = at;
      next[b] = best - (Number.isNaN(value) ? 0 : 0.5 * ((value - levels[b]!) / deviation) ** 2);
      top = Math.max(top, next[b]!);
    }
    for (let b = 0; b < count; b++) next[b]! -= top;
    [score, next] = [next, score];
  }
  const path = new Uint8Array(n);
  let state = score.indexOf(Math.max(...score));
  for (let k = n - 1; k >= 0; k--) {
    path[k] = state;
    state = from[k * count + state]!;
  }
  return path;
}

/** One-dimensional k-means from evenly spaced places between the 1st and the 99th percentile. */
function startLevels(sorted: Float64Array, count: number): number[] | undefined {
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))]!;
  const [low, high] = [at(0.01), at(0.99)];
  if (count > 1 && !(at(1) > at(0))) return undefined;
  const [bottom, top] = high > low ? [low, high] : [at(0), at(1)];
  let levels = Array.from({ length: count }, (_, s) => bottom + ((s + 0.5) / count) * (top - bottom));
  for (let round = 0; round < 30; round++) {
    const sum = levels.map(() => 0);
    const size = levels.map(() => 0);
    for (const value of sorted) {
      const s = nearest(levels, value);
      sum[s]! += value;
      size[s]!++;
    }
    levels = levels.map((level, s) => (size[s]! > 0 ? sum[s]! / size[s]! : level));
  }
  return levels;
}

function deviationAround(values: Float64Array, levels: readonly number[]): number {
  let squares = 0;
  for (const value of values) squares += (value - levels[nearest(levels, value)]!) ** 2;
  return Math.sqrt(squares / values.length);
}

function nearest(levels: readonly number[], value: number): number {
  let best = 0;
  for (let s = 1; s < levels.length; s++) if (Math.abs(value - levels[s]!) < Math.abs(value - levels[best]!)) best = s;
  return best;
}
