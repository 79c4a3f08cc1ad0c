/** Time is injected: an emulated array owns a virtual clock, an instrument reads a wall clock. Seconds from its start. */
export interface Clock {
  now_s(): number;
}

/** A clock that moves only when told. */
export class VirtualClock implements Clock {
  #now_s = 0;

  now_s(): number {
    return this.#now_s;
  }

  advance(duration_s: number): void {
    if (!(duration_s >= 0)) throw new RangeError(`A clock cannot move by ${duration_s} s, allowed are 0 and more`);
    this.#now_s += duration_s;
  }

  /** Jumps to an absolute time without the rounding of many small advances. */
  moveTo(time_s: number): void {
    if (!(time_s >= this.#now_s)) throw new RangeError(`A clock at ${this.#now_s} s cannot move back to ${time_s} s`);
    this.#now_s = time_s;
  }
}
