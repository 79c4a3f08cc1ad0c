import { type RunOptions, runProtocols } from "../core/engine.ts";
import { RunControl } from "../core/runControl.ts";
import type { RunStopped } from "../core/runEvent.ts";
import { LiveStatus } from "../recorder/control/liveStatus.ts";
import { type ControlServer, serveControl } from "../recorder/control/serveControl.ts";
import type { RunRecorder } from "../recorder/runRecorder.ts";
import { watchSuspension } from "../runtime/suspendWatch.ts";
import { describeError } from "./exit.ts";
import { makePace, type Pace } from "./pace.ts";
import { ProgressBar } from "./progress.ts";
import { listenForStops, type StopOptions } from "./stops.ts";
import { log } from "./terminal.ts";

export interface Supervised extends Omit<RunOptions, "signal" | "panic" | "control" | "emit"> {
  /** For status. */
  readonly name: string;
  /** Makes the run folder; signals are taken from before it exists. */
  readonly record: () => Promise<RunRecorder>;
  /** Times the quit budget; a timer unless a test decides when it has passed. */
  readonly schedule?: StopOptions["schedule"];
  /** Holds back a virtual clock. */
  readonly pace?: Pace;
}

/**
 * Runs, records, and listens to everybody who may stop the run: signals, the control socket, the machine that sleeps.
 * The array is disposed of in any case.
 * @returns the end of the run; undefined when it never began
 * @throws as `runProtocols` and the recorder do, after the folder is closed
 */
export async function superviseRun(options: Supervised): Promise<RunStopped | undefined> {
  const { array, record, pace = makePace(), name, schedule, ...run } = options;
  const control = new RunControl();
  const stops = listenForStops({ control, clock: array.capabilities.clock, ...(schedule && { schedule }) });
  const suspension = watchSuspension((duration_s) => control.reportSuspension(duration_s));
  const status = new LiveStatus(name, control, [stops.signal, stops.panic]);
  const progress = new ProgressBar();
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
      log(`crosspore: ${describeError(error)}; signals still stop the run`);
      return undefined;
    });
    try {
      await runProtocols({
        ...run,
        array,
        signal: stops.signal,
        panic: stops.panic,
        control,
        emit: (event) => {
          progress.update(event);
          status.take(event);
          if (event.kind === "run-stopped") stopped = event;
          return pace.follow(recorder.append(event));
        },
      });
    } finally {
      progress.clear();
      if (stopped) await recorder.close(stopped);
    }
  } finally {
    await server?.close();
    await array[Symbol.asyncDispose]();
    suspension.close();
    stops.close();
  }
  return stopped;
}
