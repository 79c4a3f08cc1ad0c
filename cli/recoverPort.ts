import type { InstrumentArray } from "../core/drivers/instrumentArray.ts";
import { AbortedError, TransportError } from "../core/errors.ts";
import { describeError } from "./exit.ts";
import { log } from "./terminal.ts";

/** How long a plug may be out before the output is left to whoever stands beside it. */
const PATIENCE_S = 10;

/**
 * After a run has failed: says what state the outputs are in. Where its port went away, waits for the port and makes the output safe
 * first. Nothing of the run is sent again.
 */
export async function recoverPort(array: InstrumentArray, error: unknown, signal: AbortSignal): Promise<void> {
  if (!(error instanceof TransportError)) {
    await tellOutputs(array);
    return;
  }
  if (error.kind === "canceled") return;
  log(`${error.message}; waiting up to ${PATIENCE_S} s for it, to make its output safe`);
  try {
    await array.reconnect(signal, PATIENCE_S);
    log("it is back: its output is at 0 V and off; the step that was under way is recorded as uncertain");
  } catch (failed) {
    // what the new session drove is not the question here
    const said = describeError(failed).split("; it was asked who it is")[0] ?? "";
    const why = failed instanceof AbortedError ? "" : ` (${said})`;
    log(`it did not come back${why}: the state of its output is not known, switch the instrument off by hand`);
  }
}

/** The instrument is asked once more, so that what is said is what it answered. */
async function tellOutputs(array: InstrumentArray): Promise<void> {
  try {
    await array.makeSafe("immediate");
    log("the run has ended: its output is at 0 V, every switch is open");
  } catch (failed) {
    log(`the state of its output is not known (${describeError(failed)}): switch the instrument off by hand`);
  }
}
