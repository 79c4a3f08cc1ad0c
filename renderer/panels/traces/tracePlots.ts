import uPlot from "uplot";
import { chooseUnit, niceTicks, tickLabel } from "../../../core/report/axis.ts";
import { onThemeChange, tokenColour } from "../../theme/theme.ts";
import type { Stretch } from "./view.ts";

/** What a painting takes: columns of pixels with extremes, as `TraceView` and recorded traces have them. */
export interface Drawn {
  readonly length: number;
  readonly time_s: ArrayLike<number>;
  readonly voltageLow_V: ArrayLike<number>;
  readonly voltageHigh_V: ArrayLike<number>;
  readonly currentLow_A: ArrayLike<number>;
  readonly currentHigh_A: ArrayLike<number>;
  readonly conductanceLow_S: ArrayLike<number>;
  readonly conductanceHigh_S: ArrayLike<number>;
}

const QUANTITIES = [
  { name: "voltage", unit: "V", low: "voltageLow_V", high: "voltageHigh_V", share: 0.24 },
  { name: "current", unit: "A", low: "currentLow_A", high: "currentHigh_A", share: 0.42 },
  { name: "conductance", unit: "S", low: "conductanceLow_S", high: "conductanceHigh_S", share: 0.34 },
] as const;

/** Below this height there is no room for three plots, and conductance can be read off the map. */
const ROOM_FOR_THREE = 170;

/** A dashed line of more points is a cloud, and costs more than the frame has. */
const DASHED_POINTS = 800;
const AXIS = 58;
const BOTTOM = 24;
const FONT = '11px "JetBrains Mono", "DejaVu Sans Mono", monospace';

export interface PlotEvents {
  onSelect(selection: Stretch | undefined): void;
  onZoom(factor: number, around_s: number): void;
  onHover(text: string): void;
}

/** Three plots with one time axis, drawn from typed arrays outside React. */
export class TracePlots {
  readonly #host: HTMLElement;
  readonly #events: PlotEvents;
  readonly #stopTheme: () => void;
  #plots: uPlot[] = [];
  #titles: HTMLElement[] = [];
  #factors = QUANTITIES.map(() => 1);
  #log = false;
  #source: "emulated" | "measured" = "measured";
  #marking = false;

  constructor(host: HTMLElement, events: PlotEvents) {
    this.#host = host;
    this.#events = events;
    this.#stopTheme = onThemeChange(() => this.#build());
    this.#build();
  }

  /** Width of the drawing area in CSS pixels: how many columns are worth drawing. */
  get width(): number {
    return Math.max(64, this.#host.clientWidth - AXIS - 12);
  }

  destroy(): void {
    this.#stopTheme();
    for (const plot of this.#plots) plot.destroy();
    this.#plots = [];
  }

  resize(): void {
    const { clientWidth, clientHeight } = this.#host;
    if (clientWidth < 40 || clientHeight < 40) return;
    if (this.#plots.length !== this.#count()) return this.#build();
    for (const [k, plot] of this.#plots.entries()) plot.setSize({ width: clientWidth, height: this.#height(k) });
  }

  configure(source: "emulated" | "measured", log: boolean): void {
    if (source === this.#source && log === this.#log) return;
    this.#source = source;
    this.#log = log;
    this.#build();
  }

  draw(drawn: Drawn, { from_s, to_s }: Stretch): void {
    if (this.#plots.length === 0 || !(to_s > from_s)) return;
    for (const [k, quantity] of QUANTITIES.entries()) {
      const plot = this.#plots[k];
      if (!plot) continue;
      const log = this.#log && k > 0;
      const { xs, ys, largest } = zigzag(drawn, quantity.low, quantity.high, log);
      const { factor, unit } = chooseUnit(largest, quantity.unit);
      this.#factors[k] = factor;
      const title = this.#titles[k];
      const text = `${log ? `|${quantity.name}|` : quantity.name} / ${unit}`;
      if (title && title.textContent !== text) title.textContent = text;
      const line = plot.series[1];
      if (line) line.dash = this.#source === "emulated" && k > 0 && xs.length <= DASHED_POINTS ? [6, 3] : [];
      plot.batch(() => {
        plot.setData([xs, ys], false);
        plot.setScale("x", { min: from_s, max: to_s });
      });
    }
  }

  /** Shows a selection that was made elsewhere. */
  mark(selection: Stretch | undefined): void {
    this.#marking = true;
    for (const plot of this.#plots) {
      const left = selection ? plot.valToPos(selection.from_s, "x") : 0;
      const right = selection ? plot.valToPos(selection.to_s, "x") : 0;
      plot.setSelect(
        { left, width: Math.max(0, right - left), top: 0, height: plot.bbox.height / devicePixelRatio },
        false,
      );
    }
    this.#marking = false;
  }

  /** How many of the plots there is room for. */
  #count(): number {
    return this.#host.clientHeight < ROOM_FOR_THREE ? 2 : 3;
  }

  #height(k: number): number {
    const count = this.#count();
    const all = QUANTITIES.slice(0, count).reduce((sum, { share }) => sum + share, 0);
    const room = this.#host.clientHeight - BOTTOM;
    return Math.max(30, Math.floor((room * (QUANTITIES[k]?.share ?? 0.3)) / all) + (k === count - 1 ? BOTTOM : 0));
  }

  #build(): void {
    for (const plot of this.#plots) plot.destroy();
    this.#host.replaceChildren();
    this.#titles = [];
    const sync = `traces-${Math.random()}`;
    this.#plots = QUANTITIES.slice(0, this.#count()).map((quantity, k) => {
      const box = document.createElement("div");
      box.className = "trace";
      const title = document.createElement("span");
      title.className = "title";
      title.textContent = `${quantity.name} / ${quantity.unit}`;
      box.append(title);
      this.#host.append(box);
      this.#titles.push(title);
      const plot = new uPlot(this.#options(k, sync), [[], []], box);
      plot.over.addEventListener(
        "wheel",
        (event) => {
          event.preventDefault();
          const around_s = plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, "x");
          this.#events.onZoom(event.deltaY > 0 ? 1.25 : 0.8, around_s);
        },
        { passive: false },
      );
      return plot;
    });
  }

  #options(k: number, sync: string): uPlot.Options {
    const log = this.#log && k > 0;
    const last = k === this.#count() - 1;
    const [mute, line, ink] = [tokenColour("--mute"), tokenColour("--line"), tokenColour("--ink")];
    const colour = k === 0 ? mute : tokenColour(this.#source === "emulated" ? "--sim" : "--accent");
    const grid = { stroke: line, width: 1 };
    const ticks = { stroke: line, width: 1, size: 4 };
    return {
      width: Math.max(80, this.#host.clientWidth),
      height: this.#height(k),
      legend: { show: false },
      padding: [8, 12, 0, 0],
      scales: {
        x: { time: false, auto: false },
        y: log
          ? { distr: 3, range: (_, min, max) => logRange(min, max) }
          : { range: (_, min, max) => linearRange(min, max) },
      },
      series: [{}, { stroke: colour, width: 1.2, spanGaps: false, points: { show: false } }],
      axes: [
        {
          show: last,
          stroke: mute,
          font: FONT,
          grid: { show: false },
          ticks,
          size: BOTTOM,
          gap: 3,
          values: (plot, splits) => timeLabels(splits, (plot.scales["x"]?.max ?? 1) - (plot.scales["x"]?.min ?? 0)),
        },
        {
          stroke: mute,
          font: FONT,
          size: AXIS,
          gap: 4,
          ticks,
          grid,
          // uPlot's own leave a low plot with the label 0 alone
          ...(!log && {
            splits: (plot, _, low, high) =>
              levels(low, high, plot.bbox.height / devicePixelRatio, this.#factors[k] ?? 1),
          }),
          values: (_, splits) =>
            splits.map((value) =>
              value === null ? "" : tickLabel(Number((value / (this.#factors[k] ?? 1)).toPrecision(6))),
            ),
        },
      ],
      cursor: {
        sync: { key: sync, setSeries: false },
        drag: { x: true, y: false, setScale: false },
        points: { show: false },
      },
      hooks: {
        setSelect: [
          (plot) => {
            if (this.#marking) return;
            const { left, width } = plot.select;
            this.#events.onSelect(
              width < 2 ? undefined : { from_s: plot.posToVal(left, "x"), to_s: plot.posToVal(left + width, "x") },
            );
          },
        ],
        setCursor: [
          (plot) => {
            const { idx, left } = plot.cursor;
            if (k !== 1 || left === undefined || left === null) return;
            this.#events.onHover(left < 0 || idx === null || idx === undefined ? "" : this.#readAt(idx));
          },
        ],
        drawClear: [
          (plot) => {
            const { ctx, bbox, scales } = plot;
            const y = scales["y"];
            if (log || y?.min === undefined || y.max === undefined || y.min > 0 || y.max < 0) return;
            const zero = plot.valToPos(0, "y", true);
            // uPlot remembers the pen that it set: it must find that one again
            ctx.save();
            ctx.strokeStyle = ink;
            ctx.globalAlpha = 0.25;
            ctx.beginPath();
            ctx.moveTo(bbox.left, zero);
            ctx.lineTo(bbox.left + bbox.width, zero);
            ctx.stroke();
            ctx.restore();
          },
        ],
      },
    };
  }

  #readAt(index: number): string {
    const [time, ...values] = [
      this.#plots[1]?.data[0][index],
      ...this.#plots.map((plot) => plot.data[1]?.[nearest(plot, this.#plots[1]?.data[0][index])]),
    ];
    if (time === undefined) return "";
    const shown = values.map((value, k) => {
      const { unit } = QUANTITIES[k] ?? { unit: "" };
      return value === null || value === undefined ? "–" : siText(value, unit);
    });
    return `${siText(time, "s", 6)}   ${shown.join("   ")}`;
  }
}

function nearest(plot: uPlot, time: number | undefined): number {
  return time === undefined ? 0 : plot.valToIdx(time);
}

function siText(value: number, unit: string, digits = 4): string {
  const { factor, unit: shown } = chooseUnit(Math.abs(value), unit);
  return `${Number((value / factor).toPrecision(digits))} ${shown}`.replace("-", "\u2212");
}

/** One line through the extremes of each column, null where it breaks: what a pen would have drawn. */
function zigzag(drawn: Drawn, low: keyof Drawn, high: keyof Drawn, log: boolean) {
  const [lows, highs] = [drawn[low] as ArrayLike<number>, drawn[high] as ArrayLike<number>];
  const xs: number[] = [];
  const ys: (number | null)[] = [];
  let largest = 0;
  let before = Number.NaN;
  for (let k = 0; k < drawn.length; k++) {
    const t = drawn.time_s[k] ?? Number.NaN;
    let [a, b] = [lows[k] ?? Number.NaN, highs[k] ?? Number.NaN];
    if (log) [a, b] = [positive(a), positive(b)];
    if (Number.isNaN(a) || Number.isNaN(b)) {
      xs.push(t);
      ys.push(null);
      before = Number.NaN;
      continue;
    }
    largest = Math.max(largest, Math.abs(a), Math.abs(b));
    if (a === b) {
      xs.push(t);
      ys.push(a);
      before = a;
      continue;
    }
    // begins at the end that is nearer to where the line comes from
    const downFirst = Math.abs(a - before) <= Math.abs(b - before);
    xs.push(t, t);
    ys.push(downFirst ? a : b, downFirst ? b : a);
    before = downFirst ? b : a;
  }
  return { xs, ys, largest };
}

function positive(value: number): number {
  const size = Math.abs(value);
  return size > 0 ? size : Number.NaN;
}

function linearRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null || !Number.isFinite(min + max)) return [0, 1];
  const pad = (max - min) * 0.08 || Math.abs(max) * 0.1 || 1;
  return [min - pad, max + pad];
}

/** Some 26 px between two ticks, and never so little that their labels touch. */
const TICK = 26;
const LABEL = 11;

function levels(low: number, high: number, height: number, factor: number): number[] {
  const ticks = niceTicks(low / factor, high / factor, Math.max(2, Math.floor(height / TICK)));
  const step = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  const touches = (step * factor * height) / (high - low) < LABEL;
  const even = touches ? ticks.filter((value) => Math.round(value / step) % 2 === 0) : ticks;
  // a plot that has no room between has it at its ends
  const kept = even.length > 1 ? even : [ticks[0] ?? 0, ticks.at(-1) ?? 0];
  return kept.map((value) => value * factor);
}

function logRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null || !(min > 0) || !Number.isFinite(max)) return [1e-12, 1e-9];
  return [10 ** Math.floor(Math.log10(min)), 10 ** Math.ceil(Math.log10(max * 1.0001))];
}

/** One unit for all ticks, as an axis of a figure has it. */
function timeLabels(splits: readonly number[], span_s: number): string[] {
  const { factor, unit } = chooseUnit(span_s, "s");
  return splits.map((value, k) => {
    const text = tickLabel(Number((value / factor).toPrecision(7)));
    return k === splits.length - 1 ? `${text} ${unit}` : text;
  });
}
