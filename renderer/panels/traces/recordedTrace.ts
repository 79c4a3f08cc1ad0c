import type { Trace } from "../../../core/labMessages/index.ts";
import type { Overview } from "./minimap.ts";
import type { Drawn } from "./tracePlots.ts";

/** A recorded trace as plots take it. */
export function viewOf(trace: Trace): Drawn {
  const length = trace.leastCurrent_A.length;
  return {
    length,
    time_s: Float64Array.from({ length }, (_, k) => trace.start_s + (k + 0.5) * trace.pixel_s),
    voltageLow_V: trace.leastVoltage_V,
    voltageHigh_V: trace.largestVoltage_V,
    currentLow_A: trace.leastCurrent_A,
    currentHigh_A: trace.largestCurrent_A,
    conductanceLow_S: trace.leastConductance_S,
    conductanceHigh_S: trace.largestConductance_S,
  };
}

/** The same as a minimap takes it. */
export function overviewOf(trace: Trace): Overview {
  return {
    start_s: trace.start_s,
    width_s: trace.pixel_s,
    length: trace.leastCurrent_A.length,
    at: (k) => ({
      low_A: trace.leastCurrent_A[k] ?? Number.NaN,
      high_A: trace.largestCurrent_A[k] ?? Number.NaN,
      lost: 0,
    }),
  };
}
