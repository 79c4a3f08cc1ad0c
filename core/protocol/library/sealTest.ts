import { strictObject } from "../../document.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { cellStep, holds } from "../makeSteps.ts";
import { bias, cells, count, currentRange_A, findCellMistake, notZero, positive, resolveCells } from "../parameters.ts";

/**
 * The first look at a chip, as patch-clampers do it: small square pulses, and the steps of the current they make. The
 * resistance of a junction is the pulse over the difference of the plateaus with and without it, so offsets drop out. The
 * transients at the edges, recorded, tell series resistance and capacitance.
 * Defaults: 5 mV, 10 ms on and 10 ms off (50 Hz), ten pulses.
 *
 * Safety: 5 mV harm nothing; meant to be run before anything else.
 */
const schema = strictObject({
  cells,
  pulse_V: notZero("V").default(0.005),
  width_s: positive("s").default(0.01),
  pulses: count(1, 10_000).default(10),
  samplesPerPulse: count(10, 100_000).default(200),
  /** What a good junction is between; beyond is "open" (dry, blocked) or "leaking" (burst, short). */
  least_ohm: positive("ohm").default(1e6),
  most_ohm: positive("ohm").default(1e13),
  bias,
  currentRange_A,
}).refine(({ least_ohm, most_ohm }) => least_ohm < most_ohm, {
  path: ["most_ohm"],
  error: "allowed are values above least_ohm",
});

/** One step per cell with windows "high k" and "low k" (last half of each plateau), and a mark "seal-test" with resistance and verdict. */
export const sealTest = defineProtocol({
  name: "seal-test",
  title: "Seal test",
  summary:
    "Applies small square pulses and finds the resistance of each junction: sealed, open or leaking. " +
    "Millivolts for a few cycles leave junctions as they are.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid }) {
    const { pulse_V, width_s, pulses, samplesPerPulse, least_ohm, most_ohm, bias, currentRange_A } = parameters;
    const numbers = Array.from({ length: pulses }, (_, k) => k);
    const waveform = holds(
      [0, width_s],
      ...numbers.flatMap(() => [[pulse_V, width_s] as const, [0, width_s] as const]),
    );
    const half = (plateau: number, label: string) => ({
      start_s: (plateau + 0.5) * width_s,
      // the sample on the edge belongs to what follows
      end_s: (plateau + 1) * width_s,
      label,
    });
    const windows = [
      half(0, "low 0"),
      ...numbers.flatMap((k) => [half(2 * k + 1, `high ${k + 1}`), half(2 * k + 2, `low ${k + 1}`)]),
    ];
    for (const cell of resolveCells(grid, parameters.cells)) {
      const reading = yield cellStep({
        grid,
        cell,
        waveform,
        bias,
        role: "seal",
        label: "",
        samplePeriod_s: width_s / samplesPerPulse,
        currentRange_A,
        windows,
        tags: { voltage_V: pulse_V, width_s, pulses },
      });
      const means = reading && "windows" in reading ? reading.windows : [];
      const meanOf = (level: string) => {
        const found = means
          .filter(({ label }) => label.startsWith(level))
          .map(({ current_A }) => current_A[0] ?? Number.NaN);
        return found.reduce((sum, current) => sum + current, 0) / found.length;
      };
      const offset_A = meanOf("low");
      const resistance_ohm = pulse_V / (meanOf("high") - offset_A);
      yield {
        kind: "mark",
        label: "seal-test",
        data: {
          row: cell.row,
          column: cell.column,
          ...(Number.isFinite(resistance_ohm) ? { resistance_ohm } : {}),
          ...(Number.isFinite(offset_A) ? { offset_A } : {}),
          status: judge(resistance_ohm, least_ohm, most_ohm),
        },
      };
    }
  },
});

/** A current against the voltage is no resistance: leads are swapped, or noise hides what flows. */
function judge(resistance_ohm: number, least_ohm: number, most_ohm: number): string {
  if (Number.isNaN(resistance_ohm)) return "unread";
  if (resistance_ohm < 0) return "reversed";
  if (resistance_ohm > most_ohm) return "open";
  return resistance_ohm < least_ohm ? "leaking" : "sealed";
}
