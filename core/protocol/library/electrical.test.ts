import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { fitCalibration } from "../../calibration/fitCalibration.ts";
import { measure } from "../testing/measure.ts";
import {
  conditioning,
  dummyCell,
  eis,
  lineResistance,
  memoryCapacity,
  noise,
  sealTest,
  switchingEnergy,
  vmmAccuracy,
} from "./index.ts";

const ohmic = { model: "ohmic" };

it("switching-energy: the measured energy of a linear relaxer is that of its exact relaxation", async () => {
  const [tau_s, slope_perV] = [1.62, 0.7286671351558165];
  const { steps } = await measure(
    {},
    switchingEnergy({ recovery_s: 60, read: { voltage_V: 0.001, width_s: 1e-6, samples: 4 } }),
  );
  const pulses = steps.filter(({ role }) => role === "pulse");
  expect(pulses).toHaveLength(9);
  for (const { tags, current_A } of pulses) {
    const [v, width_s] = [Number(tags["amplitude_V"]), Number(tags["width_s"])];
    const charge = width_s + slope_perV * v * (width_s - tau_s * -Math.expm1(-width_s / tau_s));
    // 200 samples, the first at the edge: the mean lags by half a sample
    expectClose(v * (current_A["whole"] ?? NaN) * width_s, 1e-7 * v * v * charge, 3e-3);
  }
  // published: writes of 1 to 10 uJ
  const written = pulses.find(({ tags }) => tags["amplitude_V"] === 5 && tags["width_s"] === 0.75);
  const energy_J = 5 * (written?.current_A["whole"] ?? NaN) * 0.75;
  expect(energy_J).toBeGreaterThan(1e-6);
  expect(energy_J).toBeLessThan(10e-6);
});

describe("conditioning", () => {
  it("stops where a slow junction has doubled, and tells the voltage", async () => {
    const junction = { model: "svm", parameters: { tau_s: 1 } };
    const { marks, steps } = await measure(
      { junction },
      conditioning({ from_V: -1, to_V: -10, pulses: 10, width_s: 0.2, read: { voltage_V: 0.001, width_s: 1e-6 } }),
    );
    // g' = (1 + 0.3 |v| - g) / tau, exactly
    let [g, pulses] = [1, 0];
    while (g < 2) {
      pulses++;
      g = 1 + 0.3 * pulses + (g - 1 - 0.3 * pulses) * Math.exp(-0.2);
    }
    expect(marks[0]?.data).toMatchObject({ status: "conditioned", pulses, voltage_V: -pulses });
    expect(steps.filter(({ role }) => role === "pulse")).toHaveLength(pulses);
  });

  it("gives up at a current and at the end of the ramp, and leaves a junction that conducts alone", async () => {
    const status = async (more: Parameters<typeof conditioning>[0]) =>
      (await measure({ junction: ohmic }, conditioning(more))).marks[0]?.data;
    expect(await status({})).toMatchObject({ status: "not conditioned", pulses: 10 });
    expect(await status({ mostCurrent_A: "0.45 nA" })).toMatchObject({ status: "current limit", pulses: 5 });
    expect(await status({ target_S: "0.9 nS" })).toMatchObject({ status: "conducts already", pulses: 0 });
    expect(() => conditioning({ to_V: 1 })).toThrow(
      "1 V is refused, allowed are values of the sign of from_V (-0.1 V)",
    );
  });
});

it("noise: samples evenly for as long as asked, after the settling", async () => {
  const frontEnd = { noise_A_rtHz: 1e-15 };
  const { steps, run } = await measure(
    { junction: ohmic, frontEnd },
    noise({ biases_V: [0, 0.1], sampling_Hz: 1000, duration_s: 4, settle_s: 0.5, repeats: 2 }),
  );
  expect(steps.map(({ tags }) => [tags["voltage_V"], tags["repeat"]])).toEqual([
    [0, 1],
    [0, 2],
    [0.1, 1],
    [0.1, 2],
  ]);
  const samples = [...run.blocks(0)].flatMap(({ block }) => [...block.current_A]).slice(500, 4500);
  // white noise of density S in the Nyquist band: rms^2 = S f_s / 2
  const rms_A = Math.sqrt(samples.reduce((sum, current) => sum + current ** 2, 0) / samples.length);
  expectClose(rms_A, 1e-15 * Math.sqrt(500), 0.05);
  expect(() => noise({ duration_s: "1 ms" })).toThrow("10 samples are no record");
});

it("eis: the lock-in of its samples is the closed form of a relaxing conductance, with an inductive arc", async () => {
  // I = g v, g' = (g_0 (1 + s v) - g) / tau: Y = g_inf + g_0 s V / (1 + i w tau)
  const junction = { model: "svm", parameters: { tau_s: 0.01, activation: { kind: "linear", slope_perV: 0.5 } } };
  const bias_V = 0.4;
  const protocol = eis({
    biases_V: [bias_V],
    amplitude_V: 0.001,
    frequency_Hz: { from: 1000, to: 1, perDecade: 1 },
    samplesPerCycle: 64,
    settleCycles: 2,
    settle_s: 0.2,
  });
  const { steps, run } = await measure({ junction }, protocol);
  expect(steps.map(({ tags }) => Math.round(Number(tags["frequency_Hz"])))).toEqual([1000, 100, 10, 1]);
  for (const [k, { tags }] of steps.entries()) {
    const [f, start_s] = [Number(tags["frequency_Hz"]), Number(tags["measureStart_s"])];
    const [current, count] = [[...run.blocks(k)].flatMap(({ block }) => [...block.current_A]), 64 * 3];
    const first = Math.round(start_s * f * 64);
    let [real, imaginary] = [0, 0];
    for (let n = 0; n < count; n++) {
      // the sine starts with the first cycle, whole cycles before `start_s`
      const phase = (2 * Math.PI * n) / 64;
      real += ((current[first + n] ?? NaN) * Math.sin(phase) * 2) / count;
      imaginary += ((current[first + n] ?? NaN) * Math.cos(phase) * 2) / count;
    }
    const lag = 2 * Math.PI * f * 0.01;
    const dynamic = (1e-9 * 0.5 * bias_V) / (1 + lag * lag);
    expectClose(real / 0.001, 1e-9 * (1 + 0.5 * bias_V) + dynamic, 2e-3);
    // the current lags behind: inductive
    expectClose(imaginary / 0.001, -lag * dynamic, 0.02, 2e-12);
  }
});

it("seal-test: tells sealed, open and leaking apart, whatever the offset of the amplifier", async () => {
  const conductance_S = [[1e-9, 1e-15, 1e-5]];
  const { marks } = await measure(
    { junction: ohmic, columns: 3, conductance_S, frontEnd: { offset_A: 3e-12 } },
    sealTest(),
  );
  expect(marks.map(({ data }) => data["status"])).toEqual(["sealed", "open", "leaking"]);
  expectClose(Number(marks[0]?.data["resistance_ohm"]), 1e9, 1e-6);
  expectClose(Number(marks[0]?.data["offset_A"]), 3e-12, 1e-6);
  const swapped = await measure({ junction: ohmic, frontEnd: { polarity: -1 } }, sealTest());
  expect(swapped.marks[0]?.data["status"]).toBe("reversed");
});

it("dummy-cell: its reads give the calibration that the amplifier needs", async () => {
  const frontEnd = { gain: 1.05, offset_A: 2e-12, polarity: -1 } as const;
  const conductance_S = [[1e-8], [1e-9]];
  const dummies = [
    { cell: [0, 0], resistance_ohm: "100 Mohm" },
    { cell: [1, 0], resistance_ohm: "1 Gohm" },
  ] as const;
  const { probes } = await measure(
    { rows: 2, junction: ohmic, conductance_S, frontEnd },
    dummyCell({ dummies: [...dummies] }),
  );
  const readings = [1e8, 1e9].map((resistance_ohm) => {
    const own = probes.filter(({ tags }) => tags["resistance_ohm"] === resistance_ohm);
    return {
      column: 0,
      resistance_ohm,
      tolerance: 0.01,
      voltage_V: own.map(({ tags }) => Number(tags["voltage_V"])),
      current_A: own.map(({ current_A }) => current_A["read"] ?? NaN),
      overload: false,
    };
  });
  const { channels, polarity } = fitCalibration(readings);
  expect(polarity).toBe(-1);
  expectClose(channels[0]?.gain ?? NaN, 1.05, 1e-6);
  await expect(
    measure({ rows: 1, columns: 2 }, dummyCell({ dummies: [{ cell: [1, 0], resistance_ohm: 1e8 }] })),
  ).rejects.toThrow(
    "dummies[0].cell: [1, 0] is outside the array, allowed are rows 0 to 0 and columns 0 to 1; [0, 1] exists",
  );
});

describe("line-resistance", () => {
  it("finds the segments of rows and columns from products alone", async () => {
    const lines = { rowSegment_ohm: 1e6, columnSegment_ohm: 3e6 };
    const { marks } = await measure({ rows: 6, columns: 8, junction: ohmic, lines }, lineResistance());
    const { data } = marks[0] ?? {};
    expect(data?.["status"]).toBe("estimated");
    expectClose(Number(data?.["rowSegment_ohm"]), 1e6, 1e-6);
    expectClose(Number(data?.["columnSegment_ohm"]), 3e6, 1e-6);
    expectClose(Number(data?.["scale"]), 1e-9, 1e-9);
  });

  it("says how sure it is where junctions scatter, and nothing where nothing conducts", async () => {
    const lines = { rowSegment_ohm: 2e6, columnSegment_ohm: 2e6 };
    const conductance_S = Array.from({ length: 8 }, (_, i) =>
      Array.from({ length: 8 }, (_, j) => 1e-9 * (1 + 0.02 * Math.sin(7 * i + 13 * j * j))),
    );
    const scattered = await measure({ rows: 8, columns: 8, junction: ohmic, conductance_S, lines }, lineResistance());
    const data = scattered.marks[0]?.data ?? {};
    const [error, spread] = [Number(data["rowSegment_ohm"]) - 2e6, Number(data["rowError_ohm"])];
    expect(Math.abs(error)).toBeLessThan(4 * spread);
    expect(spread).toBeLessThan(1e6);
    const dead = await measure(
      { rows: 2, columns: 2, junction: { model: "ohmic", parameters: { conductance_S: 0 } } },
      lineResistance(),
    );
    expect(dead.marks[0]?.data["status"]).toBe("all products are zero or lost");
  });
});

describe("vmm-accuracy", () => {
  const grid = { rows: 4, columns: 3 };
  const conductances_S = Array.from({ length: 4 }, (_, i) =>
    Array.from({ length: 3 }, (_, j) => 1e-9 * (1 + i + 4 * j)),
  );
  const errorsOf = async (config: Parameters<typeof measure>[0], more: Parameters<typeof vmmAccuracy>[0] = {}) => {
    const { run } = await measure(
      { ...grid, junction: ohmic, conductance_S: conductances_S, ...config },
      vmmAccuracy(more),
    );
    const taken = run.events.flatMap((event) => (event.kind === "products-taken" ? [event] : []));
    const relative = taken.map(({ products, expected_A }) => {
      const difference = products.current_A.map((current, k) => current - (expected_A?.[k] ?? NaN));
      return Math.hypot(...difference) / Math.hypot(...(expected_A ?? []));
    });
    return { taken, relative };
  };

  it("has no error on ideal wires, with the map it read itself or with the one given", async () => {
    for (const more of [{}, { conductances_S }]) {
      const { taken, relative } = await errorsOf({}, more);
      expect(taken).toHaveLength(3);
      expect(taken[1]?.inputs_V).toEqual(taken[0]?.inputs_V);
      for (const error of relative) expect(error).toBeLessThan(1e-12);
    }
  });

  it("rounds its inputs to their bits, and sees a converter's steps and nothing else", async () => {
    const { taken } = await errorsOf({}, { inputBits: 3 });
    // 3 bits with a sign: -3 to 3 thirds of 0.1 V
    for (const voltage of taken[0]?.inputs_V ?? [])
      expectClose(voltage / 0.1, Math.round((voltage * 3) / 0.1) / 3, 1e-12, 1e-12);
    const [range_A, bits] = [5e-9, 8];
    const quantised = await errorsOf({ frontEnd: { range_A, bits } }, { conductances_S, vectors: 64 });
    const half_A = range_A / 2 ** bits;
    for (const { products, expected_A } of quantised.taken)
      for (const [k, current] of products.current_A.entries())
        expect(Math.abs(current - (expected_A?.[k] ?? NaN))).toBeLessThanOrEqual(1.001 * half_A);
  });

  it("says that a matrix is transposed", async () => {
    const transposed = Array.from({ length: 3 }, () => [1e-9, 1e-9, 1e-9, 1e-9]);
    await expect(errorsOf({}, { conductances_S: transposed })).rejects.toThrow(
      "3 rows, the array has 4 rows; it fits transposed",
    );
  });
});

it("memory-capacity: a linear relaxer has the capacity of one that theory gives (Jaeger 2001)", async () => {
  const { marks, steps } = await measure(
    {},
    memoryCapacity({
      slots: 1000,
      low_V: 0,
      high_V: 1,
      width_s: 0.5,
      gap_s: 0.2,
      read: { voltage_V: 0.001, width_s: 0.02, samples: 4 },
    }),
  );
  const inputs = marks[0]?.data["inputs"];
  if (!Array.isArray(inputs)) throw new Error("no inputs");
  const states = steps.flatMap(({ current_A }) => Object.values(current_A));
  expect([inputs.length, states.length]).toEqual([1000, 1000]);
  const correlate = (a: readonly number[], b: readonly number[]) => {
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [p, q] = [mean(a), mean(b)];
    const dot = (f: (k: number) => number) => a.reduce((sum, _, k) => sum + f(k), 0);
    const cross = dot((k) => ((a[k] ?? 0) - p) * ((b[k] ?? 0) - q));
    return cross ** 2 / (dot((k) => ((a[k] ?? 0) - p) ** 2) * dot((k) => ((b[k] ?? 0) - q) ** 2));
  };
  let capacity = 0;
  for (let delay = 0; delay < 20; delay++)
    capacity += correlate(inputs.slice(0, 980), states.slice(delay, 980 + delay));
  // each of the 20 correlations has a chance share of 1/980
  expectClose(capacity, 1, 0.1);
});
