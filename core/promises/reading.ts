import type { Reading, SampleBlock } from "../arrayBackend.ts";

export function windowCurrent(reading: Reading, slot: number): number {
  return at(reading.windows[0]?.current_A, slot);
}

export function windowVoltage(reading: Reading): Float64Array {
  return reading.windows[0]?.voltage_V ?? new Float64Array(0);
}

export function samplesOf(blocks: readonly SampleBlock[], column: number, field: "current_A" | "voltage_V"): number[] {
  return blocks.filter(({ channel }) => channel === column).flatMap((block) => [...block[field]]);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function at(values: ArrayLike<number> | undefined, index: number): number {
  return values?.[index] ?? Number.NaN;
}
