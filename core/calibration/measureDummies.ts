import type { ArrayBackend } from "../arrayBackend.ts";
import { UnsupportedError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { readMap } from "../protocol/library/index.ts";
import { runInMemory } from "../runInMemory.ts";
import type { DummyReadings } from "./fitCalibration.ts";

/** A resistor of known value in place of a junction. */
export interface Dummy {
  readonly row: number;
  readonly column: number;
  readonly resistance_ohm: number;
  readonly tolerance: number;
}

export interface DummyMeasurement {
  readonly dummies: readonly Dummy[];
  /** Largest voltage; as many levels of either sign below it. */
  readonly voltage_V: number;
  readonly levels: number;
  readonly width_s: number;
  /** Of each reading, the second half of which is averaged. */
  readonly samplesPerRead?: number;
  /** What the array does with its other lines while it reads. */
  readonly bias?: "ground" | "float";
}

/**
 * Reads every dummy at every level, the signs in turn, as a run like any other: planned, checked, ending safe.
 * @throws as `runInMemory` does; UnsupportedError when a reading is missing
 */
export async function measureDummies(
  array: ArrayBackend,
  { dummies, voltage_V, levels, width_s, samplesPerRead = 100, bias = "ground" }: DummyMeasurement,
  options: { readonly limits?: Partial<Limits>; readonly signal?: AbortSignal; readonly seed?: number } = {},
): Promise<DummyReadings[]> {
  const asked_V = Array.from({ length: levels }, (_, k) =>
    [1, -1].map((sign) => (sign * voltage_V * (k + 1)) / levels),
  ).flat();
  const protocols = dummies.flatMap(({ row, column }) =>
    asked_V.map((level_V) => readMap({ cells: [[row, column]], voltage_V: level_V, width_s, samplesPerRead, bias })),
  );
  const run = await runInMemory(array, protocols, options);
  const windows = run.events.flatMap((event) => (event.kind === "step-finished" ? event.reading.windows : []));
  if (windows.length !== protocols.length)
    throw new UnsupportedError(
      "calibration",
      `${windows.length} of ${protocols.length} readings were taken, the run ended`,
    );
  return dummies.map(({ column, resistance_ohm, tolerance }, k) => {
    const own = windows.slice(k * asked_V.length, (k + 1) * asked_V.length);
    return {
      column,
      resistance_ohm,
      tolerance,
      voltage_V: own.map((window) => window.voltage_V[0] ?? Number.NaN),
      current_A: own.map((window) => window.current_A[0] ?? Number.NaN),
      overload: own.some((window) => window.overload),
    };
  });
}
