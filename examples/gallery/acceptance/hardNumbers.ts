import type { Acceptance, Measure } from "../measure.ts";
import { computed, stated } from "./known.ts";

const CONE = "10.1103/PhysRevLett.130.268401";
const NCNM = "10.1073/pnas.2320242121";
const SLITS = "10.1126/science.adc9931";
const EXACT = "exact exponential steps";

const train = (voltage_V: number, pulse_s: number, gap_s: number, count: number) =>
  Array.from({ length: 2 * count }, (_, k) =>
    k % 2 === 0 ? { voltage_V, duration_s: pulse_s } : { voltage_V: 0, duration_s: gap_s },
  );

const lobe = (
  amplitude_V: number,
  frequency_Hz: number,
  of: "areaPositive" | "areaNegative",
  over?: string,
): Measure => ({
  kind: "loop",
  amplitude_V,
  frequency_Hz,
  of,
  ...(over !== undefined && { over }),
});

/** Solid pores and channels: acceptance 1 to 18, 37. */
export const HARD_NUMBERS: readonly Acceptance[] = [
  stated(1, "conical-channel", "time constant at 10 um", "s", 4.8e-3, 0.01, CONE, { kind: "derived", name: "tau_s" }),
  ...(
    [
      [-2, 2.490435],
      [-1, 1.964401],
      [-0.1, 1.103651],
      [0.1, 0.900082],
      [1, 0.306484],
      [2, 0.121126],
    ] as const
  ).map(([voltage_V, ratio]) =>
    computed(2, "conical-channel", `g_inf / g0 at ${voltage_V} V`, "", ratio, 2e-4, "quadrature", {
      kind: "steady",
      voltage_V,
      over_V: 0,
    }),
  ),
  computed(3, "conical-channel", "omega tau of the largest loop, 1 V", "", 1.0147, 0.01, EXACT, {
    kind: "peak",
    amplitude_V: 1,
    from_Hz: 10,
    to_Hz: 100,
    tau: "tau_s",
  }),
  computed(
    3,
    "conical-channel",
    "lobe area over g0, V > 0, 1 V 40 Hz",
    "V2",
    0.26183,
    5e-3,
    EXACT,
    lobe(1, 40, "areaPositive", "zeroConductance_S"),
  ),
  computed(
    3,
    "conical-channel",
    "lobe area over g0, V < 0, 1 V 40 Hz",
    "V2",
    -0.2994,
    5e-3,
    EXACT,
    lobe(1, 40, "areaNegative", "zeroConductance_S"),
  ),
  ...(
    [
      [150, 1.62],
      [100, 0.72],
      [50, 0.18],
    ] as const
  ).map(([length_um, tau_s]) =>
    stated(
      6,
      "ncnm-channel",
      `time constant at ${length_um} um`,
      "s",
      tau_s,
      1e-9,
      length_um === 150 ? NCNM : `${NCNM} and its L^2 law`,
      { kind: "derived", name: "tau_s" },
      { parameters: { length_m: length_um * 1e-6 } },
    ),
  ),
  ...([1, 2, 3, 4, 10] as const).map((pulse, k) =>
    computed(
      6,
      "ncnm-channel",
      `g / g0 after pulse ${pulse} of 5 V, 0.75 s`,
      "",
      [2.3501621129, 2.8850483172, 3.0969512055, 3.1808995926, 3.2357635262][k] ?? Number.NaN,
      1e-6,
      EXACT,
      { kind: "steps", steps: train(5, 0.75, 0.75, pulse), read: 2 * pulse - 2, over: -1 },
    ),
  ),
  ...(
    [
      [2.5, 1, 1.6750811],
      [2.5, 20, 2.1179882],
      [5 / 3, 1, 1.450054],
      [5 / 3, 20, 1.7453255],
    ] as const
  ).map(([voltage_V, pulse, ratio]) =>
    computed(
      37,
      "ncnm-channel",
      `g / g0 after ${pulse} half-select pulses of ${voltage_V.toFixed(2)} V`,
      "",
      ratio,
      1e-6,
      EXACT,
      { kind: "steps", steps: train(voltage_V, 0.75, 0.75, pulse), read: 2 * pulse - 2, over: -1 },
    ),
  ),
  ...(
    [
      ["crossing-1", { unipolarConductance_S: 0, bipolarConductance_S: 1, bipolarSlope_perV: 0.8 }, -0.2402545],
      ["crossing-2", { unipolarConductance_S: 0, bipolarConductance_S: 1, bipolarSlope_perV: -0.8 }, 0.2402545],
      [
        "non-crossing-1",
        { unipolarConductance_S: 1, bipolarConductance_S: 0, unipolarCoefficient_perV2: 0.8 },
        -0.1530684,
      ],
      [
        "non-crossing-2",
        { unipolarConductance_S: 1, bipolarConductance_S: 0, unipolarCoefficient_perV2: -0.8 },
        0.1530684,
      ],
    ] as const
  ).map(([style, parameters, area]) =>
    computed(
      8,
      "four-loops",
      `${style}: lobe area, V > 0, 1 S 1 V 0.1 Hz`,
      "W",
      area,
      4e-4,
      EXACT,
      lobe(1, 0.1, "areaPositive"),
      { parameters },
    ),
  ),
  ...(
    [
      ["largest", "G", 2.2936667465e-8],
      ["smallest", "G", 6.4407444722e-9],
      ["areaPositive", "lobe area, V > 0", -5.8340864359e-10],
    ] as const
  ).map(([of, name, value]) =>
    computed(
      9,
      "wien-slit",
      `${of === "areaPositive" ? name : `${of} ${name}`}, 0.4 V triangle, 8 mHz`,
      of === "areaPositive" ? "W" : "S",
      value,
      1e-3,
      EXACT,
      { kind: "loop", amplitude_V: 0.4, frequency_Hz: 8e-3, shape: "triangle", of },
    ),
  ),
  stated(9, "adsorption-slit", "rectification G+ / G-", "", [1, 5], undefined, SLITS, {
    kind: "steady",
    voltage_V: 0.5,
    over_V: -0.5,
  }),
  ...(
    [
      ["areaPositive", "V > 0", -1.0873378705e-8],
      ["areaNegative", "V < 0", 1.0873378705e-8],
    ] as const
  ).map(([of, half, value]) =>
    computed(9, "adsorption-slit", `lobe area, ${half}, 0.6 V 1 mHz`, "W", value, 5e-3, EXACT, lobe(0.6, 1e-3, of)),
  ),
  stated(9, "adsorption-slit-exchange", "memory time 1 / f_max", "s", [50, 400], undefined, SLITS, {
    kind: "derived",
    name: "memoryTime_s",
  }),
  stated(9, "adsorption-slit-plastic", "lasting change by 30 writes of 1 V, 10 s", "", 0.12, 1e-3, SLITS, {
    kind: "steps",
    steps: train(1, 10, 5, 30),
    read: 59,
    state: "longTerm",
  }),
  stated(
    10,
    "blister-switch",
    "conductance ratio, opened by 1 V",
    "",
    [9, 60],
    undefined,
    "10.1038/s41928-024-01137-9",
    { kind: "steps", steps: [{ voltage_V: 1, duration_s: 20 }], read: 0, over: -1 },
  ),
  computed(12, "ionic-liquid-piston", "G filled with KCl", "S", 1 / 893655.0491510278, 1e-9, "geometry", {
    kind: "steady",
    voltage_V: 1,
  }),
  computed(12, "ionic-liquid-piston", "on/off, 1 V 20 mHz", "", 70.1174, 1e-3, "small steps", {
    kind: "loop",
    amplitude_V: 1,
    frequency_Hz: 0.02,
    of: "onOff",
  }),
  stated(13, "photo-junction", "response of the photovoltage, 10 to 90 %", "s", 0.05, 0.02, "Niu et al., about 50 ms", {
    kind: "rise",
    before: { voltage_V: 0, duration_s: 0 },
    step: { voltage_V: 0, duration_s: 0.5, environment: { opticalPower_W: 20e-3 } },
    state: "photovoltage_V",
  }),
  stated(
    15,
    "phosphate-gate",
    "rectification at 0.9 V",
    "",
    [100, 1e6],
    undefined,
    "extreme rectification, metal-phosphate gate as reviewed",
    {
      kind: "steady",
      voltage_V: -0.9,
      over_V: 0.9,
    },
  ),
  stated(
    15,
    "phosphate-gate",
    "power at -0.9 V",
    "W",
    [0, 1e-9],
    undefined,
    "below 1 nW, metal-phosphate gate as reviewed",
    {
      kind: "steady",
      voltage_V: -0.9,
      factor: 0.81,
    },
  ),
  ...(
    [
      [0.1, 0.04172887346],
      [0.2, 0.5566028414],
      [0.3, 3.0287083607],
    ] as const
  ).map(([voltage_V, current_pA]) =>
    computed(
      18,
      "bication-pore",
      `activation: current per pore at ${voltage_V} V`,
      "A",
      current_pA * 1e-12,
      2e-4,
      "steady occupancies",
      { kind: "steady", voltage_V, factor: voltage_V / 100 },
    ),
  ),
  ...([0.5, -1] as const).map((peak_V) =>
    stated(
      16,
      "mosse-pore",
      `forward peak of the current at 200 MHz, ${peak_V > 0 ? "E > 0" : "E < 0"}, 1 V = 1 V/nm`,
      "V",
      peak_V,
      peak_V > 0 ? 0.01 : 0.005,
      "10.1039/d5fd00130g",
      { kind: "forwardPeak", amplitude_V: 1.2, frequency_Hz: 200e6, sign: peak_V > 0 ? 1 : -1 },
    ),
  ),
  stated(
    17,
    "bication-pore",
    "energy of the first 0.3 V, 5 ns spike",
    "J",
    [0.1e-18, 100e-18],
    undefined,
    "Noh and Smolyanitsky: 0.1 to 100 aJ",
    {
      kind: "energy",
      steps: train(0.3, 5e-9, 5e-9, 1),
      of: 0,
    },
  ),
  ...(
    [
      [2, 2.0946],
      [3, 2.6513],
      [6, 3.1516],
    ] as const
  ).map(([spike, ratio]) =>
    computed(
      17,
      "bication-pore",
      `energy of spike ${spike} over that of spike 1, 0.3 V 5 ns on, 5 ns off`,
      "",
      ratio,
      2e-4,
      "converged steps",
      { kind: "energy", steps: train(0.3, 5e-9, 5e-9, spike), of: 2 * spike - 2, over: 0 },
    ),
  ),
];
