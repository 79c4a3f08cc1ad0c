import type { Grid } from "../../crossbar/grid.ts";
import { findProtocol } from "./statements/protocolStatement.ts";

/**
 * Steps that statements take at least, by what stands in the file as a number: a loop that is far too long is refused
 * before its first step is made. Whatever an expression or a reading decides counts as nothing, or as one round.
 */
export function fewestSteps(items: readonly unknown[], grid: Grid): number {
  return items.reduce<number>((sum, item) => sum + fewestOf(item, grid), 0);
}

function fewestOf(item: unknown, grid: Grid): number {
  if (typeof item === "string") return findProtocol(item) ? 1 : 0;
  if (!isMap(item)) return 0;
  const within = Array.isArray(item["do"]) ? fewestSteps(item["do"], grid) : 0;
  if (typeof item["repeat"] === "number") return item["repeat"] * within;
  if (isMap(item["for"]))
    return Object.values(item["for"]).reduce<number>((product, sweep) => product * countOf(sweep, grid), within);
  if ("limits" in item) return within;
  return Object.keys(item).some(findProtocol) ? 1 : 0;
}

function countOf(sweep: unknown, { rows, columns }: Grid): number {
  if (Array.isArray(sweep)) return sweep.length;
  if (!isMap(sweep)) return 1;
  if (sweep["cells"] === "all") return rows * columns;
  if (sweep["rows"] === "all") return rows;
  if (sweep["columns"] === "all") return columns;
  return typeof sweep["count"] === "number" ? sweep["count"] : 1;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
