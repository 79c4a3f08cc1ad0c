import type { Acceptance } from "./measure.ts";

/**
 * Acceptance numbers of the junction models, shown on their pages and checked by acceptance.test.ts. Published figures and
 * independent computations (fixtures/README.md), never this project's own output. The complete tests stand beside the
 * models; here is what can be asked in one line.
 */
const CONE = "10.1103/PhysRevLett.130.268401";
const NCNM = "10.1073/pnas.2320242121";
const BRUSH = "brush with our defaults";
const GATE = "thermoplasmonic PNIPAM nanopore (2025)";

const pair = (voltage_V: number, gap_s: number) => ({
  kind: "steps" as const,
  steps: [
    { voltage_V, duration_s: 0.01 },
    { voltage_V: 0, duration_s: gap_s },
    { voltage_V, duration_s: 0.01 },
  ],
  read: 2,
  over: 0,
});
const DARK = { voltage_V: 0.1, duration_s: 0.025 };
const LIT = { ...DARK, environment: { opticalPower_W: 1e-3 } };

export const ACCEPTANCE: readonly Acceptance[] = [
  {
    test: 1,
    model: "conical-channel",
    quantity: "time constant at 10 um",
    unit: "s",
    expected: 4.8e-3,
    tolerance: 0.01,
    kind: "published",
    source: CONE,
    measure: { kind: "derived", name: "tau_s" },
  },
  ...(
    [
      [-1, 1.964401],
      [-0.1, 1.103651],
      [0.1, 0.900082],
      [1, 0.306484],
    ] as const
  ).map(
    ([voltage_V, expected]): Acceptance => ({
      test: 2,
      model: "conical-channel",
      quantity: `g_inf / g0 at ${voltage_V} V`,
      unit: "",
      expected,
      tolerance: 2e-4,
      kind: "computed independently",
      source: "quadrature",
      measure: { kind: "steady", voltage_V, over_V: 0 },
    }),
  ),
  ...(
    [
      ["areaPositive", 0.26183],
      ["areaNegative", -0.2994],
    ] as const
  ).map(
    ([of, expected]): Acceptance => ({
      test: 3,
      model: "conical-channel",
      quantity: `lobe area over g0 V^2, ${of === "areaPositive" ? "V > 0" : "V < 0"}, 1 V 40 Hz`,
      unit: "",
      expected,
      tolerance: 5e-3,
      kind: "computed independently",
      source: "exact exponential steps",
      measure: { kind: "loop", amplitude_V: 1, frequency_Hz: 40, of, over: "zeroConductance_S" },
    }),
  ),
  ...(
    [
      [150e-6, 1.62],
      [100e-6, 0.72],
      [50e-6, 0.18],
    ] as const
  ).map(
    ([length_m, expected]): Acceptance => ({
      test: 6,
      model: "ncnm-channel",
      quantity: `time constant at ${Math.round(length_m * 1e6)} um`,
      unit: "s",
      expected,
      tolerance: 1e-9,
      kind: "published",
      source: length_m === 150e-6 ? NCNM : `${NCNM} and its L^2 law`,
      parameters: { length_m },
      measure: { kind: "derived", name: "tau_s" },
    }),
  ),
  {
    test: 6,
    model: "ncnm-channel",
    quantity: "g / g0 after one 5 V, 0.75 s pulse",
    unit: "",
    expected: 2.35,
    tolerance: 1e-3,
    kind: "computed independently",
    source: "exact exponential steps",
    measure: { kind: "steps", steps: [{ voltage_V: 5, duration_s: 0.75 }], read: 0, over: -1 },
  },
  {
    test: 37,
    model: "ncnm-channel",
    quantity: "g / g0 after one -1 V, 50 ms read",
    unit: "",
    expected: 0.978,
    tolerance: 1e-3,
    kind: "published",
    source: `read of ${NCNM}: -2.2 % computed`,
    measure: { kind: "steps", steps: [{ voltage_V: -1, duration_s: 0.05 }], read: 0, over: -1 },
  },
  ...(
    [
      [0.1, 0.005, 1.0859925765],
      [0.1, 0.1, 1.0526407697],
      [0.1, 0.5, 1.0069671325],
      [-0.1, 0.005, 0.9208166074],
      [-0.1, 0.1, 0.9499917052],
      [-0.1, 0.5, 0.9930810726],
    ] as const
  ).map(
    ([voltage_V, gap_s, expected]): Acceptance => ({
      test: 24,
      model: "polyimidazolium-brush",
      quantity: `pair ratio, ${voltage_V} V 10 ms pulses ${gap_s * 1e3} ms apart`,
      unit: "",
      expected,
      tolerance: 1e-6,
      kind: "computed independently",
      source: BRUSH,
      measure: pair(voltage_V, gap_s),
    }),
  ),
  {
    test: 24,
    model: "polyimidazolium-brush",
    quantity: "lobe area, V > 0, 0.3 V 1 Hz",
    unit: "W",
    expected: -1.8593e-10,
    tolerance: 1e-3,
    kind: "computed independently",
    source: BRUSH,
    measure: { kind: "loop", amplitude_V: 0.3, frequency_Hz: 1, of: "areaPositive" },
  },
  ...(
    [
      [10e-6, 0.050660591821],
      [100e-6, 5.0660591821],
      [500e-6, 126.65147953],
      [1e-3, 506.60591821],
    ] as const
  ).map(
    ([length_m, expected]): Acceptance => ({
      test: 25,
      model: "gel-stack",
      quantity: `time constant at ${Math.round(length_m * 1e6)} um`,
      unit: "s",
      expected,
      tolerance: 1e-9,
      kind: "computed independently",
      source: "slowest mode of diffusion",
      parameters: { length_m },
      measure: { kind: "derived", name: "tau1_s" },
    }),
  ),
  {
    test: 26,
    model: "pnipam-gate",
    quantity: "on/off, 1 mW for 25 ms",
    unit: "",
    expected: [55, 65],
    kind: "published",
    source: `about 60, ${GATE}`,
    measure: { kind: "steps", steps: [LIT], read: 0, over: -1 },
  },
  {
    test: 26,
    model: "pnipam-gate",
    quantity: "on/off, 1 mW for 25 ms",
    unit: "",
    expected: 59.9554837661,
    tolerance: 1e-6,
    kind: "computed independently",
    source: "our defaults",
    measure: { kind: "steps", steps: [LIT], read: 0, over: -1 },
  },
  {
    test: 26,
    model: "pnipam-gate",
    quantity: "rise, 10 to 90 %",
    unit: "s",
    expected: [1e-3, 10e-3],
    kind: "published",
    source: `a few ms, ${GATE}`,
    measure: { kind: "rise", before: { ...DARK, duration_s: 0 }, step: LIT },
  },
  {
    test: 26,
    model: "pnipam-gate",
    quantity: "fall, 90 to 10 %",
    unit: "s",
    expected: [1e-3, 10e-3],
    kind: "published",
    source: `a few ms, ${GATE}`,
    measure: { kind: "rise", before: LIT, step: DARK },
  },
  {
    test: 26,
    model: "pnipam-gate",
    quantity: "rise, 10 to 90 %",
    unit: "s",
    expected: 3.295e-3,
    tolerance: 5e-3,
    kind: "computed independently",
    source: "our defaults",
    measure: { kind: "rise", before: { ...DARK, duration_s: 0 }, step: LIT },
  },
  {
    test: 26,
    model: "pnipam-gate",
    quantity: "fall, 90 to 10 %",
    unit: "s",
    expected: 6.595e-3,
    tolerance: 5e-3,
    kind: "computed independently",
    source: "our defaults",
    measure: { kind: "rise", before: LIT, step: DARK },
  },
];
