import { describe, expect, it } from "vitest";
import { expectAllClose, expectClose } from "../../tests/close.ts";
import { fillNormal, fillUniform } from "../crossbar/random.ts";
import { calibrateColumns, fitColumnCalibration } from "./calibration.ts";
import { outputLogits, trainOutputReadout } from "./outputReadout.ts";
import { measureAccuracy } from "./softmaxRegression.ts";

describe("fitColumnCalibration", () => {
  const measured = new Float64Array(300);
  fillUniform(measured, 5, 0, 0);
  for (let k = 0; k < measured.length; k++) measured[k] = 1e-9 * (measured[k] ?? 0);
  const gains = [1.25, 0.8, -1];
  const offsets = [2e-12, -5e-12, 0];
  const expected = measured.map((current, k) => (gains[k % 3] ?? 0) * current + (offsets[k % 3] ?? 0));

  it("recovers known gains and offsets", () => {
    const calibration = fitColumnCalibration(measured, expected, 3);
    expectAllClose(calibration.gain, gains, 1e-12);
    expectAllClose(calibration.offset_A, offsets, 1e-9, 1e-22);
    expectAllClose(calibrateColumns(calibration, measured), expected, 1e-12, 1e-22);
  });

  it("tells the scatter it could not explain", () => {
    const noise = new Float64Array(3000);
    fillNormal(noise, 6, 0, 0);
    const quiet = new Float64Array(3000);
    fillUniform(quiet, 6, 1, 0);
    const { residual_A } = fitColumnCalibration(
      quiet,
      quiet.map((x, k) => x + 0.01 * (noise[k] ?? 0)),
      1,
    );
    expectClose(residual_A[0] ?? 0, 0.01, 4 / Math.sqrt(2 * 3000));
  });

  it("leaves the gain of a dead column at 1", () => {
    const { gain, offset_A } = fitColumnCalibration(new Float64Array(4), Float64Array.of(1, 2, 3, 4), 1);
    expect([gain[0], offset_A[0]]).toEqual([1, 2.5]);
  });

  it("refuses lists that do not fit", () => {
    expect(() => fitColumnCalibration(new Float64Array(6), new Float64Array(5), 3)).toThrow(RangeError);
    expect(() => fitColumnCalibration(new Float64Array(3), new Float64Array(3), 3)).toThrow(/1 products/);
  });
});

describe("trainOutputReadout", () => {
  it("undoes columns that are mixed, attenuated and offset", () => {
    const labels = Uint8Array.from({ length: 150 }, (_, n) => n % 3);
    const noise = new Float64Array(450);
    fillNormal(noise, 8, 0, 0);
    const clean = noise.map((z, k) => (k % 3 === (labels[Math.floor(k / 3)] ?? 0) ? 1 : 0) + 0.05 * z);
    const mixed = clean.map((_, k) => {
      const row = k - (k % 3);
      const [a = 0, b = 0, c = 0] = clean.subarray(row, row + 3);
      return 1e-9 * [0.2 * a + 0.1 * b + 3, 0.9 * b + 0.5 * c, 0.6 * a + 0.05 * c - 1][k % 3]!;
    });
    expect(measureAccuracy(mixed, labels)).toBeLessThan(0.5);
    const readout = trainOutputReadout(mixed, labels, 3);
    expect(measureAccuracy(outputLogits(readout, mixed), labels)).toBe(1);
  });
});
