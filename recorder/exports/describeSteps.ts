import type { RecordedEvent } from "../../core/record/runData.ts";

/** What the table says about the step that a sample belongs to. */
export interface StepText {
  /** Absent when the step was meant for junctions of several rows, or for none. */
  readonly row?: number;
  readonly protocol: string;
  readonly role: string;
  readonly label: string;
}

export function describeSteps(events: readonly RecordedEvent[]): Map<number, StepText> {
  const steps = new Map<number, StepText>();
  for (const event of events) {
    if (event.kind !== "step-intended") continue;
    const { step, targets, protocolName, role, label } = event;
    const row = targets[0]?.row;
    const shared = row !== undefined && targets.every((target) => target.row === row);
    steps.set(step, { ...(shared ? { row } : {}), protocol: protocolName, role, label });
  }
  return steps;
}
