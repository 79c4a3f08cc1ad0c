import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { readChip } from "./chip.ts";
import { designChip, sneakRatio } from "./designChip.ts";
import { formatDesign } from "./designText.ts";

const read = (name: string) => readFileSync(resolve(import.meta.dirname, `../../examples/chips/${name}.yaml`), "utf8");
const design = (name: string) => designChip(readChip(read(name), `${name}.yaml`));

// worked by hand from the formulas of Hall and Ohm; KCl conductivities 1.288, 11.19 and 0.1413 S/m
describe("three chips, checked by hand", () => {
  it("wide channels: 10 nm pores in 20 nm of membrane, 100 x 100 um lines, 0.1 M", () => {
    const d = design("wide-channels");
    // 4 x 20e-9 / (pi 1e-16 1.288) = 197.708 MOhm; 1 / (1.288 1e-8) = 77.640 MOhm; together 3.6318 nS
    expectClose(d.pore_ohm, 197.708e6, 1e-5);
    expectClose(d.access_ohm, 77.6398e6, 1e-5);
    expectClose(d.on_S, 3.63177e-9, 1e-5);
    // 1e-4 / (1.288 1e-8) = 7763.98 Ohm; mean G = 0.55 x 3.63177 = 1.99747 nS; kappa = 64 x 7763.98 x 1.99747e-9
    expectClose(d.segment_ohm, 7763.975, 1e-6);
    expectClose(d.kappa, 9.9254e-4, 1e-4);
    // x = kappa + 16 x 1.99747e-9 x 107763.98 = 4.43662e-3; x / (1 + x)
    expectClose(d.error.rule, 4.41702e-3, 1e-4);
    // the rule overrates a small loss, never twofold
    expect(d.error.exact).toBeLessThan(d.error.rule);
    expect(d.error.exact).toBeGreaterThan(d.error.rule / 2);
    // published table for n = 8 and on/off 10: 1.27 with floating lines, 10 with grounded ones
    expectClose(d.floatingOnOff.rule, 1.2673, 1e-4);
    expectClose(d.floatingOnOff.exact, 1.2673, 1e-3);
    expectClose(d.groundedOnOff, 10, 2e-3);
    // C = 8.854e-12 x 7.5 x 1e-8 / 20e-9 = 33.203 pF; 64 x 7763.98 x 33.203e-12 / 2 = 8.2492 us
    expectClose(d.crossing_F, 33.2032e-12, 1e-5);
    expectClose(d.lineRC_s.rule, 8.24924e-6, 1e-4);
    // 1e-8 / (4 x 1.9e-9) = 1.31579 s; 0.363177 nA x 4.34085e-3 mM/nA = 1.57650e-3 mM
    expectClose(d.coupling_s, 1.31579, 1e-5);
    expectClose(d.coupling_mM, 1.5765e-3, 1e-4);
    // 0.363177e-10 W / (4 pi 0.6 5e-9) = 9.6338e-4 K
    expectClose(d.poreHeating_K, 9.6338e-4, 1e-4);
    // 3743.08 C/m2 x 1e-7 m2 / (8 x 1.99747e-10 A) = 2.34239e5 s
    expectClose(d.electrodeLife_s, 2.34239e5, 1e-4);
  });

  it("microchannels: 50 nm pores 100 nm long, 10 x 10 um lines, 1 M", () => {
    const d = design("microchannels");
    // 4 x 1e-7 / (pi 2.5e-15 11.19) = 4.55135 MOhm; 1 / (11.19 5e-8) = 1.78731 MOhm; 157.762 nS
    expectClose(d.pore_ohm, 4.55135e6, 1e-5);
    expectClose(d.access_ohm, 1.78731e6, 1e-5);
    expectClose(d.on_S, 157.762e-9, 1e-5);
    // 1e-4 / (11.19 1e-10) = 89365.5 Ohm; kappa = 1024 x 89365.5 x 0.55 x 157.762e-9 = 7.9402
    expectClose(d.segment_ohm, 89365.5, 1e-5);
    expectClose(d.kappa, 7.9402, 1e-4);
    // x = 7.9402 + 64 x 86.769e-9 x 1089365.5 = 13.9897; x / (1 + x) = 0.93329
    expectClose(d.error.rule, 0.93329, 1e-4);
    expectClose(d.floatingOnOff.rule, 1.0586, 1e-4);
    expect(d.largest.exact).toBe(0);
  });

  it("cones: 400 and 100 nm wide, 12 um long, 100 x 20 um lines, 10 mM", () => {
    const d = design("cones");
    // 12e-6 / (pi 0.1413 200e-9 50e-9) = 2.70327 GOhm; (1/200e-9 + 1/50e-9) / (4 0.1413) = 44.2321 MOhm
    expectClose(d.pore_ohm, 2.70327e9, 1e-5);
    expectClose(d.access_ohm, 44.2321e6, 1e-5);
    // 5e-4 / (0.1413 2e-9) = 1.76929 MOhm (3.54 MOhm per mm in the published table)
    expectClose(d.segment_ohm, 1.76929e6, 1e-5);
    // mean G = (1 + 1/6.4) / 2 / 2.74750e9 = 210.419 pS; kappa = 256 x 1.76929e6 x 210.419e-12 = 0.095307
    expectClose(d.kappa, 0.095307, 1e-4);
    // 25e-8 / (4 x 1.9e-9) = 32.8947 s
    expectClose(d.coupling_s, 32.8947, 1e-5);
    expect(d.largest.exact).toBeGreaterThanOrEqual(d.largest.rule);
  });
});

it("the sneak ratio is the published table's: 3.08, 1.65, 1.27, 1.12, 1.06 for 2 to 32", () => {
  [2, 4, 8, 16, 32].forEach((n, k) =>
    expectClose(sneakRatio(n, 10), [3.0769, 1.6495, 1.2673, 1.1223, 1.0586][k], 1e-4),
  );
});

it("the table fits 80 columns, whatever the chip", () => {
  for (const name of ["wide-channels", "microchannels", "cones"]) {
    const chip = readChip(read(name), name);
    for (const line of formatDesign(chip, designChip(chip)).split("\n").slice(1))
      expect(line.length).toBeLessThanOrEqual(80);
  }
});

describe("an impossible chip is refused at its line", () => {
  const cases: [string, string, string, RegExp][] = [
    [
      "a pore larger than its channel",
      "diameter_m: 10 nm",
      "diameter_m: 200 um",
      /^x:9:26: pore\.diameter_m: the pore is 200 µm wide, its channel 100 µm/,
    ],
    [
      "a Debye length above the radius",
      "salt_mM: 100 mM",
      "salt_mM: 1 mM",
      /^x:9:26: pore\.diameter_m: the Debye length at 1 mM is 9\.613 nm, above the radius of the pore, 5 nm/,
    ],
    ["overlapping channels", "pitch_m: 100 um", "pitch_m: 50 um", /^x:6:12: channel\.width_m: channels of .* overlap/],
    [
      "too many pores for their patch",
      "diameter_m: 10 nm }",
      "diameter_m: 10 nm, count: 100, patchDiameter_m: 50 nm }",
      /pore\.patchDiameter_m: 100 pores of 10 nm do not fit/,
    ],
    [
      "pores without a patch",
      "diameter_m: 10 nm }",
      "diameter_m: 10 nm, count: 100 }",
      /pore\.count: 100 pores need patchDiameter_m/,
    ],
    [
      "a tip wider than its base",
      "{ shape: cylinder, diameter_m: 10 nm }",
      "{ shape: cone, baseDiameter_m: 10 nm, tipDiameter_m: 20 nm }",
      /pore\.tipDiameter_m: the tip/,
    ],
    ["a wrong unit", "100 kohm", "100 kV", /^x:11:1: terminal_ohm: .*does not fit, expected ohm/],
    ["an unknown key", "onOff: 10", "onof: 10", /^x:10:1: onof: unknown key "onof", did you mean "onOff"/],
    [
      "a channel thinner than its double layers",
      "height_m: 100 um",
      "height_m: 1 nm",
      /^x:6:29: channel\.height_m: the Debye length/,
    ],
    [
      "a pore of a kilometre",
      "diameter_m: 10 nm",
      "diameter_m: 10 nm, length_m: 1 km",
      /pore\.length_m: outside the range/,
    ],
    [
      "a patch of one pore",
      "diameter_m: 10 nm",
      "diameter_m: 10 nm, patchDiameter_m: 1 um",
      /patchDiameter_m: holds several pores/,
    ],
    [
      "a kilovolt",
      "voltage_V: 0.1 V",
      "voltage_V: 1 kV",
      /read\.voltage_V: outside the range, allowed are 0\.000001 to 10 V/,
    ],
    [
      "salt beyond the tables",
      "salt_mM: 100 mM",
      "salt_mM: 5 M",
      /electrolyte\.salt_mM: outside the range, allowed are 1 to 1000 mM/,
    ],
  ];
  it.each(cases)("%s", (_name, from, to, message) => {
    expect(() => readChip(read("wide-channels").replace(from, to), "x")).toThrow(message);
  });
});
