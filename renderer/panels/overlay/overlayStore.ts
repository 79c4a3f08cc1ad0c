import { create } from "zustand";
import type { RunSummaryCard } from "../../../core/labMessages/index.ts";

/** Which two runs are compared: the reference (an emulated one, as a rule) and the other. */
export const useOverlay = create<{ readonly emulated: string | undefined; readonly measured: string | undefined }>(
  () => ({ emulated: undefined, measured: undefined }),
);

/** Puts a run on its side of the comparison. */
export function compareWith(run: RunSummaryCard): void {
  useOverlay.setState(run.source === "measured" ? { measured: run.run } : { emulated: run.run });
}

/**
 * What to compare where nobody chose: the newest measured run with the newest emulated one of the same name, or simply
 * the two newest of one name; runs of one experiment have curves in common.
 */
export function suggestPair(runs: readonly RunSummaryCard[]): {
  emulated: string | undefined;
  measured: string | undefined;
} {
  const whole = runs.filter(({ status }) => status === "success" || status === "abort");
  for (const measured of whole.filter(({ source }) => source === "measured")) {
    const emulated = whole.find(({ source, name }) => source === "emulated" && name === measured.name);
    if (emulated) return { emulated: emulated.run, measured: measured.run };
  }
  for (const [k, newer] of whole.entries()) {
    const older = whole.slice(k + 1).find(({ name }) => name === newer.name);
    if (older) return { emulated: older.run, measured: newer.run };
  }
  return { emulated: undefined, measured: whole[0]?.run };
}
