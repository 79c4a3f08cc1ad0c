import { buildNetwork } from "../../core/crossbar/solve/buildNetwork.ts";
import type { ArrayNetwork } from "../../core/crossbar/solve/network.ts";

/** mulberry32: the same numbers in every language. */
export function makeRandom(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface Problem {
  readonly network: ArrayNetwork;
  readonly row_V: Float64Array;
}

export type Pattern = "log-uniform" | "all on" | "half rows off" | "checkerboard";

/**
 * N x N junctions of 0.1 to 10 uS, rows at 0 to 0.2 V, segments of `ratio` times 100 kohm. The generator of the published
 * comparisons of crossbar simulators; patterns are the adversarial ones.
 */
export function makeProblem(side: number, ratio: number, pattern: Pattern = "log-uniform"): Problem {
  const random = makeRandom(1000 + side);
  const conductance_S = Float64Array.from({ length: side * side }, (_, k) => {
    const [i, j] = [Math.floor(k / side), k % side];
    switch (pattern) {
      case "log-uniform":
        return 1e-7 * 100 ** random();
      case "all on":
        return 1e-5;
      case "half rows off":
        return i % 2 === 0 ? 1e-5 : 1e-7;
      case "checkerboard":
        return ((i >> 4) + (j >> 4)) % 2 === 0 ? 1e-5 : 1e-7;
    }
  });
  const volts = makeRandom(2000 + side);
  const row_V = Float64Array.from({ length: side }, () => 0.2 * volts());
  const segment_ohm = ratio * 1e5;
  const network = buildNetwork({
    grid: { rows: side, columns: side },
    conductance_S,
    rowSegment_ohm: segment_ohm,
    columnSegment_ohm: segment_ohm,
  });
  return { network, row_V };
}
