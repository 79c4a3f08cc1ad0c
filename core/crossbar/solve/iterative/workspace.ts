import type { Pool } from "../../pool.ts";
import type { ConnectedEnds } from "../connectedEnds.ts";
import { lineConductances } from "../lineConductances.ts";
import type { ArrayNetwork } from "../network.ts";
import { type PanelLayout, panelLayout } from "./panelLayout.ts";

/** Lists with one double per node, in panels: 72 bytes per junction. */
const NODE_LISTS = ["conductance", "columnFactor", "rowFactor", "w", "p", "product", "r", "z", "carried"] as const;
/** Lists with one double per column. */
const COLUMN_LISTS = [
  "columnResistance",
  "columnSegment",
  "top",
  "bottom",
  "columnInverse",
  "topLevel",
  "bottomLevel",
  "shift",
  "first",
  "last",
  "shiftedFirst",
  "currents",
  "panelSums",
] as const;
/** Lists with one double per row. */
const ROW_LISTS = [
  "rowResistance",
  "rowSegment",
  "left",
  "right",
  "rowInverse",
  "leftLevel",
  "rightLevel",
  "shiftRow",
  "groupSums",
] as const;

export type ListName = (typeof NODE_LISTS)[number] | (typeof COLUMN_LISTS)[number] | (typeof ROW_LISTS)[number];

/** Addresses of everything that the kernels of one solver touch. */
export interface Workspace {
  readonly layout: PanelLayout;
  readonly pool: Pool;
  readonly at: Readonly<Record<ListName, number>>;
  /** Sixteen zeros: the sources of the columns during the iterations. */
  readonly zeros: number;
  /** Tasks that a pass is cut into, and the scratch ladder of each. */
  readonly tasks: number;
  readonly ladder: (task: number) => number;
  /** Column where the right ends of the rows are, or one that does not exist when all of them are open. */
  readonly lastColumn: number;
  /** Whether the list `carried` holds the factors of the rows in single precision (singles.ts), as they are now. */
  readonly rounded: { valid: boolean };
  /** Bytes in use, without the coarse grid. */
  readonly bytes: number;
  free(): void;
}

/** Below this many junctions a pass is over before another thread has woken up. */
const SMALLEST_SHARED = 96 * 96;

export function makeWorkspace(network: ArrayNetwork, ends: ConnectedEnds, pool: Pool): Workspace {
  const layout = panelLayout(network);
  const { panels, groups, nodes } = layout;
  const { memory } = pool.kernels;
  const tasks = pool.threads === 1 || network.rows * network.columns < SMALLEST_SHARED ? 1 : 2 * pool.threads;
  const ladderBytes = 64 * Math.ceil((Math.max((network.rows + 2) * 128, (16 * panels + 2) * 64 + 384) + 64) / 64);

  let bytes = 0;
  const offset = (size: number): number => {
    const place = bytes;
    bytes += 64 * Math.ceil(size / 64);
    return place;
  };
  const offsets: [ListName | "zeros" | "ladders", number][] = [];
  // the node lists start at different places of a page: same offsets in many lists would fight for the same cache sets
  NODE_LISTS.forEach((name, k) => {
    offset(64 * (1 + ((5 * k) % 13)));
    offsets.push([name, offset(8 * nodes)]);
  });
  for (const name of COLUMN_LISTS) offsets.push([name, offset(8 * 16 * panels)]);
  for (const name of ROW_LISTS) offsets.push([name, offset(8 * 8 * groups)]);
  offsets.push(["zeros", offset(128)], ["ladders", offset(tasks * ladderBytes)]);

  const base = memory.reserve(bytes);
  const at = Object.fromEntries(offsets.map(([name, place]) => [name, base + place])) as Record<
    ListName | "zeros" | "ladders",
    number
  >;
  const workspace: Workspace = {
    layout,
    pool,
    at,
    zeros: at.zeros,
    tasks,
    ladder: (task) => at.ladders + task * ladderBytes,
    lastColumn: ends.right.includes(1) ? network.columns - 1 : 16 * panels,
    rounded: { valid: false },
    bytes,
    free: () => memory.free(base, bytes),
  };
  writeLines(workspace, network, ends);
  return workspace;
}

/** Wires and ends. Padding lines carry no current: tied to 0 V by 1 S, without resistance and without junctions. */
function writeLines({ layout, pool, at }: Workspace, network: ArrayNetwork, ends: ConnectedEnds): void {
  const { memory } = pool.kernels;
  const lines = lineConductances(network, ends);
  const write = (name: ListName, values: Float64Array, length: number, padding: number): void => {
    const list = memory.doubles(at[name], length);
    list.fill(padding);
    list.set(values);
  };
  const columns = 16 * layout.panels;
  const rows = 8 * layout.groups;
  write("columnSegment", lines.columnSegment_S, columns, 0);
  write(
    "columnResistance",
    lines.columnSegment_S.map((s) => 1 / s),
    columns,
    0,
  );
  write("top", lines.top_S, columns, 0);
  write("bottom", lines.bottom_S, columns, 1);
  write("rowSegment", lines.rowSegment_S, rows, 0);
  write(
    "rowResistance",
    lines.rowSegment_S.map((s) => 1 / s),
    rows,
    0,
  );
  write("left", lines.left_S, rows, 1);
  write("right", lines.right_S, rows, 0);
}

/** [from, to) of each task over `count` units. */
export function ranges(count: number, tasks: number): [from: number, to: number][] {
  const parts = Math.max(1, Math.min(count, tasks));
  return Array.from({ length: parts }, (_, k) => [
    Math.floor((count * k) / parts),
    Math.floor((count * (k + 1)) / parts),
  ]);
}

/** Sum in one order, whoever computed the parts. */
export function sumDoubles({ pool }: Workspace, address: number, count: number): number {
  const { f64 } = pool.kernels.memory;
  let sum = 0;
  for (let k = address >>> 3; k < (address >>> 3) + count; k++) sum += f64[k];
  return sum;
}
