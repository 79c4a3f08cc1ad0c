import { describe, expect, it } from "vitest";
import type { Waveform } from "../waveform.ts";
import { sealWaveform } from "./sealWaveform.ts";

const sine = { kind: "sine", amplitude_V: 1, offset_V: 0, frequency_Hz: 1, phase_rad: 0, duration_s: 1 };

/** What a script without types may hand over. */
const seal = (waveform: unknown) => sealWaveform(waveform as Waveform);

describe("sealWaveform", () => {
  it.each<[string, unknown, RegExp]>([
    ["no list", { kind: "hold", voltage_V: 1, duration_s: 1 }, /list of segments, or floats/],
    ["an unknown kind", [{ kind: "burst", voltage_V: 1, duration_s: 1 }], /segment 0: kind is burst, allowed are hold/],
    ["a missing voltage", [{ kind: "hold", duration_s: 1 }], /\(hold\): voltage_V is no number/],
    ["a voltage as text", [{ kind: "ramp", from_V: 0, to_V: "1", duration_s: 1 }], /\(ramp\): to_V is no number/],
    ["NaN", [{ ...sine, phase_rad: Number.NaN }], /\(sine\): phase_rad is NaN/],
    ["no time", [{ kind: "hold", voltage_V: 1, duration_s: 0 }], /duration_s is 0/],
    ["time that runs backwards", [{ kind: "hold", voltage_V: 1, duration_s: -1 }], /duration_s is -1/],
    ["endless in the middle", [{ kind: "hold", voltage_V: 1, duration_s: Infinity }, sine], /duration_s is Infinity/],
    [
      "samples that can be changed",
      [{ kind: "samples", time_s: [0, 1], voltage_V: new Float64Array(2) }],
      /voltage_V is no plain list/,
    ],
    [
      "samples that are no numbers",
      [{ kind: "samples", time_s: [0, 1], voltage_V: [0, "9"] }],
      /voltage_V\[1\] is no number/,
    ],
    ["samples out of order", [{ kind: "samples", time_s: [0, 1, 1], voltage_V: [0, 1, 2] }], /time_s\[2\] is 1/],
    ["less than a femtosecond", [{ ...sine, duration_s: 5e-324 }], /lasts 5e-324 s, allowed are 1e-15 s and more/],
    ["a nothing", [null], /segment 0 is no object/],
    [
      "a segment that says something else each time",
      [
        {
          kind: "hold",
          duration_s: 1,
          get voltage_V() {
            return Math.random() * 100;
          },
        },
      ],
      /voltage_V is computed/,
    ],
    [
      "a segment of somebody's class",
      [Object.assign(new Map(), { kind: "hold", voltage_V: 1, duration_s: 1 })],
      /no plain data/,
    ],
    // 100 V for less than the rounding of when it begins
    [
      "a spike between two roundings",
      [
        { kind: "hold", voltage_V: 0, duration_s: 1 },
        { kind: "hold", voltage_V: 100, duration_s: 1e-14 },
      ],
      /lost in rounding/,
    ],
    [
      "a spike between two samples",
      [
        { kind: "hold", voltage_V: 0, duration_s: 1e4 },
        { kind: "samples", time_s: [0, 1e-13, 2e-13], voltage_V: [0, 99, 0] },
      ],
      /segment 1: lasts 1e-13 s after 10000 s/,
    ],
  ])("refuses %s", (_, waveform, message) => {
    expect(() => seal(waveform)).toThrow(RangeError);
    expect(() => seal(waveform)).toThrow(message);
  });

  it("freezes down to the last number", () => {
    const voltage_V = [0, 1];
    const waveform = [
      { kind: "hold", voltage_V: 1, duration_s: 1 },
      { kind: "samples", time_s: [0, 1], voltage_V },
    ];
    seal(waveform);
    expect(() => Object.assign(waveform[0] as object, { voltage_V: 100 })).toThrow(TypeError);
    expect(() => waveform.push(waveform[0] as never)).toThrow(TypeError);
    expect(() => {
      voltage_V[1] = 100;
    }).toThrow(TypeError);
  });
});
