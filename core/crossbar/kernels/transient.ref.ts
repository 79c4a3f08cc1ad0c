import type { KernelMemory } from "./kernelMemory.ts";
import { place } from "./rows.ref.ts";

/** Reference of assembly/transient.ts, where the meaning of every argument is told. */
export function transientReference(memory: KernelMemory) {
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

  return {
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
          smallest = Math.min(smallest, g);
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

    negatePanels(from: number, to: number, stride: number, x: number, into: number): void {
      const { f64 } = memory;
      for (let k = (from * stride) / 8; k < (to * stride) / 8; k++) f64[(into >>> 3) + k] = -f64[(x >>> 3) + k];
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

    readVoltages(
      from: number,
      to: number,
      rows: number,
      columns: number,
      stride: number,
      access: number,
      conductance: number,
      w: number,
      b: number,
      into: number,
    ): void {
      const { f64 } = memory;
      for (let q = from; q < to; q++)
        forJunctions(q, rows, columns, stride, (flat, node) => {
          const drop = f64[(w >>> 3) + node] - f64[(b >>> 3) + node];
          f64[(into >>> 3) + flat] =
            access === 0 ? drop : drop / (1 + f64[(conductance >>> 3) + flat] * access);
        });
    },
  };
}
