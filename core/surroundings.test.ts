import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../tests/close.ts";
import { simulateJunction } from "./simulate.ts";
import { makeSurroundings } from "./surroundings.ts";

describe("surroundings", () => {
  it("keep constants apart from what varies, and one object while nothing changes", () => {
    const surroundings = makeSurroundings({
      temperature_K: 300,
      opticalPower_W: {
        kind: "steps",
        steps: [
          { value: 0, duration_s: 0.1 },
          { value: 2, duration_s: 0.2 },
        ],
      },
    });
    expect(surroundings.before).toEqual({ temperature_K: 300 });
    expect(surroundings.varies).toBe(true);
    expect(surroundings.at(0.05)).toEqual({ temperature_K: 300, opticalPower_W: 0 });
    expect(surroundings.at(0.1)).toEqual({ temperature_K: 300, opticalPower_W: 2 });
    expect(surroundings.at(0.2)).toBe(surroundings.at(99));
    expect(surroundings.nextEdge(0, 1)).toBe(0.1);
    expect(surroundings.nextEdge(0.1, 1)).toBe(1);
    expect(makeSurroundings({ pH: 7 }).varies).toBe(false);
  });

  it("join samples by straight lines, flat outside", () => {
    const { at } = makeSurroundings({ pH: { kind: "samples", time_s: [1, 2, 4], value: [7, 8, 4] } });
    for (const [time_s, pH] of [
      [0, 7],
      [1.5, 7.5],
      [3, 6],
      [9, 4],
    ] as const)
      expect(at(time_s)).toEqual({ pH });
  });

  it("give the same junction however a constant temperature is written and cut", () => {
    const waveform = { kind: "sine", amplitude_V: 1, frequency_Hz: 20, cycles: 2, samplesPerCycle: 100 } as const;
    const constant = simulateJunction({ model: "cone-bipolar", environment: { temperature_K: 310 }, waveform });
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-3, max: 0.05, noNaN: true }), { minLength: 1, maxLength: 5 }),
        (list) => {
          const steps = list.map((duration_s) => ({ value: 310, duration_s }));
          const varied = simulateJunction({
            model: "cone-bipolar",
            environment: { temperature_K: { kind: "steps", steps } },
            waveform,
          });
          // the start differs (rest at the reference temperature), the last samples have forgotten it
          const last = constant.current_A.length - 1;
          for (let k = last - 50; k < last; k++)
            expectClose(varied.current_A[k] as number, constant.current_A[k] as number, 2e-3, 1e-16);
        },
      ),
      { numRuns: 10 },
    );
  });
});

describe("a junction that stores charge", () => {
  const request = { model: "il-only", parameters: { capacitance_F: 1e-9, tau_s: 0.1 } };

  it("answers with the current that charges it: the sum of current times step is its charge", () => {
    const record = simulateJunction({
      ...request,
      waveform: { kind: "samples", time_s: [0, 0.1, 0.15, 0.4, 1.7], voltage_V: [0, 1, 1, -0.5, 0.3] },
    });
    let charge_C = 0;
    for (let k = 1; k < 5; k++)
      charge_C += (record.current_A[k] as number) * ((record.time_s[k] as number) - (record.time_s[k - 1] as number));
    expectClose(charge_C, (record.state.charge_C as Float64Array)[4] as number, 1e-12);
  });

  it("is out of phase and not pinched under a sine (acceptance 40)", () => {
    const record = simulateJunction({
      ...request,
      waveform: { kind: "sine", amplitude_V: 1, frequency_Hz: 1, cycles: 4, samplesPerCycle: 1000 },
    });
    const omegaTau = 2 * Math.PI * 0.1;
    const amplitude_A = (2 * Math.PI * 1e-9) / Math.hypot(1, omegaTau);
    expectClose(record.current_A[4000] as number, amplitude_A * Math.cos(Math.atan(omegaTau)), 5e-3);
  });
});
