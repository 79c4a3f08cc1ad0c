/**
 * Elements er4 family: what each amplifier can do and where its settings stand in a message.
 * Source: Elements-SRL/er4CommLib 7f81bd0 (MIT), read; bytes checked against traces of the vendor's own client.
 */

/** Where a field stands: byte, first bit, bits. Low bits first, seven to a byte. */
export type Place = readonly [byte: number, bit: number, bits: number];

/** The settings of a message by name; what a model lacks is absent. */
export interface FieldMap {
  readonly reset: Place;
  readonly currentRange: Place;
  /** 1 = 1 kHz, 0 = 10 kHz, of the command. */
  readonly dacInternalFilter?: Place;
  /** 0 = 3 Hz, 1 = 180 kHz, of the command. */
  readonly dacExternalFilter?: Place;
  /** 1 = 700 mV, 0 = 2 V. */
  readonly voltageRange?: Place;
  readonly samplingRate: Place;
  readonly zap?: Place;
  readonly offsetCompensation: Place;
  readonly offsetCompensationReset: Place;
  readonly digitalOutput?: Place;
  readonly oversampling?: Place;
  readonly protocol: Place;
  readonly start: Place;
  readonly insertionPulseApply: Place;
  /** One bit a channel, 0 = on. */
  readonly channelOff?: Place;
  /** One bit a channel, 1 = it gets the stimulus. */
  readonly stimulusTo?: Place;
  readonly hold: Place;
  /** Of channel 0; the next ones two bytes further each. */
  readonly offset?: Place;
  readonly pulse: Place;
  readonly insertionPulse: Place;
  readonly step: Place;
  readonly holdTime: Place;
  readonly pulseTime: Place;
  readonly insertionTime: Place;
  readonly stepTime: Place;
  readonly count: Place;
  readonly repetitions: Place;
  readonly amplitude: Place;
  readonly period: Place;
  readonly rampTime: Place;
  readonly final: Place;
  readonly initial: Place;
}

export interface SamplingRate {
  readonly code: number;
  /** As the vendor writes it; the real one differs. */
  readonly name: string;
  readonly rate_Hz: number;
}

export interface Er4Model {
  /** For `?model=` and `crosspore emulate`. */
  readonly name: string;
  readonly title: string;
  /** Of the largest message to the device. */
  readonly messageBytes: number;
  /** Current channels beside the one voltage. */
  readonly inputs: number;
  readonly fields: FieldMap;
  /** Bytes of the power-on image that are not 0. */
  readonly powerOn: Readonly<Record<number, number>>;
  readonly rates: readonly SamplingRate[];
  /** Ascending. */
  readonly currentRanges: readonly { readonly code: number; readonly full_A: number }[];
  /** Largest |V| of the command, narrow first; the code is absent where there is one range only. */
  readonly voltageRanges: readonly { readonly code?: number; readonly full_V: number }[];
  readonly voltageStep_V: number;
  /** Places of the table that the two info bytes of a frame write to; a client of the vendor does not check them. */
  readonly infoBytes: number;
}

/** One step of the voltage word of a frame. */
export const VOLTAGE_WORD_V = 62.5e-6;
/** Largest |code| of the current word; full scale of the range. */
export const FULL_CODE = 32_767;
/** What the converter says where it cannot follow. */
export const SATURATED_HIGH = 0x7ffe;
export const SATURATED_LOW = -0x8000;
/** Beyond it a wider range is due, below the lower one a narrower. */
export const GO_UP_CODE = 0x7800;
export const GO_DOWN_CODE = 0x0800;
export const PACKETS_PER_FRAME = 16;
export const LARGEST_COUNT = 1023;
export const LARGEST_TIME_MS = 2 ** 28 - 1;
export const LONGEST_RAMP_MS = 30_000_000;

const COMMON_RATES: readonly SamplingRate[] = [
  { code: 0, name: "1.25k", rate_Hz: 1.25e6 / 1024 },
  { code: 1, name: "5k", rate_Hz: 1.25e6 / 256 },
  { code: 2, name: "10k", rate_Hz: 1.25e6 / 128 },
  { code: 3, name: "20k", rate_Hz: 1.25e6 / 64 },
  { code: 8, name: "50k", rate_Hz: 50_000 },
  { code: 9, name: "100k", rate_Hz: 100_000 },
  { code: 10, name: "200k", rate_Hz: 200_000 },
];

const COMMON_RANGES = [
  { code: 0, full_A: 200e-12 },
  { code: 2, full_A: 2e-9 },
  { code: 3, full_A: 20e-9 },
  { code: 7, full_A: 200e-9 },
];

export const ENPR: Er4Model = {
  name: "enpr",
  title: "Elements eNPR",
  messageBytes: 49,
  inputs: 1,
  fields: {
    reset: [1, 0, 1],
    currentRange: [1, 1, 3],
    dacInternalFilter: [1, 4, 1],
    voltageRange: [1, 6, 1],
    samplingRate: [2, 3, 4],
    offsetCompensationReset: [3, 2, 1],
    offsetCompensation: [3, 3, 1],
    digitalOutput: [3, 4, 1],
    insertionPulseApply: [3, 5, 1],
    oversampling: [4, 0, 1],
    zap: [4, 1, 1],
    protocol: [4, 2, 4],
    start: [4, 6, 1],
    dacExternalFilter: [6, 6, 1],
    hold: [7, 4, 12],
    pulse: [10, 4, 12],
    insertionPulse: [13, 4, 12],
    step: [16, 4, 12],
    holdTime: [19, 0, 28],
    pulseTime: [23, 0, 28],
    insertionTime: [27, 0, 14],
    stepTime: [29, 0, 28],
    count: [33, 0, 10],
    repetitions: [35, 0, 10],
    amplitude: [37, 0, 2],
    period: [37, 2, 10],
    rampTime: [39, 0, 28],
    final: [43, 4, 12],
    initial: [46, 4, 12],
  },
  powerOn: { 1: 0x20, 2: 0x03, 6: 0x40 },
  rates: COMMON_RATES,
  currentRanges: COMMON_RANGES,
  voltageRanges: [
    { code: 1, full_V: 0.7 },
    { code: 0, full_V: 2 },
  ],
  voltageStep_V: 1e-3,
  infoBytes: 1,
};

export const ENPR_HC: Er4Model = {
  name: "enpr-hc",
  title: "Elements eNPR-HC",
  messageBytes: 49,
  inputs: 1,
  fields: {
    reset: [1, 0, 1],
    currentRange: [1, 1, 1],
    dacExternalFilter: [1, 4, 1],
    voltageRange: [1, 6, 1],
    samplingRate: [2, 2, 5],
    offsetCompensationReset: [3, 2, 1],
    offsetCompensation: [3, 3, 1],
    digitalOutput: [3, 4, 1],
    insertionPulseApply: [3, 5, 1],
    protocol: [4, 2, 4],
    start: [4, 6, 1],
    hold: [7, 0, 16],
    pulse: [10, 0, 16],
    insertionPulse: [13, 0, 16],
    step: [16, 0, 16],
    holdTime: [19, 0, 28],
    pulseTime: [23, 0, 28],
    insertionTime: [27, 0, 14],
    stepTime: [29, 0, 28],
    count: [33, 0, 10],
    repetitions: [35, 0, 10],
    amplitude: [37, 0, 2],
    period: [37, 2, 10],
    rampTime: [39, 0, 28],
    final: [43, 0, 16],
    initial: [46, 0, 16],
  },
  powerOn: { 1: 0x42, 2: 0x04 },
  rates: [
    { code: 1, name: "1.5k", rate_Hz: 1525.87890625 },
    { code: 5, name: "6.25k", rate_Hz: 6103.515625 },
    { code: 7, name: "12.5k", rate_Hz: 12_207.03125 },
    { code: 9, name: "25k", rate_Hz: 24_414.0625 },
    { code: 11, name: "50k", rate_Hz: 48_828.125 },
    { code: 12, name: "100k", rate_Hz: 97_656.25 },
    { code: 14, name: "200k", rate_Hz: 195_312.5 },
  ],
  currentRanges: [
    { code: 1, full_A: 200e-9 },
    { code: 0, full_A: 4e-6 },
  ],
  voltageRanges: [
    { code: 1, full_V: 0.7 },
    { code: 0, full_V: 2 },
  ],
  voltageStep_V: 62.5e-6,
  infoBytes: 1,
};

export const E4: Er4Model = {
  name: "e4",
  title: "Elements e4 (Nanion Orbit mini)",
  messageBytes: 51,
  inputs: 4,
  fields: {
    reset: [1, 0, 1],
    currentRange: [1, 1, 3],
    dacInternalFilter: [1, 4, 1],
    samplingRate: [2, 3, 4],
    zap: [3, 0, 4],
    offsetCompensation: [3, 5, 4],
    protocol: [4, 2, 4],
    start: [4, 6, 1],
    channelOff: [5, 0, 4],
    insertionPulseApply: [5, 5, 1],
    stimulusTo: [6, 0, 4],
    offsetCompensationReset: [6, 4, 1],
    hold: [7, 0, 11],
    offset: [9, 0, 11],
    pulse: [17, 0, 11],
    insertionPulse: [19, 0, 11],
    step: [21, 0, 11],
    holdTime: [23, 0, 28],
    pulseTime: [27, 0, 28],
    insertionTime: [31, 0, 14],
    stepTime: [33, 0, 28],
    count: [37, 0, 10],
    repetitions: [39, 0, 10],
    amplitude: [41, 0, 2],
    period: [41, 2, 10],
    rampTime: [43, 0, 28],
    final: [47, 0, 11],
    initial: [49, 0, 11],
  },
  powerOn: { 1: 0x20, 2: 0x03, 6: 0x0f },
  rates: COMMON_RATES,
  currentRanges: COMMON_RANGES,
  voltageRanges: [{ full_V: 0.511 }],
  voltageStep_V: 1e-3,
  infoBytes: 8,
};

export const E16: Er4Model = {
  name: "e16",
  title: "Elements e16 (Nanion Orbit 16)",
  messageBytes: 94,
  inputs: 16,
  fields: {
    reset: [1, 0, 1],
    currentRange: [1, 1, 3],
    dacInternalFilter: [1, 4, 1],
    samplingRate: [2, 3, 4],
    zap: [3, 0, 16],
    offsetCompensation: [6, 0, 16],
    offsetCompensationReset: [8, 3, 1],
    protocol: [9, 0, 4],
    start: [9, 4, 1],
    insertionPulseApply: [9, 5, 1],
    channelOff: [10, 0, 16],
    stimulusTo: [13, 0, 16],
    hold: [16, 0, 11],
    offset: [18, 0, 11],
    pulse: [50, 0, 11],
    insertionPulse: [52, 0, 11],
    step: [54, 0, 11],
    holdTime: [56, 0, 28],
    pulseTime: [60, 0, 28],
    insertionTime: [64, 0, 14],
    stepTime: [66, 0, 28],
    count: [70, 0, 10],
    repetitions: [72, 0, 10],
    amplitude: [74, 0, 2],
    period: [74, 2, 10],
    rampTime: [76, 0, 28],
    final: [80, 0, 11],
    initial: [83, 0, 11],
  },
  powerOn: { 1: 0x20, 2: 0x03, 13: 0x7f, 14: 0x7f, 15: 0x03 },
  rates: COMMON_RATES,
  currentRanges: COMMON_RANGES,
  voltageRanges: [{ full_V: 0.511 }],
  voltageStep_V: 1e-3,
  infoBytes: 1,
};

export const ER4_MODELS: readonly Er4Model[] = [ENPR, ENPR_HC, E4, E16];

/** Sync, two info bytes, 16 packets of one voltage and the currents. */
export function frameBytes(inputs: number): number {
  return 6 + PACKETS_PER_FRAME * 2 * (1 + inputs);
}
