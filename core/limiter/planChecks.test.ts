import { describe, expect, it } from "vitest";
import { ideal } from "../protocol/testing/resistorArray.ts";
import { LimitError } from "../errors.ts";
import { NO_LIMITS } from "../limits.ts";
import type { ApplyStep } from "../protocol/protocol.ts";
import { Arming } from "./arming.ts";
import { Limiter, redeem, redeemForPlans } from "./limiter.ts";
import { PLAN_CHECKS } from "./planChecks.ts";

const grid = { rows: 1, columns: 1 };

function admit() {
  const arming = new Arming();
  const token = arming.arm([]);
  const step: ApplyStep = {
    kind: "apply",
    role: "pulse",
    label: "",
    stimulus: {
      duration_s: 1,
      rows: [[{ kind: "hold", voltage_V: 0.5, duration_s: 1 }]],
      columns: [[{ kind: "hold", voltage_V: 0, duration_s: 1 }]],
      targets: [],
      referenceRow: 0,
    },
    readout: { samplePeriod_s: 0.1, columns: [0], currentRange_A: "auto", windows: [] },
    tags: {},
  };
  const { step: admitted } = new Limiter(grid, ideal(grid), NO_LIMITS, arming).admit(step, token, "here");
  if (admitted.kind !== "apply") throw new Error("no stimulus");
  return { command: admitted.stimulus, arming, token };
}

const planOf = (...voltages: readonly number[]) => ({ voltage_V: Float64Array.from(voltages) });

describe("the plans of an admitted command", () => {
  it("are good once each, while the run is armed, and the command itself is spent", () => {
    const { command, arming, token } = admit();
    const admitPlan = redeemForPlans(command, 0.5);
    const plan = admitPlan(planOf(0, 0.5, -0.5), "here");
    expect(redeem(plan)).toBe(plan);
    expect(() => redeem(plan)).toThrow(/sent already/);
    expect(() => redeemForPlans(command, 0.5)).toThrow(/sent already/);
    const late = admitPlan(planOf(0.1), "here");
    arming.disarm(token);
    expect(() => redeem(late)).toThrow(/is over/);
  });

  it.each([[0.500001], [-0.6], [Number.NaN], [Infinity]])("may not hold %d V where 0.5 V were judged", (voltage_V) => {
    const admitPlan = redeemForPlans(admit().command, 0.5);
    expect(() => admitPlan(planOf(0, voltage_V), "row 0, column 0")).toThrow(LimitError);
    expect(() => admitPlan(planOf(0, voltage_V), "row 0, column 0")).toThrow(/row 0, column 0: voltage of a plan/);
  });

  it("have one check", () => {
    expect(Object.keys(PLAN_CHECKS)).toEqual(["voltage of a plan"]);
  });
});
