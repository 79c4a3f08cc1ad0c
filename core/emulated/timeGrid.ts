import { reaches } from "../waveform.ts";

/** An instant at which the array is looked at or the drive changes. */
export interface Stop {
  time_s: number;
  isEdge: boolean;
  /** Sample index, or -1. */
  sample: number;
}

/** Number of samples at k period, k = 0 ... floor(duration / period); the rounding of decimals is forgiven (0.3 / 0.1 is 3). */
export function countSamples(duration_s: number, samplePeriod_s: number): number {
  const periods = duration_s / samplePeriod_s;
  const nearest = Math.round(periods);
  return (Math.abs(periods - nearest) <= 8 * Number.EPSILON * nearest ? nearest : Math.floor(periods)) + 1;
}

/**
 * Sample times united with edges, then the end, in order. A sample on an edge is one stop, seen after the edge.
 * The yielded object is reused: read it before asking for the next.
 */
export function* makeTimeGrid(
  duration_s: number,
  samplePeriod_s: number,
  edges_s: readonly number[],
): Generator<Readonly<Stop>> {
  const count = countSamples(duration_s, samplePeriod_s);
  const stop: Stop = { time_s: 0, isEdge: false, sample: 0 };
  let edge = 0;
  for (let sample = 0; sample < count; sample++) {
    const time_s = Math.min(sample * samplePeriod_s, duration_s);
    for (; edge < edges_s.length && !reaches(edges_s[edge] ?? 0, time_s); edge++) {
      stop.time_s = edges_s[edge] ?? 0;
      stop.isEdge = true;
      stop.sample = -1;
      yield stop;
    }
    stop.isEdge = edge < edges_s.length && reaches(time_s, edges_s[edge] ?? 0);
    stop.time_s = stop.isEdge ? Math.max(time_s, edges_s[edge++] ?? 0) : time_s;
    stop.sample = sample;
    yield stop;
  }
  for (; edge < edges_s.length; edge++) {
    stop.time_s = edges_s[edge] ?? 0;
    stop.isEdge = true;
    stop.sample = -1;
    yield stop;
  }
  if (stop.time_s < duration_s) {
    stop.time_s = duration_s;
    stop.isEdge = false;
    stop.sample = -1;
    yield stop;
  }
}
