import type { BiasScheme } from "../../bias.ts";
import type { Clock } from "../../clock.ts";
import type { Timer } from "../timer.ts";
import { sleep } from "../timer.ts";
import type { Bench, BenchStep } from "./bench.ts";

/** A machine that is busy is late by up to this much and catches up; more was idle time of an instrument. */
const LATE_S = 1;

/**
 * The clock of an emulated instrument, and the bench driven at its pace: a step's answer is there when its time has passed on the
 * machine's timer. Between `rest` and the end of what the instrument was told to do only its own steps move this clock, so that a
 * busy machine changes nothing that is measured.
 */
export class DeviceTime implements Clock {
  readonly #bench: Bench;
  readonly #timer: Timer;
  /** How far the device under test has come. */
  #reached_s: number;

  constructor(bench: Bench, timer: Timer) {
    this.#bench = bench;
    this.#timer = timer;
    this.#reached_s = timer.now_s();
  }

  /** Time on the instrument's own clock. */
  now_s(): number {
    return this.#reached_s;
  }

  /** Call it when the instrument begins something: the time since its last step passes for the device under test, with open terminals. */
  async rest(): Promise<void> {
    const idle_s = this.#timer.now_s() - this.#reached_s;
    if (idle_s <= 0) return;
    this.#reached_s += idle_s;
    await this.#bench.rest(idle_s);
  }

  /**
   * Plays steps and waits until they are over.
   * @param signal ends them at once: the device under test has then seen what had passed of them, and is not ahead of the clock
   * @returns a current per step; NaN for those that did not begin
   */
  async play(steps: readonly BenchStep[], signal?: AbortSignal, bias?: BiasScheme): Promise<Float64Array> {
    if (this.#timer.now_s() - this.#reached_s > LATE_S) await this.rest();
    const duration_s = steps.reduce((sum, step) => sum + step.duration_s, 0);
    if (signal) await sleep(this.#timer, this.#reached_s + duration_s - this.#timer.now_s(), signal);
    const passed_s = signal?.aborted ? this.#timer.now_s() - this.#reached_s : duration_s;
    const played = passed_s < duration_s ? cut(steps, Math.max(0, passed_s)) : steps;
    const current_A = new Float64Array(steps.length).fill(Number.NaN);
    if (played.length > 0) current_A.set(await this.#bench.drive(played, bias));
    this.#reached_s += Math.min(Math.max(0, passed_s), duration_s);
    if (!signal) await sleep(this.#timer, this.#reached_s - this.#timer.now_s());
    return current_A;
  }
}

/** The first `lasting_s` of steps. */
function cut(steps: readonly BenchStep[], lasting_s: number): BenchStep[] {
  const kept: BenchStep[] = [];
  let left_s = lasting_s;
  for (const step of steps) {
    if (!(left_s > 0)) break;
    const duration_s = Math.min(step.duration_s, left_s);
    kept.push({ ...step, duration_s, aperture_s: Math.min(step.aperture_s, duration_s) });
    left_s -= duration_s;
  }
  return kept;
}
