import type { Parameters } from "../../crossbar/model.ts";
import { simulateJunction } from "../../simulate.ts";
import type { EventClassifier } from "./detectEvents.ts";

/** A junction that sees the blockade itself and remembers it: classification where the signal is made. */
export interface JunctionClassifier {
  readonly model: string;
  readonly parameters?: Parameters;
  /** Voltage on the junction when all of the pore's current is blocked; none is blocked: 0 V. */
  readonly full_V: number;
  /** Ends of the classes, ascending, of the conductance behind the event over that before it. */
  readonly boundaries: readonly number[];
  /** One more than boundaries. */
  readonly labels: readonly string[];
}

/**
 * A volatile junction as integrator: its voltage follows the blocked part of the current, its conductance at the end of the
 * event over that of rest is the score. A junction slower than the event weighs depth by dwell.
 * @throws RangeError for labels that do not fit, or a model or parameter that is unknown
 */
export function junctionClassifier(junction: JunctionClassifier): EventClassifier {
  const { model, parameters, full_V, boundaries, labels } = junction;
  if (labels.length !== boundaries.length + 1)
    throw new RangeError(`labels are ${labels.length}, allowed are ${boundaries.length + 1}, one more than boundaries`);
  if (boundaries.some((value, k) => k > 0 && !(value > boundaries[k - 1]!)))
    throw new RangeError(`boundaries are ${boundaries.join(", ")}, they must rise`);
  return ({ open_A }, current_A, samplePeriod_s) => {
    const voltage_V = Array.from(current_A, (i) => full_V * Math.max(0, 1 - i / open_A));
    const time_s = voltage_V.map((_, k) => k * samplePeriod_s);
    // rest before and a small voltage behind it, to read the conductance with
    const read_V = 0.01 * full_V;
    const drive = {
      kind: "samples" as const,
      time_s: [...time_s, time_s.length * samplePeriod_s],
      voltage_V: [...voltage_V, read_V],
    };
    const { current_A: seen } = simulateJunction({ model, ...(parameters && { parameters }), waveform: drive });
    const rest = simulateJunction({
      model,
      ...(parameters && { parameters }),
      waveform: { kind: "samples", time_s: [0], voltage_V: [read_V] },
    });
    const score = (seen.at(-1) ?? 0) / (rest.current_A[0] ?? 1);
    const place = boundaries.filter((end) => score >= end).length;
    return { label: labels[place] ?? "", score };
  };
}
