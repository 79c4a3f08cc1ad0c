import fc from "fast-check";
import { describe, expect, it } from "vitest";
import electrolyte from "../../../fixtures/physics/electrolyte.json" with { type: "json" };
import { expectAllClose, expectClose } from "../../../tests/close.ts";
import type { Parameters } from "../model.ts";
import { makeConeRatio, makeQuadrature } from "./coneRatio.ts";
import { findModel, MODELS, resolveJunction } from "./registry.ts";

const grid = { rows: 2, columns: 3 };
const names = MODELS.map(({ name }) => name);
const voltages = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 6, maxLength: 6 });
const durations = fc.double({ min: 1e-6, max: 10, noNaN: true });
const relaxers = names.filter((name) => resolveJunction(name).allocate(grid).names.includes("zeroConductance_S"));

describe.each(relaxers)("%s, a relaxing conductance,", (name) => {
  const kernel = resolveJunction(name);

  it("stays between the steady conductances of the voltages applied", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(voltages, durations), { minLength: 1, maxLength: 8 }), (drive) => {
        const state = kernel.allocate(grid);
        const g = new Float64Array(6);
        const low = Array.from({ length: 6 }, () => kernel.steadyConductance(0));
        const high = [...low];
        for (const [v, dt_s] of drive) {
          const voltage_V = Float64Array.from(v);
          kernel.step(state, voltage_V, dt_s);
          kernel.conductance(state, voltage_V, g);
          for (let k = 0; k < 6; k++) {
            const steady = kernel.steadyConductance(v[k]);
            low[k] = Math.min(low[k], steady);
            high[k] = Math.max(high[k], steady);
            expect(g[k]).toBeGreaterThanOrEqual(low[k] * (1 - 1e-12));
            expect(g[k]).toBeLessThanOrEqual(high[k] * (1 + 1e-12));
          }
        }
      }),
    );
  });
});

describe("relaxation", () => {
  it("follows each junction's own conductance at rest and tau", () => {
    const kernel = resolveJunction("svm", {
      conductance_S: 2e-9,
      tau_s: 3,
      activation: { kind: "linear", slope_perV: 0.5 },
    });
    const state = kernel.allocate(grid);
    state.field("tau_s").set([1, 1, 2, 4, 4, 8]);
    state.field("zeroConductance_S")[5] = 4e-9;
    state.field("conductance_S")[5] = 4e-9;
    kernel.step(state, new Float64Array(6).fill(1), 2);
    const expected = [1, 1, 2, 4, 4, 8].map((tau, k) => (k === 5 ? 4e-9 : 2e-9) * (1.5 - 0.5 * Math.exp(-2 / tau)));
    expectAllClose(state.field("conductance_S"), expected, 1e-14);
    expect(kernel.timescales(state)).toEqual({ min_s: 1, max_s: 8 });
  });
});

describe("ohmic", () => {
  it("carries programmed conductances that do not move", () => {
    const kernel = resolveJunction("ohmic");
    const state = kernel.allocate(grid);
    state.field("conductance_S").set([1, 2, 3, 4, 5, 6]);
    kernel.step(state, new Float64Array(6).fill(1), 100);
    const g = new Float64Array(6);
    kernel.conductance(state, new Float64Array(6), g);
    expect([...g]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(kernel.timescales(state).min_s).toBe(Infinity);
  });
});

describe("svm", () => {
  it("reads a table linearly and holds it flat outside", () => {
    const activation = { kind: "table", voltage_V: [-1, 0, 2], ratio: [3, 1, 5] };
    const kernel = resolveJunction("svm", { conductance_S: 1, activation });
    for (const [v, g] of [
      [-9, 3],
      [-1, 3],
      [-0.5, 2],
      [0, 1],
      [0.5, 2],
      [2, 5],
      [7, 5],
    ])
      expectClose(kernel.steadyConductance(v), g, 1e-15);
  });

  it.each<[Parameters[string], RegExp]>([
    [{ kind: "cubic" }, /kind "cubic", allowed are linear, quadratic, table/],
    [{ kind: "linear", slope_perV2: 1 }, /no "slope_perV2", did you mean "slope_perV"/],
    [{ kind: "linear" }, /needs slope_perV/],
    [{ kind: "table", voltage_V: [0, 1], ratio: [1] }, /2 voltages and 1 ratios/],
    [{ kind: "table", voltage_V: [0, 0], ratio: [1, 1] }, /must be above 0/],
    [{ kind: "table", voltage_V: [0, 1], ratio: [1, -1] }, /ratio\[1\] is -1/],
    [3, /activation takes a record/],
  ])("refuses the activation %o", (activation, message) => {
    expect(() => resolveJunction("svm", { activation })).toThrow(message);
  });
});

describe("conical-channel", () => {
  it("interpolates its table to 1e-8 of direct quadrature, for weak and strong charge, inside and outside 3 V", () => {
    for (const parameters of [
      {},
      { surfaceCharge_C_m2: 0.05, salt_mM: 10 },
      { tipRadius_m: 10e-9, surfaceCharge_C_m2: -0.01, salt_mM: 100 },
    ]) {
      const { derived } = resolveJunction("cone", parameters);
      const shape = {
        polarization: derived.polarization as number,
        exponent_perV: derived.exponent_perV as number,
        taper: derived.taper as number,
      };
      const table = makeConeRatio(shape);
      const direct = makeQuadrature(shape);
      for (let v = -3.5; v < 3.5; v += 0.00713) expectClose(table(v), direct(v), 1e-8, 1e-9);
    }
  });

  it("is a plain conductor without charge or taper", () => {
    for (const parameters of [{ surfaceCharge_C_m2: 0 }, { baseRadius_m: 50e-9 }]) {
      const kernel = resolveJunction("cone", parameters);
      for (const v of [-2, 0.1, 5]) expect(kernel.steadyConductance(v)).toBe(kernel.steadyConductance(0));
    }
  });

  it("mirrors when the sign of its charge changes", () => {
    const negative = resolveJunction("cone");
    const positive = resolveJunction("cone", { surfaceCharge_C_m2: 0.0015 * 0.16022 });
    for (const v of [-1.5, 0.3, 2]) expectClose(positive.steadyConductance(-v), negative.steadyConductance(v), 1e-9);
  });

  it("acceptance 36: tau and conductance follow D(T) from 293.15 K; the environment overrides the parameter", () => {
    const reference = resolveJunction("cone").derived;
    const scale = electrolyte.temperature["310.15"].rel / electrolyte.temperature["293.15"].rel;
    const warm = resolveJunction("cone", { temperature_K: 310.15 });
    expectClose((reference.tau_s as number) / (warm.derived.tau_s as number), scale, 1e-9);
    expectClose(
      (warm.derived.zeroConductance_S as number) / (reference.zeroConductance_S as number),
      (scale * 293.15) / 310.15,
      1e-9,
    );
    const surrounded = resolveJunction("cone", { temperature_K: 280 }, { temperature_K: 310.15 });
    expect(surrounded.derived).toEqual(warm.derived);
    expect(surrounded.parameters.temperature_K).toBe(310.15);
    const ncnm = resolveJunction("ncnm", {}, { temperature_K: 310.15 });
    expectClose(1.62 / (ncnm.derived.tau_s as number), scale, 1e-9);
  });

  it("refuses a tip wider than the base and half orientations", () => {
    expect(() => resolveJunction("cone", { tipRadius_m: 300e-9 })).toThrow(/tipRadius_m is 3e-7 m/);
    expect(() => resolveJunction("cone", { orientation: 0.5 })).toThrow(/allowed are 1 and -1/);
  });
});

describe("registry", () => {
  it("knows every model by name and alias, and no name twice", () => {
    const all = MODELS.flatMap(({ name, aliases }) => [name].concat(aliases));
    expect(new Set(all).size).toBe(all.length);
    for (const name of all) expect([findModel(name).name, ...findModel(name).aliases]).toContain(name);
    expect(findModel("cone")).toBe(findModel("conical-channel"));
    expect(findModel("ncnm").name).toBe("ncnm-channel");
    expect(findModel("fourloop").name).toBe("four-loops");
  });

  it("suggests the nearest name for models and parameters", () => {
    expect(() => findModel("conical-chanel")).toThrow('did you mean "conical-channel"?');
    expect(() => resolveJunction("cone", { length: 1 })).toThrow('no parameter "length", did you mean "length_m"?');
    expect(() => resolveJunction("cone", { saltmM: 1 })).toThrow('did you mean "salt_mM"?');
  });

  it("names parameter, value and range", () => {
    expect(() => resolveJunction("cone", { salt_mM: -1 })).toThrow("salt_mM is -1 mM, allowed are 0.001 to 1000 mM");
    expect(() => resolveJunction("ohmic", { conductance_S: Number.NaN })).toThrow("conductance_S is NaN S");
    expect(() => resolveJunction("four-loops", { bipolarConductance_S: 0 })).toThrow(/both 0 S/);
    expect(() => resolveJunction("ohmic", {}, { temperature_K: 20 })).toThrow(
      "environment.temperature_K is 20, allowed are 250 to 400",
    );
  });
});
