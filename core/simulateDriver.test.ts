import { describe, expect, it } from "vitest";
import oracle from "../fixtures/physics/neurons.json" with { type: "json" };
import { expectAllClose, expectClose } from "../tests/close.ts";
import { simulateAxon, simulateSynapse } from "./simulateDriver.ts";

describe("acceptance 23, drivers as `simulate` runs them", () => {
  it.each(Object.entries(oracle.hh.fI_Hz))("the axon under %s uA/cm2 has its computed spikes", (current, expected) => {
    // 1 uA/cm2 is 0.01 A/m2; samples are coarser than the integration
    const steps = [{ current_A_m2: Number(current) / 100, duration_s: 0.5 }];
    const { metrics, time_s } = simulateAxon({ steps, samplePeriod_s: 1e-3 });
    expect(time_s).toHaveLength(501);
    expect(metrics.spikes).toBe(expected.n_spikes_500ms);
    expectClose(metrics.rate_Hz, expected.rate, 1e-3);
  });

  it("the axon changes its current at an edge between samples", () => {
    const record = simulateAxon({
      steps: [
        { current_A_m2: 0, duration_s: 2.5e-3 },
        { current_A_m2: 0.2, duration_s: 2.5e-3 },
      ],
      samplePeriod_s: 1e-3,
    });
    expect([...record.current_A_m2]).toEqual([0, 0, 0, 0.2, 0.2, 0.2]);
    // 0.5 ms of 0.2 A/m2 on 0.01 F/m2 lifts the membrane by at most 10 mV, and by more than half of that
    const lift_V = (record.voltage_V[3] as number) - (record.voltage_V[2] as number);
    expect(lift_V).toBeGreaterThan(5e-3);
    expect(lift_V).toBeLessThan(10e-3);
  });

  it.each(["depressing", "facilitating"] as const)("the %s synapse releases its computed sequence", (kind) => {
    const { U, tau_rec, tau_fac, f, seq } = oracle.tsodyks_markram[kind];
    // the depressing case is the limit without facilitation
    const facilitation_s = tau_fac < 1 ? 0 : tau_fac / 1e3;
    const { release } = simulateSynapse(
      { use: U, recovery_s: tau_rec / 1e3, facilitation_s },
      seq.map((_, k) => k / f),
    );
    expectAllClose(
      [...release].map((value) => value / (release[0] as number)),
      seq,
      1e-9,
    );
  });
});
