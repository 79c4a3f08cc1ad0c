import type { Reading, WindowReading } from "../arrayBackend.ts";
import type { RunData } from "../record/runData.ts";
import type { ProductsTaken, StepIntended } from "../runEvent.ts";

/** A step with what came of it; neither `reading` nor `products` when its outcome is unknown. */
export interface RunStep {
  readonly intended: StepIntended;
  readonly reading?: Reading;
  readonly products?: ProductsTaken;
}

/** The steps of one entry of the experiment's protocol list, in order. */
export interface ProtocolSteps {
  readonly protocol: number;
  readonly name: string;
  readonly steps: readonly RunStep[];
}

/** Joins intents with outcomes, by protocol. Order of first appearance, which is the order of the experiment. */
export function collectSteps(run: RunData): ProtocolSteps[] {
  const readings = new Map<number, Reading>();
  const products = new Map<number, ProductsTaken>();
  for (const event of run.events) {
    if (event.kind === "step-finished") readings.set(event.step, event.reading);
    else if (event.kind === "products-taken") products.set(event.step, event);
  }
  const groups = new Map<number, { protocol: number; name: string; steps: RunStep[] }>();
  for (const event of run.events) {
    if (event.kind !== "step-intended") continue;
    const group = groups.get(event.protocol) ?? { protocol: event.protocol, name: event.protocolName, steps: [] };
    groups.set(event.protocol, group);
    const reading = readings.get(event.step);
    const taken = products.get(event.step);
    group.steps.push({ intended: event, ...(reading && { reading }), ...(taken && { products: taken }) });
  }
  return [...groups.values()];
}

export function numberTag(step: StepIntended, name: string): number | undefined {
  const value = step.tags[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function textTag(step: StepIntended, name: string): string | undefined {
  const value = step.tags[name];
  return value === undefined ? undefined : String(value);
}

/** Window of a reading by its label, or the only one there is. */
export function windowOf(reading: Reading, label: string): WindowReading | undefined {
  return (
    reading.windows.find((window) => window.label === label) ??
    (reading.windows.length === 1 ? reading.windows[0] : undefined)
  );
}

/** What a step measured at each of its junctions: all columns of a row where it names no column. */
export function junctionsOf(step: RunStep): { row: number; column: number; at: number }[] {
  const { intended, reading } = step;
  const columns = reading?.columns ?? [];
  const row = numberTag(intended, "row") ?? intended.targets[0]?.row;
  const column = numberTag(intended, "column");
  if (row === undefined) return [];
  return columns.flatMap((listened, at) =>
    column === undefined || column === listened ? [{ row, column: listened, at }] : [],
  );
}
