import { afterAll, expect, it } from "vitest";
import { openWorkerPool } from "../../../../runtime/workerPool.ts";
import { buildNetwork } from "../buildNetwork.ts";
import { nearEnds } from "../connectedEnds.ts";
import { compileEffective } from "./compileEffective.ts";
import { packMatrix } from "./packedMatrix.ts";

const one = openWorkerPool({ threads: 1 });
const two = openWorkerPool({ threads: 2 });
const three = openWorkerPool({ threads: 3 });
afterAll(() => {
  for (const pool of [one, two, three]) pool[Symbol.dispose]();
});

it.each([
  [200, 200],
  [37, 260],
  [260, 37],
])("%i x %i: one, two and three threads give the same bits, every time", (rows, columns) => {
  const network = buildNetwork({
    grid: { rows, columns },
    conductance_S: Array.from({ length: rows * columns }, (_, k) => 1e-6 * (1.1 + Math.sin(k * k))),
    rowSegment_ohm: 900,
    columnSegment_ohm: 1100,
  });
  const ends = nearEnds(network);
  ends.right.fill(1, 0, rows >> 1);
  const expected = compileEffective(network, ends, one);
  const inputs = Float64Array.from({ length: 40 * rows }, (_, k) => 0.1 * Math.cos(k));
  using packed = packMatrix(network, expected, "f64", one);
  const products = packed.multiply(inputs);
  expect([two.threads, three.threads]).toEqual([2, 3]);
  for (const pool of [two, three, two, three]) {
    expect(compileEffective(network, ends, pool)).toEqual(expected);
    using shared = packMatrix(network, expected, "f64", pool);
    expect(shared.multiply(inputs)).toEqual(products);
  }
});
