import { decodeEvent } from "../../../core/record/eventCodec.ts";
import { lab } from "../../connection/index.ts";
import { type Sweep, sweepOf } from "./sweeps.ts";

const PAGE = 2000;

/** The sweeps of a run from its events; sweeps without times are left out. */
export async function readSweeps(run: string): Promise<Sweep[]> {
  const sweeps: Sweep[] = [];
  for (let from = 0; ; from += PAGE) {
    const { total, lines } = await lab.ask("run-events", { run, from, count: PAGE });
    lines.forEach((line, k) => {
      const { event } = decodeEvent(line, { file: run, line: from + k + 1 });
      const sweep = event.kind === "step-intended" ? sweepOf(event) : undefined;
      if (sweep) sweeps.push(sweep);
    });
    if (from + lines.length >= total || lines.length === 0) return sweeps;
  }
}

/** Samples of one cycle and the first of the next, which closes it. */
export async function readCycle(run: string, sweep: Sweep, column: number, cycle: number) {
  const { frequency_Hz, samplesPerCycle, start_s } = sweep;
  // more pixels than an answer may have: neighbouring samples share one
  const pixels = Math.min(8000, samplesPerCycle) + 1;
  const period_s = 1 / frequency_Hz;
  const pixel_s = period_s / (pixels - 1);
  // samples lie in the middle of their pixels, so that rounding moves none into its neighbour
  const from_s = start_s + cycle * period_s - pixel_s / 2;
  const { traces } = await lab.ask("read-trace", {
    run,
    columns: [column],
    from_s,
    to_s: from_s + pixels * pixel_s,
    pixels,
  });
  const [trace] = traces;
  const middle = (low: readonly number[], high: readonly number[]) =>
    low.map((value, k) => (value + (high[k] ?? Number.NaN)) / 2);
  return trace
    ? {
        voltage_V: middle(trace.leastVoltage_V, trace.largestVoltage_V),
        current_A: middle(trace.leastCurrent_A, trace.largestCurrent_A),
      }
    : undefined;
}
