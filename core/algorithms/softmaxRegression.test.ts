import { describe, expect, it } from "vitest";
import { expectAllClose, expectClose } from "../../tests/close.ts";
import { fillNormal } from "../crossbar/random.ts";
import { decide, measureAccuracy, readoutLogits, softmaxObjective, trainSoftmax } from "./softmaxRegression.ts";

function normals(count: number, stream: number): Float64Array {
  const values = new Float64Array(count);
  fillNormal(values, 7, stream, 0);
  return values;
}

describe("trainSoftmax", () => {
  it("reproduces class frequencies when the inputs say nothing: b_c - b_0 = ln(n_c / n_0)", () => {
    const labels = Uint8Array.of(0, 0, 0, 0, 0, 1, 1, 1, 2, 2);
    const readout = trainSoftmax(
      { features: new Float64Array(20), labels },
      { classes: 3, tolerance: 1e-10, iterations: 100 },
    );
    const bias = readout.weights.subarray(6);
    expectClose((bias[1] ?? 0) - (bias[0] ?? 0), Math.log(3 / 5), 1e-8);
    expectClose((bias[2] ?? 0) - (bias[0] ?? 0), Math.log(2 / 5), 1e-8);
    // entropy of the frequencies is the least possible loss
    expectClose(readout.loss, -(0.5 * Math.log(0.5) + 0.3 * Math.log(0.3) + 0.2 * Math.log(0.2)), 1e-9);
  });

  it("reproduces the log odds of a binary input: logit = ln(p / (1 - p)) for each of its values", () => {
    // x = 0: 3 of 4 are class 1; x = 1: 1 of 5 is class 1
    const features = Float64Array.of(0, 0, 0, 0, 1, 1, 1, 1, 1);
    const labels = Uint8Array.of(1, 1, 1, 0, 1, 0, 0, 0, 0);
    const readout = trainSoftmax({ features, labels }, { classes: 2, l2: 0, tolerance: 1e-10 });
    const [a0 = 0, a1 = 0, b0 = 0, b1 = 0] = readoutLogits(readout, Float64Array.of(0, 1));
    expectClose(a1 - a0, Math.log(3), 1e-7);
    expectClose(b1 - b0, Math.log(1 / 4), 1e-7);
  });

  it("separates classes that can be separated", () => {
    const noise = normals(3 * 60 * 2, 1);
    const labels = Uint8Array.from({ length: 180 }, (_, n) => n % 3);
    const features = noise.map((z, k) => {
      const angle = (2 * Math.PI * (labels[k >> 1] ?? 0)) / 3;
      return 5 * (k % 2 ? Math.sin(angle) : Math.cos(angle)) + 0.5 * z;
    });
    const readout = trainSoftmax({ features, labels }, { classes: 3 });
    expect(measureAccuracy(readoutLogits(readout, features), labels)).toBe(1);
  });

  it("gives the same bits twice", () => {
    const examples = { features: normals(400, 2), labels: Uint8Array.from({ length: 100 }, (_, n) => (n * 7) % 4) };
    const weights = () => trainSoftmax(examples, { classes: 4 }).weights;
    expect(weights()).toEqual(weights());
  });

  it("names labels that are no class and sizes that do not fit", () => {
    const features = new Float64Array(4);
    expect(() => trainSoftmax({ features, labels: Uint8Array.of(0, 3) }, { classes: 3 })).toThrow(/Label 3/);
    expect(() => trainSoftmax({ features, labels: Uint8Array.of(0, 1, 2) }, { classes: 3 })).toThrow(/4 features/);
    expect(() => trainSoftmax({ features, labels: new Uint8Array(0) }, { classes: 3 })).toThrow(/at least one/);
  });
});

describe("softmaxObjective", () => {
  it("has the gradient that central differences give", () => {
    const features = normals(8 * 5, 3).map((x, k) => (k % 3 === 0 ? 0 : x));
    const objective = softmaxObjective({ features, labels: Uint8Array.of(0, 1, 2, 0, 1, 2, 2, 1) }, 3, 0.05);
    const weights = normals(18, 4);
    const gradient = new Float64Array(18);
    objective(weights, gradient);
    const scratch = new Float64Array(18);
    const numeric = weights.map((_, k) => {
      const at = (step: number) =>
        objective(
          weights.map((w, j) => (j === k ? w + step : w)),
          scratch,
        );
      return (at(1e-5) - at(-1e-5)) / 2e-5;
    });
    expectAllClose(gradient, numeric, 1e-7, 1e-10);
  });

  it("stays finite at logits of a thousand", () => {
    const objective = softmaxObjective({ features: Float64Array.of(1, 1), labels: Uint8Array.of(0, 1) }, 2, 0);
    const gradient = new Float64Array(4);
    // the second example is wrong by 2000 nat, the first by nothing
    expectClose(objective(Float64Array.of(1000, -1000, 0, 0), gradient), 1000, 1e-12);
    expectAllClose(gradient, [0.5, -0.5, 0.5, -0.5], 1e-12);
  });
});

describe("decide", () => {
  it("takes the largest logit, the first of equals", () => {
    expect([...decide(Float64Array.of(1, 3, 2, 5, 5, 0, -3, -2, -1), 3)]).toEqual([1, 0, 2]);
  });
});
