/** Dots of a braille character: two columns of four. */
const DOTS: readonly (readonly number[])[] = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];

export interface TextCurve {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

export interface TextPlotOptions {
  /** Characters. */
  readonly width: number;
  readonly height: number;
  /** Writes the numbers at the ends of the y axis. */
  readonly format: (value: number) => string;
}

/** Curves as lines of text for a terminal, on common axes, the ends of y to the left. */
export function plotText(curves: readonly TextCurve[], { width, height, format }: TextPlotOptions): string[] {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of curves)
    for (let k = 0; k < x.length; k++) {
      const [xk, yk] = [x[k]!, y[k]!];
      if (!Number.isFinite(xk) || !Number.isFinite(yk)) continue;
      left = Math.min(left, xk);
      right = Math.max(right, xk);
      bottom = Math.min(bottom, yk);
      top = Math.max(top, yk);
    }
  if (left > right) return ["(no samples)"];
  const [columns, rows] = [2 * width, 4 * height];
  const cells = Array.from({ length: height }, () => new Uint8Array(width));
  const put = (column: number, row: number): void => {
    const cell = cells[height - 1 - (row >> 2)];
    if (cell) cell[column >> 1] = cell[column >> 1]! | (DOTS[column & 1]?.[3 - (row & 3)] ?? 0);
  };
  const place = (value: number, low: number, high: number, count: number): number =>
    high > low ? Math.min(count - 1, Math.round(((value - low) / (high - low)) * (count - 1))) : count >> 1;
  for (const { x, y } of curves) {
    let before: readonly [number, number] | undefined;
    for (let k = 0; k < x.length; k++) {
      if (!Number.isFinite(x[k]!) || !Number.isFinite(y[k]!)) {
        before = undefined;
        continue;
      }
      const now = [place(x[k]!, left, right, columns), place(y[k]!, bottom, top, rows)] as const;
      const [c0, r0] = before ?? now;
      const steps = Math.max(1, Math.abs(now[0] - c0), Math.abs(now[1] - r0));
      for (let n = 0; n <= steps; n++)
        put(Math.round(c0 + ((now[0] - c0) * n) / steps), Math.round(r0 + ((now[1] - r0) * n) / steps));
      before = now;
    }
  }
  const ends = [format(top), format(bottom)];
  const margin = Math.max(...ends.map((text) => text.length));
  return cells.map((cell, k) => {
    const label = k === 0 ? ends[0]! : k === height - 1 ? ends[1]! : "";
    return `${label.padStart(margin)} \u2502${String.fromCharCode(...Array.from(cell, (dots) => 0x2800 + dots)).replace(/\u2800+$/u, "")}`;
  });
}
