import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openFileSource } from "../../runtime/fileSource.ts";
import { expectClose } from "../../tests/close.ts";
import { hasRecordings, RECORDINGS } from "../../tests/sharedRecordings.ts";
import { resolveJunction } from "../crossbar/models/registry.ts";
import { clampSeries } from "../recordings/clamp.ts";
import { compareWithModel } from "../recordings/compareModel.ts";
import { openRecording } from "../recordings/openRecording.ts";
import { simulateJunction } from "../simulate.ts";
import { designBessel, filterSections } from "./bessel.ts";
import { IDEAL_CLAMP, recordClamped } from "./clampedJunction.ts";
import { testMembrane } from "./membraneTest.ts";

const [access_ohm, resistance_ohm, capacitance_F] = [10e6, 500e6, 33e-12];
const ohmic = resolveJunction("ohmic", { conductance_S: 1 / resistance_ohm });
const step = (points: number, edge: number, height_V: number) =>
  Float64Array.from({ length: points }, (_, n) => (n < edge ? 0 : height_V));

describe("the current that a clamp records", () => {
  it("of a model cell is the closed form, at every sampling rate", () => {
    const tau_s = (capacitance_F * access_ohm * resistance_ohm) / (access_ohm + resistance_ohm);
    const steady_A = 5e-3 / (access_ohm + resistance_ohm);
    for (const dt_s of [1e-6, 1e-5, 1e-4, 1e-3]) {
      const recorded = recordClamped(ohmic, step(40, 2, 5e-3), dt_s, { ...IDEAL_CLAMP, access_ohm, capacitance_F });
      expect([...recorded.subarray(0, 2)]).toEqual([0, 0]);
      // a straight line over the sample before the edge, then the decay of what it left
      const rise = (tau_s / dt_s) * (1 - Math.exp(-dt_s / tau_s));
      for (let n = 2; n < 40; n++) {
        const transient = (5e-3 / access_ohm - steady_A) * rise * Math.exp((-(n - 2) * dt_s) / tau_s);
        expectClose(recorded[n]!, steady_A + transient, 1e-9);
      }
    }
  });

  it("tells R, R_a and C back to a membrane test", () => {
    const command = Float64Array.from({ length: 11 * 4000 }, (_, n) => (Math.floor(n / 4000) % 2 === 1 ? 5e-3 : 0));
    const recorded = recordClamped(ohmic, command, 4e-6, { ...IDEAL_CLAMP, access_ohm, capacitance_F });
    const found = testMembrane(recorded, 4e-6, 5e-3, 4000);
    if ("reason" in found) throw new Error(found.reason);
    // the edge takes one sample of 4 us, 1/80 of tau
    expectClose(found.access_ohm, access_ohm, 0.01);
    expectClose(found.seal_ohm, resistance_ohm, 0.01);
    expectClose(found.capacitance_F, capacitance_F, 0.01);
  });

  it("without a resistance charges C dV in one sample, and loses none of it", () => {
    const command = Float64Array.from({ length: 100 }, (_, n) => Math.sin(n / 9) * (n < 60 ? 1 : 0));
    const kernel = resolveJunction("ohmic", { conductance_S: 1e-18 });
    const recorded = recordClamped(kernel, command, 1e-3, { ...IDEAL_CLAMP, capacitance_F });
    let charge_C = 0;
    recorded.forEach((current, n) => {
      charge_C += current * 1e-3;
      expectClose(charge_C, capacitance_F * command[n]!, 1e-9, 1e-18);
    });
  });

  it("of an ideal clamp is that of the bare junction", () => {
    const time_s = Array.from({ length: 400 }, (_, n) => n * 2e-4);
    const voltage_V = time_s.map((t) => Math.sin(2 * Math.PI * 25 * t));
    const bare = simulateJunction({
      model: "conical-channel",
      waveform: { kind: "samples", time_s, voltage_V },
    }).current_A;
    const kernel = resolveJunction("conical-channel", {});
    const clamped = recordClamped(kernel, Float64Array.from(voltage_V), 2e-4, IDEAL_CLAMP);
    clamped.forEach((current, n) => expectClose(current, bare[n]!, 1e-12, 1e-24));
  });

  it("divides the command between a rectifying junction and its access, whatever its state", () => {
    const kernel = resolveJunction("conical-channel", {});
    const held = (v: number) => kernel.steadyConductance(v) * v;
    for (const command of [-1, -0.3, 0.3, 1]) {
      // seconds at one voltage: the channel has arrived (its relaxation takes milliseconds)
      const recorded = recordClamped(kernel, new Float64Array(2000).fill(command), 1e-3, {
        ...IDEAL_CLAMP,
        access_ohm: 100e9,
        settled_s: 1,
      });
      const current = recorded.at(-1)!;
      expectClose(held(command - 100e9 * current), current, 1e-9);
      // and the access takes its part
      expect((100e9 * current) / command).toBeGreaterThan(0.05);
    }
  });

  it("goes through the amplifier's filter, from rest", () => {
    const path = { ...IDEAL_CLAMP, access_ohm, capacitance_F, settled_s: 0.1 };
    const command = step(400, 100, 0.01).map((v) => v - 0.07);
    const plain = recordClamped(ohmic, command, 5e-5, path);
    const filtered = recordClamped(ohmic, command, 5e-5, { ...path, filter: { corner_Hz: 2e3, order: 4 } });
    expect([...filtered]).toEqual([...filterSections(designBessel(4, 2e3, 2e4), plain)]);
    expectClose(filtered[0]!, -0.07 / (access_ohm + resistance_ohm), 1e-9);
  });

  it("is refused for what is none", () => {
    const command = new Float64Array(4);
    expect(() => recordClamped(ohmic, command, 1e-3, { ...IDEAL_CLAMP, access_ohm: -1 })).toThrow(
      "access_ohm is -1, allowed are finite values of 0 and more",
    );
    expect(() => recordClamped(ohmic, command, 1e-3, { ...IDEAL_CLAMP, filter: { corner_Hz: 600, order: 4 } })).toThrow(
      /less than half of 1000 Hz/u,
    );
  });
});

describe.skipIf(!hasRecordings("a model cell"))("a real model cell (10 Mohm, 500 Mohm, 33 pF)", () => {
  // Clampex, MultiClamp 700 with a 2 kHz Bessel filter; a ramp tells C and R, a step R_a too
  it.each([
    ["step", 0.4, 0.1],
    ["ramp", 0.4, 0.02],
  ])("answers a %s as the circuit does", (name, byAccess, byCapacitance) => {
    const [series] = openRecording(openFileSource(join(RECORDINGS, `pyabf/model_vc_${name}.abf`))).series;
    const found = compareWithModel({
      clamped: clampSeries(series!, {}),
      column: 0,
      sweeps: [0, 7],
      model: "ohmic",
      parameters: { conductance_S: 1e-9 },
      path: { access_ohm: 20e6, capacitance_F: 10e-12, settled_s: 1, filter: { corner_Hz: 2e3, order: 4 } },
      fit: ["conductance_S", "access", "capacitance"],
      every: 1,
    });
    expectClose(1 / Number(found.parameters.conductance_S), resistance_ohm, 0.03);
    expectClose(found.path.access_ohm, access_ohm, byAccess);
    expectClose(found.path.capacitance_F, capacitance_F, byCapacitance);
    expect(found.r2).toBeGreaterThan(0.95);
  });
});
