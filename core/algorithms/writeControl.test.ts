import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { writeVerify } from "../protocol/library/index.ts";
import { switched_Mohm, SwitchingArray } from "../protocol/testing/switchingArray.ts";
import { ResistorArray } from "../protocol/testing/resistorArray.ts";
import { planProtocols } from "../plan.ts";
import { NO_LIMITS } from "../limits.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { programArray } from "./programArray.ts";
import { WRITE_METHODS, WriteControl, type WriteRules } from "./writeControl.ts";

const side = (voltage_V: number, largest_V: number) => ({ voltage_V, step_V: 0.1, largest_V, width_s: 0.01 });
const rules: WriteRules = {
  method: "incremental-step",
  raise: side(-0.5, -1.5),
  lower: side(0.5, 1.5),
  mostPulses: 100,
  mostReversals: 5,
  overshoot: "reverse",
  proportional: 2,
  integral: 0.1,
};

describe("a write control", () => {
  const goal = { target_S: 1, band_S: 0.02 };

  it("steps up towards the target, and starts small again past it", () => {
    const control = new WriteControl(rules, goal);
    const seen = [0.5, 0.6, 0.8, 1.1, 1.05, 0.99].map((g) => control.decide(g));
    expect(
      seen.map((decision) => (decision.kind === "pulse" ? Number(decision.voltage_V.toFixed(9)) : decision.kind)),
    ).toEqual([-0.5, -0.6, -0.7, 0.5, 0.6, "done"]);
    expect([control.pulses, control.reversals]).toEqual([5, 1]);
  });

  it("halves the width at every reversal when it switches signs", () => {
    const control = new WriteControl({ ...rules, method: "sign-switching" }, goal);
    const seen = [0.5, 1.5, 0.8, 1.1].map((g) => control.decide(g));
    expect(seen.map((d) => (d.kind === "pulse" ? [d.voltage_V, d.width_s] : d.kind))).toEqual([
      [-0.5, 0.01],
      [0.5, 0.005],
      [-0.5, 0.0025],
      [0.5, 0.00125],
    ]);
  });

  it("pulses in proportion to the error and to its sum", () => {
    const control = new WriteControl({ ...rules, method: "proportional-integral" }, goal);
    const first = control.decide(0.9);
    // u = 2 x 0.1 + 0.1 x 0.1 of the way from 0.5 to 1.5 V
    expectClose(first.kind === "pulse" ? first.voltage_V : NaN, -0.71, 1e-12);
    const second = control.decide(0.95);
    expectClose(second.kind === "pulse" ? second.voltage_V : NaN, -0.5 - (2 * 0.05 + 0.1 * 0.15), 1e-12);
    const far = control.decide(0.1);
    expect(far).toMatchObject({ voltage_V: -1.5 });
  });

  it.each([
    ["unread", rules, [0.5, NaN]],
    ["pulses", { ...rules, mostPulses: 3 }, [0.1, 0.2, 0.3, 0.4]],
    ["reversals", { ...rules, mostReversals: 1 }, [0.5, 1.5, 0.5]],
    ["overshoot", { ...rules, overshoot: "stop" as const }, [0.5, 1.5]],
    ["stuck", { ...rules, method: "sign-switching" as const }, [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]],
  ] as const)("gives up honestly: %s", (reason, ruled, reads) => {
    const control = new WriteControl(ruled, goal);
    const seen = reads.map((g) => control.decide(g));
    expect(seen.at(-1)).toEqual({ kind: "failed", reason });
    expect(seen.slice(0, -1).every(({ kind }) => kind === "pulse")).toBe(true);
  });
});

describe("a map written into junctions that switch (closed form of 10.1109/TCAD.2018.2791468)", () => {
  const targets_S = Float64Array.of(1 / 9e6, 1 / 10e6, 1 / 11e6, Number.NaN, 1 / 8e6, 1 / 12e6);
  const make = () => new SwitchingArray({ rows: 2, columns: 3 }, 1 / 10.5e6);
  const protocol = {
    raise: { voltage_V: -0.5, step_V: 0.05, largest_V: -1.5, width_s: 0.01 },
    lower: { voltage_V: 0.5, step_V: 0.05, largest_V: 1.5, width_s: 0.01 },
    tolerance: 0.005,
    bias: "V/3" as const,
    mostReversals: 12,
  };

  it.each(WRITE_METHODS)("%s reaches every target within half a percent, by reading alone", async (method) => {
    const array = make();
    const strong =
      method === "sign-switching"
        ? { raise: { ...protocol.raise, voltage_V: -1 }, lower: { ...protocol.lower, voltage_V: 0.8 } }
        : {};
    const { outcomes, summary } = await programArray(array, targets_S, { ...protocol, ...strong, method });
    expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill("reached"));
    expect(summary).toMatchObject({ cells: 5, yield: 1, failures: {} });
    for (const { row, column, reached_S, target_S } of outcomes) {
      expectClose(reached_S, target_S, 0.005);
      // nothing moved it since: a third of 1.5 V is below what the others notice
      expectClose(array.conductance_S[row * 3 + column] ?? NaN, reached_S, 1e-12);
    }
    expect(summary.medianPulses).toBeGreaterThan(0);
    expect(summary.energy_J).toBeGreaterThan(0);
  });

  it("takes the energy of the resistors it met, pulse by pulse", async () => {
    const array = new SwitchingArray({ rows: 1, columns: 1 }, 1 / 10.5e6);
    // a coarse goal: the loop above it and the one here stop at the same pulse, hit or past
    const { outcomes } = await programArray(array, Float64Array.of(1 / 9.5e6), {
      ...protocol,
      overshoot: "stop",
      bias: "ground",
    });
    let [resistance_Mohm, energy_J, pulses] = [10.5, 0, 0];
    while (resistance_Mohm > 9.5 * 1.005 && pulses < 100) {
      const voltage_V = -0.5 - Math.min(1, pulses * 0.05);
      // this array shows the current in front of the pulse; 1/R in 1/Mohm is uA/V
      energy_J += (voltage_V ** 2 / (resistance_Mohm * 1e6)) * 0.01;
      resistance_Mohm = switched_Mohm(resistance_Mohm, voltage_V, 0.01);
      pulses++;
    }
    expect(outcomes[0]?.pulses).toBe(pulses);
    expectClose(outcomes[0]?.energy_J ?? NaN, energy_J, 1e-9);
    expectClose(outcomes[0]?.reached_S ?? NaN, 1e-6 / resistance_Mohm, 1e-9);
  });

  it("says which junctions cannot be written, and writes the others", async () => {
    const array = new SwitchingArray({ rows: 1, columns: 2 }, 1 / 10.5e6);
    // no voltage of these goes below 10 - 3 x 1.5 Mohm
    const { outcomes, summary } = await programArray(array, Float64Array.of(1 / 4e6, 1 / 9e6), {
      ...protocol,
      bias: "V/3",
    });
    expect(outcomes.map(({ status }) => status)).toEqual(["stuck", "reached"]);
    expect(summary).toMatchObject({ yield: 0.5, failures: { stuck: 1 } });
  });
});

describe("volatile junctions", () => {
  it("fail when they are looked at again: what was reached is gone", async () => {
    const junction = { model: "ncnm-channel" };
    await using array = new EmulatedArray({ rows: 1, columns: 1, junction }, { seed: 1 });
    const pulses = {
      raise: { voltage_V: 1, step_V: 0.5, largest_V: 5, width_s: 0.1 },
      lower: { voltage_V: -0.5, largest_V: -1, width_s: 0.1 },
    };
    const written = await programArray(array, Float64Array.of(1.5e-7), { ...pulses, tolerance: 0.05 });
    expect(written.outcomes[0]?.status).toBe("reached");
    const later = await programArray(array, Float64Array.of(1.5e-7), {
      ...pulses,
      tolerance: 0.05,
      relax_s: 5,
      mostPulses: 40,
    });
    expect(later.outcomes[0]?.status).not.toBe("reached");
  });
});

describe("before anything moves", () => {
  const grid = { rows: 1, columns: 1 };
  const { capabilities } = new ResistorArray(grid, 1e-9);

  it("a dry run takes as many pulses as there can be", () => {
    const protocols = [writeVerify({ target_S: 1e-9, mostPulses: 30 })];
    const { steps } = planProtocols({ protocols, grid, capabilities, limits: NO_LIMITS, seed: 1 });
    // 31 reads, 30 pulses, one mark
    expect(steps).toBe(62);
  });

  it("the strongest pulse of either direction is checked, though a dry run never lowers", () => {
    const protocols = [writeVerify({ target_S: 1e-9, lower: { largest_V: 9 } })];
    expect(() =>
      planProtocols({
        protocols,
        grid,
        capabilities,
        limits: { ...NO_LIMITS, voltage_V: 6 },
        seed: 1,
        places: ["x.yaml:8:5"],
      }),
    ).toThrow(/x\.yaml:8:5: write-verify step \d+ \(r0 c0, the strongest pulse\).*9 V refused, allowed is ±6 V/);
  });

  it("targets and cells must be as many", () => {
    const protocols = [writeVerify({ targets_S: [1e-9, 2e-9] })];
    expect(() => planProtocols({ protocols, grid, capabilities, limits: NO_LIMITS, seed: 1 })).toThrow(
      "targets_S: 2 targets, allowed is one for each of 1 cells",
    );
    expect(() => writeVerify({})).toThrow("write one of target_S (for all cells) and targets_S (one per cell)");
  });
});
