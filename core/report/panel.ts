import { type Axis, makeScale, type Scale } from "./axis.ts";
import { decimate } from "./decimate.ts";
import { drawLine, drawText, px, textWidth, type Tone, wrapFigure } from "./svg.ts";

/** One curve or one set of points, in base units. */
export interface Series {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly kind: "line" | "points";
  readonly tone: Tone;
  /** Written at the right end of the curve. */
  readonly label?: string;
  readonly dashed?: boolean;
  /** Half length of an error bar per point; NaN or 0 draws none. */
  readonly error?: ArrayLike<number>;
  /** Half width of a band around the curve. */
  readonly band?: ArrayLike<number>;
  readonly width?: number;
  readonly open?: boolean;
}

export interface Panel {
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Thin lines through the origin, for loops and residuals. */
  readonly zeroLines?: "x" | "y" | "both";
  /** The line y = x. */
  readonly identity?: boolean;
  /** Leave out the title and labels of the x axis (a panel below carries them). */
  readonly hideX?: boolean;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Margins {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const LABEL_STEP = 14;

function valuesOf(panel: Panel, which: "x" | "y"): number[] {
  // ends only: the scale needs no more, and a million spread arguments would not fit on the stack
  let [low, high, least] = [Infinity, -Infinity, Infinity];
  for (const series of panel.series) {
    const values = series[which];
    for (let k = 0; k < values.length; k++) {
      const value = values[k] ?? Number.NaN;
      const other = (which === "x" ? series.y : series.x)[k] ?? Number.NaN;
      if (!Number.isFinite(value) || !Number.isFinite(other)) continue;
      const spread =
        which === "y" ? [series.error?.[k], series.band?.[k]].map((s) => (s && Number.isFinite(s) ? s : 0)) : [0];
      const half = Math.max(...spread);
      low = Math.min(low, value - half);
      high = Math.max(high, value + half);
      if (value > 0) least = Math.min(least, value);
    }
  }
  return panel[which].log ? [least, high] : [low, high];
}

/** Margins that fit the labels; figures of several panels take the largest of each. */
export function measurePanel(panel: Panel, box: Box): Margins {
  const y = makeScale(panel.y, valuesOf(panel, "y"), box.height - 50);
  const ticks = Math.max(...y.ticks.map((tick) => textWidth(tick.label, true)), 8);
  const labels = Math.max(0, ...panel.series.map((series) => (series.label ? textWidth(series.label) + 18 : 0)));
  return { left: ticks + 34, right: Math.max(14, labels), top: 10, bottom: panel.hideX ? 10 : 40 };
}

/** Draws one panel; the scales come back for what a caller adds to it. */
export function drawPanel(
  panel: Panel,
  box: Box,
  margins: Margins,
): { readonly body: string; readonly x: (v: number) => number; readonly y: (v: number) => number } {
  const plot: Box = {
    x: box.x + margins.left,
    y: box.y + margins.top,
    width: box.width - margins.left - margins.right,
    height: box.height - margins.top - margins.bottom,
  };
  const bottom = plot.y + plot.height;
  const both = panel.identity ? [...valuesOf(panel, "x"), ...valuesOf(panel, "y")] : undefined;
  const xs = makeScale(panel.x, both ?? valuesOf(panel, "x"), plot.width);
  const ys = makeScale(panel.y, both ?? valuesOf(panel, "y"), plot.height);
  const x = (value: number) => plot.x + plot.width * xs.at(value);
  const y = (value: number) => bottom - plot.height * ys.at(value);
  const parts: string[] = [];
  const inside = (scale: Scale, value: number) => value >= scale.low && value <= scale.high;
  if (panel.zeroLines !== undefined && panel.zeroLines !== "x" && inside(ys, 0))
    parts.push(drawLine(plot.x, y(0), plot.x + plot.width, y(0), "zero"));
  if (panel.zeroLines !== undefined && panel.zeroLines !== "y" && inside(xs, 0))
    parts.push(drawLine(x(0), plot.y, x(0), bottom, "zero"));
  if (panel.identity) {
    const [from, to] = [Math.max(xs.low, ys.low), Math.min(xs.high, ys.high)];
    parts.push(
      `<line x1="${px(x(from))}" y1="${px(y(from))}" x2="${px(x(to))}" y2="${px(y(to))}" style="stroke:var(--mute);stroke-width:1;stroke-dasharray:4 3"/>`,
    );
  }
  for (const series of panel.series) parts.push(drawSeries(series, x, y, panel));
  parts.push(drawAxes(panel, plot, xs, ys, x, y));
  parts.push(drawEndLabels(panel, plot, x, y));
  return { body: parts.join(""), x, y };
}

function drawAxes(
  panel: Panel,
  plot: Box,
  xs: Scale,
  ys: Scale,
  x: (v: number) => number,
  y: (v: number) => number,
): string {
  const bottom = plot.y + plot.height;
  let ticks = "";
  const parts: string[] = [];
  for (const { value, label } of ys.ticks) {
    ticks += `M${px(plot.x)} ${px(y(value))}h-4`;
    parts.push(drawText(plot.x - 7, y(value) + 3.6, label, { anchor: "end", mono: true }));
  }
  for (const value of ys.minor) ticks += `M${px(plot.x)} ${px(y(value))}h-2`;
  for (const { value, label } of xs.ticks) {
    ticks += `M${px(x(value))} ${px(bottom)}v4`;
    if (!panel.hideX) parts.push(drawText(x(value), bottom + 16, label, { anchor: "middle", mono: true }));
  }
  for (const value of xs.minor) ticks += `M${px(x(value))} ${px(bottom)}v2`;
  parts.unshift(`<path class="ax" d="M${px(plot.x)} ${px(plot.y)}V${px(bottom)}H${px(plot.x + plot.width)}${ticks}"/>`);
  const widest = Math.max(...ys.ticks.map((tick) => textWidth(tick.label, true)), 8);
  parts.push(
    drawText(plot.x - widest - 16, plot.y + plot.height / 2, ys.title, { anchor: "middle", ink: true, rotate: -90 }),
  );
  if (!panel.hideX)
    parts.push(drawText(plot.x + plot.width / 2, bottom + 33, xs.title, { anchor: "middle", ink: true }));
  return parts.join("");
}

function drawSeries(series: Series, x: (v: number) => number, y: (v: number) => number, panel: Panel): string {
  const colour = `var(--${series.tone})`;
  const usable = (xv: number, yv: number) =>
    Number.isFinite(xv) && Number.isFinite(yv) && (!panel.x.log || xv > 0) && (!panel.y.log || yv > 0);
  const parts: string[] = [];
  if (series.band) parts.push(drawBand(series, x, y, colour));
  if (series.kind === "line") {
    const thin = decimate(series.x, series.y);
    parts.push(
      `<path d="${pathOf(thin.x, thin.y, x, y, usable)}" style="fill:none;stroke:${colour};stroke-width:${series.width ?? 1.6};stroke-linejoin:round${series.dashed ? ";stroke-dasharray:6 4" : ""}"/>`,
    );
    return parts.join("");
  }
  let bars = "";
  let dots = "";
  const radius = series.width ?? 2.8;
  for (let k = 0; k < series.x.length; k++) {
    const [xv, yv] = [series.x[k] ?? Number.NaN, series.y[k] ?? Number.NaN];
    if (!usable(xv, yv)) continue;
    const [cx, cy] = [x(xv), y(yv)];
    const error = series.error?.[k] ?? 0;
    if (error > 0) bars += `M${px(cx - 3)} ${px(y(yv - error))}h6m-3 0V${px(y(yv + error))}m-3 0h6`;
    // a dot is two half circles: one path for all of them keeps a file of many points small
    dots += `M${px(cx - radius)} ${px(cy)}a${radius} ${radius} 0 1 1 ${px(2 * radius)} 0a${radius} ${radius} 0 1 1 ${px(-2 * radius)} 0`;
  }
  if (bars !== "") parts.push(`<path d="${bars}" style="fill:none;stroke:${colour};stroke-width:1"/>`);
  parts.push(
    `<path d="${dots}" style="${series.open ? `fill:var(--panel);stroke:${colour};stroke-width:1.3` : `fill:${colour}`}"/>`,
  );
  return parts.join("");
}

export function pathOf(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  x: (v: number) => number,
  y: (v: number) => number,
  usable: (xv: number, yv: number) => boolean,
): string {
  let path = "";
  let down = false;
  let last = "";
  for (let k = 0; k < xs.length; k++) {
    const [xv, yv] = [xs[k] ?? Number.NaN, ys[k] ?? Number.NaN];
    if (!usable(xv, yv)) {
      down = false;
      continue;
    }
    const point = `${px(x(xv))} ${px(y(yv))}`;
    if (down && point === last) continue;
    path += `${down ? "L" : "M"}${point}`;
    last = point;
    down = true;
  }
  return path;
}

function drawBand(series: Series, x: (v: number) => number, y: (v: number) => number, colour: string): string {
  let upper = "";
  let lower = "";
  for (let k = 0; k < series.x.length; k++) {
    const [xv, yv, half] = [series.x[k] ?? Number.NaN, series.y[k] ?? Number.NaN, series.band?.[k] ?? Number.NaN];
    if (!Number.isFinite(xv + yv + half)) continue;
    upper += `${upper === "" ? "M" : "L"}${px(x(xv))} ${px(y(yv + half))}`;
    lower = `L${px(x(xv))} ${px(y(yv - half))}${lower}`;
  }
  return upper === "" ? "" : `<path d="${upper}${lower}Z" style="fill:${colour};opacity:.16"/>`;
}

/** Names at the right ends of the curves, moved apart where they would touch. */
function drawEndLabels(panel: Panel, plot: Box, x: (v: number) => number, y: (v: number) => number): string {
  const marks = panel.series.flatMap((series) => {
    if (!series.label) return [];
    let at = -1;
    for (let k = 0; k < series.x.length; k++) {
      const finite = Number.isFinite(series.x[k] ?? Number.NaN) && Number.isFinite(series.y[k] ?? Number.NaN);
      if (finite && (at < 0 || (series.x[k] ?? 0) > (series.x[at] ?? 0))) at = k;
    }
    if (at < 0) return [];
    const anchor = y(series.y[at] ?? 0);
    return [{ label: series.label, tone: series.tone, fromX: x(series.x[at] ?? 0), anchor, at: anchor }];
  });
  marks.sort((a, b) => a.anchor - b.anchor);
  const [top, bottom] = [plot.y + 6, plot.y + plot.height - 4];
  for (let k = 0; k < marks.length; k++) {
    const mark = marks[k];
    if (mark) mark.at = Math.max(mark.at, k === 0 ? top : (marks[k - 1]?.at ?? 0) + LABEL_STEP);
  }
  for (let k = marks.length - 1; k >= 0; k--) {
    const mark = marks[k];
    if (mark) mark.at = Math.min(mark.at, k === marks.length - 1 ? bottom : (marks[k + 1]?.at ?? 0) - LABEL_STEP);
  }
  const edge = plot.x + plot.width;
  return marks
    .map((mark) => {
      const lead = `<path class="lead" d="M${px(mark.fromX + 2)} ${px(mark.anchor)}L${px(edge + 4)} ${px(mark.at)}h4"/>`;
      return lead + drawText(edge + 11, mark.at + 3.8, mark.label, { tone: mark.tone });
    })
    .join("");
}

export interface FigureOptions {
  readonly title: string;
  readonly description?: string;
  readonly width?: number;
  readonly height?: number;
  /** Carries its own colours (default); a report's page has them. */
  readonly standalone?: boolean;
}

/** One panel as a figure of its own. */
export function xyPlot(panel: Panel, options: FigureOptions): string {
  return stackPlots([{ panel, height: options.height ?? 320 }], options);
}

/** Panels on top of each other with one left edge. */
export function stackPlots(
  panels: readonly { readonly panel: Panel; readonly height: number }[],
  options: FigureOptions,
): string {
  const width = options.width ?? 480;
  let top = 0;
  const boxes = panels.map(({ height }) => {
    const box = { x: 0, y: top, width, height };
    top += height;
    return box;
  });
  const own = panels.map(({ panel }, k) => measurePanel(panel, boxes[k] ?? { x: 0, y: 0, width, height: 200 }));
  const left = Math.max(...own.map((margins) => margins.left));
  const right = Math.max(...own.map((margins) => margins.right));
  const body = panels.map(({ panel }, k) => {
    const [box, margins] = [boxes[k], own[k]];
    return box && margins ? drawPanel(panel, box, { ...margins, left, right }).body : "";
  });
  return wrapFigure(
    { width, height: top },
    { title: options.title, description: options.description ?? "" },
    body.join(""),
    options.standalone ?? true,
  );
}
