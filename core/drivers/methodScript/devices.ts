/** What MethodSCRIPT devices can do, from the vendor's tables; quantisation as captured lines show it. */

export interface CurrentRange {
  /** Index on the wire. */
  readonly index: number;
  readonly nominal_A: number;
  /** Largest current that it measures. */
  readonly largest_A: number;
  /** One step of its converter. */
  readonly step_A: number;
}

export interface DeviceProfile {
  /** First six characters of the version answer. */
  readonly id: string;
  readonly title: string;
  /** Answer to `t`, first line without the `t`, and to `i` and `v`. */
  readonly version: string;
  readonly scriptVersion: string;
  readonly baudRate: number;
  readonly ranges: readonly CurrentRange[];
  /** The high-speed mode, its ranges, and its highest frequency, for impedances. */
  readonly fastMode: number;
  readonly fastRanges: readonly CurrentRange[];
  readonly fastest_Hz: number;
  /** Largest sine of an impedance measurement, volt RMS. */
  readonly largestSine_Vrms: number;
  /** Mode that scripts use, its potentials, and the largest difference in one script. */
  readonly mode: number;
  readonly potential_V: readonly [number, number];
  readonly window_V: number;
  readonly potentialStep_V: number;
  /** GPIO pins; the MUX16 needs ten. */
  readonly gpioPins: number;
  /** Whether variables may have names of more than one letter. */
  readonly longNames: boolean;
}

/** Pico: 16-bit converter of 1.835 V over the feedback resistor; 0.6 V of it is the largest that is measured, but at 5 mA. */
const PICO_RANGES: readonly CurrentRange[] = (
  [
    [100e-9, 10e6],
    [2e-6, 512e3],
    [4e-6, 256e3],
    [8e-6, 128e3],
    [16e-6, 64e3],
    [32e-6, 32e3],
    [63e-6, 16e3],
    [125e-6, 8e3],
    [250e-6, 4e3],
    [500e-6, 2e3],
    [1e-3, 1e3],
    [5e-3, 100],
  ] as const
).map(([nominal_A, feedback_ohm], index) => ({
  index,
  nominal_A,
  largest_A: index === 11 ? 3e-3 : 0.6 / feedback_ohm,
  step_A: 1.835 / 32768 / feedback_ohm,
}));

/** High-speed mode: the vendor's indices and nominal currents; 16 bits over twice the nominal are a guess of ours. */
const PICO_FAST_RANGES: readonly CurrentRange[] = (
  [100e-9, 1e-6, 6e-6, 13e-6, 25e-6, 50e-6, 100e-6, 200e-6, 1e-3, 5e-3] as const
).map((nominal_A, k) => ({
  index: 128 + k,
  nominal_A,
  largest_A: k === 9 ? 3e-3 : nominal_A,
  step_A: (4 * nominal_A) / 65_536,
}));

const ES4_RANGES: readonly CurrentRange[] = (
  [
    [3, 1e-9],
    [6, 10e-9],
    [9, 100e-9],
    [12, 1e-6],
    [15, 10e-6],
    [18, 100e-6],
    [21, 1e-3],
    [24, 10e-3],
  ] as const
).map(([index, nominal_A]) => ({ index, nominal_A, largest_A: 2.92 * nominal_A, step_A: (6 * nominal_A) / 65_536 }));

export const EMSTAT_PICO: DeviceProfile = {
  id: "espico",
  title: "EmStat Pico",
  version: "espico1304#Oct 22 2021 14:38:26",
  scriptVersion: "v01.03.00",
  baudRate: 230_400,
  ranges: PICO_RANGES,
  fastMode: 3,
  fastRanges: PICO_FAST_RANGES,
  fastest_Hz: 200e3,
  largestSine_Vrms: 0.429,
  mode: 2,
  potential_V: [-1.25, 2],
  window_V: 2.2,
  potentialStep_V: 2.2 / 4095,
  gpioPins: 10,
  longNames: false,
};

export const EMSTAT4_LR: DeviceProfile = {
  id: "es4_lr",
  title: "EmStat4 LR",
  version: "es4_lr1500#Mar 12 2026 14:28:01",
  scriptVersion: "v01.09.00",
  baudRate: 921_600,
  ranges: ES4_RANGES,
  fastMode: 3,
  fastRanges: ES4_RANGES,
  fastest_Hz: 200e3,
  largestSine_Vrms: 0.9,
  mode: 2,
  potential_V: [-3, 3],
  window_V: 6,
  potentialStep_V: 6 / 65_536,
  gpioPins: 10,
  longNames: true,
};

/** The smallest range whose largest measurable current reaches `current_A`; the widest when none does. */
export function rangeFor({ ranges }: Pick<DeviceProfile, "ranges">, current_A: number): CurrentRange {
  const found = ranges.find(({ largest_A }) => largest_A >= Math.abs(current_A) * (1 - 1e-6)) ?? ranges.at(-1);
  if (!found) throw new RangeError("a device without current ranges");
  return found;
}

/** As scripts name a range. */
export function amperes({ nominal_A }: CurrentRange): string {
  return `${Math.round(nominal_A * 1e9)}n`;
}
