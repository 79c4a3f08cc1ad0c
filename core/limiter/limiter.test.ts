import { describe, expect, it } from "vitest";
import { ArmError, LimitError } from "../errors.ts";
import { NO_LIMITS } from "../limits.ts";
import type { ApplyStep, MultiplyStep } from "../protocol/protocol.ts";
import { ideal } from "../protocol/testing/resistorArray.ts";
import type { Waveform } from "../waveform.ts";
import { Arming } from "./arming.ts";
import { type Admitted, isAdmitted, Limiter, redeem } from "./limiter.ts";

const grid = { rows: 1, columns: 1 };
const limits = { ...NO_LIMITS, voltage_V: 1 };

function pulse(
  waveform: Waveform,
  column: Waveform | "floating" = [{ kind: "hold", voltage_V: 0, duration_s: 1 }],
): ApplyStep {
  return {
    kind: "apply",
    role: "pulse",
    label: "",
    stimulus: { duration_s: 1, rows: [waveform], columns: [column], targets: [], referenceRow: 0 },
    readout: { samplePeriod_s: 0.5, columns: [0], currentRange_A: "auto", windows: [] },
    tags: {},
  };
}

const hold = (voltage_V: number) => [{ kind: "hold" as const, voltage_V, duration_s: 1 }];

function ready() {
  const arming = new Arming();
  return { arming, token: arming.arm([]), limiter: new Limiter(grid, ideal(grid), limits, arming) };
}

function admitPulse({ limiter, token }: ReturnType<typeof ready>, waveform: Waveform = hold(1)) {
  const { step } = limiter.admit(pulse(waveform), token, "here");
  if (step.kind !== "apply") throw new Error("a pulse stays a pulse");
  return step.stimulus;
}

describe("an admitted command", () => {
  it("is good once", () => {
    const stimulus = admitPulse(ready());
    expect(isAdmitted(stimulus)).toBe(true);
    expect(redeem(stimulus).rows[0]).toEqual(hold(1));
    expect(isAdmitted(stimulus)).toBe(false);
    expect(() => redeem(stimulus)).toThrow(/not-admitted/);
  });

  it("is worth nothing when its run has disarmed, or tripped", () => {
    const [ended, fallen] = [ready(), ready()];
    const [one, other] = [admitPulse(ended), admitPulse(fallen)];
    ended.arming.disarm(ended.token);
    fallen.arming.trip({ quantity: "current", found: "", allowed: "", where: "" });
    for (const stimulus of [one, other]) expect(() => redeem(stimulus)).toThrow(ArmError);
  });

  it("cannot be made by a cast or by a copy", () => {
    const stimulus = admitPulse(ready());
    expect(() => redeem({ ...stimulus } as typeof stimulus)).toThrow(/not-admitted/);
    expect(() => redeem(pulse(hold(9)).stimulus as Admitted<ApplyStep["stimulus"]>)).toThrow(/not-admitted/);
  });

  it("is what was checked, whatever becomes of the original", () => {
    const at = ready();
    const waveform = hold(1);
    const original = pulse(waveform);
    const { step } = at.limiter.admit(original, at.token, "here");
    if (step.kind !== "apply") throw new Error("a pulse stays a pulse");
    (original.stimulus.rows as Waveform[])[0] = hold(9);
    expect(() => Object.assign(waveform[0] as object, { voltage_V: 9 })).toThrow(TypeError);
    expect(redeem(step.stimulus).rows[0]).toEqual(hold(1));

    const inputs_V = Float64Array.of(0.5);
    const product: MultiplyStep = {
      kind: "multiply",
      role: "product",
      label: "",
      inputs_V,
      readout: { integration_s: 1, rest_s: 0, columns: [0], currentRange_A: "auto" },
      tags: {},
    };
    const admitted = at.limiter.admit(product, at.token, "here").step;
    inputs_V[0] = 9;
    if (admitted.kind !== "multiply") throw new Error("a product stays a product");
    expect([...redeem(admitted.inputs_V)]).toEqual([0.5]);
  });

  it("comes from an armed array alone, and only to the one who armed it", () => {
    const at = ready();
    expect(() => new Limiter(grid, ideal(grid), limits).admit(pulse(hold(0)), at.token, "here")).toThrow(/disarmed/);
    expect(() => at.limiter.admit(pulse(hold(0)), ready().token, "here")).toThrow(ArmError);
    at.arming.disarm(at.token);
    expect(() => at.limiter.admit(pulse(hold(0)), at.token, "here")).toThrow(ArmError);
  });
});

describe("what slipped through once", () => {
  const refuse = (step: ApplyStep, changes: object = {}) =>
    expect(() => new Limiter(grid, ideal(grid), { ...limits, ...changes }).judge(step, "here")).toThrow(LimitError);

  it("the crest of a sine of negative frequency", () => {
    const sine = { kind: "sine", amplitude_V: 2, offset_V: 0, frequency_Hz: -1, phase_rad: 0, duration_s: 1 } as const;
    refuse(pulse([sine]));
    refuse(pulse([{ ...sine, amplitude_V: 0.9 }]), { dwell_s: 0.2, dwellAbove_V: 0.3 });
  });

  it("a ramp that the end of the stimulus cuts: the line falls to 0 V from where it is", () => {
    const ramps: Waveform = [
      { kind: "ramp", from_V: 0, to_V: 1, duration_s: 1 },
      { kind: "ramp", from_V: 1, to_V: 0, duration_s: 1 },
    ];
    refuse(pulse(ramps), { slew_V_s: 2 });
  });

  it("lines that ramp against each other", () => {
    const tent = (voltage_V: number): Waveform => [
      { kind: "ramp", from_V: 0, to_V: voltage_V, duration_s: 0.5 },
      { kind: "ramp", from_V: voltage_V, to_V: 0, duration_s: 0.5 },
    ];
    refuse(pulse(tent(0.5), tent(-0.5)), { slew_V_s: 1.5 });
  });

  it("a dwell that goes on after a product without rest", () => {
    const limiter = new Limiter(grid, ideal(grid), { ...limits, dwell_s: 1.5 });
    const product: MultiplyStep = {
      kind: "multiply",
      role: "product",
      label: "",
      inputs_V: Float64Array.of(1),
      readout: { integration_s: 1, rest_s: 0, columns: [0], currentRange_A: "auto" },
      tags: {},
    };
    limiter.judge(product, "here");
    expect(() => limiter.judge(product, "here")).toThrow(/dwell of 2 s refused/);
  });

  it("a junction between lines of which one floats, and two others are far apart", () => {
    const two = { rows: 2, columns: 1 };
    const step = pulse(hold(0.9));
    const stimulus = { ...step.stimulus, rows: [hold(0.9), hold(-0.9)], columns: ["floating" as const] };
    // were the junction of row 0 the better conductor, row 1 would bear 1.8 V
    expect(() => new Limiter(two, ideal(two), limits).judge({ ...step, stimulus }, "here")).toThrow(/voltage of 1.8 V/);
  });

  it("a refused command leaves no trace: the next one is judged as if it had not been asked for", () => {
    const limiter = new Limiter(grid, ideal(grid), { ...limits, dwell_s: 1.5 });
    limiter.judge(pulse(hold(0.5)), "here");
    expect(() => limiter.judge(pulse(hold(0.5)), "here")).toThrow(/dwell of 2 s/);
    expect(() => limiter.judge(pulse(hold(0.5)), "here")).toThrow(/dwell of 2 s/);
    limiter.judge(pulse(hold(0)), "here");
    limiter.judge(pulse(hold(0.5)), "here");
  });
});
