import { ENGINEERING } from "../units.ts";
/** A quantity drawn along one direction. */
export interface Axis {
  /** "voltage", "conductance": the title becomes "voltage / V". */
  readonly quantity: string;
  /** Base unit, which takes a prefix; empty for a pure number. */
  readonly unit: string;
  readonly log?: boolean;
  /** Zero belongs to the axis even if no value is near it. */
  readonly zero?: boolean;
  /** Fixed ends in base units. */
  readonly extent?: readonly [number, number];
  /** Only whole numbers are ticks. */
  readonly whole?: boolean;
}

/** Maps base units to [0, 1] and knows its ticks and its title. */
export interface Scale {
  readonly title: string;
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
  readonly minor: readonly number[];
  at(value: number): number;
}

/** The prefix under which the largest value reads between 1 and 1000. */
export function chooseUnit(largest: number, unit: string): { readonly factor: number; readonly unit: string } {
  if (unit === "" || !(largest > 0) || !Number.isFinite(largest)) return { factor: 1, unit };
  const [prefix, factor] = ENGINEERING.find(([, size]) => largest >= size * 0.9995) ?? (["a", 1e-18] as const);
  return { factor, unit: prefix + unit };
}

/** Round values 1, 2, 5 x 10^n inside [low, high], about `count` of them. */
export function niceTicks(low: number, high: number, count: number, whole = false): number[] {
  if (!(high > low) || !Number.isFinite(high - low)) return [low];
  const rough = (high - low) / count;
  const decade = 10 ** Math.floor(Math.log10(rough));
  let step = decade * ([1, 2, 5, 10].find((m) => m * decade >= rough * 0.9999) ?? 10);
  if (whole) step = Math.max(1, Math.round(step));
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k <= Math.floor(high / step + 1e-9); k++)
    ticks.push(k === 0 ? 0 : Number((k * step).toPrecision(12)));
  // a short axis between two round numbers gets finer ones
  return ticks.length < 3 && count < 12 && !whole ? niceTicks(low, high, count + 1) : ticks;
}

/** A number as axes show it: no noise digits, true minus sign. */
export function tickLabel(value: number): string {
  return formatPlain(value).replace("-", "\u2212");
}

function formatPlain(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = Number(value.toPrecision(6));
  return size >= 1e6 || size < 1e-4 ? text.toExponential().replace("e+", "e") : String(text);
}

const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";
function powerLabel(exponent: number): string {
  return `10${exponent < 0 ? "⁻" : ""}${[...String(Math.abs(exponent))].map((digit) => SUPERSCRIPT[Number(digit)]).join("")}`;
}

/**
 * @param values every finite value that must fit; on a log axis those <= 0 are left out
 * @param room pixels along the axis
 */
export function makeScale(axis: Axis, values: Iterable<number>, room: number): Scale {
  let [low, high] = axis.extent ?? [Infinity, -Infinity];
  if (!axis.extent) {
    for (const value of values) {
      if (!Number.isFinite(value) || (axis.log && value <= 0)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (!(low <= high)) [low, high] = axis.log ? [1, 10] : [0, 1];
    if (axis.zero && !axis.log) [low, high] = [Math.min(0, low), Math.max(0, high)];
  }
  return axis.log ? logScale(axis, low, high, room) : linearScale(axis, low, high, room);
}

function linearScale(axis: Axis, lowest: number, highest: number, room: number): Scale {
  let [low, high] = [lowest, highest];
  const size = Math.max(Math.abs(low), Math.abs(high));
  // a constant is drawn in the middle of an axis, not as the noise of its last digit
  if (high - low <= 1e-9 * size || high === low)
    [low, high] = size === 0 ? [-1, 1] : [low - 0.1 * size, high + 0.1 * size];
  const { factor, unit } = chooseUnit(Math.max(Math.abs(low), Math.abs(high)), axis.unit);
  const ticks = niceTicks(low / factor, high / factor, Math.max(3, Math.min(6, Math.floor(room / 50))), axis.whole);
  if (!axis.extent) {
    const pad = 0.04 * (high - low);
    low = axis.zero && low === 0 ? 0 : low - pad;
    high = axis.zero && high === 0 ? 0 : high + pad;
  }
  return {
    title: titleOf(axis, unit),
    low,
    high,
    ticks: ticks.map((value) => ({ value: value * factor, label: tickLabel(value) })),
    minor: [],
    at: (value) => (value - low) / (high - low),
  };
}

function logScale(axis: Axis, lowest: number, highest: number, room: number): Scale {
  let [low, high] = [lowest, highest];
  if (high / low < 1.001) [low, high] = [low / 1.2, high * 1.2];
  const { factor, unit } = chooseUnit(high, axis.unit);
  const [from, to] = [Math.floor(Math.log10(low / factor) + 1e-9), Math.ceil(Math.log10(high / factor) - 1e-9)];
  const decades: number[] = [];
  const minor: number[] = [];
  for (let e = from; e <= to; e++) {
    const decade = 10 ** e;
    if (decade >= (low / factor) * 0.999 && decade <= (high / factor) * 1.001) decades.push(decade);
    for (let m = 2; m < 10; m++)
      if (m * decade >= low / factor && m * decade <= high / factor) minor.push(m * decade * factor);
  }
  let values = decades;
  if (decades.length < 2) {
    const steps: number[] = [];
    for (let e = from; e <= to; e++) for (const m of [1, 2, 5]) steps.push(Number((m * 10 ** e).toPrecision(3)));
    values = steps.filter((value) => value >= (low / factor) * 0.999 && value <= (high / factor) * 1.001);
    if (values.length < 3) values = niceTicks(low / factor, high / factor, 4).filter((value) => value > 0);
  }
  const every = Math.ceil(values.length / Math.max(2, Math.floor(room / 38)));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const decimal = values.every((value) => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9);
  const powers = most / least > 1e4 || (decimal && (least < 1e-3 || most >= 1e5));
  if (!axis.extent) {
    const pad = (high / low) ** 0.04;
    [low, high] = [low / pad, high * pad];
  }
  const span = Math.log(high / low);
  return {
    title: titleOf(axis, unit),
    low,
    high,
    ticks: values
      .filter((_, k) => k % every === 0)
      .map((value) => ({
        value: value * factor,
        label: powers ? powerLabel(Math.round(Math.log10(value))) : tickLabel(value),
      })),
    minor: values.length > 12 ? [] : minor,
    at: (value) => Math.log(value / low) / span,
  };
}

function titleOf(axis: Axis, unit: string): string {
  return unit === "" ? axis.quantity : `${axis.quantity} / ${unit === "ohm" ? "Ω" : unit.replace("ohm", "Ω")}`;
}
