/** Samples on an even grid. */
export interface EvenSamples {
  readonly startTime_s: number;
  readonly samplePeriod_s: number;
  readonly voltage_V: Float64Array;
  readonly current_A: Float64Array;
  /** Places on the grid for which the file had no sample; NaN. */
  readonly missing: number;
}

export type Uneven =
  | { readonly kind: "backwards"; readonly at: number }
  | { readonly kind: "uneven"; readonly least_s: number; readonly most_s: number };

/** A table may leave out as many samples as it has; beyond that its times are no grid with gaps. */
const MOST_GAPS = 1;

/**
 * Puts samples at their times on an even grid, without moving any of them: each lies within a tenth of a period, or half
 * of the last digit of the file, of its place. Missing ones are NaN.
 * @returns what stands in the way, where times are no grid
 */
export function evenTimes(
  time_s: readonly number[],
  voltage_V: readonly number[],
  current_A: readonly number[],
): EvenSamples | Uneven {
  const count = time_s.length;
  const first = time_s[0] ?? 0;
  if (count < 2)
    return {
      startTime_s: first,
      samplePeriod_s: 1,
      voltage_V: Float64Array.from(voltage_V),
      current_A: Float64Array.from(current_A),
      missing: 0,
    };
  const steps = new Float64Array(count - 1);
  for (let k = 1; k < count; k++) {
    const step = (time_s[k] ?? 0) - (time_s[k - 1] ?? 0);
    if (!(step > 0)) return { kind: "backwards", at: k };
    steps[k - 1] = step;
  }
  const sorted = steps.slice().sort();
  const median = sorted[sorted.length >> 1] ?? 1;
  // the number of each sample on the grid, from neighbour to neighbour, then the period from all of them
  const places = new Float64Array(count);
  for (let k = 1; k < count; k++)
    places[k] = (places[k - 1] ?? 0) + Math.max(1, Math.round((steps[k - 1] ?? 0) / median));
  const length = (places[count - 1] ?? 0) + 1;
  const uneven = { kind: "uneven", least_s: sorted[0] ?? 0, most_s: sorted[sorted.length - 1] ?? 0 } as const;
  if (length > (1 + MOST_GAPS) * count) return uneven;
  const period = ((time_s[count - 1] ?? 0) - first) / (length - 1);
  for (let k = 0; k < count; k++)
    if (Math.abs((time_s[k] ?? 0) - first - (places[k] ?? 0) * period) > 0.1 * period) return uneven;
  const even = {
    voltage_V: new Float64Array(length).fill(Number.NaN),
    current_A: new Float64Array(length).fill(Number.NaN),
  };
  for (let k = 0; k < count; k++) {
    even.voltage_V[places[k] ?? 0] = voltage_V[k] ?? Number.NaN;
    even.current_A[places[k] ?? 0] = current_A[k] ?? Number.NaN;
  }
  return { startTime_s: first, samplePeriod_s: period, ...even, missing: length - count };
}

/** Straight lines between the samples, read off every `period_s`; times must rise. */
export function resample(
  time_s: readonly number[],
  voltage_V: readonly number[],
  current_A: readonly number[],
  period_s: number,
): EvenSamples {
  const first = time_s[0] ?? 0;
  const length = Math.floor(((time_s[time_s.length - 1] ?? first) - first) / period_s + 1e-9) + 1;
  const even = { voltage_V: new Float64Array(length), current_A: new Float64Array(length) };
  let k = 0;
  for (let n = 0; n < length; n++) {
    const t = first + n * period_s;
    while (k + 2 < time_s.length && (time_s[k + 1] ?? 0) <= t) k++;
    const [from, to] = [time_s[k] ?? 0, time_s[k + 1] ?? time_s[k] ?? 0];
    const part = to > from ? Math.min(1, (t - from) / (to - from)) : 0;
    const between = (values: readonly number[]) => {
      const a = values[k] ?? Number.NaN;
      return part === 0 ? a : a + part * ((values[k + 1] ?? a) - a);
    };
    even.voltage_V[n] = between(voltage_V);
    even.current_A[n] = between(current_A);
  }
  return { startTime_s: first, samplePeriod_s: period_s, ...even, missing: 0 };
}
