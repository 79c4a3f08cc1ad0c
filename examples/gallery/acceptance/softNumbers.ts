import type { Acceptance } from "../measure.ts";
import { computed, stated } from "./known.ts";

/** Bilayers, channels and polymers: acceptance 19 to 22. All constants of these models are ours, so are the computed numbers. */
export const SOFT_NUMBERS: readonly Acceptance[] = [
  ...(
    [
      [0.1, -5.885774955e-11],
      [1, -1.781903355e-10],
      [3, -1.450204292e-10],
    ] as const
  ).map(([frequency_Hz, area]) =>
    computed(19, "hydrophobic-gate", `lobe area, V > 0, 0.25 V ${frequency_Hz} Hz`, "W", area, 5e-3, "mean field", {
      kind: "loop",
      amplitude_V: 0.25,
      frequency_Hz,
      of: "areaPositive",
    }),
  ),
  computed(
    20,
    "alamethicin-bilayer",
    "on/off, 0.15 V 10 mHz",
    "",
    7.373120134e-7 / 1.000222876e-10,
    2e-3,
    "small steps",
    {
      kind: "loop",
      amplitude_V: 0.15,
      frequency_Hz: 0.01,
      of: "onOff",
    },
  ),
  computed(20, "alamethicin-bilayer", "largest G, 0.15 V 10 mHz", "S", 7.373120134e-7, 2e-3, "small steps", {
    kind: "loop",
    amplitude_V: 0.15,
    frequency_Hz: 0.01,
    of: "largest",
  }),
  computed(20, "alamethicin-bilayer", "lobe area, V > 0, 0.15 V 5 Hz", "W", -1.2595e-9, 5e-3, "periodic state", {
    kind: "loop",
    amplitude_V: 0.15,
    frequency_Hz: 5,
    of: "areaPositive",
  }),
  computed(20, "alamethicin-bilayer", "lobe area, V > 0, 0.15 V 3 Hz", "W", -1.346e-9, 5e-3, "periodic state", {
    kind: "loop",
    amplitude_V: 0.15,
    frequency_Hz: 3,
    of: "areaPositive",
  }),
  ...(
    [
      [0.05, 1.020874652],
      [0.1, 1.087416183],
      [0.15, 1.215],
    ] as const
  ).map(([voltage_V, ratio]) =>
    computed(21, "bilayer-memcapacitor", `C / C0 held at ${voltage_V} V`, "", ratio, 1e-6, "fixed point", {
      kind: "capacitance",
      held: { voltage_V, duration_s: 60 },
    }),
  ),
  ...(
    [
      [0.1, -1.391344929e-13],
      [0.2, -1.541668417e-13],
      [1, -7.794948135e-14],
    ] as const
  ).map(([frequency_Hz, area]) =>
    computed(
      21,
      "bilayer-memcapacitor",
      `q-v lobe area, V > 0, 0.15 V ${frequency_Hz} Hz`,
      "J",
      area,
      5e-3,
      "small steps",
      {
        kind: "loop",
        amplitude_V: 0.15,
        frequency_Hz,
        of: "areaPositive",
      },
    ),
  ),
  stated(
    20,
    "alamethicin-bilayer",
    "symmetric: g(-0.14 V) / g(0.14 V)",
    "",
    [0.999, 1.001],
    undefined,
    "unipolar, 10.1021/acsnano.8b01282",
    { kind: "steady", voltage_V: -0.14, over_V: 0.14 },
  ),
];
