import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatSI, parseQuantity } from "./units.ts";

describe("parseQuantity", () => {
  it.each([
    ["100us", "s", 1e-4],
    ["-0.2 V", "V", -0.2],
    ["+5 mV/s", "V/s", 5e-3],
    ["2 V/ms", "V/s", 2000],
    ["40 Hz", "Hz", 40],
    ["10 um", "m", 1e-5],
    ["10 µm", "m", 1e-5],
    ["1.75e-9 m2/s", "m2/s", 1.75e-9],
    ["1.75e-9 m²/s", "m2/s", 1.75e-9],
    ["1750 um2/s", "m2/s", 1.75e-9],
    ["0.1 M", "mM", 100],
    ["1 kohm", "ohm", 1000],
    ["3 MΩ", "ohm", 3e6],
    ["1 Tohm", "ohm", 1e12],
    ["3 aJ", "J", 3e-18],
    ["2 min", "s", 120],
    ["0.7 1/V", "1/V", 0.7],
    ["-1.5 mC/m2", "C/m2", -1.5e-3],
    ["5 %", "", 0.05],
    ["3 pA/Hz^0.5", "A/Hz^0.5", 3e-12],
    ["1 m", "m", 1],
    ["1 mm", "m", 1e-3],
  ])("reads %s in %s", (text, unit, value) => {
    expect(parseQuantity(text, unit)).toBe(value);
  });

  it("takes numbers as base units and refuses what is not finite", () => {
    expect(parseQuantity(0.5, "V")).toBe(0.5);
    expect(() => parseQuantity(Number.NaN, "V")).toThrow(/not a finite number/);
    expect(() => parseQuantity(Infinity, "V")).toThrow(/not a finite number/);
  });

  it.each([
    ["5", "V", /has no unit/],
    ["5 A", "V", /unit "A" does not fit, expected V/],
    ["5 ms", "V", /unit "ms" does not fit/],
    ["5 lightyears", "s", /not a known unit/],
    ["five V", "V", /not a quantity/],
    ["", "V", /not a quantity/],
    ["1e999 V", "V", /not a finite/],
    ["1 V V", "V", /not a quantity/],
    ["1 S", "s", /does not fit/],
  ])("refuses %s where %s is expected", (text, unit, message) => {
    expect(() => parseQuantity(text, unit)).toThrow(message);
  });

  it("shifts decimal prefixes without a rounding of its own", () => {
    fc.assert(
      fc.property(fc.integer({ min: -999_999, max: 999_999 }), (digits) => {
        expect(parseQuantity(`${digits} us`, "s")).toBe(Number(`${digits}e-6`));
      }),
    );
  });
});

describe("formatSI", () => {
  it.each([
    [3.4213e-9, "S", "3.42 nS"],
    [0, "V", "0 V"],
    [-0.2, "V", "-200 mV"],
    [999.99, "ohm", "1 kohm"],
    [1e-21, "J", "0.001 aJ"],
    [-1.46e-22, "A", "-1.46e-22 A"],
    [1.5, "", "1.5"],
    [12345, "Hz", "12.3 kHz"],
    [Number.NaN, "V", "NaN V"],
  ])("%s %s is %s", (value, unit, text) => {
    expect(formatSI(value, unit)).toBe(text);
  });
});
