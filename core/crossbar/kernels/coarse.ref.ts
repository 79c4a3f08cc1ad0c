import type { KernelMemory } from "./kernelMemory.ts";

/** Reference of assembly/coarse.ts, where the meaning of every argument is told. */
export function coarseReference(memory: KernelMemory) {
  return {
    transformAlongRows(from4: number, to4: number, columns: number, from: number, q: number, into: number): void {
      const { f64 } = memory;
      for (let i = 4 * from4; i < 4 * to4; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < columns; k++)
            sum += f64[(from >>> 3) + i * columns + k] * f64[(q >>> 3) + k * columns + j];
          f64[(into >>> 3) + i * columns + j] = sum;
        }
      }
    },

    correctStrips(
      from4: number,
      to4: number,
      rows: number,
      columns: number,
      q: number,
      transposed: number,
      symbol: number,
      x: number,
      _scratch: number,
      dots: number,
    ): void {
      const { f64 } = memory;
      const modes = new Float64Array(rows);
      const product = (matrix: number, i: number, at: (k: number) => number): number => {
        let sum = 0;
        for (let k = 0; k < rows; k++) sum += f64[(matrix >>> 3) + i * rows + k] * at(k);
        return sum;
      };
      for (let strip = from4; strip < to4; strip++) {
        let dot = 0;
        for (let j = 4 * strip; j < 4 * strip + 4; j++) {
          for (let i = 0; i < rows; i++) {
            const value = product(transposed, i, (k) => f64[(x >>> 3) + k * columns + j]);
            modes[i] = f64[(symbol >>> 3) + i * columns + j] * value;
            dot += modes[i] * value;
          }
          for (let i = 0; i < rows; i++) f64[(x >>> 3) + i * columns + j] = product(q, i, (k) => modes[k]);
        }
        f64[(dots >>> 3) + strip] = dot;
      }
    },

    restrictRows(
      from: number,
      to: number,
      fineRows: number,
      shift: number,
      weights: number,
      lines: number,
      lineStride: number,
      nodes: number,
      coarseRows: number,
      into: number,
      columns: number,
    ): void {
      const { f64 } = memory;
      const out = into >>> 3;
      f64.fill(0, out + from * columns, out + to * columns);
      const add = (row: number, weight: number, line: number): void => {
        const coarse = Math.min(Math.max(row, 0), coarseRows - 1);
        if (coarse < from || coarse >= to) return;
        for (let e = 0; e < nodes; e++) f64[out + coarse * columns + e] += weight * f64[line + 1 + e];
      };
      for (let i = 0; i < fineRows; i++) {
        const below = (i + (1 << (shift - 1))) >> shift;
        const t = f64[(weights >>> 3) + i];
        const line = (lines + i * lineStride) >>> 3;
        add(below - 1, 1 - t, line);
        add(below, t, line);
      }
    },
  };
}
