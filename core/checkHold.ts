import type { ArrayBackend } from "./arrayBackend.ts";
import { LimitError, UnsupportedError } from "./errors.ts";
import { checkVoltage, type Limits } from "./limits.ts";
import { formatSI } from "./units.ts";

/**
 * Whether a run on this array may be paused at this level, asked before anything moves. A pause has no end that is known
 * beforehand, so a level that the dwell limit counts is no hold.
 * @throws LimitError, UnsupportedError, RangeError
 */
export function checkHold(level_V: number, array: Pick<ArrayBackend, "capabilities" | "hold">, limits: Limits): void {
  if (!Number.isFinite(level_V)) throw new RangeError(`hold_V is ${level_V}, allowed are finite voltages`);
  if (level_V === 0) return;
  checkVoltage(level_V, limits, "hold_V");
  const shown = formatSI(level_V, "V", 6);
  if (limits.dwell_s !== Infinity && Math.abs(level_V) > limits.dwellAbove_V)
    throw new LimitError(
      "hold level",
      shown,
      `±${formatSI(limits.dwellAbove_V, "V", 6)}, the dwell limit counts above it`,
    );
  const { clock, holdRange_V, name } = array.capabilities;
  // a virtual clock stands still during a pause: whatever is held is held for no time
  if (clock === "virtual") return;
  if (!holdRange_V || !array.hold)
    throw new UnsupportedError("hold level", `hold_V: ${name} can hold 0 V alone between steps, asked are ${shown}`);
  const [least, most] = holdRange_V;
  if (level_V < least || level_V > most)
    throw new UnsupportedError("hold level", `hold_V: ${name} holds ${least} to ${most} V, asked are ${shown}`);
}
