import { describe, expect, it } from "vitest";
import { expectAllClose, expectClose } from "../../tests/close.ts";
import type { SampleBlock } from "../arrayBackend.ts";
import { constant, type Waveform } from "../waveform.ts";
import type { FrontEndConfig } from "./config.ts";
import { EmulatedArray } from "./emulatedArray.ts";

const never = new AbortController().signal;
const G = 1e-9;

const make = (frontEnd: FrontEndConfig, seed = 5, blockSamples?: number, rows = 1, columns = 1) =>
  new EmulatedArray(
    { rows, columns, junction: { model: "ohmic", parameters: { conductance_S: G } }, frontEnd },
    blockSamples === undefined ? { seed } : { seed, blockSamples },
  );

/** Samples of column 0 while row 0 follows a waveform. */
async function record(array: EmulatedArray, waveform: Waveform, duration_s: number, samplePeriod_s: number) {
  const blocks: SampleBlock[] = [];
  const listening = array.samples.subscribe((block) => void (block.channel === 0 && blocks.push(block)));
  const columns = Array.from({ length: array.grid.columns }, (_, j) => j);
  const rows = Array.from({ length: array.grid.rows }, () => waveform);
  const stimulus = { duration_s, rows, columns: columns.map(() => constant(0)), targets: [], referenceRow: 0 };
  const reading = await array.apply(stimulus, { samplePeriod_s, columns, currentRange_A: "auto", windows: [] }, never);
  listening.unsubscribe();
  return {
    current_A: blocks.flatMap((b) => [...b.current_A]),
    overload: blocks.flatMap((b) => [...b.overload]),
    reading,
  };
}

const ramp = (from_V: number, to_V: number, duration_s: number): Waveform => [
  { kind: "ramp", from_V, to_V, duration_s },
];

describe("quantisation", () => {
  it("rounds to the nearest multiple of 2 range / 2^bits", async () => {
    const step_A = (2 * 1e-9) / 2 ** 8;
    const { current_A } = await record(make({ range_A: 1e-9, bits: 8 }), ramp(-0.99, 0.98, 1), 1, 1e-3);
    const exact = current_A.map((_, k) => G * (-0.99 + 1.97 * k * 1e-3));
    expectAllClose(
      current_A,
      exact.map((i) => Math.round(i / step_A) * step_A),
      1e-14,
    );
    expect(new Set(current_A).size).toBe(127 + 125 + 1);
  });

  it("has a full scale, or is refused", () => {
    expect(() => make({ bits: 12 })).toThrow(/frontEnd.bits.*range_A/);
    expect(() => make({ bits: 1.5, range_A: 1 })).toThrow(/integers from 1 to 32/);
  });
});

it("a current beyond full scale is clipped and flagged, sample by sample", async () => {
  const { current_A, overload, reading } = await record(make({ range_A: 1e-9 }), ramp(-2, 2, 1), 1, 0.05);
  expectAllClose(
    current_A,
    overload.map((_, k) => 1e-9 * Math.max(-1, Math.min(1, -2 + 4 * k * 0.05))),
    1e-12,
    1e-22,
  );
  // -1 V and 1 V are full scale exactly
  expect(overload.slice(0, 5)).toEqual([1, 1, 1, 1, 1]);
  expect(overload.slice(6, 15)).toEqual(Array.from({ length: 9 }, () => 0));
  expect(overload.slice(16)).toEqual([1, 1, 1, 1, 1]);
  expect(reading.overloads).toBe(overload.reduce((a, b) => a + b, 0));
});

describe("the low-pass", () => {
  const tau_s = 1 / (2 * Math.PI * 100);

  it("answers a step by 1 - exp(-t / tau), in one stimulus or in two", async () => {
    const array = make({ bandwidth_Hz: 100 });
    const first = await record(array, constant(1), 2e-3, 1e-4);
    const second = await record(array, constant(1), 2e-3, 1e-4);
    const answer = (time_s: number) => G * -Math.expm1(-time_s / tau_s);
    expectAllClose(
      first.current_A,
      first.current_A.map((_, k) => answer(k * 1e-4)),
      1e-11,
    );
    expectAllClose(
      second.current_A,
      second.current_A.map((_, k) => answer(2e-3 + k * 1e-4)),
      1e-11,
    );
  });

  it("answers a ramp by t - tau (1 - exp(-t / tau)), however rarely it is sampled", async () => {
    const { current_A } = await record(make({ bandwidth_Hz: 100 }), ramp(0, 1, 1), 1, 0.25);
    expectAllClose(
      current_A,
      [0, 0.25, 0.5, 0.75, 1].map((t) => G * (t - tau_s * -Math.expm1(-t / tau_s))),
      1e-12,
    );
  });

  it("passes a sine at its corner at 1/sqrt(2) and -45 degrees", async () => {
    const sine = { kind: "sine", amplitude_V: 1, offset_V: 0, frequency_Hz: 100, phase_rad: 0, duration_s: 1 } as const;
    const { current_A } = await record(make({ bandwidth_Hz: 100 }), [sine], 0.2, 5e-4);
    const expected = (k: number) => (G * Math.sin(2 * Math.PI * 100 * k * 5e-4 - Math.PI / 4)) / Math.SQRT2;
    for (let k = 200; k <= 400; k++) expectClose(current_A[k], expected(k), 0, 5e-4 * G);
  });

  it("delays a product by its charge: mean = u (1 - tau / T (1 - exp(-T / tau)))", async () => {
    const readout = { integration_s: 5e-3, rest_s: 1, columns: [0], currentRange_A: "auto" } as const;
    const { current_A } = await make({ bandwidth_Hz: 100 }).multiply(Float64Array.of(1, 1), readout, never);
    const expected = G * (1 + (tau_s / 5e-3) * Math.expm1(-5e-3 / tau_s));
    expectAllClose(current_A, [expected, expected], 1e-12);
  });
});

describe("noise", () => {
  const density = 1e-14;
  const samples = 40_000;
  const variance = (values: number[]) => values.reduce((sum, v) => sum + v * v, 0) / values.length;

  it("without a filter has the density times the root of the Nyquist frequency, and is white", async () => {
    const { current_A } = await record(make({ noise_A_rtHz: density }), constant(0), (samples - 1) * 1e-4, 1e-4);
    // a variance of n samples scatters by sqrt(2/n) = 0.7 %
    expectClose(variance(current_A), density ** 2 * 5000, 0.03);
    const lagged = current_A.slice(1).reduce((sum, v, k) => sum + v * current_A[k], 0) / samples;
    expect(Math.abs(lagged / variance(current_A))).toBeLessThan(4 / Math.sqrt(samples));
  });

  it("behind the low-pass has the density times the root of pi/2 bandwidth, and its memory", async () => {
    const array = make({ noise_A_rtHz: density, bandwidth_Hz: 1000 });
    const { current_A } = await record(array, constant(0), (samples - 1) * 1e-4, 1e-4);
    expectClose(variance(current_A), (density ** 2 * Math.PI * 1000) / 2, 0.04);
    const lagged = current_A.slice(1).reduce((sum, v, k) => sum + v * current_A[k], 0) / samples;
    expectClose(lagged / variance(current_A), Math.exp(-2 * Math.PI * 1000 * 1e-4), 0, 0.02);
  });

  it("stays finite over thousands of short stimuli whose seams fall between two doubles", async () => {
    const array = make({ noise_A_rtHz: density, bandwidth_Hz: 4e4 });
    // durations and periods as a pulse train has them; without care a seam lies one rounding before its predecessor
    for (let k = 0; k < 1000; k++)
      for (const [duration_s, samplePeriod_s] of [
        [2e-3, 4e-5],
        [1e-3, 2.5e-5],
        [5e-4, 2.5e-5],
      ] as const) {
        const { current_A } = await record(array, constant(0.1), duration_s, samplePeriod_s);
        if (!current_A.every(Number.isFinite))
          expect.fail(`stimulus ${k} of ${duration_s} s has a current that is no number`);
      }
    expect(array.time_s).toBeCloseTo(3.5, 9);
  });

  it("of a product falls with the root of its integration time", async () => {
    for (const integration_s of [1e-3, 1e-1]) {
      const readout = { integration_s, rest_s: 0, columns: [0], currentRange_A: "auto" } as const;
      const { current_A } = await make({ noise_A_rtHz: density }).multiply(new Float64Array(10_000), readout, never);
      expectClose(variance([...current_A]), (density ** 2 * 0.5) / integration_s, 0.06);
    }
  });

  it("is the same for one seed however the samples are cut into blocks, and different for another", async () => {
    const run = async (seed: number, blockSamples: number) =>
      (
        await record(
          make({ noise_A_rtHz: density, bandwidth_Hz: 2e3 }, seed, blockSamples, 2, 3),
          ramp(0, 1, 1),
          1,
          1e-3,
        )
      ).current_A;
    const reference = await run(5, 4096);
    expect(await run(5, 7)).toEqual(reference);
    expect(await run(6, 4096)).not.toEqual(reference);
  });

  it("is independent from column to column", async () => {
    const array = make({ noise_A_rtHz: density }, 5, 4096, 1, 2);
    const both: Float64Array[] = [];
    array.samples.subscribe((block) => void both.push(block.current_A));
    await record(array, constant(0), 4, 1e-3);
    const [a, b] = both;
    const product = a.reduce((sum, v, k) => sum + v * b[k], 0) / a.length;
    expect(Math.abs(product) / (density ** 2 * 500)).toBeLessThan(4 / Math.sqrt(a.length));
  });
});
