/** Bursts that may be on their way to somebody who has not said that the ones before were drawn. */
const BURSTS = 2;

/** Numbers the frames of one stream and says whether more may be sent. */
export class Credit {
  #sequence = 0;
  #acknowledged = -1;
  /** Last sequence number of the bursts on their way, oldest first. */
  readonly #bursts: number[] = [];

  /** Whether another burst may go. */
  get open(): boolean {
    return this.#bursts.length < BURSTS;
  }

  next(): number {
    return this.#sequence++;
  }

  /** Everything since the last call was one burst. */
  endBurst(): void {
    this.#bursts.push(this.#sequence - 1);
  }

  /** Frames up to this number have been drawn. */
  acknowledge(sequence: number): void {
    if (sequence >= this.#sequence) return;
    this.#acknowledged = Math.max(this.#acknowledged, sequence);
    while ((this.#bursts[0] ?? Infinity) <= this.#acknowledged) this.#bursts.shift();
  }
}
