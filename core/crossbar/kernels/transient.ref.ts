import type { KernelMemory } from "./kernelMemory.ts";
import { columnsReference } from "./columns.ref.ts";
import { place } from "./rows.ref.ts";

/** Reference of assembly/transient.ts, where the meaning of every argument is told. */
export function transientReference(memory: KernelMemory) {
  const { factorColumns, applySystem, finishColumns } = columnsReference(memory);
  const behindAccess = (g: number, access: number): number => (access === 0 ? g : g / (1 + g * access));

  /** Visits the junctions of a panel: double of the row-major list, double of the panels, column. */
  function forJunctions(
    q: number,
    rows: number,
    columns: number,
    stride: number,
    visit: (flat: number, node: number, column: number) => void,
  ): void {
    for (let i = 0; i < rows; i++)
      for (let j = 16 * q; j < Math.min(16 * q + 16, columns); j++) visit(i * columns + j, place(0, stride, i, j), j);
  }

  // named, not `this`: pools call kernels as plain functions
  const kernels = {
    findMoves(
      from: number,
      to: number,
      rows: number,
      columns: number,
      stride: number,
      access: number,
      tolerance: number,
      now: number,
      then: number,
      flags: number,
    ): void {
      const { f64 } = memory;
      for (let q = from; q < to; q++) {
        let moved = 0;
        forJunctions(q, rows, columns, stride, (flat, node) => {
          const g = behindAccess(f64[(now >>> 3) + flat], access);
          if (!(Math.abs(g - f64[(then >>> 3) + node]) <= tolerance * g)) moved = 1;
        });
        f64[(flags >>> 3) + q] = moved;
      }
    },

    packJunctions(
      from: number,
      to: number,
      rows: number,
      columns: number,
      stride: number,
      access: number,
      source: number,
      list: number,
      sums: number,
      least: number,
    ): void {
      const { f64 } = memory;
      for (let q = from; q < to; q++) {
        let smallest = Infinity;
        for (let j = 16 * q; j < Math.min(16 * q + 16, columns); j++) f64[(sums >>> 3) + j] = 0;
        forJunctions(q, rows, columns, stride, (flat, node, column) => {
          const g = behindAccess(f64[(source >>> 3) + flat], access);
          f64[(list >>> 3) + node] = g;
          f64[(sums >>> 3) + column] += g;
          if (g < smallest) smallest = g;
        });
        f64[(least >>> 3) + q] = smallest;
      }
    },

    extrapolatePanels(
      from: number,
      to: number,
      stride: number,
      a: number,
      b: number,
      c: number,
      shift: number,
      newest: number,
      older: number,
      oldest: number,
    ): void {
      const { f64 } = memory;
      for (let k = (from * stride) / 8; k < (to * stride) / 8; k++) {
        const x = f64[(newest >>> 3) + k];
        const sum = b * f64[(older >>> 3) + k] + c * f64[(oldest >>> 3) + k];
        f64[(newest >>> 3) + k] = a * x + sum + shift;
        f64[(oldest >>> 3) + k] = x;
      }
    },

    packAndFactor(
      from: number,
      to: number,
      rows: number,
      columns: number,
      stride: number,
      access: number,
      source: number,
      list: number,
      sums: number,
      least: number,
      resistance: number,
      top: number,
      bottom: number,
      factor: number,
      inverse: number,
    ): void {
      kernels.packJunctions(from, to, rows, columns, stride, access, source, list, sums, least);
      factorColumns(from, to, rows, stride, list, resistance, top, bottom, factor, inverse);
    },

    negateSystem(
      from: number,
      to: number,
      rows: number,
      stride: number,
      conductance: number,
      factor: number,
      inverse: number,
      resistance: number,
      zeros: number,
      x: number,
      r: number,
      ladder: number,
      dots: number,
      panels: number,
      segment: number,
      left: number,
      right: number,
      lastColumn: number,
      panel: number,
    ): void {
      for (let q = from; q < to; q++) {
        const product = panel - q * stride;
        applySystem(
          q,
          q + 1,
          rows,
          stride,
          conductance,
          factor,
          inverse,
          resistance,
          zeros,
          x,
          product,
          ladder,
          dots,
          panels,
          segment,
          left,
          right,
          lastColumn,
        );
        const { f64 } = memory;
        for (let k = 0; k < 16 * rows; k++) f64[(r + q * stride) / 8 + k] = -f64[panel / 8 + k];
      }
    },

    foreseeList(
      from: number,
      to: number,
      a: number,
      b: number,
      c: number,
      newest: number,
      older: number,
      oldest: number,
      extremes: number,
    ): void {
      const { f64 } = memory;
      let moved = 0;
      let largest = 0;
      for (let k = from; k < to; k++) {
        const x = f64[(newest >>> 3) + k];
        const value = a * x + (b * f64[(older >>> 3) + k] + c * f64[(oldest >>> 3) + k]);
        f64[(oldest >>> 3) + k] = value;
        moved = Math.max(moved, Math.abs(value - x));
        largest = Math.max(largest, Math.abs(value));
      }
      f64[extremes >>> 3] = moved;
      f64[(extremes >>> 3) + 1] = largest;
    },

    finishVoltages(
      from: number,
      to: number,
      rows: number,
      columns: number,
      stride: number,
      conductance: number,
      factor: number,
      inverse: number,
      resistance: number,
      first: number,
      last: number,
      bottom: number,
      shift: number,
      a: number,
      p: number,
      w: number,
      currents: number,
      ladder: number,
      panel: number,
      access: number,
      conductances: number,
      into: number,
    ): void {
      const { f64 } = memory;
      for (let q = from; q < to; q++) {
        const nodes = panel - q * stride;
        finishColumns(
          q,
          q + 1,
          rows,
          stride,
          conductance,
          factor,
          inverse,
          resistance,
          first,
          last,
          bottom,
          shift,
          a,
          p,
          w,
          nodes,
          currents,
          ladder,
        );
        forJunctions(q, rows, columns, stride, (flat, node) => {
          const drop = f64[w / 8 + node] - f64[nodes / 8 + node];
          f64[into / 8 + flat] = access === 0 ? drop : drop / (1 + f64[conductances / 8 + flat] * access);
        });
        for (let k = 0; k < 16 * rows; k++) f64[panel / 8 + k] = f64[(w + q * stride) / 8 + k] - f64[panel / 8 + k];
      }
    },
  };
  return kernels;
}
