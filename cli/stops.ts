import { RunStops } from "../core/runStops.ts";
import { EXIT } from "./exit.ts";
import { log } from "./terminal.ts";

/** Of the 2 s in which a run that is told to quit must be safe, this much is for the ramp; then outputs idle at once. */
const RAMP_BUDGET_s = 1.5;
const QUIT_BUDGET_s = 2;

/** What stops a run, from wherever: the stops table of the architecture. */
export interface SignalStops {
  readonly stops: RunStops;
  close(): void;
}

export interface StopOptions {
  /** Whether outputs are real: a run on a virtual clock may take its time to end, and may be suspended. */
  readonly clock: "virtual" | "wall";
  /** Where signals come from; the process, unless a test sends them. */
  readonly signals?: Pick<NodeJS.EventEmitter, "on" | "off">;
  /** Calls back after a delay; the answer cancels it. */
  readonly schedule?: (delay_s: number, action: () => void) => () => void;
  /** Leaves at once. */
  readonly exit?: (code: number) => void;
}

/**
 * Listens for signals. Ctrl-C once aborts, ramping to 0 V at the slew limit, and again, or after any other stop, panics.
 * SIGTERM and SIGHUP want the process to end: they abort, and outputs that are real and not safe after 1.5 s idle at
 * once; when nobody knows after 2 s whether they are safe, the process leaves (4) and says so. Ctrl-Z would leave real
 * outputs without anybody who watches: it pauses the run instead.
 */
export function listenForStops(options: StopOptions): SignalStops {
  const { clock, signals = process, schedule = startTimer, exit = (code) => process.exit(code) } = options;
  const stops = new RunStops((how, by) =>
    log(
      how === "abort"
        ? `\n${by}: aborting, outputs ramp to 0 V (Ctrl-C or crosspore panic: at once)`
        : `\n${by}: panic, outputs idle at once`,
    ),
  );
  const { control } = stops;
  const cancels: (() => void)[] = [];
  let quitting = false;

  const quit = (by: string) => {
    void stops.abort(by);
    if (quitting || clock === "virtual") return;
    quitting = true;
    const ifUnsafe = (action: () => void) => () => {
      if (control.safe?.failure !== undefined || control.safe === undefined) action();
    };
    cancels.push(
      schedule(
        RAMP_BUDGET_s,
        ifUnsafe(() => void stops.panicNow(`${by}, after ${RAMP_BUDGET_s} s of ramp`)),
      ),
      schedule(
        QUIT_BUDGET_s,
        ifUnsafe(() => {
          log(`\n${by}: leaving after ${QUIT_BUDGET_s} s; what the outputs do is UNKNOWN, the run stays interrupted`);
          exit(EXIT.instrument);
        }),
      ),
    );
  };

  const handlers: Record<string, () => void> = {
    SIGINT: () => void (stops.signal.aborted ? stops.panicNow("SIGINT") : stops.abort("SIGINT")),
    SIGTERM: () => quit("SIGTERM"),
    SIGHUP: () => quit("SIGHUP"),
  };
  if (clock === "wall")
    handlers.SIGTSTP = () => {
      log("\nCtrl-Z: outputs need somebody who watches; the run pauses instead, crosspore resume goes on");
      control.pause("Ctrl-Z");
    };
  for (const [name, handler] of Object.entries(handlers)) signals.on(name, handler);
  return {
    stops,
    close() {
      for (const [name, handler] of Object.entries(handlers)) signals.off(name, handler);
      for (const cancel of cancels) cancel();
    },
  };
}

function startTimer(delay_s: number, action: () => void): () => void {
  const timer = setTimeout(action, delay_s * 1000);
  return () => clearTimeout(timer);
}
