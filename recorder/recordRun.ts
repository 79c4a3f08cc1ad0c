import { type RunOptions, runProtocols } from "../core/engine.ts";
import type { RunEvent, RunStopped } from "../core/runEvent.ts";
import type { RunStops } from "../core/runStops.ts";
import { watchSuspension } from "../runtime/suspendWatch.ts";
import { LiveStatus } from "./control/liveStatus.ts";
import { type ControlServer, serveControl } from "./control/serveControl.ts";
import { makePace, type Pace } from "./pace.ts";
import type { RunRecorder } from "./runRecorder.ts";

export interface RecordedRunOptions extends Omit<RunOptions, "signal" | "panic" | "control" | "emit"> {
  /** For status. */
  readonly name: string;
  readonly stops: RunStops;
  /** Makes the run folder; stops are heard from before it exists. */
  readonly record: () => Promise<RunRecorder>;
  /** Holds back a virtual clock. */
  readonly pace?: Pace;
  /** Follows the run beside the recorder, which takes each event next. */
  readonly follow?: (event: RunEvent) => void;
  /** The folder exists and the run begins. */
  readonly onBegin?: (recorder: RunRecorder, status: LiveStatus) => void;
  /** What goes wrong beside the run. */
  readonly warn: (problem: unknown) => void;
}

/**
 * Runs and records, and lets other processes watch and stop the run through its folder; a machine that sleeps is noticed.
 * The array is left to the caller.
 * @returns the end of the run; undefined when it never began
 * @throws as `runProtocols` and the recorder do, after the folder is closed
 */
export async function recordRun(options: RecordedRunOptions): Promise<RunStopped | undefined> {
  const { name, stops, record, pace = makePace(), follow, onBegin, warn, ...run } = options;
  const { control } = stops;
  const suspension = watchSuspension((duration_s) => control.reportSuspension(duration_s));
  const status = new LiveStatus(name, control, [stops.signal, stops.panic]);
  let server: ControlServer | undefined;
  let stopped: RunStopped | undefined;
  try {
    const recorder = await record();
    server = await serveControl(recorder.folder, {
      status: () => status.read(),
      pause: () => control.pause("crosspore pause"),
      resume: () => control.resume("crosspore resume"),
      stop: () => control.stop("crosspore stop"),
      abort: () => stops.abort("crosspore abort"),
      panic: () => stops.panicNow("crosspore panic"),
    }).catch((error: unknown) => {
      warn(error);
      return undefined;
    });
    onBegin?.(recorder, status);
    try {
      await runProtocols({
        ...run,
        signal: stops.signal,
        panic: stops.panic,
        control,
        emit: (event) => {
          status.take(event);
          if (event.kind === "run-stopped") stopped = event;
          follow?.(event);
          return pace.follow(recorder.append(event));
        },
      });
    } finally {
      if (stopped) await recorder.close(stopped);
    }
  } finally {
    await server?.close();
    suspension.close();
  }
  return stopped;
}
