/**
 * A bin is a stretch of array time with the extremes of what was sampled in it, what a plot keeps of many samples.
 * NaN where nothing was: no drive, lost samples, another step.
 */
export interface Bin {
  start_s: number;
  end_s: number;
  voltageLow_V: number;
  voltageHigh_V: number;
  currentLow_A: number;
  currentHigh_A: number;
  /** Of current over voltage, sample by sample. */
  conductanceLow_S: number;
  conductanceHigh_S: number;
  lost: number;
}

/** In the order in which rings store them. */
export const BIN_FIELDS = [
  "start_s",
  "end_s",
  "voltageLow_V",
  "voltageHigh_V",
  "currentLow_A",
  "currentHigh_A",
  "conductanceLow_S",
  "conductanceHigh_S",
  "lost",
] as const satisfies readonly (keyof Bin)[];

export function emptyBin(): Bin {
  return {
    start_s: Number.NaN,
    end_s: Number.NaN,
    voltageLow_V: Number.NaN,
    voltageHigh_V: Number.NaN,
    currentLow_A: Number.NaN,
    currentHigh_A: Number.NaN,
    conductanceLow_S: Number.NaN,
    conductanceHigh_S: Number.NaN,
    lost: 0,
  };
}

/** Smaller of two where NaN is "nothing there". */
export function lower(a: number, b: number): number {
  return Number.isNaN(a) || b < a ? b : a;
}

export function higher(a: number, b: number): number {
  return Number.isNaN(a) || b > a ? b : a;
}

/** Takes `bin` into `into`, which covers both afterwards. */
export function mergeBin(into: Bin, bin: Readonly<Bin>): void {
  into.start_s = lower(into.start_s, bin.start_s);
  into.end_s = higher(into.end_s, bin.end_s);
  into.voltageLow_V = lower(into.voltageLow_V, bin.voltageLow_V);
  into.voltageHigh_V = higher(into.voltageHigh_V, bin.voltageHigh_V);
  into.currentLow_A = lower(into.currentLow_A, bin.currentLow_A);
  into.currentHigh_A = higher(into.currentHigh_A, bin.currentHigh_A);
  into.conductanceLow_S = lower(into.conductanceLow_S, bin.conductanceLow_S);
  into.conductanceHigh_S = higher(into.conductanceHigh_S, bin.conductanceHigh_S);
  into.lost += bin.lost;
}

/** Equal pixels one after the other, as frames and recorded traces carry them. */
export interface Pixels {
  readonly start_s: number;
  readonly pixel_s: number;
  readonly leastCurrent_A: ArrayLike<number>;
  readonly largestCurrent_A: ArrayLike<number>;
  readonly leastVoltage_V: ArrayLike<number>;
  readonly largestVoltage_V: ArrayLike<number>;
  readonly leastConductance_S: ArrayLike<number>;
  readonly largestConductance_S: ArrayLike<number>;
}

/** Pixel k, written into `out`. What a frame has lost is counted at its first pixel without a current. */
export function pixelAt(pixels: Pixels, k: number, out: Bin): Bin {
  out.start_s = pixels.start_s + k * pixels.pixel_s;
  out.end_s = pixels.start_s + (k + 1) * pixels.pixel_s;
  out.voltageLow_V = pixels.leastVoltage_V[k] ?? Number.NaN;
  out.voltageHigh_V = pixels.largestVoltage_V[k] ?? Number.NaN;
  out.currentLow_A = pixels.leastCurrent_A[k] ?? Number.NaN;
  out.currentHigh_A = pixels.largestCurrent_A[k] ?? Number.NaN;
  out.conductanceLow_S = pixels.leastConductance_S[k] ?? Number.NaN;
  out.conductanceHigh_S = pixels.largestConductance_S[k] ?? Number.NaN;
  out.lost = 0;
  return out;
}
