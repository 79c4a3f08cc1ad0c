import { type Timer, wallTimer } from "../core/drivers/timer.ts";

/** Shorter waits are no patience with a device but settling times, which are kept. */
const SHORTEST_PATIENCE_S = 0.2;

/** The wall clock, but every patience is so many times longer: a loaded machine breaks no time-out that a device would keep. */
export function patientTimer(factor: number): Timer {
  return {
    now_s: () => wallTimer.now_s(),
    after: (delay_s, act) => wallTimer.after(delay_s >= SHORTEST_PATIENCE_S ? delay_s * factor : delay_s, act),
  };
}
