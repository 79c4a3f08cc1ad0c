import { describe, expect, it } from "vitest";
import { expectAllClose } from "../../tests/close.ts";
import { minimizeLbfgs } from "./minimizeLbfgs.ts";

describe("minimizeLbfgs", () => {
  it("finds the minimum of an ill-conditioned quadratic, f = sum k^2 (x_k - k)^2 / 2", () => {
    const result = minimizeLbfgs(
      (x, gradient) => {
        let value = 0;
        x.forEach((xk, k) => {
          gradient[k] = (k + 1) ** 2 * (xk - k);
          value += ((k + 1) ** 2 * (xk - k) ** 2) / 2;
        });
        return value;
      },
      new Float64Array(30),
      { tolerance: 1e-10 },
    );
    expect(result.converged).toBe(true);
    expectAllClose(
      result.x,
      Array.from({ length: 30 }, (_, k) => k),
      1e-9,
      1e-9,
    );
  });

  it("walks Rosenbrock's valley from (-1.2, 1) to (1, 1)", () => {
    const result = minimizeLbfgs(
      ([x = 0, y = 0], gradient) => {
        gradient[0] = -400 * x * (y - x * x) - 2 * (1 - x);
        gradient[1] = 200 * (y - x * x);
        return 100 * (y - x * x) ** 2 + (1 - x) ** 2;
      },
      Float64Array.of(-1.2, 1),
      { tolerance: 1e-9 },
    );
    expectAllClose(result.x, [1, 1], 1e-7);
  });

  it("stops at the iterations it was given and says so", () => {
    const result = minimizeLbfgs(
      ([x = 0], gradient) => {
        gradient[0] = 4 * x ** 3;
        return x ** 4;
      },
      Float64Array.of(1.3),
      { iterations: 2, tolerance: 1e-12 },
    );
    expect(result).toMatchObject({ iterations: 2, converged: false });
    expect(result.value).toBeLessThan(1.3 ** 4);
  });

  it("refuses a start without a value", () => {
    expect(() => minimizeLbfgs(() => NaN, new Float64Array(1))).toThrow(RangeError);
  });
});
