import { log } from "./terminal.ts";

/**
 * Signals of the stops table: once (Ctrl-C, SIGTERM, SIGHUP) aborts, ramping to 0 V at the slew limit;
 * Ctrl-C again panics, idling at once.
 */
export function listenForStops(): { readonly signal: AbortSignal; readonly panic: AbortSignal; close(): void } {
  const abort = new AbortController();
  const panic = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (!abort.signal.aborted) {
      log(`\n${name}: aborting, outputs ramp to 0 V (Ctrl-C again: at once)`);
      abort.abort("abort");
    } else if (name === "SIGINT" && !panic.signal.aborted) {
      log("\npanic: outputs idle at once");
      panic.abort("panic");
    }
  };
  const names: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const name of names) process.on(name, onSignal);
  return {
    signal: abort.signal,
    panic: panic.signal,
    close() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
