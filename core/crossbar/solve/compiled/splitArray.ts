/** Rows [top, bottom) and columns [left, right) of an array. */
export interface Rectangle {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * Where a rectangle is cut: across its longer side, in the middle, on an even line so that the smallest pieces are 2 x 2.
 * The whole array is cut off the middle, the half with fewer terminals being larger: a left half keeps the ends of its
 * rows as terminals where a right half has none, so 7/16 of the width balances two threads (a top half has no top ends, so
 * 9/16 of the height). The cut depends on the shape alone: any number of threads gives the same bits.
 */
export function splitRectangle(
  { top, bottom, left, right }: Rectangle,
  whole: boolean,
): { readonly seam: "columns" | "rows"; readonly at: number } {
  const height = bottom - top;
  const width = right - left;
  return width >= height
    ? { seam: "columns", at: left + evenPart(width, whole ? 7 / 16 : 1 / 2) }
    : { seam: "rows", at: top + evenPart(height, whole ? 9 / 16 : 1 / 2) };
}

function evenPart(length: number, fraction: number): number {
  if (length <= 3) return length - 1;
  return 2 * Math.max(1, Math.round((length * fraction) / 2));
}

export function halves(part: Rectangle, seam: "columns" | "rows", at: number): readonly [Rectangle, Rectangle] {
  return seam === "columns"
    ? [
        { ...part, right: at },
        { ...part, left: at },
      ]
    : [
        { ...part, bottom: at },
        { ...part, top: at },
      ];
}
