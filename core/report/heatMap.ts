import type { Grid } from "../crossbar/grid.ts";
import { type Axis, chooseUnit, makeScale, niceTicks, tickLabel } from "./axis.ts";
import { type ColourMap, colourAt, cssColour, inkOn } from "./colourMap.ts";
import type { FigureOptions } from "./panel.ts";
import { drawText, px, textWidth, wrapFigure } from "./svg.ts";

/** Above this many cells on a side, square blocks of junctions are drawn as one cell. */
const LARGEST_SIDE = 128;

export interface HeatMapOptions extends FigureOptions {
  readonly quantity: string;
  readonly unit: string;
  /** "cividis" on a log scale where all values are positive; "diverging" is centred on zero. */
  readonly colours?: ColourMap;
}

/**
 * A value per junction of a grid, rows downwards as the array is drawn. NaN cells are empty with a stroke.
 * @param values rows x columns, row-major
 * @throws RangeError when the count does not fit the grid
 */
export function heatMap(values: ArrayLike<number>, grid: Grid, options: HeatMapOptions): string {
  if (values.length !== grid.rows * grid.columns)
    throw new RangeError(`map has ${values.length} values, the grid has ${grid.rows} x ${grid.columns}`);
  const block = Math.ceil(Math.max(grid.rows, grid.columns) / LARGEST_SIDE);
  const shown = block === 1 ? { grid, values } : average(values, grid, block);
  const { rows, columns } = shown.grid;
  const colours = options.colours ?? "cividis";
  let [low, high] = [Infinity, -Infinity];
  for (let k = 0; k < shown.values.length; k++) {
    const value = shown.values[k] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const empty = !(low <= high);
  const log = colours === "cividis" && low > 0 && high > low * 1.02;
  if (colours === "diverging")
    [low, high] = [-Math.max(Math.abs(low), Math.abs(high)), Math.max(Math.abs(low), Math.abs(high))];
  if (empty) [low, high] = [0, 1];
  // what differs beyond the digits that are shown is one colour
  else if (high - low <= 1e-4 * Math.abs(high))
    [low, high] = [low - 0.05 * Math.abs(low || 1), high + 0.05 * Math.abs(high || 1)];
  const place = (value: number) => (log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
  const { factor, unit } = chooseUnit(Math.max(Math.abs(low), Math.abs(high)), options.unit);
  const title = unit === "" ? options.quantity : `${options.quantity} / ${unit.replace("ohm", "Ω")}`;

  const width = options.width ?? 480;
  const left = 40 + textWidth(String((rows - 1) * block), true);
  const bar = { gap: 18, width: 13, room: 64 };
  const available = width - left - bar.gap - bar.width - bar.room;
  const cell = Math.max(2, Math.min(34, available / columns, 380 / rows));
  const [mapWidth, mapHeight] = [cell * columns, cell * rows];
  const barHeight = Math.max(mapHeight, 110);
  const top = 24;
  const gap = cell >= 8 ? 1 : 0;
  const parts: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = shown.values[row * columns + column] ?? Number.NaN;
      const [x, y] = [left + column * cell, top + row * cell];
      const size = px(cell - gap);
      if (!Number.isFinite(value)) {
        parts.push(`<rect x="${px(x)}" y="${px(y)}" width="${size}" height="${size}" style="fill:var(--empty)"/>`);
        if (cell >= 8)
          parts.push(`<path class="lead" d="M${px(x)} ${px(y + cell - gap)}L${px(x + cell - gap)} ${px(y)}"/>`);
        continue;
      }
      const colour = colourAt(colours, place(value));
      parts.push(`<rect x="${px(x)}" y="${px(y)}" width="${size}" height="${size}" fill="${cssColour(colour)}"/>`);
      const label = tickLabel(Number((value / factor).toPrecision(3)));
      if (cell >= 26 && textWidth(label, true) <= cell + 4)
        parts.push(
          `<text x="${px(x + (cell - gap) / 2)}" y="${px(y + cell / 2 + 3)}" text-anchor="middle" class="n" style="fill:${inkOn(colour)};font-size:9px">${label}</text>`,
        );
    }
  }
  const columnTicks = niceTicks(0, columns - 1, Math.min(columns, Math.max(1, Math.floor(mapWidth / 28))), true);
  const rowTicks = niceTicks(0, rows - 1, Math.min(rows, Math.max(1, Math.floor(mapHeight / 18))), true);
  for (const k of columnTicks)
    parts.push(
      drawText(left + (k + 0.5) * cell, top + mapHeight + 14, String(k * block), { anchor: "middle", mono: true }),
    );
  for (const k of rowTicks)
    parts.push(drawText(left - 6, top + (k + 0.5) * cell + 3.6, String(k * block), { anchor: "end", mono: true }));
  parts.push(drawText(left + mapWidth / 2, top + mapHeight + 31, "column", { anchor: "middle", ink: true }));
  parts.push(drawText(16, top + mapHeight / 2, "row", { anchor: "middle", ink: true, rotate: -90 }));

  const barX = left + mapWidth + bar.gap;
  if (!empty) {
    const steps = 64;
    for (let k = 0; k < steps; k++)
      parts.push(
        `<rect x="${px(barX)}" y="${px(top + (k * barHeight) / steps)}" width="${bar.width}" height="${px(barHeight / steps + 0.5)}" fill="${cssColour(colourAt(colours, 1 - (k + 0.5) / steps))}"/>`,
      );
    const axis: Axis = { quantity: "", unit: options.unit, log, extent: [low, high] };
    let ticks = "";
    for (const tick of makeScale(axis, [], barHeight).ticks) {
      const y = top + barHeight * (1 - place(tick.value));
      if (y < top - 1 || y > top + barHeight + 1) continue;
      ticks += `M${px(barX + bar.width)} ${px(y)}h4`;
      parts.push(
        drawText(barX + bar.width + 7, y + 3.6, tickLabel(Number((tick.value / factor).toPrecision(6))), {
          mono: true,
        }),
      );
    }
    parts.push(`<path class="ax" d="${ticks}"/>`);
  }
  // the title ends with the colour bar so that a narrow map does not push it out of the picture
  const right = barX + bar.width + bar.room;
  parts.push(drawText(right - 4, 14, title + (log ? " (log scale)" : ""), { anchor: "end", ink: true }));
  const size = {
    width: Math.max(right, textWidth(`${title} (log scale)`) + 8),
    height: top + Math.max(mapHeight, barHeight) + 40,
  };
  const blocks = block === 1 ? "" : ` Each cell is the mean of ${block} x ${block} junctions.`;
  return wrapFigure(
    size,
    {
      title: options.title,
      description: `${options.description ?? `${options.quantity} of ${grid.rows} x ${grid.columns} junctions.`}${blocks}`,
    },
    parts.join(""),
    options.standalone ?? true,
  );
}

function average(values: ArrayLike<number>, grid: Grid, block: number): { grid: Grid; values: Float64Array } {
  const rows = Math.ceil(grid.rows / block);
  const columns = Math.ceil(grid.columns / block);
  const sums = new Float64Array(rows * columns);
  const counts = new Uint32Array(rows * columns);
  for (let k = 0; k < values.length; k++) {
    const value = values[k] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const to = Math.floor(Math.floor(k / grid.columns) / block) * columns + Math.floor((k % grid.columns) / block);
    sums[to] = (sums[to] ?? 0) + value;
    counts[to] = (counts[to] ?? 0) + 1;
  }
  return { grid: { rows, columns }, values: sums.map((sum, k) => (counts[k] ? sum / (counts[k] ?? 1) : Number.NaN)) };
}
