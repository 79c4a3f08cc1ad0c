import type { KernelMemory } from "./kernelMemory.ts";
import { place } from "./rows.ref.ts";

const BIAS = 1e-15;

/** Reference of assembly/singles.ts, where the meaning of every argument is told; the same roundings in the same order. */
export function singlesReference(memory: KernelMemory) {
  const { fround } = Math;
  const singles = (): Float32Array => new Float32Array(memory.f64.buffer);
  return {
    roundList(from8: number, to8: number, from: number, to: number): void {
      const { f64 } = memory;
      const f32 = singles();
      for (let k = 8 * from8; k < 8 * to8; k++) f32[(to >>> 2) + k] = f64[(from >>> 3) + k];
    },

    solveRowsSingle(
      from: number,
      to: number,
      panels: number,
      stride: number,
      packed: number,
      inverse: number,
      resistance: number,
      a: number,
      scale: number,
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
      const f32 = singles();
      const columns = panels * 16;
      const drops = new Float32Array(columns);
      const scaled = new Float32Array(columns);
      const rowDots = new Float32Array(8);
      for (let group = from; group < to; group++) {
        for (let k = 0; k < 8; k++) {
          const i = 8 * group + k;
          const factor = (j: number): number => f32[(packed >>> 2) + (group * columns + j) * 8 + k];
          const ohm = fround(f64[(resistance >>> 3) + i]);
          let current = 0;
          let drop = 0;
          let dot = 0;
          for (let j = 0; j < columns; j++) {
            const at = place(r, stride, i, j);
            f64[at] -= a * f64[place(product, stride, i, j)];
            scaled[j] = f64[at] * scale + BIAS;
            const kept = fround(factor(j) * current);
            dot = fround(dot + fround(kept * drop));
            current = fround(kept + scaled[j]);
            drop = fround(ohm * current);
            drops[j] = drop;
          }
          let value = fround(current * fround(f64[(inverse >>> 3) + i]));
          rowDots[k] = dot + fround(value * current);
          for (let j = columns - 1; j >= 0; j--) {
            f32[singlePlace(z, stride, i, j)] = value;
            if (j > 0) value = fround(factor(j) * fround(value + drops[j - 1]));
          }
          if (shift > 0) restrict(f64, scaled, (coarse + i * coarseStride) >>> 3, shift, weights, nodes);
        }
        let sum = 0;
        for (const k of [0, 4]) sum += rowDots[k] + rowDots[k + 2] + (rowDots[k + 1] + rowDots[k + 3]);
        f64[(dots >>> 3) + group] = sum;
      }
    },

    stepSingle(
      from: number,
      to: number,
      panels: number,
      stride: number,
      beta: number,
      a: number,
      w: number,
      z: number,
      p: number,
      shift: number,
      columnWeights: number,
      rowWeights: number,
      v: number,
      coarseStride: number,
      coarseRows: number,
      nodes: number,
      _line: number,
    ): void {
      const { f64 } = memory;
      const f32 = singles();
      const half = 1 << (shift - 1);
      const clamp = (value: number, count: number): number => Math.min(Math.max(value, 0), count - 1);
      for (let i = 8 * from; i < 8 * to; i++) {
        const above = (i + half) >> shift;
        const t = f64[(rowWeights >>> 3) + i];
        const upper = (v + clamp(above - 1, coarseRows) * coarseStride) >>> 3;
        const lower = (v + clamp(above, coarseRows) * coarseStride) >>> 3;
        const row = (e: number): number => f64[upper + e] + t * (f64[lower + e] - f64[upper + e]);
        for (let j = 0; j < 16 * panels; j++) {
          const right = (j + half) >> shift;
          const start = row(clamp(right - 1, nodes));
          const slope = fround(row(clamp(right, nodes)) - start);
          const value = fround(fround(start) + fround(slope * fround(f64[(columnWeights >>> 3) + j])));
          const k = place(p, stride, i, j);
          f64[place(w, stride, i, j)] += a * f64[k];
          f64[k] = beta * f64[k] + fround(f32[singlePlace(z, stride, i, j)] + value);
        }
      }
    },
  };

  function restrict(
    f64: Float64Array,
    x: Float32Array,
    line: number,
    shift: number,
    weights: number,
    nodes: number,
  ): void {
    const half = 1 << (shift - 1);
    /** What lies beyond the last coarse point or before the first belongs to it. */
    let kept = 0;
    let lower = 0;
    let upper = 0;
    let segment = 0;
    for (let j = 0; j <= x.length; j++) {
      const end = j === x.length;
      if (end || (j + half) >> shift !== segment) {
        const sum = fround(lower + kept);
        const inside = segment > 0 && segment < nodes;
        if (inside) f64[line + segment] = sum;
        kept = inside ? upper : fround(sum + upper);
        if (end) f64[line + Math.min(segment + 1, nodes)] = kept;
        lower = 0;
        upper = 0;
        segment++;
      }
      if (end) break;
      const part = fround(fround(f64[(weights >>> 3) + j]) * x[j]);
      upper = fround(upper + part);
      lower = fround(lower + fround(x[j] - part));
    }
  }
}

/** Index of node (i, j) in a list of singles in panels of half the stride. */
function singlePlace(base: number, stride: number, i: number, j: number): number {
  return (base >>> 2) + ((j >> 4) * stride) / 8 + 16 * i + (j & 15);
}
