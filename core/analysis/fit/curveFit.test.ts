import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { fillNormal } from "../../crossbar/index.ts";
import { type CurveFit, deriveEstimate, fitCurve, fitFromStarts } from "./curveFit.ts";

// NIST Statistical Reference Datasets, nonlinear regression (https://www.itl.nist.gov/div898/strd/), certified values
const MISRA1A = {
  x: [77.6, 114.9, 141.1, 190.8, 239.9, 289, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760],
  y: [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47, 81.78],
  values: [2.3894212918e2, 5.5015643181e-4],
  deviations: [2.7070075241, 7.2668688436e-6],
  sumOfSquares: 1.2455138894e-1,
  starts: [
    [500, 1e-4],
    [250, 5e-4],
  ],
  model: (p: ArrayLike<number>, x: number) => (p[0] ?? 0) * -Math.expm1(-(p[1] ?? 0) * x),
};
const MGH09 = {
  x: [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625],
  y: [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246],
  values: [1.9280693458e-1, 1.9128232873e-1, 1.2305650693e-1, 1.3606233068e-1],
  deviations: [1.1435312227e-2, 1.9633220911e-1, 8.0842031232e-2, 9.0025542308e-2],
  sumOfSquares: 3.0750560385e-4,
  starts: [
    [25, 39, 41.5, 39],
    [0.25, 0.39, 0.415, 0.39],
  ],
  model: (p: ArrayLike<number>, x: number) =>
    ((p[0] ?? 0) * (x * x + x * (p[1] ?? 0))) / (x * x + x * (p[2] ?? 0) + (p[3] ?? 0)),
};

function mustFit(found: ReturnType<typeof fitCurve>): CurveFit {
  if (found.kind === "none") throw new Error(found.reason);
  return found;
}

describe("fitCurve", () => {
  for (const [name, set] of Object.entries({ MISRA1A, MGH09 }))
    it(`reaches the certified values of ${name} from a certified start, standard deviations included`, () => {
      const { x, y, model } = set;
      const fit = mustFit(
        fitFromStarts(
          (p, out) => y.forEach((value, k) => (out[k] = value - model(p, x[k] ?? 0))),
          x.length,
          set.starts,
        ),
      );
      fit.parameters.forEach((parameter, i) => {
        expectClose(parameter.value, set.values[i] ?? 0, 1e-7);
        expectClose(parameter.standardError, set.deviations[i] ?? 0, 1e-6);
      });
      expectClose(fit.sumOfSquares, set.sumOfSquares, 1e-9);
      expectClose(fit.residual, Math.sqrt(set.sumOfSquares / (x.length - set.values.length)), 1e-9);
    });

  it("reaches them too where the parameters are searched as positive ones", () => {
    const { x, y, model } = MISRA1A;
    const fit = mustFit(
      fitCurve((p, out) => y.forEach((value, k) => (out[k] = value - model(p, x[k] ?? 0))), x.length, [250, 5e-4], {
        positive: [true, true],
      }),
    );
    fit.parameters.forEach((parameter, i) => {
      expectClose(parameter.value, MISRA1A.values[i] ?? 0, 1e-7);
      expectClose(parameter.standardError, MISRA1A.deviations[i] ?? 0, 1e-5);
    });
  });

  it("covers a straight line's truth with its 95 % intervals in 95 % of noisy repeats, and a ratio's derived from them", () => {
    const n = 12;
    const noise = new Float64Array(n);
    const covered = [0, 0, 0];
    const repeats = 500;
    for (let repeat = 0; repeat < repeats; repeat++) {
      fillNormal(noise, 11, 1, repeat * n);
      const fit = mustFit(
        fitCurve(
          (p, out) => noise.forEach((e, k) => (out[k] = 3e-9 + 2e-9 * k + 1e-9 * e - (p[0]! + p[1]! * k))),
          n,
          [1e-9, 1e-9],
        ),
      );
      const ratio = deriveEstimate(fit, ([a, b]) => (a ?? 0) / (b ?? 0));
      [...fit.parameters, ratio].forEach(({ interval95: [low, high] }, i) => {
        const truth = [3e-9, 2e-9, 1.5][i]!;
        if (low <= truth && truth <= high) covered[i]!++;
      });
    }
    // binomial, p = 0.95, n = 500: standard deviation 1 %
    for (const count of covered) {
      expect(count / repeats).toBeGreaterThan(0.92);
      expect(count / repeats).toBeLessThan(0.98);
    }
  });

  it("says why it does not fit: too few points, parameters that the points do not tell apart", () => {
    expect(fitCurve(() => {}, 2, [1, 1])).toMatchObject({ kind: "none", reason: /more than 2 points, there are 2/ });
    expect(
      fitCurve((p, out) => [1, 2, 3, 5].forEach((y, k) => (out[k] = y - p[0]! * p[1]! * k)), 4, [1, 1]),
    ).toMatchObject({ kind: "none", reason: /do not determine the 2 parameters/ });
    expect(fitCurve((_p, out) => out.fill(Number.NaN), 4, [1])).toMatchObject({ kind: "none", reason: /not finite/ });
  });

  it("refuses a start that is outside what the parameter may be", () => {
    expect(() => fitCurve(() => {}, 4, [-1], { positive: [true] })).toThrow(/parameter 0 is -1, allowed are positive/);
    expect(() => fitCurve(() => {}, 4, [Number.NaN])).toThrow(/allowed are finite/);
  });
});
