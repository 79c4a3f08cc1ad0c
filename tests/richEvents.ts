import type { RunEvent } from "../core/runEvent.ts";
import { makeBlock, makeEvents } from "./recordedRun.ts";

/** Steps that touch, columns of one time, products of several vectors, marks, texts that would forge lines. */
export function makeRichEvents(): RunEvent[] {
  const events = makeEvents(4, 300);
  const intent = events.find((event) => event.kind === "step-intended");
  if (intent?.kind !== "step-intended") throw new Error("no step");
  // begins at the very sample with which step 3 ended, on column 0 alone
  const last = makeBlock(3, 0, 300);
  const end_s = last.startTime_s + 299 * last.samplePeriod_s;
  const touching = { ...makeBlock(4, 0, 10), startTime_s: end_s };
  events.push(
    { ...intent, step: 4, time_s: end_s, label: "x\nevil v=666" },
    { kind: "samples", step: 4, block: touching },
    { kind: "samples", step: 4, block: { ...makeBlock(4, 1, 1, end_s), samplePeriod_s: 0 } },
    {
      kind: "step-finished",
      step: 4,
      time_s: 1,
      reading: { startTime_s: end_s, endTime_s: 1, columns: [0, 1], windows: [], samples: 11, lost: 1, overloads: 1 },
    },
    { ...intent, step: 5, time_s: 1, action: "multiply" },
    {
      kind: "products-taken",
      step: 5,
      time_s: 1.3,
      inputs_V: Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
      products: {
        startTime_s: 1,
        endTime_s: 1.3,
        columns: [0, 1],
        current_A: Float64Array.of(1e-9, 2e-9, 3e-9, Number.NaN, 5e-9, 6e-9),
        overloads: 0,
        method: "direct",
      },
      expected_A: Float64Array.of(1, 2, 3, 4, 5, 6),
    },
    {
      kind: "marked",
      time_s: 1.3,
      protocol: 0,
      protocolName: "p",
      label: "m",
      data: { a: 1, b: "two\nevil v=1", c: [1, 2] },
    },
    { kind: "marked", time_s: 1.3, protocol: 0, protocolName: "p", label: "n", data: { a: "text now" } },
    {
      kind: "instrument-state",
      time_s: 0.1,
      instrument: "Elements e4 on serial:/dev/ttyUSB1",
      state: { mode: "VC", currentRange_A: 2e-9, filtered: true },
    },
    { kind: "quality-flagged", time_s: 0.2, flag: "wall-clock-jump", offset_s: -0.7 },
    { kind: "paused", time_s: 1.3, steps: 5, level_V: 0, by: "crosspore pause" },
  );
  return events;
}
