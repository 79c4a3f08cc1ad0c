import { type ColourMap, colourAt } from "../../../core/report/colourMap.ts";
import { chooseUnit, niceTicks, tickLabel } from "../../../core/report/axis.ts";

export interface MapScale {
  /** `log`: positive quantities over decades. `diverging`: centred on zero, blue, white, orange. */
  readonly kind: "log" | "linear" | "diverging";
  readonly low: number;
  readonly high: number;
}

const STEPS = 1024;
const tables = new Map<ColourMap, Uint32Array>();

/** Colours as canvases keep them (little-endian RGBA), from the low end to the high one. */
function tableOf(map: ColourMap): Uint32Array {
  let table = tables.get(map);
  if (!table) {
    table = Uint32Array.from({ length: STEPS }, (_, k) => {
      const [r, g, b] = colourAt(map, k / (STEPS - 1));
      return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
    });
    tables.set(map, table);
  }
  return table;
}

const mapOf = (kind: MapScale["kind"]): ColourMap => (kind === "diverging" ? "diverging" : "cividis");

/** The range that shows every finite value; of a log scale, every positive one. */
export function autoScale(values: Float32Array, kind: MapScale["kind"]): MapScale {
  let low = Infinity;
  let high = -Infinity;
  for (let k = 0; k < values.length; k++) {
    const value = values[k] as number;
    if (!(value - value === 0) || (kind === "log" && value <= 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(low <= high))
    return kind === "log" ? { kind, low: 1e-10, high: 1e-8 } : { kind, low: kind === "diverging" ? -1 : 0, high: 1 };
  if (kind === "diverging") {
    const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
    return { kind, low: -most, high: most };
  }
  if (kind === "log") {
    // a map of equal junctions is drawn in the middle of a decade, not as the noise of its last digit
    if (high / low < 1.02) return { kind, low: low / 1.5, high: high * 1.5 };
    return { kind, low, high };
  }
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low <= 1e-6 * size || high === low)
    return { kind, low: size === 0 ? -1 : low - 0.1 * size, high: size === 0 ? 1 : high + 0.1 * size };
  return { kind, low, high };
}

/**
 * Colours of all values, as the pixels of an image of columns x rows.
 * Values outside the range take the colour of its end; NaN, and on a log scale what is not positive, stay transparent.
 */
export function colourMapInto(pixels: Uint32Array, values: Float32Array, scale: MapScale): void {
  const table = tableOf(mapOf(scale.kind));
  const last = STEPS - 1;
  const log = scale.kind === "log";
  const low = log ? Math.log(scale.low) : scale.low;
  const factor = last / ((log ? Math.log(scale.high) : scale.high) - low);
  for (let k = 0; k < values.length; k++) {
    const value = values[k] as number;
    const place = ((log ? Math.log(value) : value) - low) * factor;
    // NaN fails both comparisons; the log of what is not positive is NaN or -Infinity
    if (place >= 0) pixels[k] = table[place < last ? (place + 0.5) | 0 : last] as number;
    else if (place > -Infinity) pixels[k] = table[0] as number;
    else pixels[k] = 0;
  }
}

/** The colour at a share of the bar, 0 at its low end. */
export function barColour(kind: MapScale["kind"], share: number): string {
  const [r, g, b] = colourAt(mapOf(kind), share);
  return `rgb(${r} ${g} ${b})`;
}

/** Where a value stands between the ends, 0 to 1, not clamped. */
export function placeOf(scale: MapScale, value: number): number {
  return scale.kind === "log"
    ? Math.log(value / scale.low) / Math.log(scale.high / scale.low)
    : (value - scale.low) / (scale.high - scale.low);
}

export interface BarTick {
  readonly place: number;
  readonly label: string;
}

/** Ticks of the colour bar in one prefixed unit, and that unit: the bar always carries it. */
export function barTicks(
  scale: MapScale,
  unit: string,
  count = 5,
): { readonly unit: string; readonly ticks: BarTick[] } {
  const { factor, unit: shown } = chooseUnit(Math.max(Math.abs(scale.low), Math.abs(scale.high)), unit);
  const values =
    scale.kind === "log"
      ? logTicks(scale.low / factor, scale.high / factor, count)
      : niceTicks(scale.low / factor, scale.high / factor, count);
  return {
    unit: shown.replace("ohm", "Ω"),
    ticks: values.map((value) => ({ place: placeOf(scale, value * factor), label: tickLabel(value) })),
  };
}

function logTicks(low: number, high: number, count: number): number[] {
  const inside = (value: number) => value >= low * 0.999 && value <= high * 1.001;
  const steps = (digits: readonly number[]) => {
    const ticks: number[] = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++)
      for (const digit of digits) ticks.push(Number((digit * 10 ** e).toPrecision(3)));
    return ticks.filter(inside);
  };
  for (const digits of [[1], [1, 3], [1, 2, 5]]) {
    const ticks = steps(digits);
    if (ticks.length < 3) continue;
    const every = Math.ceil(ticks.length / (count + 2));
    return ticks.filter((_, k) => k % every === 0);
  }
  return niceTicks(low, high, count).filter((value) => value > 0);
}
