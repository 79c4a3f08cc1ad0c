import type { ArrayBackend } from "./arrayBackend.ts";
import { HOLD_CHECKS } from "./limiter/holdChecks.ts";
import type { Limits } from "./limits.ts";

/**
 * Whether a run on this array may be paused at this level, asked before anything moves. A pause has no end that is known
 * beforehand, so a level that a limit over time counts is no hold.
 * @throws LimitError, UnsupportedError, RangeError
 */
export function checkHold(level_V: number, array: Pick<ArrayBackend, "capabilities" | "hold">, limits: Limits): void {
  if (!Number.isFinite(level_V)) throw new RangeError(`hold_V is ${level_V}, allowed are finite voltages`);
  if (level_V === 0) return;
  for (const check of Object.values(HOLD_CHECKS)) check({ level_V, array, limits });
}
