import type { Grid } from "../../crossbar/grid.ts";
import type { Address } from "../../stimulus.ts";

/** One junction and how it is to be read. */
export interface JunctionRead extends Address {
  readonly voltage_V: number;
  readonly integration_s: number;
  readonly currentRange_A: number | "auto";
}

/** Neighbours that are read in the same way. */
export function groupReads(reads: readonly JunctionRead[]): readonly (readonly [JunctionRead, ...JunctionRead[]])[] {
  const groups: [JunctionRead, ...JunctionRead[]][] = [];
  for (const read of reads) {
    const last = groups.at(-1);
    if (last?.[0].voltage_V === read.voltage_V && last[0].integration_s === read.integration_s) last.push(read);
    else groups.push([read]);
  }
  return groups;
}

/** The grid whose rows and columns from 0 the addresses are, in row order; undefined when they are anything else. */
export function findCorner(addresses: readonly Address[]): Grid | undefined {
  const last = addresses.at(-1);
  if (!last) return undefined;
  const [rows, columns] = [last.row + 1, last.column + 1];
  if (rows * columns !== addresses.length) return undefined;
  const whole = addresses.every(({ row, column }, k) => row * columns + column === k && column < columns);
  return whole ? { rows, columns } : undefined;
}
