import type { StepIntended } from "../runEvent.ts";
import type { Address } from "../stimulus.ts";
import type { RecordedEvent } from "./runData.ts";

/** A step that may have been sent and whose outcome nobody knows; it is never sent again. */
export interface UnknownStep {
  readonly step: number;
  readonly protocolName: string;
  readonly label: string;
  /** Junctions whose state is unknown since. */
  readonly targets: readonly Address[];
}

/** Steps with an intent and no outcome, in their order. Nothing may assume that they happened, or that they did not. */
export function findUnknownSteps(events: readonly RecordedEvent[]): UnknownStep[] {
  const open = new Map<number, StepIntended>();
  let rows = 0;
  for (const event of events) {
    if (event.kind === "run-started") rows = event.grid.rows;
    if (event.kind === "step-intended") open.set(event.step, event);
    if (event.kind === "step-finished" || event.kind === "products-taken") open.delete(event.step);
  }
  return [...open.values()].map((intent) => ({
    step: intent.step,
    protocolName: intent.protocolName,
    label: intent.label,
    targets: targetsOf(intent, rows),
  }));
}

/** A product drives every row and reads its columns. */
function targetsOf({ targets, products }: StepIntended, rows: number): readonly Address[] {
  if (!products) return targets;
  const columns = products.readout.columns;
  return Array.from({ length: rows }, (_, row) => columns.map((column) => ({ row, column }))).flat();
}

/** E.g. "step 4 (pulse 3) was intended and has no outcome: the state of junctions r0 c1, r2 c1 is unknown". */
export function describeUnknownStep({ step, label, targets }: UnknownStep): string {
  const most = 8;
  const named = targets.slice(0, most).map(({ row, column }) => `r${row} c${column}`);
  if (targets.length > most) named.push(`${targets.length - most} more`);
  const which =
    named.length === 0 ? "the array" : `${named.length === 1 ? "junction" : "junctions"} ${named.join(", ")}`;
  return `step ${step}${label === "" ? "" : ` (${label})`} was intended and has no outcome: the state of ${which} is unknown`;
}
