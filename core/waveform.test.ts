import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../tests/close.ts";
import {
  checkWaveform,
  concat,
  constant,
  durationOf,
  edgesOf,
  largestMagnitude_V,
  largestSlew_V_s,
  largestStep_V,
  makeSampler,
  scale,
  type Segment,
  valueAt,
  type Waveform,
} from "./waveform.ts";

const hold = (voltage_V: number, duration_s: number): Segment => ({ kind: "hold", voltage_V, duration_s });
const ramp = (from_V: number, to_V: number, duration_s: number): Segment => ({
  kind: "ramp",
  from_V,
  to_V,
  duration_s,
});
const sine = (duration_s: number, phase_rad = 0, offset_V = 0): Segment => ({
  kind: "sine",
  amplitude_V: 2,
  offset_V,
  frequency_Hz: 1,
  phase_rad,
  duration_s,
});

describe("valueAt", () => {
  const waveform: Waveform = [
    hold(1, 0.5),
    ramp(0, 4, 2),
    { kind: "samples", time_s: [0, 1, 3], voltage_V: [5, 7, 3] },
  ];

  it("gives the next segment's value on an edge and holds the last after the end", () => {
    for (const [time, voltage] of [
      [-1, 1],
      [0, 1],
      [0.4999, 1],
      [0.5, 0],
      [1.5, 2],
      [2.5, 5],
      [3, 6],
      [3.5, 7],
      [4.5, 5],
      [5.5, 3],
      [99, 3],
    ] as const)
      expectClose(valueAt(waveform, time), voltage, 1e-12, 1e-12);
    expect(durationOf(waveform)).toBe(5.5);
    expect(edgesOf(waveform)).toEqual([0, 0.5, 2.5, 3.5, 5.5]);
  });

  it("finds edges of decimal durations where their multiples lie, after ten thousand pulses", () => {
    const pulses: Waveform = Array.from({ length: 10_000 }, (_, k) => hold(k, 0.1));
    const at = makeSampler(pulses);
    for (let k = 0; k < 10_000; k++) {
      expect(at(k * 0.1)).toBe(k);
      expect(at(k / 10)).toBe(k);
    }
    expectClose(durationOf(pulses), 1000, 3e-16);
  });

  it("evaluates sines with offset and phase", () => {
    expectClose(valueAt([sine(1, Math.PI / 2, 0.5)], 0), 2.5, 1e-15);
    expectClose(valueAt([sine(1)], 0.25), 2, 1e-15);
    expectClose(valueAt([hold(0, 0.25), sine(0.75)], 7), -2, 1e-12);
  });

  it("is 0 V for an empty waveform and constant for a constant one", () => {
    expect(valueAt([], 3)).toBe(0);
    expect(durationOf([])).toBe(0);
    expect(edgesOf([])).toEqual([]);
    expect(valueAt(constant(0.3), 1e9)).toBe(0.3);
    expect(durationOf(constant(0.3))).toBe(Infinity);
    expect(edgesOf(constant(0.3))).toEqual([0]);
  });
});

const segments = fc.oneof(
  fc.record({
    kind: fc.constant("hold" as const),
    voltage_V: fc.double({ min: -5, max: 5, noNaN: true }),
    duration_s: fc.double({ min: 0.01, max: 3, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant("ramp" as const),
    from_V: fc.double({ min: -5, max: 5, noNaN: true }),
    to_V: fc.double({ min: -5, max: 5, noNaN: true }),
    duration_s: fc.double({ min: 0.01, max: 3, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant("sine" as const),
    amplitude_V: fc.double({ min: -5, max: 5, noNaN: true }),
    offset_V: fc.double({ min: -1, max: 1, noNaN: true }),
    frequency_Hz: fc.double({ min: 0.01, max: 5, noNaN: true }),
    phase_rad: fc.double({ min: -9, max: 9, noNaN: true }),
    duration_s: fc.double({ min: 0.01, max: 3, noNaN: true }),
  }),
);
const waveforms = fc.array(segments, { minLength: 1, maxLength: 5 });

describe("extremes", () => {
  it("bound every value and slope, and are reached", () => {
    fc.assert(
      fc.property(waveforms, (waveform) => {
        const magnitude = largestMagnitude_V(waveform);
        const end = durationOf(waveform);
        const at = makeSampler(waveform);
        let seen = 0;
        for (let k = 0; k <= 4000; k++) seen = Math.max(seen, Math.abs(at((end * k) / 4000)));
        expect(seen).toBeLessThanOrEqual(magnitude + 1e-12);
        // 4000 points miss a crest or an edge by at most slew times spacing
        expect(seen).toBeGreaterThanOrEqual(magnitude - (largestSlew_V_s(waveform) * end) / 4000 - 1e-9);
      }),
    );
  });

  it("doubles with the waveform, and steps are told apart from slopes", () => {
    fc.assert(
      fc.property(waveforms, (waveform) => {
        const twice = scale(waveform, -2);
        expectClose(largestMagnitude_V(twice), 2 * largestMagnitude_V(waveform), 1e-12, 1e-12);
        expectClose(largestSlew_V_s(twice), 2 * largestSlew_V_s(waveform), 1e-12, 1e-12);
        expectClose(largestStep_V(twice), 2 * largestStep_V(waveform), 1e-9, 1e-9);
      }),
    );
    const pulse: Waveform = [hold(0, 1), hold(3, 1), ramp(3, 1, 0.5), hold(1, 1), hold(-1, 1)];
    expect(largestSlew_V_s(pulse)).toBe(4);
    expect(largestStep_V(pulse)).toBe(3);
    expect(largestStep_V(constant(5))).toBe(0);
  });

  it("know which part of a sine is played", () => {
    expectClose(largestMagnitude_V([sine(1 / 12)]), 1, 1e-12);
    expectClose(largestMagnitude_V([sine(1, 0, 0.5)]), 2.5, 1e-12);
    expectClose(largestSlew_V_s([sine(1)]), 4 * Math.PI, 1e-12);
    expectClose(largestSlew_V_s([sine(1 / 12, Math.PI / 2)]), 4 * Math.PI * Math.sin(Math.PI / 6), 1e-12);
  });
});

describe("checkWaveform", () => {
  it.each<[Waveform, RegExp]>([
    [[hold(1, 0)], /segment 0 \(hold\): duration_s is 0/],
    [[hold(1, Number.POSITIVE_INFINITY), hold(1, 1)], /segment 0 \(hold\): duration_s is Infinity/],
    [[hold(1, 1), ramp(0, Number.NaN, 1)], /segment 1 \(ramp\): to_V is NaN/],
    [[{ kind: "samples", time_s: [0, 1, 1], voltage_V: [0, 0, 0] }], /time_s\[2\] is 1, must be finite and above 1/],
    [[{ kind: "samples", time_s: [0, 1], voltage_V: [0] }], /2 times and 1 voltages/],
    [[{ kind: "samples", time_s: [1, 2], voltage_V: [0, 0] }], /time_s\[0\] is 1, must be 0/],
  ])("refuses %j", (waveform, message) => {
    expect(() => checkWaveform(waveform)).toThrow(message);
    expect(() => concat(waveform)).toThrow(RangeError);
  });

  it("joins waveforms in order", () => {
    expect(concat([hold(1, 1)], [ramp(0, 1, 1)], constant(2))).toHaveLength(3);
    expect(() => concat(constant(2), [hold(1, 1)])).toThrow(/Infinity/);
  });
});
