import type { RunStopped } from "../core/runEvent.ts";
import { type RecordedRunOptions, recordRun } from "../recorder/recordRun.ts";
import { describeError } from "./exit.ts";
import { ProgressBar } from "./progress.ts";
import { listenForStops, type StopOptions } from "./stops.ts";
import { log } from "./terminal.ts";

export interface Supervised extends Omit<RecordedRunOptions, "stops" | "follow" | "onBegin" | "warn"> {
  /** Times the quit budget; a timer unless a test decides when it has passed. */
  readonly schedule?: StopOptions["schedule"];
  /** What can still be done for the outputs when the run has failed; the signal of whoever wants to leave ends it. */
  readonly recover?: (error: unknown, signal: AbortSignal) => Promise<void>;
}

/**
 * Runs, records, shows progress, and listens to everybody who may stop the run: signals, the control socket, the machine
 * that sleeps. The array is disposed of in any case.
 * @returns the end of the run; undefined when it never began
 * @throws as `recordRun` does
 */
export async function superviseRun({ schedule, recover, ...run }: Supervised): Promise<RunStopped | undefined> {
  const { array } = run;
  const stops = listenForStops({ clock: array.capabilities.clock, ...(schedule && { schedule }) });
  const progress = new ProgressBar();
  try {
    return await recordRun({
      ...run,
      stops: stops.stops,
      follow: (event) => progress.update(event),
      warn: (error) => log(`crosspore: ${describeError(error)}; signals still stop the run`),
    });
  } catch (error) {
    progress.clear();
    await recover?.(error, stops.stops.signal);
    throw error;
  } finally {
    progress.clear();
    await array[Symbol.asyncDispose]();
    stops.close();
  }
}
