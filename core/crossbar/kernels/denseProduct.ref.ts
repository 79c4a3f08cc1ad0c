import type { KernelMemory } from "./kernelMemory.ts";

/** Reference of assembly/denseProduct.ts. Strips of 4 doubles or 8 singles, 32 bytes per row; vectors 4 to a strip. */
export function productReference(memory: KernelMemory) {
  const singles = (): Float32Array => new Float32Array(memory.f64.buffer);
  return {
    /** Row-major doubles to strips of 4 columns. */
    packColumns(rows: number, columns: number, from: number, stride: number, to: number, strip: number): void {
      const { f64 } = memory;
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++)
          f64[((to + (j >> 2) * strip) >>> 3) + 4 * i + (j & 3)] = f64[((from + i * stride) >>> 3) + j];
    },

    /** Row-major doubles to strips of 8 columns of singles. */
    packColumnsSingle(rows: number, columns: number, from: number, stride: number, to: number, strip: number): void {
      const { f64 } = memory;
      const f32 = singles();
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++)
          f32[((to + (j >> 3) * strip) >>> 2) + 8 * i + (j & 7)] = f64[((from + i * stride) >>> 3) + j];
    },

    /** Vectors [first, last) of `length` doubles to strips of 4 vectors. */
    packVectors(length: number, from: number, first: number, last: number, to: number, strip: number): void {
      const { f64 } = memory;
      for (let p = first; p < last; p++)
        for (let i = 0; i < length; i++)
          f64[((to + (p >> 2) * strip) >>> 3) + 4 * i + (p & 3)] = f64[(from >>> 3) + p * length + i];
    },

    /** The same to singles, 16 bytes per row. */
    packVectorsSingle(length: number, from: number, first: number, last: number, to: number, strip: number): void {
      const { f64 } = memory;
      const f32 = singles();
      for (let p = first; p < last; p++)
        for (let i = 0; i < length; i++)
          f32[((to + (p >> 2) * strip) >>> 2) + 4 * i + (p & 3)] = f64[(from >>> 3) + p * length + i];
    },

    /** y <- y + W^T v for the strips [from, to) of 4 columns. */
    multiplyVector(rows: number, w: number, strip: number, from: number, to: number, v: number, y: number): void {
      const { f64 } = memory;
      for (let j = 4 * from; j < 4 * to; j++) {
        let sum = 0;
        const at = ((w + (j >> 2) * strip) >>> 3) + (j & 3);
        for (let i = 0; i < rows; i++) sum += f64[(v >>> 3) + i] * f64[at + 4 * i];
        f64[(y >>> 3) + j] += sum;
      }
    },

    /** The same in single precision, v and y too; strips of 8 columns. */
    multiplyVectorSingle(rows: number, w: number, strip: number, from: number, to: number, v: number, y: number): void {
      const f32 = singles();
      for (let j = 8 * from; j < 8 * to; j++) {
        let sum = 0;
        const at = ((w + (j >> 3) * strip) >>> 2) + (j & 7);
        for (let i = 0; i < rows; i++) sum = Math.fround(sum + Math.fround(f32[(v >>> 2) + i] * f32[at + 8 * i]));
        f32[(y >>> 2) + j] += sum;
      }
    },

    /** Products first..last side by side as rows of `columns` doubles. */
    gatherProducts(first: number, last: number, columns: number, d: number, stride: number, to: number): void {
      const { f64 } = memory;
      for (let p = first; p < last; p++)
        for (let j = 0; j < columns; j++) f64[(to >>> 3) + p * columns + j] = f64[((d + p * stride) >>> 3) + j];
    },

    /** The same, from singles. */
    gatherProductsSingle(first: number, last: number, columns: number, d: number, stride: number, to: number): void {
      const { f64 } = memory;
      const f32 = singles();
      for (let p = first; p < last; p++)
        for (let j = 0; j < columns; j++) f64[(to >>> 3) + p * columns + j] = f32[((d + p * stride) >>> 2) + j];
    },

    /** D <- V^T W for the strips [from, to) of 4 vectors. */
    multiplyBatch(
      rows: number,
      v: number,
      vectorStrip: number,
      from: number,
      to: number,
      w: number,
      strip: number,
      strips: number,
      d: number,
      stride: number,
    ): void {
      const { f64 } = memory;
      for (let p = 4 * from; p < 4 * to; p++) {
        const vector = ((v + (p >> 2) * vectorStrip) >>> 3) + (p & 3);
        for (let j = 0; j < 4 * strips; j++) {
          const column = ((w + (j >> 2) * strip) >>> 3) + (j & 3);
          let sum = 0;
          for (let i = 0; i < rows; i++) sum += f64[vector + 4 * i] * f64[column + 4 * i];
          f64[((d + p * stride) >>> 3) + j] = sum;
        }
      }
    },

    /** D <- V^T W in single precision, for the strips [from, to) of 4 vectors. */
    multiplyBatchSingle(
      rows: number,
      v: number,
      vectorStrip: number,
      from: number,
      to: number,
      w: number,
      strip: number,
      strips: number,
      d: number,
      stride: number,
    ): void {
      const f32 = singles();
      for (let p = 4 * from; p < 4 * to; p++) {
        const vector = ((v + (p >> 2) * vectorStrip) >>> 2) + (p & 3);
        for (let j = 0; j < 8 * strips; j++) {
          const column = ((w + (j >> 3) * strip) >>> 2) + (j & 7);
          let sum = 0;
          for (let i = 0; i < rows; i++)
            sum = Math.fround(sum + Math.fround(f32[vector + 4 * i] * f32[column + 8 * i]));
          f32[((d + p * stride) >>> 2) + j] = sum;
        }
      }
    },
  };
}
