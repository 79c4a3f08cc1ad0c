import type { ApplyStep } from "./protocol/protocol.ts";
import type { LineDrive } from "./stimulus.ts";
import { makeSampler } from "./waveform.ts";

/** What the first target sees in the first steps: voltages at equal times from 0 to the end. */
export interface Preview {
  readonly steps: number;
  readonly duration_s: number;
  readonly voltage_V: Float64Array;
}

/** Enough steps to show a pulse, its read and the next ones. */
const STEPS_SHOWN = 6;
const POINTS = 1440;

/** Collects the first steps that aim at the same junction as the first. */
export class PreviewMaker {
  readonly #steps: ApplyStep[] = [];
  #open = true;

  add(step: ApplyStep): void {
    if (!this.#open) return;
    const [target] = step.stimulus.targets;
    const [first] = this.#steps[0]?.stimulus.targets ?? [];
    const same =
      first === undefined || target === undefined || (target.row === first.row && target.column === first.column);
    if (same && this.#steps.length < STEPS_SHOWN) this.#steps.push(step);
    else this.#open = false;
  }

  finish(): Preview {
    const steps = this.#steps;
    // a rest that nothing follows shows nothing
    while (steps.at(-1)?.role === "rest") steps.pop();
    const duration_s = steps.reduce((sum, step) => sum + step.stimulus.duration_s, 0);
    const voltage_V = new Float64Array(duration_s > 0 ? POINTS : 0);
    let [k, start_s] = [0, 0];
    for (const { stimulus } of steps) {
      const { row, column } = stimulus.targets[0] ?? { row: stimulus.referenceRow, column: 0 };
      const high = sampler(stimulus.rows[row]);
      const low = sampler(stimulus.columns[column]);
      const end_s = start_s + stimulus.duration_s;
      for (; k < POINTS && (k * duration_s) / POINTS < end_s; k++) {
        const time_s = Math.max(0, (k * duration_s) / POINTS - start_s);
        voltage_V[k] = high(time_s) - low(time_s);
      }
      start_s = end_s;
    }
    return { steps: steps.length, duration_s, voltage_V };
  }
}

function sampler(drive: LineDrive | undefined): (time_s: number) => number {
  return drive === undefined || drive === "floating" ? () => Number.NaN : makeSampler(drive);
}
