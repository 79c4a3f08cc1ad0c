import type { Acceptance, Measure } from "../measure.ts";
import { computed, stated } from "./known.ts";

const BRUSH = "our defaults";
const GATE = "thermoplasmonic PNIPAM nanopore (2025)";
const DARK = { voltage_V: 0.1, duration_s: 0.025 };
const LIT = { ...DARK, environment: { opticalPower_W: 1e-3 } };
const OPEN = { kind: "steps", steps: [LIT], read: 0, over: -1 } as const satisfies Measure;
const RISE = { kind: "rise", before: { ...DARK, duration_s: 0 }, step: LIT } as const satisfies Measure;
const FALL = { kind: "rise", before: LIT, step: DARK } as const satisfies Measure;

/** Pulses of 10 ms; conductance at the end of the second over that at the end of the first. */
function pair(voltage_V: number, gap_s: number): Measure {
  const pulse = { voltage_V, duration_s: 0.01 };
  return { kind: "steps", steps: [pulse, { voltage_V: 0, duration_s: gap_s }, pulse], read: 2, over: 0 };
}

/** Gels, brushes and particles: acceptance 24 to 27. */
export const HYBRID_NUMBERS: readonly Acceptance[] = [
  ...(
    [
      [0.1, 0.005, 1.0859925765],
      [0.1, 0.1, 1.0526407697],
      [0.1, 0.5, 1.0069671325],
      [-0.1, 0.005, 0.9208166074],
      [-0.1, 0.1, 0.9499917052],
      [-0.1, 0.5, 0.9930810726],
    ] as const
  ).map(([voltage_V, gap_s, ratio]) =>
    computed(
      24,
      "polyimidazolium-brush",
      `pair ratio, ${voltage_V} V 10 ms pulses ${gap_s * 1e3} ms apart`,
      "",
      ratio,
      1e-6,
      BRUSH,
      pair(voltage_V, gap_s),
    ),
  ),
  computed(24, "polyimidazolium-brush", "lobe area, V > 0, 0.3 V 1 Hz", "W", -1.8593e-10, 1e-3, BRUSH, {
    kind: "loop",
    amplitude_V: 0.3,
    frequency_Hz: 1,
    of: "areaPositive",
  }),
  ...(
    [
      [10, 0.050660591821],
      [100, 5.0660591821],
      [500, 126.65147953],
      [1000, 506.60591821],
    ] as const
  ).map(([length_um, tau_s]) =>
    computed(
      25,
      "gel-stack",
      `time constant at ${length_um} um`,
      "s",
      tau_s,
      1e-9,
      "slowest mode of diffusion",
      { kind: "derived", name: "tau1_s" },
      { parameters: { length_m: length_um * 1e-6 } },
    ),
  ),
  stated(26, "pnipam-gate", "on/off, 1 mW for 25 ms", "", [55, 65], undefined, `about 60, ${GATE}`, OPEN),
  stated(26, "pnipam-gate", "rise, 10 to 90 %", "s", [1e-3, 10e-3], undefined, `a few ms, ${GATE}`, RISE),
  stated(26, "pnipam-gate", "fall, 90 to 10 %", "s", [1e-3, 10e-3], undefined, `a few ms, ${GATE}`, FALL),
  computed(26, "pnipam-gate", "on/off, 1 mW for 25 ms", "", 59.9554837661, 1e-6, "our defaults", OPEN),
  computed(26, "pnipam-gate", "rise, 10 to 90 %", "s", 3.295e-3, 5e-3, "our defaults", RISE),
  computed(26, "pnipam-gate", "fall, 90 to 10 %", "s", 6.595e-3, 5e-3, "our defaults", FALL),
  stated(
    27,
    "liposome-plug",
    "conductance after 0.2 V for 10 s and 0 V for a day, over open",
    "",
    [0, 1e-3],
    undefined,
    "closed up to 100 %, nonvolatile, 10.1073/pnas.2200845119",
    {
      kind: "steps",
      steps: [
        { voltage_V: 0.2, duration_s: 10 },
        { voltage_V: 0, duration_s: 86400 },
      ],
      read: 1,
      over: -1,
    },
  ),
  stated(
    27,
    "nanoparticle-plug",
    "conductance after 0.2 V for 10 s and 0 V for 1 s, over open",
    "",
    [0.99, 1],
    undefined,
    "rigid particles are volatile, 10.1073/pnas.2200845119",
    {
      kind: "steps",
      steps: [
        { voltage_V: 0.2, duration_s: 10 },
        { voltage_V: 0, duration_s: 1 },
      ],
      read: 1,
      over: -1,
    },
  ),
];
