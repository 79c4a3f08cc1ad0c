import { streamOf, threefry2x32 } from "../random.ts";

const STREAM = streamOf("junction");
const key = new Uint32Array(2);
const block = new Uint32Array(2);

/**
 * Random numbers of one junction at a time: functions of (seed, junction, draw) and of nothing else, so that a step that
 * is repeated from a copy of the state, or done by another thread, draws the same bits.
 */
export class Dice {
  #seed = -1;
  #key0 = 0;
  #key1 = 0;
  /** The junction seated last. */
  junction = 0;
  /** Draws of the seated junction so far. */
  draws = 0;

  /** @param seed integer from 0 to 2^53 - 1 */
  reseed(seed: number): void {
    if (seed === this.#seed) return;
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new RangeError(`seed is ${seed}, allowed are integers from 0 to 2^53 - 1`);
    threefry2x32(seed >>> 0, Math.floor(seed / 0x100000000), STREAM, 0, key);
    this.#seed = seed;
    this.#key0 = key[0];
    this.#key1 = key[1];
  }

  /** From here on numbers belong to this junction; draws repeat after 2^32. */
  seat(junction: number, draws: number): void {
    this.junction = junction;
    this.draws = draws;
  }

  /** Uniform in the open interval (0, 1), 52 random bits. */
  uniform(): number {
    threefry2x32(this.#key0, this.#key1, this.junction >>> 0, this.draws++ >>> 0, block);
    return ((block[0] >>> 12) * 0x100000000 + block[1] + 0.5) / 0x10000000000000;
  }

  /** Standard normal (Box and Muller's cosine). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Waiting time of an event of this rate per second; Infinity at rate 0. */
  wait(rate_per_s: number): number {
    return -Math.log(this.uniform()) / rate_per_s;
  }
}
