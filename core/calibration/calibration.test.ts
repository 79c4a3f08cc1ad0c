import { stringify } from "yaml";
import { describe, expect, it } from "vitest";
import { expectAllClose, expectClose } from "../../tests/close.ts";
import type { EmulatedArrayConfig, FrontEndConfig } from "../emulated/config.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { ProtocolError, UnsupportedError } from "../errors.ts";
import { readMap, vectorProduct } from "../protocol/library/index.ts";
import { runInMemory } from "../runInMemory.ts";
import { CalibratedArray } from "./calibratedArray.ts";
import { type Calibration, readCalibration } from "./calibration.ts";
import { type DummyReadings, fitCalibration } from "./fitCalibration.ts";
import { measureDummies } from "./measureDummies.ts";

// NIST Statistical Reference Datasets, linear regression, "Norris" (36 observations), with its certified values
const NORRIS_X = [
  0.2, 337.4, 118.2, 884.6, 10.1, 226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4, 0.6, 775.5, 666.9, 338.0, 447.5, 11.6,
  556.0, 228.1, 995.8, 887.6, 120.2, 0.3, 0.3, 556.8, 339.1, 887.2, 999.0, 779.0, 11.1, 118.3, 229.2, 669.1, 448.9, 0.5,
];
const NORRIS_Y = [
  0.1, 338.8, 118.1, 888.0, 9.2, 228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3, 0.1, 778.1, 668.8, 339.3, 448.9, 10.8,
  557.7, 228.3, 998.0, 888.8, 119.6, 0.3, 0.6, 557.6, 339.3, 888.0, 998.5, 778.9, 10.2, 117.6, 228.9, 668.4, 449.2, 0.2,
];

const LEVELS_V = [0.1, -0.1, 0.2, -0.2, 0.3, -0.3];

/** Exact readings of a resistor by an amplifier with these errors. */
function readings(change: Partial<DummyReadings> = {}, errors: FrontEndConfig = {}, series_ohm = 0): DummyReadings {
  const { gain = 1, offset_A = 0, polarity = 1 } = errors;
  const resistance_ohm = change.resistance_ohm ?? 1e8;
  const current_A = LEVELS_V.map((v) => (polarity * gain * v) / (resistance_ohm + series_ohm) + offset_A);
  return { column: 0, resistance_ohm, tolerance: 0, voltage_V: LEVELS_V, current_A, overload: false, ...change };
}

describe("a fit of a calibration", () => {
  it("has the certified line and errors of NIST's Norris data", () => {
    const line = readings({ resistance_ohm: 1, voltage_V: NORRIS_X, current_A: NORRIS_Y });
    const [channel] = fitCalibration([line]).channels;
    expectClose(channel?.gain ?? 0, 1.00211681802045, 1e-12);
    expectClose(channel?.gainError ?? 0, 0.429796848199937e-3, 1e-10);
    expectClose(channel?.offset_A ?? 0, -0.262323073774029, 1e-10);
    expectClose(channel?.offsetError_A ?? 0, 0.232818234301152, 1e-10);
  });

  it("finds gain, offset, polarity and series resistance from two resistors", () => {
    const errors = { gain: 1.07, offset_A: 3e-11, polarity: -1 } as const;
    const pair = [1e8, 1e7].map((resistance_ohm) => readings({ resistance_ohm }, errors, 2.5e5));
    const { polarity, series_ohm, channels } = fitCalibration(pair);
    expect(polarity).toBe(-1);
    expectClose(series_ohm, 2.5e5, 1e-6);
    expectClose(channels[0]?.gain ?? 0, 1.07, 1e-8);
    expectClose(channels[0]?.offset_A ?? 0, 3e-11, 1e-9);
    // one resistor cannot tell the series from the gain: it takes what is declared
    const [declared] = fitCalibration(pair.slice(0, 1), 2.5e5).channels;
    expectClose(declared?.gain ?? 0, 1.07, 1e-12);
  });

  it("counts a tolerance as its standard uncertainty, T / sqrt(3)", () => {
    const [channel] = fitCalibration([readings({ tolerance: 0.01 })]).channels;
    expectClose(channel?.gainError ?? 0, 0.01 / Math.sqrt(3), 1e-9);
  });

  it.each<[string, DummyReadings[], RegExp]>([
    ["nothing", [], /no resistor was measured/],
    ["two readings", [readings({ voltage_V: [0, 1], current_A: [0, 1e-8] })], /2 readings, at least 3 are needed/],
    ["saturation", [readings({ overload: true })], /the amplifier saturated/],
    ["lost readings", [readings({ current_A: LEVELS_V.map(() => Number.NaN) })], /readings are missing/],
    ["one voltage", [readings({ voltage_V: LEVELS_V.map(() => 1) })], /all readings are at one voltage/],
    ["an open lead", [readings({ current_A: [1, -1, -1, 1, 1, -1].map((i) => i * 1e-12) })], /its sign cannot be told/],
    ["a diode", [readings({ current_A: LEVELS_V.map((v) => Math.max(0, v) * 1e-8) })], /this is no resistor/],
    ["an absurd offset", [readings({}, { offset_A: 1e-6 })], /the offset 1 µA is larger than the signal/],
    ["a wrong resistor", [readings({ resistance_ohm: 1e9 }, { gain: 10 })], /the gain is 10.00, allowed are 0.2 to 5/],
    ["a vague resistor", [readings({ tolerance: 0.5 })], /the gain is uncertain by 29 %/],
    ["opposite signs", [readings(), readings({ column: 1 }, { polarity: -1 })], /have opposite signs, check the leads/],
    ["a negative series", [readings(), readings({ resistance_ohm: 1e7 }, { gain: 1.2 })], /the series resistance is -/],
    ["contradiction", [readings(), readings({}, { gain: 1.2 })], /say gains of 1.000 and 1.200/],
  ])("refuses %s", (_what, dummies, message) => {
    expect(() => fitCalibration(dummies)).toThrow(UnsupportedError);
    expect(() => fitCalibration(dummies)).toThrow(message);
  });
});

/** Resistors of 100 and 10 Mohm in two rows of one column, behind a lead of 100 kohm. */
const config = (frontEnd: FrontEndConfig): EmulatedArrayConfig => ({
  rows: 2,
  columns: 1,
  junction: { model: "ohmic" },
  conductance_S: [[1e-8], [1e-7]],
  lines: { rowSource_ohm: 1e5 },
  frontEnd,
});
const ERRORS = { gain: 0.93, offset_A: -5e-12, polarity: -1 } as const;
const DUMMIES = [1e8, 1e7].map((resistance_ohm, row) => ({ row, column: 0, resistance_ohm, tolerance: 1e-3 }));
const MEASUREMENT = { dummies: DUMMIES, voltage_V: 0.2, levels: 5, width_s: 0.02 };

async function calibrate(frontEnd: FrontEndConfig, seed = 1): Promise<Calibration> {
  await using array = new EmulatedArray(config(frontEnd), { seed });
  const fitted = fitCalibration(await measureDummies(array, MEASUREMENT, { seed }));
  const date = "2026-11-20T19:05:33Z";
  return { calibration: 1, identity: "emulated array", date, operator: "", cable: "", notes: "", ...fitted };
}

describe("a calibration of an emulated array", () => {
  it("finds the errors of its front end through the noise, as well as it says", async () => {
    let inside = 0;
    for (let seed = 0; seed < 40; seed++) {
      const { polarity, channels } = await calibrate({ ...ERRORS, noise_A_rtHz: 1e-13 }, seed);
      const [channel] = channels;
      if (!channel) throw new Error("no channel");
      expect(polarity).toBe(-1);
      expect(Math.abs(channel.gain - 0.93)).toBeLessThan(5 * channel.gainError);
      expect(Math.abs(channel.offset_A + 5e-12)).toBeLessThan(5 * channel.offsetError_A);
      if (Math.abs(channel.offset_A + 5e-12) < channel.offsetError_A) inside++;
    }
    // 68 % of a normal distribution, about 65 % of Student's t here: 26 of 40, four binomial deviations either way
    expect(inside).toBeGreaterThan(13);
    expect(inside).toBeLessThan(39);
  });

  it("corrects samples, readings and products, and refuses another instrument and other columns", async () => {
    const calibration = await calibrate(ERRORS);
    expectClose(calibration.series_ohm, 1e5, 1e-3);
    await using raw = new EmulatedArray(config(ERRORS), { seed: 1 });
    await using exact = new EmulatedArray(config({}), { seed: 1 });
    const steps = [readMap({ voltage_V: 0.1 }), vectorProduct({ inputs_V: [[0.1, -0.2]] })];
    const [found, expected] = await Promise.all(
      [new CalibratedArray(raw, calibration), exact].map(async (array) => {
        const run = await runInMemory(array, steps);
        return {
          samples: [...run.blocks()].flatMap(({ block }) => [...block.current_A]),
          means: run.events.flatMap((event) =>
            event.kind === "step-finished" ? event.reading.windows.flatMap(({ current_A }) => [...current_A]) : [],
          ),
          products: run.events.flatMap((e) => (e.kind === "products-taken" ? [...e.products.current_A] : [])),
        };
      }),
    );
    expect([found?.samples.length, found?.means.length, found?.products.length]).toEqual([42, 2, 1]);
    for (const name of ["samples", "means", "products"] as const)
      expectAllClose(found?.[name] ?? [], expected?.[name] ?? [], 1e-6, 1e-18);
    expect(() => new CalibratedArray(raw, { ...calibration, identity: "other" })).toThrow(/is of "other"/);
    const elsewhere = calibration.channels.map((channel) => ({ ...channel, column: 3 }));
    const other = new CalibratedArray(raw, { ...calibration, channels: elsewhere });
    await expect(runInMemory(other, readMap())).rejects.toThrow(
      "Column 0 is read and not calibrated, calibrated are 3",
    );
  });

  it("an exact front end is left alone to the bit", async () => {
    const currents = async (frontEnd?: FrontEndConfig) => {
      const { frontEnd: _, ...rest } = config({});
      await using array = new EmulatedArray({ ...rest, ...(frontEnd && { frontEnd }) }, { seed: 1 });
      return [...(await runInMemory(array, readMap())).blocks()].flatMap(({ block }) => [...block.current_A]);
    };
    expect(await currents({ gain: 1, offset_A: 0, polarity: 1 })).toEqual(await currents());
  });
});

describe("a calibration file", () => {
  const text = (change: Record<string, unknown> = {}) =>
    stringify({
      calibration: 1,
      identity: "bench 2",
      date: "2026-11-20T19:05:33Z",
      polarity: 1,
      series_ohm: "1 kohm",
      seriesError_ohm: 0,
      channels: [{ column: 0, offset_A: "1 pA", offsetError_A: "1 fA", gain: 1.01, gainError: "0.1 %" }],
      ...change,
    });

  it("is YAML or JSON with units, and reads back as written", () => {
    const calibration = readCalibration(text(), "c.yaml");
    expect(calibration).toMatchObject({ series_ohm: 1000, channels: [{ offset_A: 1e-12, gainError: 1e-3 }] });
    expect(readCalibration(stringify(calibration), "c.yaml")).toEqual(calibration);
    expect(readCalibration(JSON.stringify(calibration), "c.json")).toEqual(calibration);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ["a newer version", { calibration: 2 }, /^c\.yaml:1:\d+: calibration: 2 is no version/],
    ["an unknown key", { ofset_A: 1 }, /unknown key "ofset_A"/],
    ["a wrong unit", { series_ohm: "1 kV" }, /series_ohm: .*kV/],
    ["a polarity of 0", { polarity: 0 }, /polarity: allowed are 1 and -1/],
    ["a date that is none", { date: "yesterday" }, /date: expected a date/],
    ["no identity", { identity: "" }, /identity is empty/],
    ["no channel", { channels: [] }, /channels/],
    ["a gain of 0", { channels: [{ column: 0, offset_A: 0, offsetError_A: 0, gain: 0, gainError: 0 }] }, /gain/],
  ])("with %s is refused at its place", (_what, change, message) => {
    expect(() => readCalibration(text(change), "c.yaml")).toThrow(ProtocolError);
    expect(() => readCalibration(text(change), "c.yaml")).toThrow(message);
  });
});
