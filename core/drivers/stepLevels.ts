import { AbortedError } from "../errors.ts";
import type { ChannelPlan } from "./instrument.ts";
import { sleep, type Timer } from "./timer.ts";

export interface Stepped {
  readonly timer: Timer;
  /** Time that a reading takes: it begins so long before the end of its level. */
  readonly reading_s: number;
  set(level_V: number): Promise<void>;
  /** Reads point `point` and tells of it. */
  read(point: number): Promise<void>;
}

/**
 * Plays a plan on an instrument that the host steps from level to level: a level begins when its command has been sent; times are
 * as good as the host and the line.
 * @throws AbortedError when `stop` aborts; the caller switches the output off
 */
export async function stepLevels(plan: ChannelPlan, by: Stepped, stop: AbortSignal): Promise<void> {
  const { timer, reading_s } = by;
  const start_s = timer.now_s();
  let end_s = 0;
  let held_V: number | undefined;
  const goOn = () => {
    if (stop.aborted) throw new AbortedError("The plan was stopped, the output is off");
  };
  for (let point = 0; point < plan.voltage_V.length; point++) {
    const level_V = plan.voltage_V[point] ?? 0;
    end_s += plan.duration_s[point] ?? 0;
    goOn();
    if (level_V !== held_V) await by.set(level_V);
    held_V = level_V;
    if (plan.measured[point] === 1) {
      await sleep(timer, start_s + end_s - reading_s - timer.now_s(), stop);
      goOn();
      await by.read(point);
    }
    await sleep(timer, start_s + end_s - timer.now_s(), stop);
  }
  goOn();
}
