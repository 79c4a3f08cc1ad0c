/** The samples that share a lane: at any moment those of one step, of each column one. */
export interface Lane {
  /** Whose samples it takes now. */
  readonly step: number;
  /** Where the samples of earlier steps end in it; nanoseconds from the start of the run, as the others. */
  readonly before_ns: number;
  /** Where all of it ends. */
  readonly latest_ns: number;
  /** Where each column of this step ends. */
  readonly columns: Readonly<Record<string, number>>;
}

/**
 * Samples of one moment may belong to two steps (a step begins when the one before it ended), or to one column twice (an
 * instrument's clock jumps back). On the server the second would replace the first. A lane is a tag that keeps them
 * apart: the lowest one that has room. Ordinary runs need lanes 0 and 1.
 */
export class Lanes {
  readonly #lanes: { step: number; before_ns: number; latest_ns: number; columns: Map<number, number> }[];

  /** @param lanes from `state()` */
  constructor(lanes: readonly Lane[] = []) {
    this.#lanes = lanes.map((lane) => ({
      ...lane,
      columns: new Map(Object.entries(lane.columns).map(([column, last_ns]) => [Number(column), last_ns])),
    }));
  }

  /** A lane for a column's samples of a step from `first_ns` to `last_ns`. */
  take(step: number, column: number, first_ns: number, last_ns: number): number {
    const found = this.#lanes.findIndex((lane) =>
      lane.step === step
        ? first_ns > Math.max(lane.before_ns, lane.columns.get(column) ?? -Infinity)
        : first_ns > lane.latest_ns,
    );
    const number = found === -1 ? this.#lanes.length : found;
    const none_ns = Number.MIN_SAFE_INTEGER;
    const lane = this.#lanes[number] ?? { step, before_ns: none_ns, latest_ns: none_ns, columns: new Map() };
    this.#lanes[number] = lane;
    if (lane.step !== step) {
      lane.step = step;
      lane.before_ns = lane.latest_ns;
      lane.columns.clear();
    }
    lane.columns.set(column, last_ns);
    lane.latest_ns = Math.max(lane.latest_ns, last_ns);
    return number;
  }

  state(): Lane[] {
    return this.#lanes.map((lane) => ({ ...lane, columns: Object.fromEntries(lane.columns) }));
  }
}
