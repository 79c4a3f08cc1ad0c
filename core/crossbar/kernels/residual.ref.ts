import type { KernelMemory } from "./kernelMemory.ts";
import { place } from "./rows.ref.ts";

/** Reference of assembly/residual.ts, where the meaning of every argument is told. */
export function residualReference(memory: KernelMemory) {
  return {
    squareResiduals(
      from: number,
      to: number,
      rows: number,
      columns: number,
      _panels: number,
      stride: number,
      conductance: number,
      w: number,
      b: number,
      rowSegment: number,
      left: number,
      leftLevel: number,
      right: number,
      rightLevel: number,
      columnSegment: number,
      top: number,
      topLevel: number,
      bottom: number,
      bottomLevel: number,
      squares: number,
    ): void {
      const { f64 } = memory;
      const value = (list: number, index: number): number => f64[(list >>> 3) + index];
      for (let q = from; q < to; q++) {
        let sum = 0;
        for (let j = 16 * q; j < Math.min(16 * q + 16, columns); j++) {
          for (let i = 0; i < rows; i++) {
            const rowNode = f64[place(w, stride, i, j)];
            const columnNode = f64[place(b, stride, i, j)];
            const current = f64[place(conductance, stride, i, j)] * (rowNode - columnNode);
            const fromLeft =
              j === 0
                ? value(left, i) * (value(leftLevel, i) - rowNode)
                : value(rowSegment, i) * (f64[place(w, stride, i, j - 1)] - rowNode);
            const fromRight =
              j === columns - 1
                ? value(right, i) * (value(rightLevel, i) - rowNode)
                : value(rowSegment, i) * (f64[place(w, stride, i, j + 1)] - rowNode);
            const fromAbove =
              i === 0
                ? value(top, j) * (value(topLevel, j) - columnNode)
                : value(columnSegment, j) * (f64[place(b, stride, i - 1, j)] - columnNode);
            const fromBelow =
              i === rows - 1
                ? value(bottom, j) * (value(bottomLevel, j) - columnNode)
                : value(columnSegment, j) * (f64[place(b, stride, i + 1, j)] - columnNode);
            sum += (fromLeft + fromRight - current) ** 2 + (fromAbove + fromBelow + current) ** 2;
          }
        }
        f64[(squares >>> 3) + q] = sum;
      }
    },
  };
}
