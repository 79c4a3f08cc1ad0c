/**
 * ArC ONE (series R), serial 921600 8E1: decimal text lines to the instrument, bare little-endian float32 back, no framing.
 * A job is a line with its code (leading zeros count: `1`, `01` and `011` are three jobs) and one line per argument. Pure: no I/O.
 */
import type { Address } from "../../stimulus.ts";

/** Word and bit lines of the instrument; 1-based on the wire. */
export const LINES = 32;
export const LARGEST_V = 12;
/** Step of the output, 16 bits: a guess of ours, written down nowhere. */
export const OUTPUT_STEP_V = (2 * LARGEST_V) / 65_535;
export const FLOAT_BYTES = 4;
export const TRIPLE_BYTES = 12;

export const JOB = {
  reset: "00",
  configure: "0",
  readSettings: "01",
  cyclesAndScheme: "011",
  select: "02",
  pulse: "04",
  read: "1",
  readMany: "2",
  pulseRead: "3",
  version: "999",
  formFinder: "14",
  formFinderModes: "141",
  switchSeeker: "15",
  switchSeekerSlow: "152",
  endurance: "191",
  curveTracer: "201",
  convergeToState: "21",
  chronoAmp: "220",
  volatility: "33",
  stdp: "40",
  multiBias: "50",
  seekPolarity: "161",
  seekStability: "162",
  seekStatesByVoltage: "163",
  seekStatesByWidth: "164",
  seekStatesByCount: "165",
} as const;

/** Ways to read; the last one is for negative voltages. */
export const READ_MODE = { classic: 0, twoPoint: 1, fourPoint: 2, fourPointNegative: 3 } as const;
export const LOCAL_SESSION = 0;

/** What the instrument does with lines that are not selected while it writes, by the code on the wire. */
export const SCHEMES = ["V/3", "V/2", "float"] as const;
export type Scheme = (typeof SCHEMES)[number];

/** (resistance, voltage, pulse width) or what a job says it is; three zeros end a device. */
export type Triple = readonly [number, number, number];

/** A job and its arguments, one line each. */
export function encodeJob(code: string, ...values: readonly number[]): string {
  return [code, ...values.map(encodeNumber), ""].join("\n");
}

/** Nine digits: what the instrument reads back is the same float. */
export function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no number that can be sent`);
  return String(Number(value.toPrecision(9)));
}

/** Word and bit of a junction as they are sent. */
export function encodeAddress({ row, column }: Address): readonly [number, number] {
  return [row + 1, column + 1];
}

/** @param bytes a multiple of four */
export function decodeFloats(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length >> 2 }, (_, k) => view.getFloat32(k * FLOAT_BYTES, true));
}

export function encodeFloats(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * FLOAT_BYTES);
  values.forEach((value, k) => bytes.writeFloatLE(value, k * FLOAT_BYTES));
  return bytes;
}

/** @param bytes twelve */
export function decodeTriple(bytes: Buffer): Triple {
  return [bytes.readFloatLE(0), bytes.readFloatLE(4), bytes.readFloatLE(8)];
}

export function isEnd(triple: Triple): boolean {
  return triple.every((value) => value === 0);
}

/** Current of a resistance that was read at a voltage; there is no current at 0 V, whatever number came. */
export function currentOf(resistance_ohm: number, voltage_V: number): number {
  return voltage_V === 0 ? 0 : voltage_V / resistance_ohm;
}

/** What C's `atof` makes of a line: the number at its start, 0 where there is none. */
export function parseNumber(line: string): number {
  const match = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/.exec(line);
  const value = match ? Number(match[0]) : 0;
  return Number.isFinite(value) ? value : 0;
}

/** The emulated instrument's minor version ("SM" in ASCII): its data never passes for measured. */
export const SIMULATED_MINOR = 0x4d53;

export interface Version {
  readonly major: number;
  readonly minor: number;
}

export function decodeVersion(bytes: Buffer): Version {
  return { major: bytes.readUInt16LE(0), minor: bytes.readUInt16LE(2) };
}

export function encodeVersion({ major, minor }: Version): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(major, 0);
  bytes.writeUInt16LE(minor, 2);
  return bytes;
}
