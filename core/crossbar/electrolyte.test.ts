import { describe, expect, it } from "vitest";
import electrolyte from "../../fixtures/physics/electrolyte.json" with { type: "json" };
import { expectClose } from "../../tests/close.ts";
import { thermalVoltage_V } from "./constants.ts";
import { debyeLength_m, diffusionRatio, kclConductivity_S_m, waterViscosity_Pa_s } from "./electrolyte.ts";
import {
  accessResistance_ohm,
  coneResistance_ohm,
  cylinderResistance_ohm,
  multiporeConductance_S,
  poreConductivity_S_m,
  segmentResistance_ohm,
} from "./line.ts";

describe("KCl", () => {
  it("has the handbook conductivities and rises between them", () => {
    expect(kclConductivity_S_m(100)).toBe(1.288);
    expect(kclConductivity_S_m(1000)).toBe(11.19);
    let last = 0;
    for (let salt = 1; salt <= 1000; salt *= 1.1) {
      const conductivity = kclConductivity_S_m(salt);
      expect(conductivity).toBeGreaterThan(last);
      last = conductivity;
    }
    // on the straight line of a double-logarithmic plot
    expectClose(kclConductivity_S_m(Math.sqrt(1000)), Math.sqrt(0.1413 * 1.288), 1e-12);
  });

  it("is not extrapolated", () => {
    expect(() => kclConductivity_S_m(0.5)).toThrow(
      "salt_mM is 0.5, the KCl conductivities are known from 1 to 1000 mM",
    );
    expect(() => kclConductivity_S_m(Number.NaN)).toThrow(RangeError);
    expect(() => kclConductivity_S_m(10, 600)).toThrow(/temperature_K is 600/);
  });

  it("has the Debye length and thermal voltage of the textbooks", () => {
    expectClose(debyeLength_m(100), 0.961e-9, 1e-3);
    expectClose(thermalVoltage_V(298.15), 25.69e-3, 1e-3);
  });
});

describe("acceptance 36: temperature", () => {
  it("moves viscosity and diffusion as computed from 5 to 50 degrees", () => {
    for (const [temperature, oracle] of Object.entries(electrolyte.temperature)) {
      expectClose(waterViscosity_Pa_s(Number(temperature)), oracle.eta, 1e-9);
      expectClose(diffusionRatio(Number(temperature), 298.15), oracle.rel, 1e-9);
    }
    expectClose(diffusionRatio(299.15, 298.15) - 1, 0.0262, 0.01);
  });
});

describe("lines and pores", () => {
  it("have the computed segment resistances for 16 cross-sections and salts", () => {
    for (const [label, oracle] of Object.entries(electrolyte.segment)) {
      const [, molar, width, height] = /^([\d.]+) M (\d+)x(\d+) um$/.exec(label) ?? [];
      const segment = { width_m: Number(width) * 1e-6, height_m: Number(height) * 1e-6 };
      const conductivity_S_m = kclConductivity_S_m(Number(molar) * 1000);
      expectClose(segmentResistance_ohm({ ...segment, length_m: 1e-3, conductivity_S_m }), oracle.R_per_mm, 1e-9);
      expectClose(segmentResistance_ohm({ ...segment, length_m: 1e-4, conductivity_S_m }), oracle.R_per_100um, 1e-9);
    }
  });

  it("have the computed pore and access resistances", () => {
    for (const [label, oracle] of Object.entries(electrolyte.pore)) {
      const [, molar, diameter, length] = /^([\d.]+) M d=(\d+)nm L=(\d+)nm$/.exec(label) ?? [];
      const diameter_m = Number(diameter) * 1e-9;
      const length_m = Number(length) * 1e-9;
      const conductivity_S_m = kclConductivity_S_m(Number(molar) * 1000);
      const pore = cylinderResistance_ohm({ diameter_m, length_m, conductivity_S_m });
      const access = accessResistance_ohm({
        firstRadius_m: diameter_m / 2,
        secondRadius_m: diameter_m / 2,
        conductivity_S_m,
      });
      expectClose(pore, oracle.R_pore, 1e-9);
      expectClose(access, oracle.R_access_total, 1e-9);
      expectClose(1 / (pore + access), oracle.G, 1e-9);
    }
  });

  it("treat a cone of equal radii as a cylinder, and one pore of a patch as that pore", () => {
    const cone = coneResistance_ohm({ length_m: 1e-6, baseRadius_m: 5e-9, tipRadius_m: 5e-9, conductivity_S_m: 1 });
    expectClose(cone, cylinderResistance_ohm({ length_m: 1e-6, diameter_m: 1e-8, conductivity_S_m: 1 }), 1e-12);
    const patch = { poreResistance_ohm: cone, patchDiameter_m: 1e-8, conductivity_S_m: 1 };
    expectClose(1 / multiporeConductance_S({ ...patch, poreCount: 1 }), cone + 1e8, 1e-12);
    // the access resistance of the patch is shared: many pores saturate at it
    expectClose(multiporeConductance_S({ ...patch, poreCount: 1e9 }), 1e-8, 1e-3);
  });

  it("conduct along charged walls: 1 + 4 l_Du / d", () => {
    const pore = { conductivity_S_m: 1, diameter_m: 10e-9, salt_mM: 1 };
    expect(poreConductivity_S_m({ ...pore, surfaceCharge_C_m2: 0 })).toBe(1);
    // l_Du = 0.01 C/m2 / (2 F 1 mol/m3) with F = 96485 C/mol
    expectClose(
      poreConductivity_S_m({ ...pore, surfaceCharge_C_m2: -0.01 }),
      1 + (4 * (0.01 / (2 * 96485.33))) / 10e-9,
      1e-6,
    );
  });

  it("refuse dimensions that are not positive, by name", () => {
    expect(() => segmentResistance_ohm({ length_m: 1, width_m: 0, height_m: 1, conductivity_S_m: 1 })).toThrow(
      "width_m is 0",
    );
    expect(() => cylinderResistance_ohm({ length_m: 1, diameter_m: Number.NaN, conductivity_S_m: 1 })).toThrow(
      "diameter_m is NaN",
    );
  });
});
