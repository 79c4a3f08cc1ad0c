/** Where everything of a map stands, in CSS pixels. */
export interface MapGeometry {
  readonly width: number;
  readonly height: number;
  readonly rows: number;
  readonly columns: number;
  /** Left and top of the field, and the size of one junction (not whole numbers: the field fills its room). */
  readonly left: number;
  readonly top: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Absent where there is no room for it. */
  readonly rowBars?: { readonly left: number; readonly width: number };
  readonly columnBars?: { readonly top: number; readonly height: number };
  readonly bar?: { readonly left: number; readonly width: number; readonly top: number; readonly height: number };
}

export type MapHit =
  | { readonly kind: "cell"; readonly row: number; readonly column: number }
  | { readonly kind: "row"; readonly row: number }
  | { readonly kind: "column"; readonly column: number };

/** Room for labels, bars and colour bar. Labels are dropped before the field becomes smaller than they are. */
export function layOut(
  grid: { readonly rows: number; readonly columns: number },
  width: number,
  height: number,
  { marginals = true, bar = true }: { marginals?: boolean; bar?: boolean } = {},
): MapGeometry {
  const { rows, columns } = grid;
  const labels = 14 + 6.5 * (1 + String(rows - 1).length);
  const roomy = width > 340 && height > 230;
  const bars = marginals && roomy && rows * columns > 1 ? Math.min(90, Math.max(46, width * 0.13)) : 0;
  const columnBars = bars > 0 ? Math.min(54, height * 0.13) : 0;
  const barRoom = bar ? (roomy ? 86 : 66) : 0;
  const left = labels;
  const top = 8 + columnBars;
  const roomX = Math.max(10, width - left - 10 - (bars > 0 ? bars + 10 : 0) - barRoom);
  const roomY = Math.max(10, height - top - 22);
  // junctions are square unless one of the sides has very many more
  const ratio = Math.max(columns / rows, rows / columns);
  let cellWidth = roomX / columns;
  let cellHeight = roomY / rows;
  const most = rows * columns === 1 ? 120 : 64;
  if (ratio <= 8) cellWidth = cellHeight = Math.min(cellWidth, cellHeight, most);
  else {
    cellWidth = Math.min(cellWidth, most);
    cellHeight = Math.min(cellHeight, most);
  }
  const fieldWidth = cellWidth * columns;
  const fieldHeight = cellHeight * rows;
  // what is left over is shared, so that the drawing stands in the middle of its panel
  const spare = Math.max(0, (roomX - fieldWidth) / 2);
  const shift = Math.min(spare, 80);
  const right = left + shift + fieldWidth;
  return {
    width,
    height,
    rows,
    columns,
    left: left + shift,
    top,
    cellWidth,
    cellHeight,
    ...(bars > 0 && { rowBars: { left: right + 8, width: bars }, columnBars: { top: 4, height: columnBars - 2 } }),
    ...(bar && {
      bar: {
        left: right + (bars > 0 ? bars + 22 : 16),
        width: 12,
        top: top + (fieldHeight < 90 ? 0 : 16),
        height: Math.min(Math.max(70, fieldHeight - (fieldHeight < 90 ? 0 : 16)), height - top - 30),
      },
    }),
  };
}

/** What lies under a point; the labels are handles of whole rows and columns. */
export function hit(geometry: MapGeometry, x: number, y: number): MapHit | undefined {
  const { left, top, cellWidth, cellHeight, rows, columns } = geometry;
  const column = Math.floor((x - left) / cellWidth);
  const row = Math.floor((y - top) / cellHeight);
  const inColumns = column >= 0 && column < columns;
  const inRows = row >= 0 && row < rows;
  if (inColumns && inRows) return { kind: "cell", row, column };
  const right = left + cellWidth * columns;
  if (inRows && (x < left || (x > right && x < right + 8 + (geometry.rowBars?.width ?? 0))))
    return { kind: "row", row };
  if (inColumns && y !== top) return { kind: "column", column };
  return undefined;
}

/** The junction nearest to a point, for a drag that leaves the field. */
export function nearestCell(geometry: MapGeometry, x: number, y: number): { row: number; column: number } {
  const clamp = (value: number, count: number) => Math.max(0, Math.min(count - 1, Math.floor(value)));
  return {
    row: clamp((y - geometry.top) / geometry.cellHeight, geometry.rows),
    column: clamp((x - geometry.left) / geometry.cellWidth, geometry.columns),
  };
}

/** Every how many lines a label fits: 1, 2, 5, 10, 20 ... */
export function labelStep(cell: number, room: number): number {
  for (let decade = 1; ; decade *= 10)
    for (const digit of [1, 2, 5]) if (cell * digit * decade >= room) return digit * decade;
}
