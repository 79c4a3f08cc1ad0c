/**
 * Blockades in the current of a pore. The open-pore current and its noise follow the record (exponential means of samples
 * that are no blockade); a blockade begins where the current falls below the threshold and ends where it is back at half of
 * it. Depth is the mean of its inner four fifths, dwell the time between the crossings of half the depth, interpolated, so
 * that a low-pass that rounds both edges alike takes nothing away. Sub-levels are one event.
 */
export interface EventOptions {
  readonly samplePeriod_s: number;
  /** Below the open-pore current: in standard deviations of its noise, or in ampere. */
  readonly threshold: { readonly sigma: number } | { readonly current_A: number };
  /** Time constant with which the open-pore current is followed. */
  readonly baseline_s: number;
  /** Shorter blockades are noise. */
  readonly shortest_s: number;
  /** What lasts longer is a closed or clogged pore: it is reported as cut, and the open-pore current is looked for anew. */
  readonly longest_s: number;
  /** Open-pore current to start from, where more than half of the beginning is blocked. */
  readonly open_A?: number;
  readonly classify?: EventClassifier;
}

export const EVENT_DEFAULTS = {
  threshold: { sigma: 5 },
  baseline_s: 0.05,
  shortest_s: 0,
  longest_s: 1,
} as const;

export interface PoreEvent {
  /** Seconds since the first sample. */
  readonly start_s: number;
  readonly dwell_s: number;
  /** Signed, as recorded. */
  readonly open_A: number;
  readonly blocked_A: number;
  /** Blocked part of the open-pore current. */
  readonly depth: number;
  /** Standard deviation of the open-pore current at that time. */
  readonly noise_A: number;
  readonly samples: number;
  /** The record began or ended in it, or it lasted too long: the dwell is a lower bound. */
  readonly cut: boolean;
  readonly label?: string;
  readonly score?: number;
}

/** What an event is, from its figures and its samples (ampere, a few of the open pore on either side). */
export type EventClassifier = (
  event: PoreEvent,
  current_A: Float64Array,
  samplePeriod_s: number,
) => { readonly label: string; readonly score?: number };

/** Samples of the open pore that are kept on either side. */
const MARGIN = 16;
/** Samples from which the first open-pore current is estimated, at least and at most. */
const [FEWEST, MOST] = [1000, 1 << 18];
/** Part of the variance of a normal number that is left within 3 standard deviations, and within 2.5. */
const [WITHIN_3, WITHIN_2_5] = [0.97334, 0.9113];

/** Takes a record piece by piece; memory holds one blockade. */
export class EventDetector {
  readonly #options: EventOptions;
  readonly #rate: number;
  #waiting: Float64Array[] = [];
  #waitingSamples = 0;
  /** +1 or -1: the open-pore current is positive in `y`. */
  #sign = 1;
  #base = Number.NaN;
  #variance = 0;
  /** The last samples before the present one, newest last. */
  readonly #recent: number[] = [];
  #inside: { values: number[]; first: number; cut: boolean } | undefined;
  /** Samples behind a blockade that are still to come before it is finished. */
  #tail = 0;
  #index = 0;
  /** Everything that was open, for the summary. */
  #openSum = 0;
  #openCount = 0;

  constructor(options: EventOptions) {
    const { samplePeriod_s, baseline_s, shortest_s, longest_s, threshold } = options;
    for (const [name, value] of Object.entries({ samplePeriod_s, baseline_s, longest_s, ...threshold }))
      if (!(value > 0)) throw new RangeError(`${name} is ${value}, allowed are numbers above 0`);
    if (!(shortest_s >= 0)) throw new RangeError(`shortest_s is ${shortest_s}, allowed are 0 and more`);
    this.#options = options;
    this.#rate = Math.min(1, samplePeriod_s / baseline_s);
  }

  /** Mean of the open-pore current over all samples that were no blockade. */
  get open_A(): number {
    return this.#openCount > 0 ? (this.#sign * this.#openSum) / this.#openCount : Number.NaN;
  }

  get noise_A(): number {
    return Math.sqrt(this.#variance);
  }

  /** @returns events that are complete */
  push(current_A: Float64Array): PoreEvent[] {
    if (!Number.isNaN(this.#base)) return this.#scan(current_A);
    this.#waiting.push(Float64Array.from(current_A));
    this.#waitingSamples += current_A.length;
    return this.#waitingSamples >= this.#wanted ? this.#start() : [];
  }

  /** The rest, at the end of the record. */
  finish(): PoreEvent[] {
    const events = Number.isNaN(this.#base) && this.#waitingSamples > 0 ? this.#start() : [];
    const last = this.#inside ? this.#complete(true) : undefined;
    return last ? [...events, last] : events;
  }

  get #wanted(): number {
    const { baseline_s, samplePeriod_s } = this.#options;
    return Math.ceil(Math.min(MOST, Math.max(FEWEST, baseline_s / samplePeriod_s)));
  }

  #start(): PoreEvent[] {
    const pieces = this.#waiting;
    this.#waiting = [];
    const all = new Float64Array(this.#waitingSamples);
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    // the same samples whatever the pieces
    this.#estimate(all.subarray(0, this.#wanted));
    return this.#scan(all);
  }

  /** Median, then the mean of what lies within 2.5 standard deviations of it, until that stays. */
  #estimate(current_A: Float64Array): void {
    const sorted = current_A.filter((value) => !Number.isNaN(value)).sort();
    const median = sorted[sorted.length >> 1] ?? 0;
    const start = this.#options.open_A ?? median;
    this.#sign = start < 0 ? -1 : 1;
    const apart = sorted.map((value) => Math.abs(value - start)).sort();
    // of a normal number half lies within 0.6745 standard deviations
    let [base, sigma] = [start, (apart[apart.length >> 1] ?? 0) / 0.6745];
    for (let round = 0; round < 20; round++) {
      const kept = sorted.filter((value) => Math.abs(value - base) <= 2.5 * sigma);
      if (kept.length < 2) break;
      const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
      const square = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / kept.length;
      const next = Math.sqrt(square / WITHIN_2_5);
      const still = Math.abs(mean - base) <= 1e-3 * next && Math.abs(next - sigma) <= 1e-3 * next;
      [base, sigma] = [mean, next];
      if (still) break;
    }
    this.#base = this.#sign * base;
    this.#variance = sigma * sigma;
  }

  #scan(current_A: Float64Array): PoreEvent[] {
    const events: PoreEvent[] = [];
    const longest = this.#options.longest_s / this.#options.samplePeriod_s;
    for (const value of current_A) {
      const y = this.#sign * value;
      const threshold = this.#threshold;
      if (this.#tail > 0) {
        this.#inside?.values.push(y);
        this.#tail--;
        const falls = y < this.#base - threshold;
        if (this.#tail === 0 || falls) {
          const event = this.#complete(false);
          if (event) events.push(event);
          this.#tail = 0;
          // the next molecule came before the margin was over
          if (falls) this.#enter(y);
          else this.#remember(y);
        }
      } else if (this.#inside) {
        this.#inside.values.push(y);
        if (y > this.#base - 0.5 * threshold) this.#tail = MARGIN;
        else if (this.#inside.values.length > longest + this.#inside.first) {
          const stuck = this.#inside.values.slice(-Math.min(MOST, Math.max(FEWEST, longest / 2)));
          const event = this.#complete(true);
          if (event) events.push(event);
          this.#estimate(Float64Array.from(stuck, (inside) => this.#sign * inside));
        }
      } else if (y < this.#base - threshold) this.#enter(y);
      else this.#follow(y);
      this.#index++;
    }
    return events;
  }

  get #threshold(): number {
    const { threshold } = this.#options;
    return "sigma" in threshold ? threshold.sigma * Math.sqrt(this.#variance) : threshold.current_A;
  }

  #enter(y: number): void {
    this.#inside = { values: [...this.#recent, y], first: this.#recent.length, cut: this.#index === 0 };
    this.#recent.length = 0;
  }

  #follow(y: number): void {
    this.#remember(y);
    if (Number.isNaN(y)) return;
    const apart = y - this.#base;
    this.#openSum += y;
    this.#openCount++;
    if (apart * apart > 9 * this.#variance) return;
    this.#base += this.#rate * apart;
    this.#variance += this.#rate * ((apart * apart) / WITHIN_3 - this.#variance);
  }

  #remember(y: number): void {
    this.#recent.push(y);
    if (this.#recent.length > MARGIN) this.#recent.shift();
  }

  #complete(cut: boolean): PoreEvent | undefined {
    const inside = this.#inside;
    this.#inside = undefined;
    if (!inside) return undefined;
    const { values, first } = inside;
    const { samplePeriod_s, shortest_s, classify } = this.#options;
    const base = this.#base;
    const noise_A = Math.sqrt(this.#variance);
    // the samples behind it may be needed by the next event
    const after = values.slice(-Math.min(MARGIN, this.#tail === 0 ? MARGIN : MARGIN - this.#tail));
    if (!cut) this.#recent.push(...after.filter((y) => y > base - this.#threshold).slice(-MARGIN));
    const [entry, exit, level] = edgesOf(values, first, base, this.#threshold);
    const dwell_s = Math.max(0, exit - entry) * samplePeriod_s;
    if (dwell_s < shortest_s) return undefined;
    // this sample is not yet counted where an event ends with it
    const firstIndex = this.#index - values.length + (cut ? 0 : 1);
    const event: PoreEvent = {
      start_s: (firstIndex + entry) * samplePeriod_s,
      dwell_s,
      open_A: this.#sign * base,
      blocked_A: this.#sign * level,
      depth: base === 0 ? Number.NaN : 1 - level / base,
      noise_A,
      samples: Math.max(1, Math.round(exit - entry)),
      cut: cut || inside.cut,
    };
    if (!classify) return event;
    return {
      ...event,
      ...classify(
        event,
        Float64Array.from(values, (y) => this.#sign * y),
        samplePeriod_s,
      ),
    };
  }
}

/** Places of half the depth, in samples from the first value, and the level between. */
function edgesOf(values: readonly number[], first: number, base: number, threshold: number): [number, number, number] {
  let last = first;
  for (let k = first; k < values.length; k++) {
    if (values[k]! <= base - 0.5 * threshold) last = k;
    else if (k > last + 1) break;
  }
  let level = meanOf(values, first, last + 1);
  let [entry, exit] = [first, last];
  // half the depth moves the edges, the edges move the level: twice is enough
  for (let round = 0; round < 2; round++) {
    const half = 0.5 * (base + level);
    let a = first;
    while (a > 0 && values[a - 1]! < half) a--;
    while (a < last && values[a]! > half) a++;
    let b = last;
    while (b + 1 < values.length && values[b + 1]! < half) b++;
    while (b > a && values[b]! > half) b--;
    entry = a - (a > 0 ? partTo(half, values[a]!, values[a - 1]!) : 0);
    exit = b + (b + 1 < values.length ? partTo(half, values[b]!, values[b + 1]!) : 0);
    const trim = Math.floor(0.1 * (b - a + 1)) + (b - a >= 4 ? 1 : 0);
    level =
      b - a >= 2
        ? meanOf(values, a + trim, b + 1 - trim)
        : values.slice(a, b + 1).reduce((m, y) => Math.min(m, y), Infinity);
  }
  return [entry, exit, level];
}

function meanOf(values: readonly number[], from: number, end: number): number {
  let sum = 0;
  for (let k = from; k < end; k++) sum += values[k]!;
  return sum / (end - from);
}

/** Part of the way from an inner to an outer value at which a level is crossed. */
function partTo(level: number, inner: number, outer: number): number {
  return outer > inner ? Math.min(1, Math.max(0, (level - inner) / (outer - inner))) : 0.5;
}
