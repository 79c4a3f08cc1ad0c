import { makeGrid } from "../../grid.ts";
import { alignUp, blockBytes, stripRows } from "../../kernels/denseLayout.ts";
import type { KernelMemory } from "../../kernels/kernelMemory.ts";
import { type KernelTask, type Pool, serialPool } from "../../pool.ts";
import { checkNetwork } from "../checkNetwork.ts";
import { type ConnectedEnds, checkGrounded } from "../connectedEnds.ts";
import { isIdeal } from "../factorNetwork.ts";
import { lineConductances } from "../lineConductances.ts";
import type { ArrayNetwork } from "../network.ts";
import type { BlockArray } from "./block.ts";
import { type ArrayShape, arenaBytes, countTerminals } from "./blockMemory.ts";
import { reserve } from "./reserve.ts";
import { halves, splitRectangle } from "./splitArray.ts";

/** Addresses that 32 bits reach. */
const LARGEST_BYTES = 2 ** 32 - 2 ** 20;
/** Strips that one task substitutes: see assembly/denseSeam.ts. */
const STRIPE = 8;

/**
 * The array as one matrix: W_ij = current out of column j per volt on row i (on every driven end of it), all other lines
 * at 0 V, siemens, row-major rows x columns. A floating line has zeros; with ideal wires it is the conductance matrix.
 *
 * Hierarchical merge (nested dissection in Dirichlet-to-Neumann form): a rectangle of h x w junctions meets the rest of
 * the array in at most 2 h + 2 w wires. Leaves of 2 x 2 junctions are joined pairwise, and the nodes on each seam are
 * removed (mergeBlocks.ts), until two parts are left; of the last merge only row ends x bottom ends are formed.
 * Gillman & Martinsson (2014), doi 10.1137/130918988; George (1973), doi 10.1137/0710032.
 *
 * Cost for N x N: 16.9 N^3 multiply-adds instead of the N^4 of one solve per row; memory about 180 bytes per junction.
 * Accuracy: nothing is subtracted, every element is good to about 1e-13 whatever the ratio of wire to junction, ideal
 * wires (1e-24 of a junction, lineConductances.ts) included.
 * Threads: the two parts are built side by side and the last merge is shared by strips; sums do not depend on it.
 *
 * @throws RangeError when an element is not physical, 4 GiB would not do, or (LineError) a line has no path to a driven end
 */
export function compileEffective(network: ArrayNetwork, ends: ConnectedEnds, pool: Pool = serialPool()): Float64Array {
  const shape = {
    rows: network.rows,
    columns: network.columns,
    rightDriven: ends.right.includes(1),
    topClamped: ends.top.includes(1),
  };
  checkMemory(shape);
  checkNetwork(network);
  checkGrounded(network, ends);
  if (isIdeal(network, ends)) return network.conductance_S.slice();
  const array: BlockArray = {
    ...shape,
    conductance_S: network.conductance_S,
    ...lineConductances(network, ends),
  };
  return array.rows * array.columns === 1 ? compileOne(array) : compileHalves(array, pool);
}

/** Bytes of scratch for an array of this shape. */
export function compileBytes(array: ArrayShape): number {
  const { arenas, description } = layOut(array);
  return arenas[0] + arenas[1] + description;
}

/** Before anything is walked through or allocated. */
function checkMemory(shape: ArrayShape): void {
  const { rows, columns } = makeGrid(shape.rows, shape.columns);
  const needed = rows * columns === 1 ? 0 : compileBytes(shape);
  if (needed > LARGEST_BYTES)
    throw new RangeError(
      `The effective matrix of a ${rows} x ${columns} array needs ${needed} bytes, allowed are ${LARGEST_BYTES}`,
    );
}

function layOut(array: ArrayShape) {
  const { rows, columns } = array;
  const whole = { top: 0, bottom: rows, left: 0, right: columns };
  const { seam, at } = splitRectangle(whole, true);
  const parts = halves(whole, seam, at);
  const { left, right, bottom, ground } = countTerminals(array, whole);
  const k = seam === "columns" ? rows : columns;
  const strip = 32 * stripRows(k);
  const endStrips = Math.ceil((left + right) / 4);
  const bottomStrips = Math.ceil((bottom + ground) / 4);
  const strips = endStrips + bottomStrips;
  const outside = 128;
  const roots = alignUp(outside + 8 * stripRows(k));
  const c = alignUp(roots + 8 * stripRows(k));
  const x = c + Math.ceil(k / 4) * strip;
  const d = alignUp(x + strips * strip);
  const stride = 32 * bottomStrips;
  const bytes = d + 4 * endStrips * stride;
  const first = countTerminals(array, parts[0]);
  const firstBytes = blockBytes(first.left + first.right + first.top + first.bottom + first.ground);
  return {
    parts,
    seam,
    // the scratch of the last merge takes the place of what the first part needed while it was built
    arenas: [Math.max(arenaBytes(array, parts[0]), firstBytes + bytes), arenaBytes(array, parts[1])] as const,
    firstBytes,
    description: 64 + 8 * (rows * columns + 3 * rows + 3 * columns),
    last: { k, rows: stripRows(k), strip, endStrips, strips, outside, roots, c, x, d, stride, bytes },
  };
}

function compileHalves(array: BlockArray, pool: Pool): Float64Array {
  const { rows, columns, rightDriven } = array;
  const { memory, call } = pool.kernels;
  const { parts, seam, arenas, firstBytes, last, description } = layOut(array);
  const needed = compileBytes(array);
  using region = reserve(memory, needed);
  const a = region.address;
  const b = a + arenas[0];
  const at = b + arenas[1];
  const work = a + firstBytes;
  describe(memory, array, at, description);
  const build = ([top, bottom, left, right]: readonly number[], low: number, bytes: number): KernelTask => [
    at,
    top,
    bottom,
    left,
    right,
    low,
    low + bytes,
    0,
  ];
  const bounds = parts.map(({ top, bottom, left, right }) => [top, bottom, left, right]);
  pool.run("buildBlock", [build(bounds[0], a, arenas[0]), build(bounds[1], b, arenas[1])]);

  const { k, strip, endStrips, strips, d, stride } = last;
  const [outside, roots, c, x] = [last.outside, last.roots, last.c, last.x].map((offset) => work + offset);
  call.fillZero(last.bytes / 8, work);
  call.gatherLast(a, b, seam === "rows" ? 1 : 0, k, work, outside, c, x, strip, work + d, stride);
  call.factorSeam(k, last.rows, c, outside, roots);
  pool.run(
    "solveSeam",
    divide(strips, STRIPE).map(([from, to]) => [k, last.rows, c, roots, x, from, to]),
  );
  const bottoms = x + endStrips * strip;
  pool.run(
    "crossSeam",
    divide(endStrips, STRIPE).map(([from, to]) => [
      k,
      last.rows,
      x,
      from,
      to,
      bottoms,
      strips - endStrips,
      work + d,
      stride,
    ]),
  );
  const effective_S = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    effective_S.set(memory.doubles(work + d + i * stride, columns), i * columns);
    if (!rightDriven) continue;
    const fromRight = memory.doubles(work + d + (rows + i) * stride, columns);
    for (let j = 0; j < columns; j++) effective_S[i * columns + j] += fromRight[j];
  }
  return effective_S;
}

/** The array in the form of assembly/denseBlock.ts. */
function describe(memory: KernelMemory, array: BlockArray, at: number, bytes: number): void {
  const lists = [
    array.conductance_S,
    array.rowSegment_S,
    array.left_S,
    array.right_S,
    array.columnSegment_S,
    array.top_S,
    array.bottom_S,
  ];
  let to = at + 64;
  const addresses = lists.map((list) => {
    const address = to;
    memory.doubles(address, list.length).set(list);
    to += 8 * list.length;
    return address;
  });
  if (to !== at + bytes) throw new RangeError(`The description of the array took ${to - at} bytes, expected ${bytes}`);
  const { rows, columns, rightDriven, topClamped } = array;
  memory.i32.set([rows, columns, Number(rightDriven), Number(topClamped), ...addresses], at >>> 2);
}

/** One junction: source - left wire - junction - bottom wire - amplifier, and what leaves to the far ends. */
function compileOne({ conductance_S, left_S, right_S, top_S, bottom_S }: BlockArray): Float64Array {
  const g = conductance_S[0];
  const ends = left_S[0] + right_S[0];
  const clamps = top_S[0] + bottom_S[0];
  // star to mesh at W, then at B
  const through = (g * ends) / (ends + g);
  return Float64Array.of(bottom_S[0] * (through / (clamps + through)));
}

function divide(count: number, size: number): readonly (readonly [number, number])[] {
  return Array.from(
    { length: Math.ceil(count / size) },
    (_, n) => [n * size, Math.min(count, (n + 1) * size)] as const,
  );
}
