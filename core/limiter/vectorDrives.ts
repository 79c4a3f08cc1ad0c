import type { MultiplyStep } from "../protocol/protocol.ts";
import { straightStretch } from "./straightStretch.ts";
import { appendStretch, type JunctionDrive, NOTHING, type Thresholds } from "./stretch.ts";

/**
 * What the junctions of each row bear during a product: every vector's voltage for the integration, then 0 V for the
 * rest. Row by row (superposed) they bear the same with more rest, so this is the worse case.
 * @param timed whether any limit over time is in force; without, only the largest voltage is looked for
 */
export function* vectorDrives(
  { inputs_V, readout: { integration_s, rest_s } }: MultiplyStep,
  rows: number,
  timed: boolean,
  thresholds: Thresholds,
): Generator<JunctionDrive> {
  const hold = (voltage_V: number, length_s: number) =>
    straightStretch(
      {
        length_s,
        from_V: voltage_V,
        to_V: voltage_V,
        first_V: voltage_V,
        last_V: voltage_V,
        amplitude_V: 0,
        frequency_Hz: 0,
        phase_rad: 0,
        mixed_V_s: 0,
      },
      thresholds,
    );
  const rest = rest_s > 0 ? hold(0, rest_s) : undefined;
  for (let row = 0; row < rows; row++) {
    let drive: JunctionDrive | undefined;
    let largest_V = 0;
    for (let k = row; k < inputs_V.length; k += rows) {
      const voltage_V = inputs_V[k] ?? Number.NaN;
      largest_V = Math.max(largest_V, Math.abs(voltage_V));
      if (!timed) continue;
      const vector = hold(voltage_V, integration_s);
      drive = drive ? appendStretch(drive, vector) : vector;
      if (rest) drive = appendStretch(drive, rest);
    }
    yield drive ?? { ...NOTHING, largest_V };
  }
}
