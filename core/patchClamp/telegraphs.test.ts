import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { ModeWatch, planModeSwitch } from "./modes.ts";
import {
  decodeAxopatchCapacitance,
  decodeEpc8Gain,
  decodeTelegraphs,
  findTelegraphed,
  TELEGRAPHED,
} from "./telegraphs.ts";

const decode = (name: string, telegraphs: Parameters<typeof decodeTelegraphs>[1]) => {
  const amplifier = findTelegraphed(name);
  if (!amplifier) throw new Error(name);
  return decodeTelegraphs(amplifier, telegraphs);
};

describe("telegraphs", () => {
  // volts -> V/A as the cited tables have them
  it.each([
    ["axopatch-200b", 0.5, 0.05e9],
    ["axopatch-200b", 4.1, 10e9],
    ["axopatch-200b", 6.5, 500e9],
    ["am-systems-2400", 0.05, 1e7],
    ["am-systems-2400", 0.3, 2e7],
    ["am-systems-2400", 7.3, 1e12],
    ["heka-epc-800", 0, 5e6],
    ["heka-epc-800", 8.5, 2e12],
    ["dagan-pc-one-1G", 3.2, 200e9],
    ["warner-pc-501a-10G", 0.2, 1e10],
  ])("of %s at %f V give %d V/A", (name, gain_V, gain_V_A) => {
    const found = decode(name, { gain_V, mode_V: name === "axopatch-200b" ? 6 : 0 }).gain_V_A;
    expectClose(Number(found), gain_V_A, 1e-9);
  });

  it("of an Axopatch give mode and filter; between two levels nothing is guessed", () => {
    expect(decode("axopatch-200b", { gain_V: 2.5, frequency_V: 8, mode_V: 6 })).toEqual({
      gain_V_A: 1e9,
      lowPass_Hz: 10e3,
      mode: "VC",
      reasons: [],
    });
    expect([1, 2, 3, 4, 6].map((mode_V) => decode("axopatch-200b", { mode_V }).mode)).toEqual([
      "IC",
      "IC",
      "I=0",
      "track",
      "VC",
    ]);
    const lost = decode("axopatch-200b", { gain_V: 2.75, frequency_V: 12, mode_V: 5 });
    expect(lost).toMatchObject({ gain_V_A: "unknown", lowPass_Hz: "unknown", mode: "unknown" });
    expect(lost.reasons).toEqual([
      "5 V is no mode of Axon Axopatch 200B",
      "2.75 V is no gain of Axon Axopatch 200B",
      "12 V is no filter of Axon Axopatch 200B",
    ]);
  });

  it("say so where a line is not wired, the output is no current, or no source gives the unit", () => {
    expect(decode("axopatch-200b", {}).reasons).toContain("the gain telegraph is not wired");
    expect(decode("axopatch-200b", { gain_V: 2.5, mode_V: 2 })).toMatchObject({ gain_V_A: "unknown", mode: "IC" });
    expect(decode("am-systems-2400", { gain_V: 0.3, mode_V: 5 }).mode).toBe("IC");
    expect(decode("warner-pc-505b", { gain_V: 7 }).reasons.join()).toMatch(/stands at 20000, in a unit that no source/);
  });

  it("take every level, and none that is off by more than 40 % of the spacing", () => {
    for (const amplifier of TELEGRAPHED)
      fc.assert(
        fc.property(fc.double({ min: -1, max: 12, noNaN: true }), (gain_V) => {
          const near = amplifier.gain.levels.some(
            ([level_V]) => Math.abs(level_V - gain_V) <= 0.4 * amplifier.gain.step_V,
          );
          const { reasons } = decodeTelegraphs(amplifier, {
            gain_V,
            mode_V: amplifier.name === "axopatch-200b" ? 6 : 0,
          });
          if (!near) expect(reasons.join()).toMatch(/is no gain of/);
        }),
      );
  });

  it("of digital and capacitance lines", () => {
    expect([decodeEpc8Gain(0b00001), decodeEpc8Gain(0b01101), decodeEpc8Gain(0b10000)]).toEqual([1e9, 2e12, 0.5e7]);
    expect([decodeEpc8Gain(0b11000), decodeEpc8Gain(0b00111)]).toEqual(["unknown", "unknown"]);
    expectClose(Number(decodeAxopatchCapacitance(2.2, 1)), 22e-12, 1e-12);
    expectClose(Number(decodeAxopatchCapacitance(2.2, 0.1)), 220e-12, 1e-12);
    expect(decodeAxopatchCapacitance(-1, 1)).toBe("off");
  });
});

describe("a switch of the mode", () => {
  it("goes from voltage to current clamp through I = 0 with rest, and back", () => {
    const modes = (from: "VC" | "IC" | "I=0", to: "VC" | "IC" | "I=0") =>
      planModeSwitch(from, to).map((step) => (step.kind === "mode" ? step.mode : step.kind));
    expect(modes("VC", "IC")).toEqual(["zero", "I=0", "settle", "IC", "settle"]);
    expect(modes("IC", "VC")).toEqual(["zero", "I=0", "settle", "VC", "settle"]);
    expect(modes("I=0", "VC")).toEqual(["zero", "VC", "settle"]);
    expect(modes("VC", "VC")).toEqual([]);
  });

  it("without rest is seen", () => {
    const watch = new ModeWatch();
    expect([watch.see("VC", 0), watch.see("IC", 1), watch.see("I=0", 2), watch.see("VC", 2.1)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect([watch.see("I=0", 3), watch.see("IC", 3.5), watch.jumps]).toEqual([false, false, 2]);
  });
});
