import { afterAll, describe, expect, it } from "vitest";
import { buildNetwork } from "../core/crossbar/solve/buildNetwork.ts";
import { nearEnds } from "../core/crossbar/solve/connectedEnds.ts";
import { createIterativeSolver, type IterativeSolution } from "../core/crossbar/solve/iterative/index.ts";
import { openWorkerPool } from "./workerPool.ts";

const one = openWorkerPool({ threads: 1 });
const two = openWorkerPool({ threads: 2 });
const three = openWorkerPool({ threads: 3 });
afterAll(() => {
  for (const pool of [one, two, three]) pool[Symbol.dispose]();
});

describe("a pool of workers", () => {
  it("runs every task of many regions exactly once, more tasks than places included", () => {
    const { memory } = three.kernels;
    const from = memory.reserve(8 * 2 * 200);
    const to = memory.reserve(8 * 2 * 200);
    memory.doubles(from, 400).fill(1);
    const tasks = Array.from({ length: 200 }, (_, k) => [2, 1, from + 16 * k, to + 16 * k]);
    for (let region = 1; region <= 600; region++) {
      // regions of many sizes, so that late workers meet every state of the claim
      const count = 1 + ((region * 7919) % (region % 100 === 0 ? 200 : 9));
      three.run("addScaled", tasks.slice(0, count));
      for (let k = 0; k < 2 * count; k++) memory.f64[(to >>> 3) + k] -= 1;
      const wrong = memory.doubles(to, 400).findIndex((value) => value !== 0);
      expect(wrong, `region ${region}`).toBe(-1);
    }
    memory.free(from, 3200);
    memory.free(to, 3200);
  });

  // sizes whose panels and groups do not divide evenly; with and without a coarse grid
  it.each([
    [128, 128, 1e3],
    [250, 170, 5e3],
    [100, 300, 1],
    [333, 97, 2e4],
  ])("%i x %i with %f ohm: the same bits on one, two and three threads, time after time", (rows, columns, ohm) => {
    const conductance_S = Float64Array.from(
      { length: rows * columns },
      (_, k) => 1e-7 * 100 ** ((k * 0.6180339887) % 1),
    );
    const network = buildNetwork({
      grid: { rows, columns },
      conductance_S,
      rowSegment_ohm: ohm,
      columnSegment_ohm: ohm,
    });
    const drives = {
      row_V: Float64Array.from({ length: rows }, (_, i) => 0.2 * Math.sin(i)),
      column_V: new Float64Array(columns),
    };
    let expected: IterativeSolution | undefined;
    for (const pool of [one, two, three]) {
      using solver = createIterativeSolver(network, nearEnds(network), { pool });
      for (let repeat = 0; repeat < (pool === one ? 1 : 6); repeat++) {
        const solution = solver.solve(drives);
        expected ??= solution;
        expect(solution).toEqual(expected);
        solver.update(conductance_S);
      }
    }
  });

  it("says how many threads it can have", () => {
    expect(() => openWorkerPool({ threads: 0 })).toThrow("A pool of 0 threads, allowed are 1 to 64");
    expect(one.threads).toBe(1);
    expect(two.threads).toBe(2);
  });

  it("a failing task is an error of the region, and the pool lives on", () => {
    const beyond = 2 ** 32 - 64;
    const bad = Array.from({ length: 8 }, () => [2, 1, beyond, beyond]);
    // again and again: both threads fail, in any order
    for (let k = 0; k < 200; k++) expect(() => two.run("addScaled", bad)).toThrow();
    const address = two.kernels.memory.reserve(64);
    two.run("fillZero", [
      [4, address],
      [4, address + 32],
    ]);
    two.kernels.memory.free(address, 64);
  });

  it("refuses to run when disposed of", () => {
    const pool = openWorkerPool({ threads: 2 });
    pool[Symbol.dispose]();
    expect(() => pool.run("fillZero", [])).toThrow("disposed");
  });
});
