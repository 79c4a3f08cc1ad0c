import { tokenColour } from "../../theme/theme.ts";
import { autoScale, barColour, barTicks, colourMapInto, type MapScale } from "./mapScale.ts";
import { labelStep, layOut, type MapGeometry } from "./mapGeometry.ts";

export interface MapPicture {
  readonly rows: number;
  readonly columns: number;
  /** Row-major; NaN = unknown. */
  readonly values: Float32Array;
  /** 1 = left out. */
  readonly mask?: Float32Array | undefined;
  readonly kind: MapScale["kind"];
  /** Fixed ends; absent: those of the values. */
  readonly range?: readonly [number, number] | undefined;
  readonly quantity: string;
  readonly unit: string;
  readonly marginals?: boolean;
  /** Whose values these are: the bars of means have its colour; measured when absent. */
  readonly source?: "emulated" | "measured";
}

/** Below this size of a junction the gaps between them would be all one sees. */
const SMALLEST_GAP_CELL = 9;

/**
 * Paints a map: Float32 -> table of colours -> putImageData on a small canvas, one pixel per junction, which is then drawn
 * large. One pass over the values whatever the grid, no element per junction.
 */
export class MapPainter {
  readonly #canvas: HTMLCanvasElement;
  readonly #small = new OffscreenCanvas(1, 1);
  #image: ImageData | undefined;
  #pixels = new Uint32Array(0);
  geometry: MapGeometry | undefined;
  scale: MapScale | undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** Fits the canvas to its element; @returns whether there is anything to draw on */
  fit(): boolean {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0 || height === 0) return false;
    fitCanvas(this.#canvas, width, height);
    return true;
  }

  paint(picture: MapPicture): void {
    const context = this.#canvas.getContext("2d");
    if (!context || !this.fit()) return;
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const geometry = layOut(picture, width, height, { marginals: picture.marginals ?? true });
    const scale: MapScale = picture.range
      ? { kind: picture.kind, low: picture.range[0], high: picture.range[1] }
      : autoScale(picture.values, picture.kind);
    this.geometry = geometry;
    this.scale = scale;
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.#paintField(context, picture, geometry, scale);
    paintLabels(context, geometry);
    if (geometry.rowBars) paintMarginals(context, picture, geometry);
    if (geometry.bar) paintBar(context, geometry.bar, scale, picture);
  }

  #paintField(context: CanvasRenderingContext2D, picture: MapPicture, geometry: MapGeometry, scale: MapScale): void {
    const { rows, columns, values } = picture;
    if (this.#image?.width !== columns || this.#image.height !== rows) {
      this.#small.width = columns;
      this.#small.height = rows;
      this.#image = new ImageData(columns, rows);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
    }
    colourMapInto(this.#pixels, values, scale);
    const { mask } = picture;
    if (mask) for (let k = 0; k < mask.length; k++) if (mask[k]) this.#pixels[k] = 0;
    this.#small.getContext("2d")?.putImageData(this.#image, 0, 0);
    const { left, top, cellWidth, cellHeight } = geometry;
    const [width, height] = [cellWidth * columns, cellHeight * rows];
    context.fillStyle = tokenColour("--line");
    context.fillRect(left, top, width, height);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#small, left, top, width, height);
    if (Math.min(cellWidth, cellHeight) < SMALLEST_GAP_CELL) return;
    paintUnknown(context, picture, geometry);
    context.fillStyle = tokenColour("--panel");
    const gap = cellWidth > 20 ? 2 : 1;
    for (let column = 0; column <= columns; column++)
      context.fillRect(left + column * cellWidth - gap / 2, top - 1, gap, height + 2);
    for (let row = 0; row <= rows; row++) context.fillRect(left - 1, top + row * cellHeight - gap / 2, width + 2, gap);
  }
}

/** Device pixels for a canvas of so many CSS pixels. */
export function fitCanvas(canvas: HTMLCanvasElement, width: number, height: number): void {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
}

/** Unknown junctions carry a dot, zeros (which no log scale has) a ring, masked ones a cross: not colour alone. */
function paintUnknown(context: CanvasRenderingContext2D, picture: MapPicture, geometry: MapGeometry): void {
  const { left, top, cellWidth, cellHeight, rows, columns } = geometry;
  context.strokeStyle = tokenColour("--mute");
  context.fillStyle = tokenColour("--mute");
  context.lineWidth = 1;
  context.beginPath();
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const k = row * columns + column;
      const masked = picture.mask?.[k];
      const value = picture.values[k] as number;
      const off = picture.kind === "log" && value <= 0;
      if (!masked && !off && !Number.isNaN(value)) continue;
      const [x, y] = [left + (column + 0.5) * cellWidth, top + (row + 0.5) * cellHeight];
      if (!masked && off) {
        context.moveTo(x + 3, y);
        context.arc(x, y, 3, 0, 2 * Math.PI);
        continue;
      }
      if (!masked) {
        context.fillRect(x - 1, y - 1, 2, 2);
        continue;
      }
      const arm = Math.min(cellWidth, cellHeight) * 0.26;
      context.moveTo(x - arm, y - arm);
      context.lineTo(x + arm, y + arm);
      context.moveTo(x + arm, y - arm);
      context.lineTo(x - arm, y + arm);
    }
  context.stroke();
}

const MONO = '10.5px "JetBrains Mono", "DejaVu Sans Mono", ui-monospace, monospace';
const SANS = '11px Inter, "DejaVu Sans", system-ui, sans-serif';

function paintLabels(context: CanvasRenderingContext2D, geometry: MapGeometry): void {
  const { left, top, cellWidth, cellHeight, rows, columns } = geometry;
  context.font = MONO;
  context.fillStyle = tokenColour("--mute");
  context.textBaseline = "middle";
  context.textAlign = "right";
  const everyRow = labelStep(cellHeight, 13);
  for (let row = 0; row < rows; row += everyRow) context.fillText(`r${row}`, left - 7, top + (row + 0.5) * cellHeight);
  context.textAlign = "center";
  context.textBaseline = "top";
  const everyColumn = labelStep(cellWidth, 8 + 6.5 * (1 + String(columns - 1).length));
  for (let column = 0; column < columns; column += everyColumn)
    context.fillText(`c${column}`, left + (column + 0.5) * cellWidth, top + rows * cellHeight + 6);
}

/** Means of rows and of columns, from zero, to their own largest: shape, not colour. */
function paintMarginals(context: CanvasRenderingContext2D, picture: MapPicture, geometry: MapGeometry): void {
  const { left, top, cellWidth, cellHeight, rows, columns, rowBars, columnBars } = geometry;
  if (!rowBars || !columnBars) return;
  const { row: rowMeans, column: columnMeans } = marginals(picture);
  const most = (means: Float64Array) =>
    means.reduce((large, mean) => (Math.abs(mean) > large ? Math.abs(mean) : large), 0) || 1;
  context.fillStyle = tokenColour(picture.source === "emulated" ? "--sim" : "--accent");
  context.globalAlpha = 0.55;
  const rowScale = rowBars.width / most(rowMeans);
  const thick = cellHeight > 4 ? cellHeight * 0.6 : cellHeight;
  for (let row = 0; row < rows; row++) {
    const length = Math.abs(rowMeans[row] as number) * rowScale;
    if (length > 0) context.fillRect(rowBars.left, top + (row + 0.5) * cellHeight - thick / 2, length, thick);
  }
  const columnScale = columnBars.height / most(columnMeans);
  const wide = cellWidth > 4 ? cellWidth * 0.6 : cellWidth;
  for (let column = 0; column < columns; column++) {
    const length = Math.abs(columnMeans[column] as number) * columnScale;
    if (length > 0)
      context.fillRect(
        left + (column + 0.5) * cellWidth - wide / 2,
        columnBars.top + columnBars.height - length,
        wide,
        length,
      );
  }
  context.globalAlpha = 1;
  context.font = SANS;
  context.fillStyle = tokenColour("--mute");
  context.textAlign = "left";
  context.textBaseline = "bottom";
  context.fillText(picture.kind === "diverging" ? "mean size" : "row mean", rowBars.left, top - 4);
}

/** Mean of each row and column, of their magnitudes on a diverging scale; masked and unknown junctions left out. */
export function marginals({ rows, columns, values, mask, kind }: MapPicture): {
  row: Float64Array;
  column: Float64Array;
} {
  const row = new Float64Array(rows);
  const column = new Float64Array(columns);
  const columnCounts = new Uint32Array(columns);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    let count = 0;
    for (let j = 0; j < columns; j++) {
      const k = i * columns + j;
      let value = values[k] as number;
      if (!(value - value === 0) || mask?.[k]) continue;
      if (kind === "diverging") value = Math.abs(value);
      sum += value;
      count++;
      column[j] = (column[j] as number) + value;
      columnCounts[j] = (columnCounts[j] as number) + 1;
    }
    row[i] = count > 0 ? sum / count : 0;
  }
  for (let j = 0; j < columns; j++)
    if (columnCounts[j]) column[j] = (column[j] as number) / (columnCounts[j] as number);
  return { row, column };
}

const BAR_STEPS = 256;
const bars = new Map<MapScale["kind"], OffscreenCanvas>();

/** The colours of a bar, high end on top, drawn once. */
function barImage(kind: MapScale["kind"]): OffscreenCanvas {
  let image = bars.get(kind);
  if (!image) {
    image = new OffscreenCanvas(1, BAR_STEPS);
    const context = image.getContext("2d");
    if (!context) return image;
    for (let y = 0; y < BAR_STEPS; y++) {
      context.fillStyle = barColour(kind, 1 - y / (BAR_STEPS - 1));
      context.fillRect(0, y, 1, 1);
    }
    bars.set(kind, image);
  }
  return image;
}

function paintBar(
  context: CanvasRenderingContext2D,
  bar: NonNullable<MapGeometry["bar"]>,
  scale: MapScale,
  picture: MapPicture,
): void {
  context.imageSmoothingEnabled = true;
  context.drawImage(barImage(scale.kind), bar.left, bar.top, bar.width, bar.height);
  const { unit, ticks } = barTicks(scale, picture.unit, Math.max(3, Math.floor(bar.height / 48)));
  context.font = MONO;
  context.fillStyle = tokenColour("--mute");
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const { place, label } of ticks) {
    const y = bar.top + (1 - place) * bar.height;
    context.fillRect(bar.left + bar.width, y - 0.5, 4, 1);
    context.fillText(label, bar.left + bar.width + 7, y);
  }
  context.textBaseline = "bottom";
  context.fillStyle = tokenColour("--ink");
  context.fillText(unit === "" ? "1" : unit, bar.left, bar.top - 4);
}
