import type { KernelMemory } from "./kernelMemory.ts";

/** Reference of assembly/rows.ts, where layout and meaning of every argument are told. */
export function rowsReference(memory: KernelMemory) {
  return {
    factorRows(
      from: number,
      to: number,
      panels: number,
      stride: number,
      conductance: number,
      resistance: number,
      left: number,
      right: number,
      lastColumn: number,
      packed: number,
      inverse: number,
    ): void {
      const { f64 } = memory;
      const columns = panels * 16;
      for (let i = 8 * from; i < 8 * to; i++) {
        const r = f64[(resistance >>> 3) + i];
        let total = f64[(left >>> 3) + i];
        for (let j = 0; j < columns; j++) {
          const share = j === 0 ? 1 : 1 / (r * total + 1);
          f64[packedPlace(packed, columns, i, j)] = share;
          total = share * total + f64[place(conductance, stride, i, j)];
          if (j === lastColumn) total += f64[(right >>> 3) + i];
        }
        f64[(inverse >>> 3) + i] = 1 / total;
      }
    },

    solveRows(
      from: number,
      to: number,
      panels: number,
      stride: number,
      packed: number,
      inverse: number,
      resistance: number,
      a: number,
      product: number,
      r: number,
      z: number,
      _ladder: number,
      dots: number,
      shift: number,
      weights: number,
      coarse: number,
      coarseStride: number,
      nodes: number,
    ): void {
      const { f64 } = memory;
      const columns = panels * 16;
      const drops = new Float64Array(columns);
      for (let group = from; group < to; group++) {
        let dot = 0;
        for (let i = 8 * group; i < 8 * group + 8; i++) {
          const ohm = f64[(resistance >>> 3) + i];
          let current = 0;
          for (let j = 0; j < columns; j++) {
            const k = place(r, stride, i, j);
            f64[k] -= a * f64[place(product, stride, i, j)];
            current = f64[packedPlace(packed, columns, i, j)] * current + f64[k];
            drops[j] = ohm * current;
          }
          let value = current * f64[(inverse >>> 3) + i];
          for (let j = columns - 1; j >= 0; j--) {
            f64[place(z, stride, i, j)] = value;
            dot += value * f64[place(r, stride, i, j)];
            if (j > 0) value = f64[packedPlace(packed, columns, i, j)] * (value + drops[j - 1]);
          }
          if (shift > 0) {
            const line = (coarse + i * coarseStride) >>> 3;
            f64.fill(0, line, line + coarseStride / 8);
            for (let j = 0; j < columns; j++) {
              const t = f64[(weights >>> 3) + j];
              const value = f64[place(r, stride, i, j)];
              const lower = (j + (1 << (shift - 1))) >> shift;
              f64[line + clampPlace(lower, nodes)] += value * (1 - t);
              f64[line + clampPlace(lower + 1, nodes)] += value * t;
            }
          }
        }
        f64[(dots >>> 3) + group] = dot;
      }
    },

    drawRows(
      from: number,
      to: number,
      panels: number,
      stride: number,
      conductance: number,
      x: number,
      levels: number,
      into: number,
    ): void {
      const { f64 } = memory;
      for (let i = 8 * from; i < 8 * to; i++) {
        for (let j = 0; j < 16 * panels; j++) {
          const k = place(0, stride, i, j);
          const value = f64[(x >>> 3) + k] - f64[(levels >>> 3) + i];
          f64[(into >>> 3) + k] = f64[(conductance >>> 3) + k] * value;
        }
      }
    },

    shiftRows(from: number, to: number, panels: number, stride: number, x: number, levels: number, into: number): void {
      const { f64 } = memory;
      for (let i = 8 * from; i < 8 * to; i++) {
        for (let j = 0; j < 16 * panels; j++) {
          const k = place(0, stride, i, j);
          f64[(into >>> 3) + k] = f64[(x >>> 3) + k] + f64[(levels >>> 3) + i];
        }
      }
    },
  };
}

/** Beyond the first and the last coarse point the interpolation is constant. */
function clampPlace(lower: number, nodes: number): number {
  return Math.min(Math.max(lower, 1), nodes);
}

/** Index of node (i, j) of the panel array at byte address `base`. */
export function place(base: number, stride: number, i: number, j: number): number {
  return (base >>> 3) + ((j >> 4) * stride) / 8 + 16 * i + (j & 15);
}

function packedPlace(base: number, columns: number, i: number, j: number): number {
  return (base >>> 3) + ((i >> 3) * columns + j) * 8 + (i & 7);
}
