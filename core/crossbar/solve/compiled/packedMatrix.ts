import type { Grid } from "../../grid.ts";
import { alignUp, stripRows } from "../../kernels/denseLayout.ts";
import { type KernelTask, type Pool, serialPool } from "../../pool.ts";
import { checkLength } from "../checkNetwork.ts";
import { reserve } from "./reserve.ts";

export type Precision = "f64" | "f32";

/** A matrix in kernel memory, ready for products. */
export interface PackedMatrix extends Disposable {
  readonly grid: Grid;
  readonly precision: Precision;
  /** Bytes of kernel memory. */
  readonly bytes: number;
  /**
   * I = V W for a batch of vectors.
   * @param inputs_V batch x rows, row-major, volt
   * @returns batch x columns, ampere; singles widened to doubles for `f32`
   * @throws RangeError when the length is no multiple of the rows
   */
  multiply(inputs_V: Float64Array): Float64Array;
  /** Replaces the values. */
  write(values: Float64Array): void;
}

/**
 * Vectors packed together per thread: 64 x 256 doubles stay in an L2 cache with 16 strips of the matrix. Shorter vectors
 * come in larger groups, or starting the threads would take longer than the products.
 */
const BATCH = 64;
const LARGEST_BATCH = 256;
const BATCH_ELEMENTS = 2 ** 14;
/** Below this a batch is multiplied vector by vector. */
const SMALLEST_BATCH = 4;
/** Rows per partial sum, as in assembly/denseSeam.ts: a product has the same bits in every batch and on any threads. */
const DEPTH = 256;
/** A single vector is shared between threads from this many elements on. */
const SHARED_VECTOR = 2 ** 18;

/**
 * Copies rows x columns values into strips of 32-byte rows (assembly/denseTile.ts).
 * Cost of a product: rows x columns multiply-adds; one vector is bound by reading the matrix, a batch by arithmetic.
 * @throws RangeError when the values do not fit the grid, or memory is short
 */
export function packMatrix(
  grid: Grid,
  values: Float64Array,
  precision: Precision = "f64",
  pool: Pool = serialPool(),
): PackedMatrix {
  const { rows, columns } = grid;
  const single = precision === "f32";
  const { memory, call } = pool.kernels;
  const wide = single ? 8 : 4;
  const bytesPerNumber = single ? 4 : 8;
  const strips = Math.ceil(columns / wide);
  const strip = 32 * stripRows(rows);
  const vectorStrip = 4 * bytesPerNumber * stripRows(rows);
  const stride = 32 * strips;
  const batchSize = Math.max(BATCH, Math.min(LARGEST_BATCH, 4 * Math.floor(BATCH_ELEMENTS / rows / 4)));
  const group = batchSize * pool.threads;
  const raw = strips * strip;
  const packed = alignUp(raw + 8 * group * Math.max(rows, columns));
  const products = packed + (group / 4) * vectorStrip;
  const bytes = products + group * stride;
  const region = reserve(memory, bytes);
  const w = region.address;
  const [rawAt, packedAt, productsAt] = [w + raw, w + packed, w + products];

  const multiplyOne = (input_V: Float64Array, output: Float64Array, at: number): void => {
    if (single) new Float32Array(memory.f64.buffer, packedAt, rows).set(input_V);
    else memory.doubles(packedAt, rows).set(input_V);
    memory.doubles(productsAt, stride / 8).fill(0);
    const kernel = single ? "multiplyVectorSingle" : "multiplyVector";
    const shares = pool.threads > 1 && rows * columns >= SHARED_VECTOR ? pool.threads : 1;
    for (let first = 0; first < rows; first += DEPTH) {
      const count = Math.min(DEPTH, rows - first);
      const [from, vector] = [w + 32 * first, packedAt + bytesPerNumber * first];
      if (shares === 1) call[kernel](count, from, strip, 0, strips, vector, productsAt);
      else
        pool.run(
          kernel,
          divide(strips, shares).map(([low, high]) => [count, from, strip, low, high, vector, productsAt]),
        );
    }
    output.set(
      single ? new Float32Array(memory.f64.buffer, productsAt, columns) : memory.doubles(productsAt, columns),
      at,
    );
  };

  const multiplyGroup = (inputs_V: Float64Array, output: Float64Array, at: number): void => {
    const batch = inputs_V.length / rows;
    memory.doubles(rawAt, inputs_V.length).set(inputs_V);
    const vectorStrips = Math.ceil(batch / 4);
    memory.doubles(packedAt, (vectorStrips * vectorStrip) / 8).fill(0, ((batch >> 2) * vectorStrip) / 8);
    const shares = divide(vectorStrips, Math.min(vectorStrips, pool.threads));
    pool.run(
      single ? "packVectorsSingle" : "packVectors",
      shares.map(([low, high]) => [rows, rawAt, 4 * low, Math.min(batch, 4 * high), packedAt, vectorStrip]),
    );
    pool.run(
      single ? "multiplyBatchSingle" : "multiplyBatch",
      shares.map(
        ([low, high]): KernelTask => [rows, packedAt, vectorStrip, low, high, w, strip, strips, productsAt, stride],
      ),
    );
    let from = productsAt;
    if (single || stride !== 8 * columns) {
      // the inputs are packed: their place is free
      from = rawAt;
      pool.run(
        single ? "gatherProductsSingle" : "gatherProducts",
        shares.map(([low, high]) => [4 * low, Math.min(batch, 4 * high), columns, productsAt, stride, rawAt]),
      );
    }
    output.set(memory.doubles(from, batch * columns), at);
  };

  const write = (next: Float64Array): void => {
    checkLength("values", next.length, rows * columns, `${rows} rows x ${columns} columns`);
    using source = reserve(memory, 8 * next.length);
    memory.doubles(source.address, next.length).set(next);
    const pack = single ? call.packColumnsSingle : call.packColumns;
    pack(rows, columns, source.address, 8 * columns, w, strip);
  };

  write(values);
  return {
    grid: { rows, columns },
    precision,
    bytes,
    write,
    multiply(inputs_V) {
      const batch = inputs_V.length / rows;
      if (!Number.isInteger(batch))
        throw new RangeError(`inputs_V has ${inputs_V.length} values, allowed are multiples of ${rows} (one per row)`);
      const output_A = new Float64Array(batch * columns);
      for (let p = 0; p < batch; ) {
        const count = batch - p < SMALLEST_BATCH ? 1 : Math.min(group, batch - p);
        const inputs = inputs_V.subarray(p * rows, (p + count) * rows);
        if (count === 1) multiplyOne(inputs, output_A, p * columns);
        else multiplyGroup(inputs, output_A, p * columns);
        p += count;
      }
      return output_A;
    },
    [Symbol.dispose]() {
      region[Symbol.dispose]();
    },
  };
}

function divide(count: number, shares: number): readonly (readonly [number, number])[] {
  return Array.from(
    { length: shares },
    (_, n) => [Math.floor((n * count) / shares), Math.floor(((n + 1) * count) / shares)] as const,
  );
}
