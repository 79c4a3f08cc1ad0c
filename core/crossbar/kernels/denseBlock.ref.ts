import { type Block, type BlockArray, cellBlock } from "../solve/compiled/block.ts";
import { mergeBlocks } from "../solve/compiled/mergeBlocks.ts";
import { halves, type Rectangle, splitRectangle } from "../solve/compiled/splitArray.ts";
import { BLOCK_HEADER, blockBytes, rowLength } from "./denseLayout.ts";
import type { KernelMemory } from "./kernelMemory.ts";

/** Reference of assembly/denseBlock.ts and assembly/denseLast.ts: blocks as objects, copied to and from memory. */
export function blockReference(memory: KernelMemory) {
  return {
    /**
     * The block of rows [top, bottom) and columns [left, right) of the array described at `array`.
     * @param low, high free space in bytes, multiples of 64; @param atHigh 1: the block ends at `high`, 0: it starts at `low`
     * @returns its address (as a signed 32-bit number)
     */
    buildBlock(
      array: number,
      top: number,
      bottom: number,
      left: number,
      right: number,
      low: number,
      high: number,
      atHigh: number,
    ): number {
      const block = buildPart(readArray(memory, array), { top, bottom, left, right });
      const length = rowLength(block.size);
      const at = atHigh ? high - blockBytes(block.size) : low;
      memory.i32.set([block.left, block.right, block.top, block.bottom, block.ground, block.size, length], at >>> 2);
      for (let p = 0; p < block.size; p++)
        memory.f64.set(
          block.conductance_S.subarray(p * block.size, (p + 1) * block.size),
          ((at + BLOCK_HEADER) >>> 3) + p * length,
        );
      return at | 0;
    },

    /**
     * Fills [C X] of the last seam, the sums of the rows of X and the direct wires D from row ends to bottom ends.
     * Columns of X: left ends, right ends, up to a whole strip of 4; bottom ends, ground. All regions hold zeros.
     */
    gatherLast(
      a: number,
      b: number,
      below: number,
      k: number,
      _runs: number,
      outside: number,
      c: number,
      x: number,
      strip: number,
      d: number,
      stride: number,
    ): void {
      const { f64 } = memory;
      const first = readBlock(memory, a);
      const second = readBlock(memory, b);
      const left = first.left + (below ? second.left : 0);
      const ends = left + second.right + (below ? first.right : 0);
      const bottomAt = Math.ceil(ends / 4) * 4;
      const bottoms = second.bottom + (below ? 0 : first.bottom);
      const ground = bottomAt + bottoms;
      const addPart = (part: Block, starts: readonly number[], seam: number): void => {
        const counts = [part.left, part.right, part.top, part.bottom, part.ground];
        const places = counts.flatMap((n, side) =>
          Array.from({ length: n }, (_, t) => (side === seam ? -1 : starts[side] + t)),
        );
        const seamAt = places.indexOf(-1);
        places.forEach((to, t) => {
          for (let p = 0; p < k; p++) {
            const value = part.conductance_S[(seamAt + p) * part.size + t];
            const column = to < 0 ? t - seamAt : to;
            f64[(((to < 0 ? c : x) + (column >> 2) * strip) >>> 3) + 4 * p + (column & 3)] += value;
            if (to >= 0) f64[(outside >>> 3) + p] += value;
          }
          if (to < 0 || to >= ends) return;
          places.forEach((column, s) => {
            if (column >= bottomAt && column < ground)
              f64[((d + to * stride) >>> 3) + column - bottomAt] += part.conductance_S[t * part.size + s];
          });
        });
      };
      addPart(first, [0, left, 0, bottomAt, ground], below ? 3 : 1);
      addPart(
        second,
        below ? [first.left, left + first.right, 0, bottomAt, ground] : [0, left, 0, bottomAt + first.bottom, ground],
        below ? 2 : 0,
      );
    },
  };
}

function buildPart(source: BlockArray, part: Rectangle): Block {
  if (part.bottom - part.top === 1 && part.right - part.left === 1) return cellBlock(source, part.top, part.left);
  const { seam, at } = splitRectangle(part, false);
  const [first, second] = halves(part, seam, at);
  return mergeBlocks(buildPart(source, first), buildPart(source, second), seam);
}

/** The array as assembly/denseBlock.ts describes it. */
function readArray(memory: KernelMemory, array: number): BlockArray {
  const [rows, columns, rightDriven, topClamped, ...lists] = memory.i32.subarray(array >>> 2, (array >>> 2) + 11);
  const list = (at: number, length: number): Float64Array => memory.doubles(lists[at] >>> 0, length);
  return {
    rows,
    columns,
    rightDriven: rightDriven === 1,
    topClamped: topClamped === 1,
    conductance_S: list(0, rows * columns),
    rowSegment_S: list(1, rows),
    left_S: list(2, rows),
    right_S: list(3, rows),
    columnSegment_S: list(4, columns),
    top_S: list(5, columns),
    bottom_S: list(6, columns),
  };
}

function readBlock(memory: KernelMemory, at: number): Block {
  const [left, right, top, bottom, ground, size, length] = memory.i32.subarray(at >>> 2, (at >>> 2) + 7);
  const conductance_S = new Float64Array(size * size);
  for (let p = 0; p < size; p++) conductance_S.set(memory.doubles(at + BLOCK_HEADER + 8 * p * length, size), p * size);
  return { left, right, top, bottom, ground, size, conductance_S };
}
