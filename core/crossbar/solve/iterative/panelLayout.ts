import type { Grid } from "../../grid.ts";

/**
 * Where node (i, j) stands in the lists of the kernels: sixteen columns of all rows make a panel, so that a ladder along
 * a column runs through sixteen lanes at once and a ladder along a row finds its nodes side by side.
 * Rows are padded to groups of eight, columns to sixteen; 48 free doubles between panels keep them off the same cache sets.
 */
export interface PanelLayout extends Grid {
  readonly panels: number;
  readonly groups: number;
  /** Bytes from one panel to the next. */
  readonly stride: number;
  /** Doubles of a whole list, one per node. */
  readonly nodes: number;
}

export function panelLayout({ rows, columns }: Grid): PanelLayout {
  const panels = Math.ceil(columns / 16);
  const groups = Math.ceil(rows / 8);
  const stride = 8 * (groups * 128 + 48);
  return { rows, columns, panels, groups, stride, nodes: (panels * stride) / 8 };
}

/** Place of node (row, column) in a list of doubles; the next row is 16 further. */
export function nodeIndex({ stride }: PanelLayout, row: number, column: number): number {
  return (column >> 4) * (stride / 8) + 16 * row + (column & 15);
}

/** Row-major to panels, less `level`; the padding is left alone. */
export function packNodes(layout: PanelLayout, values: Float64Array, list: Float64Array, level = 0): void {
  const { rows, columns, panels, stride } = layout;
  for (let q = 0; q < panels; q++) {
    const width = Math.min(16, columns - 16 * q);
    for (let i = 0; i < rows; i++) {
      const from = i * columns + 16 * q;
      const to = (q * stride) / 8 + 16 * i;
      for (let lane = 0; lane < width; lane++) list[to + lane] = values[from + lane] - level;
    }
  }
}

/** Panels to row-major, plus `level`. */
export function unpackNodes(layout: PanelLayout, list: Float64Array, values: Float64Array, level: number): void {
  const { rows, columns, panels, stride } = layout;
  for (let q = 0; q < panels; q++) {
    const width = Math.min(16, columns - 16 * q);
    for (let i = 0; i < rows; i++) {
      const to = i * columns + 16 * q;
      const from = (q * stride) / 8 + 16 * i;
      for (let lane = 0; lane < width; lane++) values[to + lane] = list[from + lane] + level;
    }
  }
}

/** Differences of two lists in panels, a - b, to row-major. */
export function unpackDrops(layout: PanelLayout, a: Float64Array, b: Float64Array, values: Float64Array): void {
  const { rows, columns, panels, stride } = layout;
  for (let q = 0; q < panels; q++) {
    const width = Math.min(16, columns - 16 * q);
    for (let i = 0; i < rows; i++) {
      const to = i * columns + 16 * q;
      const from = (q * stride) / 8 + 16 * i;
      for (let lane = 0; lane < width; lane++) values[to + lane] = a[from + lane] - b[from + lane];
    }
  }
}
