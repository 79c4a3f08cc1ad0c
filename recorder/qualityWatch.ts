import type { SampleBlock } from "../core/arrayBackend.ts";
import type { QualityFlagged } from "../core/runEvent.ts";

/** A wall clock that differs from the monotonic one by more than this was set, or the machine slept. NTP slews below it. */
const WALL_JUMP_s = 0.5;

/** Notices what the data alone do not say: samples out of order, gaps inside a step, a wall clock that jumped. */
export class QualityWatch {
  /** Per column: its latest sample. */
  readonly #columns = new Map<number, { readonly step: number; readonly time_s: number }>();
  #clocks: { readonly wall_s: number; readonly elapsed_s: number } | undefined;
  #time_s = 0;

  /**
   * The next block of its column, not empty. Within a step its first sample is due one period after the last one; a step
   * may begin at the very moment that the step before it ended. Below half a period is rounding.
   */
  takeBlock(step: number, block: SampleBlock): QualityFlagged | undefined {
    const { channel: column, startTime_s, samplePeriod_s } = block;
    const last = this.#columns.get(column);
    const time_s = startTime_s + (block.current_A.length - 1) * samplePeriod_s;
    this.#columns.set(column, { step, time_s: Math.max(time_s, last?.time_s ?? -Infinity) });
    this.#time_s = Math.max(this.#time_s, time_s);
    if (!last) return undefined;
    const sameStep = step === last.step;
    const offset_s = startTime_s - last.time_s - (sameStep ? samplePeriod_s : 0);
    const early = offset_s < -samplePeriod_s / 2;
    if (!early && !(sameStep && offset_s > samplePeriod_s / 2)) return undefined;
    const flag = early ? "out-of-order" : "gap";
    return { kind: "quality-flagged", time_s: startTime_s, flag, offset_s, step, column };
  }

  /**
   * @param wall a reading of the wall clock
   * @param elapsed_s of a monotonic clock, at the same moment
   */
  takeClocks(wall: Date, elapsed_s: number): QualityFlagged | undefined {
    const last = this.#clocks;
    const wall_s = wall.getTime() / 1000;
    this.#clocks = { wall_s, elapsed_s };
    if (!last) return undefined;
    const offset_s = wall_s - last.wall_s - (elapsed_s - last.elapsed_s);
    if (Math.abs(offset_s) <= WALL_JUMP_s) return undefined;
    return { kind: "quality-flagged", time_s: this.#time_s, flag: "wall-clock-jump", offset_s };
  }
}
