/**
 * What is there when somebody starts the lab for the first time, without any instrument: an array of volatile junctions
 * that live, and an experiment that takes seconds.
 */
export const FIRST_ARRAY = {
  name: "First array",
  file: "first-array.yaml",
  seed: 1,
  /** Cones long enough that an eye can follow them: tau = L^2 / 12 D = 1.1 s (10.1103/PhysRevLett.130.268401). */
  text: `crosspore: 1
name: First array

array:
  rows: 16
  columns: 16
  junction:
    model: conical-channel
    parameters: { length_m: 150 um }
  lines:
    rowSegment_ohm: 1 Mohm
    columnSegment_ohm: 1 Mohm
  frontEnd:
    range_A: 20 pA
    bandwidth_Hz: 1 kHz
    bits: 16
    noise_A_rtHz: 2e-16
  effects:
    variability: { conductanceSpread: 0.15, yield: 0.98 }

limits:
  voltage_V: 1.5 V
`,
} as const;

/** Fits FIRST_ARRAY: a loop, its memory, a map; and by its names also what to look for. */
export const FIRST_EXPERIMENT = {
  name: "first-loop",
  title: "First loop",
  description:
    "A current-voltage loop at three frequencies on two junctions, ten pulses up and ten down on a third, and a map of " +
    "all conductances. Takes a few seconds on the first array.",
  text: `crosspore: 1
name: First loop
notes: The loop is widest where the drive is about as fast as the junction relaxes (0.15 Hz at 1.1 s)
seed: 1

array:
  rows: 16
  columns: 16
  junction:
    model: conical-channel
    parameters: { length_m: 150 um }
  lines:
    rowSegment_ohm: 1 Mohm
    columnSegment_ohm: 1 Mohm

limits:
  voltage_V: 1.2 V

protocol:
  - iv-sweep:
      cells: [[0, 0], [15, 15]]
      amplitude_V: 1 V
      frequency_Hz: [50 mHz, 150 mHz, 1.5 Hz]
      cycles: 1
  - pulse-train:
      cells: [[4, 7]]
      potentiation: { amplitude_V: -1 V, width_s: 200 ms, gap_s: 100 ms, count: 10 }
      depression: { amplitude_V: 1 V, width_s: 200 ms, gap_s: 100 ms, count: 10 }
      read: { voltage_V: -0.1 V, width_s: 50 ms }
  - read-map:
      voltage_V: 0.1 V
      width_s: 10 ms
      parallel: true
`,
} as const;
