import type { ChannelPlan, ChannelPoint } from "../instrument.ts";
import { planStarts } from "../planStarts.ts";
import type { FrameRun } from "./codec.ts";
import type { Job } from "./compilePlan.ts";
import { FULL_CODE, PACKETS_PER_FRAME, SATURATED_HIGH, SATURATED_LOW, VOLTAGE_WORD_V } from "./models.ts";

export interface PlayerOptions {
  readonly plan: ChannelPlan;
  readonly jobs: readonly Job[];
  readonly inputs: number;
  readonly rate_Hz: number;
  /** Full scale of the range in force. */
  readonly full_A: number;
  /** Words of the voltage per step of the output. */
  readonly wordsPerStep: number;
  /** Samples that are thrown away before the first job: of the ranges before. */
  readonly settleSamples: number;
  /** Puts job k on its way. */
  start(job: number): void;
  tell(points: readonly ChannelPoint[]): void;
}

export type PlayerState = "settling" | "waiting" | "playing" | "done";

/** Words that the returned voltage may be off its level by: half a millivolt. */
const LEVEL_WORDS = 8;
/** A job whose voltage does not appear within so many seconds of samples has failed; a computer may be seconds behind the stream. */
export const LONGEST_WAIT_S = 10;

/**
 * Plays the jobs of a plan against the stream of frames: a job has begun when the amplifier's own voltage says so, and from
 * then on its samples are counted. Pure but for its two callbacks; nothing in it reads a clock.
 */
export class PlanPlayer {
  readonly #options: PlayerOptions;
  /** Start of every point, from the plan's start, and the plan's end. */
  readonly #starts_s: Float64Array;
  #state: PlayerState = "settling";
  #job = -1;
  #arrived = false;
  /** Whether the next job is on its way already, and from which sample of this one on it must be. */
  #sent = false;
  #sendAt = Infinity;
  /** Samples since settling or waiting began, or (whole or not) since the job's start. */
  #count = 0;
  #point = 0;
  /** Of the point under way, per input. */
  readonly #sum: Float64Array;
  #sum_V = 0;
  #taken = 0;
  readonly #saturated: Uint8Array;
  /** Samples of the point: from which on they count, and where they end. */
  #from = 0;
  #to = 0;
  /** Voltage word of the point; undefined on a ramp. */
  #level: number | undefined;
  #told: ChannelPoint[] = [];

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#starts_s = planStarts(options.plan);
    this.#sum = new Float64Array(options.inputs);
    this.#saturated = new Uint8Array(options.inputs);
    if (options.settleSamples <= 0) this.#nextJob();
  }

  get state(): PlayerState {
    return this.#state;
  }

  /** The job that is awaited for longer than it may take, if there is one. */
  get late(): Job | undefined {
    const job = this.#options.jobs[this.#job];
    if (this.#state !== "waiting" || !job) return undefined;
    const patience_s = LONGEST_WAIT_S + (job.settings.holdTime_ms ?? 0) / 1000;
    return this.#count >= patience_s * this.#options.rate_Hz ? job : undefined;
  }

  take({ lost, frames, words }: FrameRun): void {
    const { inputs, tell } = this.#options;
    const stride = 1 + inputs;
    if (lost > 0) this.#skip(lost * PACKETS_PER_FRAME);
    const end = frames * PACKETS_PER_FRAME * stride;
    for (let at = 0; at < end && this.#state !== "done"; at += stride) {
      if (this.#state !== "playing") this.#await(words[at] ?? 0);
      if (this.#state === "playing") this.#sample(words, at);
    }
    if (this.#told.length === 0) return;
    const told = this.#told;
    this.#told = [];
    tell(told);
  }

  /** Lost samples keep their place in time: points that had only them have no number. */
  #skip(samples: number): void {
    this.#count += samples;
    if (this.#state === "playing") this.#passPoints();
  }

  #await(word: number): void {
    if (this.#state === "settling") {
      if (++this.#count >= this.#options.settleSamples) this.#nextJob();
      return;
    }
    if (this.#state !== "waiting") return;
    const job = this.#options.jobs[this.#job];
    if (!job) return;
    this.#count++;
    const { begins } = job;
    const off = word - begins.level * this.#options.wordsPerStep;
    const there = Math.abs(off) <= LEVEL_WORDS;
    if (begins.kind === "at") {
      if (there) this.#begin(0);
      return;
    }
    if (!this.#arrived) {
      this.#arrived = there;
      return;
    }
    if (off * begins.towards >= this.#options.wordsPerStep / 2) this.#begin(begins.lead_s * this.#options.rate_Hz);
  }

  /** @param past samples that the job has run when the present one is taken */
  #begin(past: number): void {
    const { jobs, rate_Hz } = this.#options;
    const [job, next] = [jobs[this.#job], jobs[this.#job + 1]];
    this.#state = "playing";
    this.#count = past;
    this.#sent = false;
    this.#sendAt = job && next ? (next.sent_s - job.start_s) * rate_Hz : Infinity;
    this.#aim();
  }

  #sample(words: Int16Array, at: number): void {
    // on an edge, time in whole milliseconds and the sample clock differ by less than a sample: the voltage decides
    const fits = this.#level === undefined || Math.abs((words[at] ?? 0) - this.#level) <= LEVEL_WORDS;
    if (this.#count >= this.#from && fits) {
      this.#sum_V += words[at] ?? 0;
      for (let input = 0; input < this.#options.inputs; input++) {
        const code = words[at + 1 + input] ?? 0;
        this.#sum[input]! += code;
        if (code >= SATURATED_HIGH || code <= SATURATED_LOW) this.#saturated[input] = 1;
      }
      this.#taken++;
    }
    this.#count++;
    if (this.#count >= this.#sendAt && !this.#sent) {
      this.#sent = true;
      this.#options.start(this.#job + 1);
    }
    if (this.#count >= this.#to) this.#passPoints();
  }

  /** Closes every point whose time is over, and the job behind its last. */
  #passPoints(): void {
    while (this.#state === "playing" && this.#count >= this.#to - 1e-6) {
      this.#close();
      this.#point++;
      const job = this.#options.jobs[this.#job];
      const start_s = this.#starts_s[this.#point] ?? Infinity;
      if (!job || this.#point >= this.#options.plan.duration_s.length || start_s >= job.end_s - 1e-9) this.#nextJob();
      else this.#aim();
    }
  }

  #close(): void {
    const { plan, inputs, full_A } = this.#options;
    if (plan.measured[this.#point] === 1) {
      const point = this.#point;
      const scale_A = full_A / FULL_CODE / this.#taken;
      const voltage_V = (this.#sum_V / this.#taken) * VOLTAGE_WORD_V;
      for (let input = 0; input < inputs; input++) {
        const overload = this.#saturated[input] === 1;
        // one of two shapes, not a spread: this runs for every sample of a stream
        this.#told.push(
          this.#taken > 0
            ? { point, input, current_A: (this.#sum[input] ?? 0) * scale_A, overload, voltage_V }
            : { point, input, current_A: Number.NaN, overload },
        );
      }
    }
    this.#sum.fill(0);
    this.#saturated.fill(0);
    this.#sum_V = 0;
    this.#taken = 0;
  }

  /**
   * Which samples of the job belong to the present point: the later half of them behind a step of the voltage, when the current
   * has settled, and all of them where the voltage stays, since half of them would have twice the noise density.
   */
  #aim(): void {
    const { rate_Hz, jobs, plan, wordsPerStep } = this.#options;
    const job = jobs[this.#job];
    const start_s = job?.start_s ?? 0;
    const step_V = wordsPerStep * VOLTAGE_WORD_V;
    this.#level =
      job?.begins.kind === "at" ? Math.round((plan.voltage_V[this.#point] ?? 0) / step_V) * wordsPerStep : undefined;
    const first = ((this.#starts_s[this.#point] ?? 0) - start_s) * rate_Hz;
    const end = Math.ceil(((this.#starts_s[this.#point + 1] ?? 0) - start_s) * rate_Hz - 1e-6);
    const begin = Math.ceil(first - 1e-6);
    // what is left of a plan at its end may be shorter than a sample
    this.#to = Math.max(end, begin + 1);
    const stays = this.#point > 0 && plan.voltage_V[this.#point] === plan.voltage_V[this.#point - 1];
    this.#from = stays ? begin : this.#to - Math.max(1, Math.ceil((end - begin) / 2));
  }

  #nextJob(): void {
    const sent = this.#sent;
    this.#job++;
    this.#count = 0;
    this.#sent = false;
    this.#arrived = false;
    if (this.#job >= this.#options.jobs.length) {
      this.#state = "done";
      return;
    }
    this.#state = "waiting";
    if (!sent) this.#options.start(this.#job);
  }
}
