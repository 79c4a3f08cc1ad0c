import type { Limits } from "../limits.ts";
import type { JunctionDrive } from "./stretch.ts";

/** What a junction has borne in the run so far. */
export interface JunctionPast {
  /** How long it has been above the threshold until now. */
  readonly dwelling_s: number;
  /** Its largest excess over the duty that ends now (burst.ts). */
  readonly burst_s: number;
  readonly dose_Vs: number;
  readonly square_V2s: number;
}

/**
 * Remembers, of every junction that ever bore a voltage that counts, what the limits over time need. Steps follow
 * without a pause, so a dwell goes on from one to the next. Quiet junctions cost nothing: an array of a million costs
 * what its driven lines cost.
 */
export class JunctionHistory {
  readonly #duty: number;
  readonly #keepsDose: boolean;
  #dwelling = new Map<number, number>();
  #dwellingNext = new Map<number, number>();
  /** Excess and when it held; it falls by `duty` per second of rest. */
  readonly #bursts = new Map<number, readonly [excess_s: number, at_s: number]>();
  readonly #doses = new Map<number, readonly [dose_Vs: number, square_V2s: number]>();
  #now_s = 0;

  constructor({ duty, charge_C, energy_J }: Limits) {
    this.#duty = duty;
    this.#keepsDose = charge_C !== Infinity || energy_J !== Infinity;
  }

  past(junction: number): JunctionPast {
    const [excess_s, at_s] = this.#bursts.get(junction) ?? [0, this.#now_s];
    const [dose_Vs, square_V2s] = this.#doses.get(junction) ?? [0, 0];
    return {
      dwelling_s: this.#dwelling.get(junction) ?? 0,
      burst_s: Math.max(0, excess_s - this.#duty * (this.#now_s - at_s)),
      dose_Vs,
      square_V2s,
    };
  }

  /** Whether a drive leaves anything to remember or to compare with the past. */
  concerns({ longest_s, dose_Vs }: JunctionDrive): boolean {
    return longest_s > 0 || (this.#keepsDose && dose_Vs > 0);
  }

  /** Books a drive that begins now; `elapse` follows when every junction is booked. */
  book(junction: number, drive: JunctionDrive): void {
    const { dwelling_s, burst_s, dose_Vs, square_V2s } = this.past(junction);
    const { length_s, trailing_s, burst } = drive;
    if (trailing_s > 0) this.#dwellingNext.set(junction, trailing_s >= length_s ? dwelling_s + length_s : trailing_s);
    if (this.#duty < 1)
      this.#bursts.set(junction, [Math.max(burst.ending_s, burst_s + burst.total_s), this.#now_s + length_s]);
    if (this.#keepsDose) this.#doses.set(junction, [dose_Vs + drive.dose_Vs, square_V2s + drive.square_V2s]);
  }

  /** Time goes on, and whoever was not booked above the threshold has been below. */
  elapse(duration_s: number): void {
    this.#now_s += duration_s;
    this.#dwelling = this.#dwellingNext;
    this.#dwellingNext = new Map();
  }
}
