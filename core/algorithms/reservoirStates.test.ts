import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectAllClose, expectClose } from "../../tests/close.ts";
import { fillNormal } from "../crossbar/random.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { durationOf } from "../waveform.ts";
import { measureReservoir, trainTiming, trainWaveform } from "./reservoirStates.ts";
import { measureAccuracy, readoutLogits, trainSoftmax } from "./softmaxRegression.ts";

interface Digits {
  readonly states16: Readonly<Record<string, number>>;
  readonly digit_font_4x5: Readonly<Record<string, string>>;
  readonly digit_features_g: readonly (readonly number[])[];
  readonly softmax_accuracy_vs_relative_noise_sd: Readonly<Record<string, number>>;
}
const fixture: Digits = JSON.parse(
  readFileSync(new URL("../../fixtures/physics/ncnmDigits.json", import.meta.url), "utf8"),
);
const G0_S = 100e-9;
const bits = (pattern: string) => [...pattern].map(Number);
const fontTrains = Object.values(fixture.digit_font_4x5).flatMap((rows) => rows.split(" ").map(bits));

function makeReservoir(channels: number): EmulatedArray {
  return new EmulatedArray({ rows: 1, columns: channels, junction: { model: "ncnm-channel" } }, { seed: 1 });
}

describe("measureReservoir", () => {
  it("finds the sixteen states at the end of the fourth slot, within 1e-3 under a short gentle read", async () => {
    await using array = makeReservoir(16);
    const patterns = Object.keys(fixture.states16);
    const read = { read_V: 0.1, read_s: 0.001, rest_s: 1 };
    const states_S = await measureReservoir(array, patterns.map(bits), read);
    // the read itself lets 0.3 ms / 1.62 s of the memory relax
    expectAllClose(
      states_S.map((conductance) => conductance / G0_S),
      Object.values(fixture.states16),
      1e-3,
    );
  });

  it("disturbs by the published -1 V, 50 ms read as much as its mean over the window says: -1.1 % at g0", async () => {
    await using array = makeReservoir(1);
    const [idle_S = NaN] = await measureReservoir(array, [bits("0000")]);
    // mean of g0 [1 - s (1 - e^(-t/tau))] over 50 ms: half of the -2.2 % at its end; samples sit within one period of it
    const [s, tau, T] = [0.7286671351558165, 1.62, 0.05];
    const mean = 1 - s * (1 - (tau / T) * -Math.expm1(-T / tau));
    expectClose(idle_S / G0_S, mean, 2e-3);
  });

  it("forgets between groups of trains that share its channels", async () => {
    await using wide = makeReservoir(16);
    await using narrow = makeReservoir(3);
    const trains = Object.keys(fixture.states16).map(bits);
    expectAllClose(await measureReservoir(narrow, trains), await measureReservoir(wide, trains), 1e-7);
  });

  it("classifies the 4 x 5-pixel digits as published: 91 % and more at 5 to 7 % noise (95 %, 10.1073/pnas.2320242121)", async () => {
    // protocol: 200 noisy copies of each digit train a softmax readout (L-BFGS, decay 1e-6), 500 fresh copies at the same noise test it
    await using array = makeReservoir(5);
    const clean = (await measureReservoir(array, fontTrains)).map((conductance) => conductance / G0_S);
    expectAllClose(clean, fixture.digit_features_g.flat(), 0.02); // the read takes 0.2 to 1.1 % away
    const accuracyAt = (noise: number) => {
      const copies = (count: number, stream: number) => {
        const features = new Float64Array(clean.length * count);
        fillNormal(features, 1, stream, 0);
        for (let k = 0; k < features.length; k++)
          features[k] = (clean[k % clean.length] ?? NaN) * (1 + noise * (features[k] ?? NaN));
        return { features, labels: Uint8Array.from({ length: 10 * count }, (_, n) => n % 10) };
      };
      const test = copies(500, 2);
      const readout = trainSoftmax(copies(200, 1), { classes: 10, l2: 1e-6, iterations: 500, tolerance: 1e-5 });
      return measureAccuracy(readoutLogits(readout, test.features), test.labels);
    };
    expect(accuracyAt(0)).toBe(1);
    for (const noise of [0.05, 0.07]) expect(accuracyAt(noise)).toBeGreaterThanOrEqual(0.91);
    // independent readout of the same states; protocols differ by up to 2 points
    for (const [noise, accuracy] of Object.entries(fixture.softmax_accuracy_vs_relative_noise_sd))
      expectClose(accuracyAt(Number(noise)), accuracy, 0, 0.02);
  });

  it("refuses more than one row and trains of different lengths", async () => {
    await using square = new EmulatedArray({ rows: 2, columns: 2, junction: { model: "ncnm-channel" } }, { seed: 1 });
    await expect(measureReservoir(square, [[1]])).rejects.toThrow(/2 rows/);
    await using array = makeReservoir(2);
    await expect(measureReservoir(array, [[1], [1, 0]])).rejects.toThrow(/1, 2 bits/);
  });
});

describe("trainWaveform", () => {
  it("holds 5 V for 0.75 s per 1 with the sign of a column, reads before the last gap, then rests", () => {
    const waveform = trainWaveform([1, 0], 2);
    expect(waveform.map((segment) => segment.kind === "hold" && [segment.voltage_V, segment.duration_s])).toEqual([
      [-5, 0.75],
      [0, 0.75],
      [0, 0.75],
      [1, 0.05],
      [0, 30],
    ]);
    const { readStart_s, readEnd_s, duration_s } = trainTiming(2);
    expectAllClose([readStart_s, readEnd_s, duration_s], [2.25, 2.3, durationOf(waveform)], 1e-12);
  });
});
