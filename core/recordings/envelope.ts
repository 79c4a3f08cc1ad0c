/** Extremes of consecutive stretches of a curve, for drawing; memory does not grow with the curve. */
export interface Envelope {
  /** Fraction of the curve at which a stretch begins, 0 to 1. */
  readonly at: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

const CHUNK = 1 << 15;

/** @param read fills a list with samples from a number on */
export function envelopeOf(
  points: number,
  stretches: number,
  read: (from: number, into: Float64Array) => void,
): Envelope {
  const count = Math.max(1, Math.min(stretches, points));
  const low = new Float64Array(count).fill(Infinity);
  const high = new Float64Array(count).fill(-Infinity);
  const chunk = new Float64Array(Math.min(CHUNK, points));
  for (let from = 0; from < points; from += CHUNK) {
    const part = chunk.subarray(0, Math.min(CHUNK, points - from));
    read(from, part);
    for (let n = 0; n < part.length; n++) {
      const k = Math.min(count - 1, Math.floor(((from + n) * count) / points));
      const value = part[n]!;
      if (value < low[k]!) low[k] = value;
      if (value > high[k]!) high[k] = value;
    }
  }
  for (let k = 0; k < count; k++) if (low[k]! > high[k]!) low[k] = high[k] = Number.NaN;
  return { at: Float64Array.from({ length: count }, (_, k) => k / count), low, high };
}

/** The same as one line that runs from extreme to extreme. @param duration of the whole curve */
export function lineOf({ at, low, high }: Envelope, start: number, duration: number) {
  const x = new Float64Array(2 * at.length);
  const y = new Float64Array(2 * at.length);
  const half = 0.5 / at.length;
  for (let k = 0; k < at.length; k++) {
    // the extreme nearer to where the line comes from is drawn first
    const rises = k === 0 || Math.abs(low[k]! - y[2 * k - 1]!) <= Math.abs(high[k]! - y[2 * k - 1]!);
    x[2 * k] = start + at[k]! * duration;
    x[2 * k + 1] = start + (at[k]! + half) * duration;
    y[2 * k] = rises ? low[k]! : high[k]!;
    y[2 * k + 1] = rises ? high[k]! : low[k]!;
  }
  return { x, y };
}
