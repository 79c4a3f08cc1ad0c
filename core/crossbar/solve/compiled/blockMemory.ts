import { alignUp, blockBytes, stripRows } from "../../kernels/denseLayout.ts";
import type { Grid } from "../../grid.ts";
import { halves, type Rectangle, splitRectangle } from "./splitArray.ts";

/** What decides how many terminals a part of an array has. */
export interface ArrayShape extends Grid {
  readonly rightDriven: boolean;
  readonly topClamped: boolean;
}

/** Row ends, column ends and ground of the rectangle, as block.ts counts them. */
export function countTerminals(shape: ArrayShape, part: Rectangle) {
  const height = part.bottom - part.top;
  const width = part.right - part.left;
  return {
    left: height,
    right: part.right < shape.columns || shape.rightDriven ? height : 0,
    top: part.top > 0 ? width : 0,
    bottom: width,
    ground: part.top === 0 && shape.topClamped ? 1 : 0,
  };
}

/**
 * Largest number of bytes that buildBlock holds at once for a rectangle, its result included. A part is dropped as soon
 * as it is merged, so that the halves of a square array take about 90 bytes per junction of the whole each.
 */
export function arenaBytes(shape: ArrayShape, part: Rectangle): number {
  const known = new Map<string, { readonly peak: number; readonly result: number }>();
  const measure = (rectangle: Rectangle): { readonly peak: number; readonly result: number } => {
    const height = rectangle.bottom - rectangle.top;
    const width = rectangle.right - rectangle.left;
    const { right, top, ground } = countTerminals(shape, rectangle);
    const key = `${height} ${width} ${right} ${top} ${ground}`;
    const found = known.get(key);
    if (found) return found;
    const size = height + right + top + width + ground;
    const result = blockBytes(size);
    let peak = result + 8 * 17 * 17; // a leaf of 2 x 2: at most 9 terminals and 8 inner nodes
    if (height > 2 || width > 2) {
      const { seam, at } = splitRectangle(rectangle, false);
      const [first, second] = halves(rectangle, seam, at);
      const [a, b] = [measure(first), measure(second)];
      const shared = seam === "columns" ? height : width;
      peak = Math.max(a.peak, a.result + b.peak, a.result + b.result + result + seamBytes(shared, size));
    }
    const measured = { peak: alignUp(peak), result };
    known.set(key, measured);
    return measured;
  };
  return measure(part).peak;
}

/** Scratch of one merge: where terminals go, pivots, and the strips of [C X] for k seam nodes and `columns` others. */
export function seamBytes(k: number, columns: number): number {
  const rows = stripRows(k);
  return alignUp(128 + 16 * rows + 32 * rows * (Math.ceil(k / 4) + Math.ceil(columns / 4)));
}
