import { describeArrayBackend } from "../arrayBackend.conformance.ts";
import type { PromiseOptions } from "../arrayBackend.promises.ts";
import type { EmulatedArrayConfig } from "./config.ts";
import { EmulatedArray } from "./emulatedArray.ts";

const make = (config: EmulatedArrayConfig) => async () => new EmulatedArray(config, { seed: 7 });
const map = Array.from({ length: 3 }, (_, i) => Array.from({ length: 5 }, (_, j) => 1e-9 * (1 + 5 * i + j)));
const ohmic: EmulatedArrayConfig = { rows: 3, columns: 5, junction: { model: "ohmic" }, conductance_S: map };
const options: PromiseOptions = {
  safe_V: 0.1,
  relative: 1e-12,
  absolute_A: 1e-18,
  samplePeriod_s: 1e-3,
  longSamples: 20_000,
  linear: true,
};
const known = { ...options, conductance_S: Float64Array.from(map.flat()) };
const lines = { rowSegment_ohm: 1e4, columnSegment_ohm: 2e4, rowSource_ohm: 1e4, columnSense_ohm: 1e4 };

describeArrayBackend("an emulated array of resistors with ideal lines", make(ohmic), known);
// 15 nS and 0.1 Mohm at most: 1 % is more than the lines take
describeArrayBackend("an emulated array with resistive lines", make({ ...ohmic, lines }), { ...known, relative: 1e-2 });
describeArrayBackend(
  "an emulated array of cones behind a noisy, filtered, quantising amplifier",
  make({
    rows: 4,
    columns: 3,
    junction: { model: "conical-channel" },
    lines,
    access_ohm: 1e6,
    frontEnd: { range_A: 2e-12, bits: 16, bandwidth_Hz: 2e3, noise_A_rtHz: 1e-16 },
  }),
  // the filter settles within the first sample and the cones move a few per cent while they are read
  { ...options, relative: 0.1, absolute_A: 3e-14, linear: false },
);
describeArrayBackend(
  "an emulated array whose unselected lines float",
  make({ ...ohmic, lines, unselectedLines: "floating" }),
  { ...options, linear: true },
);
describeArrayBackend("a single junction", make({ rows: 1, columns: 1, junction: { model: "ncnm-channel" } }), {
  ...options,
  relative: 1e-3,
  linear: false,
});
