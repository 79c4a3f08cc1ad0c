import { describe, expect, it } from "vitest";
import { callables } from "../pool.ts";
import type { KernelName } from "./kernelFunctions.ts";
import { type KernelSet, loadKernels } from "./loadKernels.ts";

const compiled = loadKernels("simd");
const reference = loadKernels("reference");

/** A reproducible number in [-1, 1). */
function makeSigned(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2147483648;
  };
}

interface List {
  readonly values: Float64Array | Float32Array;
  readonly scratch?: boolean;
}

/** The list at an address of the kernels, of the kind and length of `like`. */
function viewOf({ memory }: KernelSet, address: number, like: List["values"]): List["values"] {
  const { buffer } = memory.f64;
  return like instanceof Float64Array
    ? new Float64Array(buffer, address, like.length)
    : new Float32Array(buffer, address, like.length);
}

/** Runs one kernel in both worlds on the same lists; single precision is defined to the last bit. */
function expectSameBits(
  kernel: KernelName,
  lists: Readonly<Record<string, List>>,
  task: (at: (name: string) => number) => number[],
): void {
  const run = (kernels: KernelSet): Map<string, Float64Array | Float32Array> => {
    const places = new Map<string, number>();
    for (const [name, { values }] of Object.entries(lists)) {
      const address = kernels.memory.reserve(values.byteLength + 64);
      viewOf(kernels, address, values).set(values);
      places.set(name, address);
    }
    callables(kernels.call)[kernel](...task((name) => places.get(name) ?? Number.NaN));
    const results = new Map<string, Float64Array | Float32Array>();
    for (const [name, { values, scratch }] of Object.entries(lists)) {
      const address = places.get(name) ?? 0;
      if (!scratch) results.set(name, viewOf(kernels, address, values).slice());
      kernels.memory.free(address, values.byteLength + 64);
    }
    return results;
  };
  const expected = run(reference);
  for (const [name, values] of run(compiled)) expect(values, `${kernel}: ${name}`).toEqual(expected.get(name));
}

const SHAPES: readonly [rows: number, columns: number][] = [
  [1, 1],
  [1, 40],
  [37, 1],
  [3, 5],
  [17, 33],
  [64, 7],
  [40, 64],
];

describe.each(SHAPES)("single-precision kernels against their reference, %i x %i", (rows, columns) => {
  const panels = Math.ceil(columns / 16);
  const groups = Math.ceil(rows / 8);
  const stride = (groups * 128 + 48) * 8;
  const nodes = (panels * stride) / 8;
  const signed = makeSigned(4711);
  const doubles = (count: number, from = -1, to = 1): List => ({
    values: Float64Array.from({ length: count }, () => from + ((to - from) * (signed() + 1)) / 2),
  });
  const singles = (count: number, from = -1, to = 1): List => ({
    values: Float32Array.from({ length: count }, () => from + ((to - from) * (signed() + 1)) / 2),
  });

  it("rounds lists", () => {
    expectSameBits("roundList", { from: doubles(nodes), to: singles(nodes, 0, 0) }, (at) => [
      1,
      nodes / 8,
      at("from"),
      at("to"),
    ]);
  });

  it.each([0, 2, 3, 4])("solves rows and steps with coarse spacing 2^%i", (shift) => {
    const coarseColumns = shift > 0 ? Math.max(1, Math.round(columns / 2 ** shift)) : 0;
    const coarseRows = shift > 0 ? Math.max(1, Math.round(rows / 2 ** shift)) : 0;
    const lineDoubles = coarseColumns + 8 + (coarseColumns & 1);
    expectSameBits(
      "solveRowsSingle",
      {
        c: singles(groups * panels * 128, 0, 1),
        y: doubles(groups * 8, 0.1, 1),
        r: doubles(groups * 8, 0, 1),
        t: doubles(nodes),
        residual: doubles(nodes),
        z: singles(nodes, 0, 0),
        ladder: { values: new Float32Array((panels * 16 + 2) * 16 + 96), scratch: true },
        dots: doubles(groups, 0, 0),
        weights: doubles(panels * 16, 0, 1),
        coarse: doubles(groups * 8 * lineDoubles, 0, 0),
      },
      (at) => [
        0,
        groups,
        panels,
        stride,
        at("c"),
        at("y"),
        at("r"),
        0.3,
        1024,
        at("t"),
        at("residual"),
        at("z"),
        at("ladder"),
        at("dots"),
        shift,
        at("weights"),
        at("coarse"),
        lineDoubles * 8,
        coarseColumns,
      ],
    );
    if (shift === 0) return;
    const columnsPadded = Math.ceil(coarseColumns / 4) * 4;
    expectSameBits(
      "stepSingle",
      {
        w: doubles(nodes),
        z: singles(nodes),
        p: doubles(nodes),
        columnWeights: doubles(panels * 16, 0, 1),
        rowWeights: doubles(groups * 8, 0, 1),
        v: doubles(coarseRows * columnsPadded),
        line: { values: new Float32Array(8 * 2 * (coarseColumns + 12)), scratch: true },
      },
      (at) => [
        0,
        groups,
        panels,
        stride,
        0.4,
        -0.6,
        at("w"),
        at("z"),
        at("p"),
        shift,
        at("columnWeights"),
        at("rowWeights"),
        at("v"),
        columnsPadded * 8,
        coarseRows,
        coarseColumns,
        at("line"),
      ],
    );
  });

  it("keeps currents that fade along a line out of the denormal numbers", () => {
    const kernels = compiled;
    const { memory, call } = kernels;
    const lists = [groups * panels * 128, groups * 8, groups * 8, nodes, nodes, nodes, (panels * 16 + 2) * 16, groups];
    const addresses = lists.map((count) => memory.reserve(8 * count + 64));
    const [c, y, r, t, residual, z, ladder, dots] = addresses as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    new Float32Array(memory.f64.buffer, c, groups * panels * 128).fill(0.01);
    memory.doubles(y, groups * 8).fill(1);
    memory.doubles(r, groups * 8).fill(1);
    for (let i = 0; i < rows; i++) memory.f64[residual / 8 + 16 * i] = 1;
    call.solveRowsSingle(0, groups, panels, stride, c, y, r, 0, 1, t, residual, z, ladder, dots, 0, 0, 0, 0, 0);
    for (let q = 0; q < panels; q++) {
      const list = new Float32Array(memory.f64.buffer, z + (q * stride) / 2, 16 * rows);
      for (const value of list) expect(value).toBeGreaterThan(1e-17);
    }
    addresses.forEach((address, k) => memory.free(address, 8 * (lists[k] ?? 0) + 64));
  });
});
