import type { EmulatedArrayConfig } from "../../emulated/config.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import type { StepIntended } from "../../runEvent.ts";
import { runInMemory } from "../../runInMemory.ts";
import type { MarkStep, Protocol } from "../protocol.ts";

/** A step that was taken, with the mean current of each of its windows in its first column. */
export interface Measured {
  readonly role: string;
  readonly tags: StepIntended["tags"];
  readonly label: string;
  readonly startTime_s: number;
  readonly duration_s: number;
  readonly current_A: Readonly<Record<string, number>>;
  /** Window "read" over `voltage_V` of the tags. */
  readonly conductance_S: number;
}

/** Runs a protocol through the engine on an emulated array; for tests of what a protocol measures. */
export async function measure(config: Partial<EmulatedArrayConfig>, protocol: Protocol, seed = 1) {
  const junction = { model: "ncnm-channel" };
  await using array = new EmulatedArray({ rows: 1, columns: 1, junction, ...config }, { seed });
  const run = await runInMemory(array, protocol, { seed });
  const intents = new Map<number, StepIntended>();
  const steps: Measured[] = [];
  const marks: Pick<MarkStep, "label" | "data">[] = [];
  for (const event of run.events) {
    if (event.kind === "step-intended") intents.set(event.step, event);
    else if (event.kind === "marked") marks.push(event);
    else if (event.kind === "step-finished") {
      const intent = intents.get(event.step);
      if (!intent) throw new Error(`step ${event.step} was never intended`);
      const { role, tags, label, duration_s } = intent;
      const current_A = Object.fromEntries(
        event.reading.windows.map((window) => [window.label, window.current_A[0] ?? Number.NaN]),
      );
      const conductance_S = (current_A["read"] ?? Number.NaN) / Number(tags["voltage_V"]);
      const { startTime_s } = event.reading;
      steps.push({ role, tags, label, startTime_s, duration_s, current_A, conductance_S });
    }
  }
  return { run, steps, marks, probes: steps.filter(({ role }) => role === "probe") };
}
