import { UnsupportedError } from "../errors.ts";
import { formatSI } from "../units.ts";
import type { ChannelCalibration } from "./calibration.ts";

/** Means of one resistor of known value at several voltages. */
export interface DummyReadings {
  readonly column: number;
  readonly resistance_ohm: number;
  /** Relative half width within which the maker promises the value. */
  readonly tolerance: number;
  readonly voltage_V: readonly number[];
  readonly current_A: readonly number[];
  /** Whether a reading saturated the amplifier. */
  readonly overload: boolean;
}

export interface FittedCalibration {
  readonly polarity: 1 | -1;
  readonly series_ohm: number;
  readonly seriesError_ohm: number;
  readonly channels: ChannelCalibration[];
}

/** A result outside of these is a wrong resistor, a broken lead or a wrong range, not a calibration. */
const GAIN_RANGE = [0.2, 5] as const;
const LARGEST_GAIN_ERROR = 0.1;
const LARGEST_CURVATURE = 0.02;
/** A slope is told from zero at five standard errors. */
const CERTAIN = 5;

interface Line {
  readonly readings: DummyReadings;
  readonly offset_A: number;
  readonly offsetError_A: number;
  readonly slope_S: number;
  readonly slopeError_S: number;
}

/**
 * Offset, gain, polarity and, where a column has two different resistors, series resistance.
 *
 * Each resistor R_k gives a straight line I = a + b V (ordinary least squares) with |b| = g / (R_k + R_s), so that
 * R_k = g / |b_k| - R_s is linear in g and R_s (least squares with weights 1/u_k^2). A tolerance T counts as a standard
 * uncertainty T / sqrt(3) (JCGM 100:2008, 4.3.7). Columns with one resistor take R_s from the others, or as declared.
 * @param declared_ohm series resistance where nothing measures it
 * @throws UnsupportedError saying what is absurd
 */
export function fitCalibration(dummies: readonly DummyReadings[], declared_ohm = 0): FittedCalibration {
  if (dummies.length === 0) throw refuse("no resistor was measured");
  const lines = dummies.map(fitLine);
  const polarity = Math.sign(lines[0]?.slope_S ?? 1) < 0 ? -1 : 1;
  const other = lines.find(({ slope_S }) => Math.sign(slope_S) !== polarity);
  if (other)
    throw refuse(
      `columns ${lines[0]?.readings.column} and ${other.readings.column} have opposite signs, check the leads`,
    );

  const byColumn = groupByColumn(lines);
  const series = [...byColumn.values()].flatMap((group) => fitSeries(group) ?? []);
  const weight = series.reduce((sum, { error_ohm }) => sum + 1 / error_ohm ** 2, 0);
  const found_ohm = series.reduce((sum, { ohm, error_ohm }) => sum + ohm / error_ohm ** 2, 0) / weight;
  const seriesError_ohm = series.length === 0 ? 0 : 1 / Math.sqrt(weight);
  if (series.length > 0 && found_ohm < -CERTAIN * seriesError_ohm)
    throw refuse(
      `the series resistance is ${formatSI(found_ohm, "ohm")} ± ${formatSI(seriesError_ohm, "ohm")}, allowed are 0 and more`,
    );
  const series_ohm = series.length === 0 ? declared_ohm : Math.max(0, found_ohm);
  const channels = [...byColumn.values()].map((group) => fitChannel(group, series_ohm, seriesError_ohm));
  return { polarity, series_ohm, seriesError_ohm, channels: channels.sort((a, b) => a.column - b.column) };
}

/** @throws UnsupportedError when the readings are no straight line with a slope */
function fitLine(readings: DummyReadings): Line {
  const { column, voltage_V, current_A, resistance_ohm, overload } = readings;
  const where = `column ${column}, ${formatSI(resistance_ohm, "ohm", 6)}`;
  const n = voltage_V.length;
  if (n < 3 || n !== current_A.length) throw refuse(`${where}: ${n} readings, at least 3 are needed`);
  if (overload) throw refuse(`${where}: the amplifier saturated, use a smaller voltage or a larger range`);
  if (![...voltage_V, ...current_A].every(Number.isFinite)) throw refuse(`${where}: readings are missing`);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / n;
  const [v, i] = [mean(voltage_V), mean(current_A)];
  const sxx = voltage_V.reduce((sum, value) => sum + (value - v) ** 2, 0);
  if (!(sxx > 0)) throw refuse(`${where}: all readings are at one voltage`);
  const slope_S = voltage_V.reduce((sum, value, k) => sum + (value - v) * ((current_A[k] ?? 0) - i), 0) / sxx;
  const offset_A = i - slope_S * v;
  const residuals = voltage_V.map((value, k) => (current_A[k] ?? 0) - offset_A - slope_S * value);
  const scatter_A = Math.sqrt(residuals.reduce((sum, value) => sum + value * value, 0) / (n - 2));
  const slopeError_S = scatter_A / Math.sqrt(sxx);
  if (!(Math.abs(slope_S) > CERTAIN * slopeError_S))
    throw refuse(
      `${where}: the slope is ${formatSI(slope_S, "S")} ± ${formatSI(slopeError_S, "S")}, its sign cannot be told; is the resistor connected?`,
    );
  const span_A = Math.abs(slope_S) * (Math.max(...voltage_V) - Math.min(...voltage_V));
  if (scatter_A > LARGEST_CURVATURE * span_A)
    throw refuse(`${where}: readings leave a straight line by ${percentOf(scatter_A / span_A)}, this is no resistor`);
  if (Math.abs(offset_A) > span_A)
    throw refuse(`${where}: the offset ${formatSI(offset_A, "A")} is larger than the signal ${formatSI(span_A, "A")}`);
  return { readings, offset_A, offsetError_A: scatter_A * Math.sqrt(1 / n + (v * v) / sxx), slope_S, slopeError_S };
}

/** Series resistance from two or more different resistors of one column. */
function fitSeries(lines: readonly Line[]): { ohm: number; error_ohm: number } | undefined {
  const values = lines.map(({ readings }) => readings.resistance_ohm);
  if (Math.max(...values) < 1.5 * Math.min(...values)) return undefined;
  // R_k = g y_k - R_s with y_k = 1/|b_k|
  let [sw, sy, syy, sr, syr] = [0, 0, 0, 0, 0];
  for (const line of lines) {
    const y = 1 / Math.abs(line.slope_S);
    const r = line.readings.resistance_ohm;
    const w = 1 / (r * relativeError(line)) ** 2;
    sw += w;
    sy += w * y;
    syy += w * y * y;
    sr += w * r;
    syr += w * y * r;
  }
  const determinant = sw * syy - sy * sy;
  return { ohm: -(syy * sr - sy * syr) / determinant, error_ohm: Math.sqrt(syy / determinant) };
}

function fitChannel(lines: readonly Line[], series_ohm: number, seriesError_ohm: number): ChannelCalibration {
  const column = lines[0]?.readings.column ?? 0;
  const gains = lines.map((line) => {
    const whole_ohm = line.readings.resistance_ohm + series_ohm;
    const gain = Math.abs(line.slope_S) * whole_ohm;
    return { value: gain, error: gain * Math.hypot(relativeError(line), seriesError_ohm / whole_ohm) };
  });
  const offsets = lines.map(({ offset_A, offsetError_A, slope_S }) => ({
    value: offset_A,
    // an exact line still has the rounding of its numbers
    error: Math.max(offsetError_A, 1e-15 * Math.abs(slope_S)),
  }));
  const gain = weightedMean(gains);
  const offset = plainMean(offsets);
  const [least, most] = GAIN_RANGE;
  if (!(gain.value >= least && gain.value <= most))
    throw refuse(
      `column ${column}: the gain is ${gain.value.toPrecision(4)}, allowed are ${least} to ${most}; is the resistor right?`,
    );
  if (gain.error > LARGEST_GAIN_ERROR * gain.value)
    throw refuse(`column ${column}: the gain is uncertain by ${percentOf(gain.error / gain.value)}, allowed are 10 %`);
  const far = gains.find(({ value, error }) => Math.abs(value - gain.value) > CERTAIN * Math.max(error, 1e-6 * value));
  if (far)
    throw refuse(
      `column ${column}: its resistors say gains of ${gains.map(({ value }) => value.toPrecision(4)).join(" and ")}, beyond their uncertainty`,
    );
  return { column, offset_A: offset.value, offsetError_A: offset.error, gain: gain.value, gainError: gain.error };
}

/** Of a resistance as its line tells it: tolerance and scatter; never below what doubles can tell. */
function relativeError({ readings, slope_S, slopeError_S }: Line): number {
  return Math.max(1e-12, Math.hypot(readings.tolerance / Math.sqrt(3), slopeError_S / slope_S));
}

function weightedMean(items: readonly { value: number; error: number }[]): { value: number; error: number } {
  const weight = items.reduce((sum, { error }) => sum + 1 / error ** 2, 0);
  return {
    value: items.reduce((sum, { value, error }) => sum + value / error ** 2, 0) / weight,
    error: 1 / Math.sqrt(weight),
  };
}

/**
 * Every resistor sees the same amplifier, so its lines tell the offset equally well. Weights from so few readings would
 * favour lines whose scatter happens to be small, and promise too much.
 */
function plainMean(items: readonly { value: number; error: number }[]): { value: number; error: number } {
  const n = items.length;
  const sum = items.reduce((total, { value }) => total + value, 0);
  return { value: sum / n, error: Math.hypot(...items.map(({ error }) => error)) / n };
}

function groupByColumn(lines: readonly Line[]): Map<number, Line[]> {
  const groups = new Map<number, Line[]>();
  for (const line of lines) groups.set(line.readings.column, [...(groups.get(line.readings.column) ?? []), line]);
  return groups;
}

function percentOf(share: number): string {
  return `${(100 * share).toPrecision(2)} %`;
}

function refuse(reason: string): UnsupportedError {
  return new UnsupportedError("calibration", `refused as a calibration: ${reason}`);
}
