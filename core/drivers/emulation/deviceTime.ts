import type { BiasScheme } from "../../bias.ts";
import type { Timer } from "../timer.ts";
import { sleep } from "../timer.ts";
import type { Bench, BenchStep } from "./bench.ts";

/**
 * Drives the bench at the device's own pace: a step's answer is there when its time has passed on the instrument's timer,
 * and the time that the instrument idles passes for the device under test too.
 */
export class DeviceTime {
  readonly #bench: Bench;
  readonly #timer: Timer;
  /** When the device under test was last up to date. */
  #reached_s: number;

  constructor(bench: Bench, timer: Timer) {
    this.#bench = bench;
    this.#timer = timer;
    this.#reached_s = timer.now_s();
  }

  /** Lets the time since the last step pass with open terminals. */
  async rest(): Promise<void> {
    const idle_s = this.#timer.now_s() - this.#reached_s;
    if (idle_s <= 0) return;
    this.#reached_s += idle_s;
    await this.#bench.rest(idle_s);
  }

  /** Plays steps and waits until they are over; less when `signal` aborts (the device under test has then seen them whole). */
  async play(steps: readonly BenchStep[], signal?: AbortSignal, bias?: BiasScheme): Promise<Float64Array> {
    const duration_s = steps.reduce((sum, step) => sum + step.duration_s, 0);
    const current_A = await this.#bench.drive(steps, bias);
    this.#reached_s += duration_s;
    await sleep(this.#timer, this.#reached_s - this.#timer.now_s(), signal);
    return current_A;
  }
}
