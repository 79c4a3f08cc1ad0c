/**
 * Two samples of one column may have the same time: a step begins at the moment the one before it ended, and an
 * instrument's clock may jump back. On the server the second would replace the first. A lane is a tag that keeps them
 * apart: the lowest one in which the column has nothing so late yet. Ordinary runs need lanes 0 and 1.
 */
export class Lanes {
  readonly #latest: Map<number, number[]>;

  /** @param latest per column, the latest time in each lane, from `state()` */
  constructor(latest: Readonly<Record<string, readonly number[]>> = {}) {
    this.#latest = new Map(Object.entries(latest).map(([column, times]) => [Number(column), [...times]]));
  }

  /** A lane for the times from `first_ns` to `last_ns` of a column. */
  take(column: number, first_ns: number, last_ns: number): number {
    const latest = this.#latest.get(column) ?? [];
    this.#latest.set(column, latest);
    const found = latest.findIndex((time_ns) => time_ns < first_ns);
    const lane = found === -1 ? latest.length : found;
    latest[lane] = last_ns;
    return lane;
  }

  state(): Record<string, number[]> {
    return Object.fromEntries([...this.#latest].map(([column, times]) => [column, [...times]]));
  }
}
