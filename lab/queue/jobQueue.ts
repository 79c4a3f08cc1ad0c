import { existsSync } from "node:fs";
import { basename } from "node:path";
import { cleanText } from "../../core/cleanText.ts";
import { AbortedError, TransportError } from "../../core/errors.ts";
import type { LabError } from "../../core/labMessages/errors.ts";
import type { Job, Progress } from "../../core/labMessages/queue.ts";
import type { CellRead } from "../arrays/mapBook.ts";
import { limitsInForce } from "../../core/limits.ts";
import type { Plan } from "../../core/plan.ts";
import { encodeEvent } from "../../core/record/eventCodec.ts";
import type { RecordedCalibration } from "../../core/record/runData.ts";
import type { SafeState } from "../../core/runControl.ts";
import type { RunEvent, RunStopped } from "../../core/runEvent.ts";
import { RunStops } from "../../core/runStops.ts";
import type { LiveStatus } from "../../recorder/control/liveStatus.ts";
import { nameRunFolder } from "../../recorder/nameRunFolder.ts";
import type { RunRecorder } from "../../recorder/runRecorder.ts";
import type { LabArray } from "../arrays/labArray.ts";
import type { Desk } from "../desk/desk.ts";
import type { PlanTarget } from "../desk/planTasks.ts";
import { describeFailure, Refusal } from "../refusal.ts";
import { runJob } from "./runJob.ts";

/** Jobs that have ended and are still shown. */
const SHOWN = 100;
/** Least time between two reports of progress of one run, and most events of a run that are told at once. */
const PROGRESS_ms = 100;
const EVENTS_PER_REPORT = 50;

export interface Submission {
  readonly text: string;
  readonly file: string;
  /** The array, and whether it was made for this job alone and goes with it. */
  readonly array: LabArray;
  readonly own: boolean;
  readonly kind: Job["kind"];
  readonly by: string;
  readonly seed?: number;
  readonly manyPulses: boolean;
  readonly confirmPrompts: boolean;
  readonly first: boolean;
  readonly notes: string;
  /** Name of the run folder; absent: by date and name. */
  readonly run?: string;
  readonly calibration?: RecordedCalibration;
}

/** What the queue needs of the service. */
export interface QueueHost {
  readonly runsFolder: string;
  readonly now: () => Date;
  readonly desk: Desk;
  /** Ends what an array does by itself, and lets it go on afterwards. */
  readonly quieten: (array: LabArray) => Promise<void>;
  readonly resumeLiving: (array: LabArray) => void;
  readonly tellJob: (job: Job) => void;
  readonly tellQueue: () => void;
  readonly tellProgress: (job: string, run: string, array: string, progress: Progress) => void;
  readonly tellEvent: (job: string, run: string, array: string, line: string) => void;
  readonly tellReads: (array: LabArray, run: string, time_s: number, cells: readonly CellRead[]) => void;
  readonly tellArray: (array: LabArray) => void;
  readonly tellRun: (run: string) => void;
  readonly closeArray: (array: LabArray) => Promise<void>;
  readonly ask: (job: string, run: string, array: LabArray, text: string, signal: AbortSignal) => Promise<string>;
  readonly log: (level: "info" | "warning" | "error", text: string, about: { array?: string; run?: string }) => void;
  /** A run has ended by itself in a way that somebody must know of. */
  readonly alarm: (
    kind: "vanished" | "tripped" | "unsafe" | "recorder",
    array: LabArray,
    run: string,
    error: LabError,
  ) => void;
}

class QueuedJob {
  readonly id: string;
  readonly submission: Submission;
  readonly plan: Plan;
  readonly name: string;
  readonly submitted: string;
  readonly stops: RunStops;
  state: Job["state"] = "waiting";
  run: string | undefined;
  reason = "";
  error: LabError | undefined;
  recorder: RunRecorder | undefined;
  status: LiveStatus | undefined;
  readonly counts = { samples: 0, lost: 0, overloads: 0 };
  /** Resolves when the job is over. */
  done: Promise<void> = Promise.resolve();

  constructor(id: string, submission: Submission, plan: Plan, name: string, submitted: string, stops: RunStops) {
    this.id = id;
    this.submission = submission;
    this.plan = plan;
    this.name = name;
    this.submitted = submitted;
    this.stops = stops;
  }

  progress(): Progress | null {
    if (!this.status) return null;
    const { state, outputs, steps, plannedSteps, elapsed_s, plannedDuration_s, worked_s, left_s, level_V } =
      this.status.read();
    const durable = this.recorder?.durable;
    return {
      state,
      outputs,
      steps,
      plannedSteps,
      elapsed_s,
      plannedDuration_s,
      worked_s,
      left_s: left_s ?? Number.NaN,
      level_V: level_V ?? Number.NaN,
      ...this.counts,
      durableEvents: durable?.events ?? 0,
      durableRows: durable?.rows ?? 0,
    };
  }

  card(): Job {
    const { file, array, kind, by } = this.submission;
    return {
      job: this.id,
      name: cleanText(this.name).slice(0, 500),
      file: cleanText(file).slice(0, 500),
      array: array.id,
      state: this.state,
      run: this.run ?? null,
      kind,
      submitted: this.submitted,
      by,
      steps: this.plan.steps,
      duration_s: this.plan.duration_s,
      largest_V: this.plan.largest_V,
      bytes: this.plan.bytes,
      progress: this.progress(),
      reason: this.reason,
      error: this.error ?? null,
    };
  }
}

/** Experiments in their order: one at a time on each array, several arrays at once. */
export class JobQueue {
  readonly #host: QueueHost;
  #waiting: QueuedJob[] = [];
  readonly #running = new Set<QueuedJob>();
  readonly #ended: QueuedJob[] = [];
  #held = false;
  #count = 0;

  constructor(host: QueueHost) {
    this.#host = host;
  }

  get held(): boolean {
    return this.#held;
  }

  cards(): Job[] {
    return [...this.#running, ...this.#waiting, ...this.#ended].map((job) => job.card());
  }

  /** Jobs that may drive something now. */
  get live(): readonly { readonly array: LabArray; readonly stops: RunStops; readonly run: string | undefined }[] {
    return [...this.#running].map(({ submission, stops, run }) => ({ array: submission.array, stops, run }));
  }

  /** Plans it, then queues it. @throws Refusal for a text that would be refused; nothing is queued then */
  async submit(submission: Submission): Promise<Job> {
    const { text, file, seed, manyPulses, array, first, run } = submission;
    if (run !== undefined && existsSync(`${this.#host.runsFolder}/${run}`))
      throw new Refusal("RECORD", `there is a run named ${run} already`, "choose another name, or none");
    const request = { text, file, target: targetOf(array), manyPulses };
    const { plan, name } = await this.#host.desk.run("plan-job", { ...request, ...(seed !== undefined && { seed }) });
    const id = `job-${++this.#count}`;
    const stops = new RunStops((how, by) =>
      this.#host.log(
        "warning",
        how === "abort" ? `${by}: aborting, outputs ramp to 0 V` : `${by}: PANIC, outputs idle at once`,
        { array: array.id },
      ),
    );
    const job = new QueuedJob(id, submission, plan, name, this.#host.now().toISOString(), stops);
    if (first) this.#waiting.unshift(job);
    else this.#waiting.push(job);
    this.#host.log("info", `${name}: queued by ${submission.by}, ${plan.steps} steps`, { array: array.id });
    this.#pump();
    this.#host.tellQueue();
    return job.card();
  }

  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.#pump();
    this.#host.tellQueue();
  }

  /** Begins what may begin, after an array has become free. */
  go(): void {
    this.#pump();
    this.#host.tellQueue();
  }

  move(id: string, before: string | null): void {
    const job = this.#findWaiting(id);
    this.#waiting = this.#waiting.filter((other) => other !== job);
    const at = before === null ? -1 : this.#waiting.findIndex((other) => other.id === before);
    if (before !== null && at < 0) throw new Refusal("UNKNOWN", `no waiting job ${before}`);
    if (at < 0) this.#waiting.push(job);
    else this.#waiting.splice(at, 0, job);
    this.#host.tellQueue();
  }

  cancel(id: string, by: string): void {
    const job = this.#findWaiting(id);
    this.#waiting = this.#waiting.filter((other) => other !== job);
    this.#end(job, "canceled", `canceled by ${by}`);
    this.#host.tellQueue();
  }

  /** Pause, resume and stop at once; abort and panic resolve when the outputs are safe. */
  async control(id: string, command: "pause" | "resume" | "stop" | "abort" | "panic", by: string): Promise<Job> {
    const job = [...this.#running].find((other) => other.id === id);
    if (!job) throw new Refusal("UNKNOWN", `${id} is not running`, "a waiting job is taken away with cancel");
    const { stops } = job;
    if (command === "abort" || command === "panic") {
      const safe = await (command === "abort" ? stops.abort(by) : stops.panicNow(by));
      this.#checkSafe(job, safe);
    } else if (!stops.control[command](by)) throw new Refusal("ABORTED", "the run is ending already");
    this.#report(job);
    return job.card();
  }

  /** Every run on an array (or on all) idles its outputs at once. Resolves with the arrays of which nobody knows. */
  async panic(array: LabArray | undefined, by: string): Promise<readonly { array: LabArray; error: LabError }[]> {
    this.hold(true);
    const hit = [...this.#running].filter(({ submission }) => !array || submission.array === array);
    const unsafe = await Promise.all(
      hit.map(async (job) => {
        const { failure } = await job.stops.panicNow(by);
        return failure === undefined ? [] : [{ array: job.submission.array, error: describeFailure(failure) }];
      }),
    );
    return unsafe.flat();
  }

  /** Ends everything; resolves when all runs are closed. */
  async close(by: string): Promise<void> {
    this.#held = true;
    for (const job of this.#waiting.splice(0)) this.#end(job, "canceled", by);
    const running = [...this.#running];
    for (const job of running) void job.stops.abort(by);
    await Promise.all(running.map(({ done }) => done));
  }

  /** Waiting jobs of an array that goes away. */
  dropArray(array: LabArray): void {
    for (const job of this.#waiting.filter(({ submission }) => submission.array === array)) {
      this.#waiting = this.#waiting.filter((other) => other !== job);
      this.#end(job, "canceled", "its array was closed");
    }
    this.#host.tellQueue();
  }

  #findWaiting(id: string): QueuedJob {
    const job = this.#waiting.find((other) => other.id === id);
    if (!job) throw new Refusal("UNKNOWN", `no waiting job ${id}`, "it may have begun or ended meanwhile");
    return job;
  }

  /** Begins whatever may begin now. */
  #pump(): void {
    if (this.#held) return;
    const busy = new Set([...this.#running].map(({ submission }) => submission.array));
    for (const job of this.#waiting.slice()) {
      const { array } = job.submission;
      if (busy.has(array)) continue;
      busy.add(array);
      if (array.state !== "idle") continue;
      this.#waiting = this.#waiting.filter((other) => other !== job);
      this.#running.add(job);
      job.state = "running";
      job.done = this.#perform(job);
    }
  }

  async #perform(job: QueuedJob): Promise<void> {
    const { submission, stops } = job;
    const { array } = submission;
    array.job = job.id;
    let reported_ms = 0;
    let told = 0;
    let seq = 0;
    try {
      await this.#host.quieten(array);
      const created = this.#host.now();
      const folder =
        submission.run === undefined
          ? nameRunFolder(this.#host.runsFolder, job.name, created)
          : `${this.#host.runsFolder}/${submission.run}`;
      const run = basename(folder);
      const stopped = await runJob({
        ...submission,
        seed: submission.seed,
        calibration: submission.calibration,
        plan: job.plan,
        stops,
        folder,
        created,
        askOperator: submission.confirmPrompts
          ? () => Promise.resolve("confirmed beforehand")
          : (text, signal) => this.#host.ask(job.id, run, array, text, signal),
        onBegin: (recorder, status) => {
          [job.recorder, job.status, job.run] = [recorder, status, run];
          array.run = run;
          array.runState = "running";
          array.outputs = "driven";
          this.#host.tellJob(job.card());
          this.#host.tellArray(array);
          this.#host.tellRun(run);
        },
        follow: (event) => {
          count(job.counts, event);
          const read = array.takeEvent(event, run);
          if (read.length > 0 && event.kind === "step-finished") this.#host.tellReads(array, run, event.time_s, read);
          const now_ms = performance.now();
          const due = now_ms - reported_ms >= PROGRESS_ms;
          if (event.kind !== "samples" && event.kind !== "progressed") {
            const number = seq++;
            if (due) told = 0;
            if (told++ < EVENTS_PER_REPORT)
              this.#host.tellEvent(job.id, run, array.id, encodeEvent(event, number, this.#host.now().toISOString()));
          }
          if (due || isTurn(event)) {
            reported_ms = now_ms;
            this.#report(job, isTurn(event));
          }
        },
        warn: (problem) =>
          this.#host.log("warning", `${describeFailure(problem).message}; the window still stops the run`, { run }),
      });
      this.#conclude(job, stopped);
    } catch (error) {
      this.#fail(job, error);
    } finally {
      array.job = undefined;
      array.run = undefined;
      array.outputs = array.unsafe === "" ? "safe" : "unknown";
      this.#running.delete(job);
      if (job.run !== undefined) this.#host.tellRun(job.run);
      array.changes.next();
      if (submission.own) await this.#host.closeArray(array);
      else {
        this.#host.tellArray(array);
        this.#host.resumeLiving(array);
      }
      this.#pump();
      this.#host.tellQueue();
    }
  }

  #conclude(job: QueuedJob, stopped: RunStopped | undefined): void {
    if (!stopped) return this.#end(job, "refused", "the run never began");
    this.#checkOutputs(job, job.stops.control.safe);
    this.#end(job, stopped.status === "fail" ? "failed" : stopped.status, stopped.reason);
  }

  #fail(job: QueuedJob, error: unknown): void {
    const failure = describeFailure(error);
    const { array } = job.submission;
    const begun = job.run !== undefined;
    if (error instanceof TransportError && error.kind === "disconnected") {
      array.vanished = true;
      this.#host.alarm("vanished", array, job.run ?? "", failure);
    }
    this.#checkOutputs(job, job.stops.control.safe);
    if (array.parts.arming.state.kind === "tripped") this.#host.alarm("tripped", array, job.run ?? "", failure);
    if (failure.code === "RECORD") this.#host.alarm("recorder", array, job.run ?? "", failure);
    job.error = failure;
    this.#end(job, begun ? (error instanceof AbortedError ? "abort" : "failed") : "refused", failure.message);
  }

  #checkOutputs(job: QueuedJob, safe: SafeState | undefined): void {
    if (safe?.failure === undefined) return;
    const { array } = job.submission;
    const error = describeFailure(safe.failure);
    // an array on a clock of its own has nothing that could be left on
    if (array.parts.backend.capabilities.clock === "virtual") return;
    array.unsafe = `what the outputs do is UNKNOWN: ${error.message}`;
    this.#host.alarm("unsafe", array, job.run ?? "", error);
  }

  #checkSafe(job: QueuedJob, safe: SafeState): void {
    if (safe.failure === undefined) return;
    this.#checkOutputs(job, safe);
    const error = describeFailure(safe.failure);
    throw new Refusal("TRANSPORT", `what the outputs do is UNKNOWN: ${error.message}`, "look at the instrument now");
  }

  #end(job: QueuedJob, state: Job["state"], reason: string): void {
    job.state = state;
    job.reason = cleanText(reason).slice(0, 20_000);
    this.#ended.unshift(job);
    if (this.#ended.length > SHOWN) this.#ended.pop();
    const { array } = job.submission;
    const level = state === "success" ? "info" : state === "failed" || state === "refused" ? "error" : "warning";
    this.#host.log(level, `${job.name}: ${state}${reason === "" || state === "success" ? "" : `, ${reason}`}`, {
      array: array.id,
      ...(job.run !== undefined && { run: job.run }),
    });
    this.#host.tellJob(job.card());
  }

  #report(job: QueuedJob, turned = true): void {
    const progress = job.progress();
    const { array } = job.submission;
    if (!progress || job.run === undefined) return;
    this.#host.tellProgress(job.id, job.run, array.id, progress);
    if (!turned) return;
    const runState = progress.state === "paused" ? "paused" : progress.state === "stopping" ? "stopping" : "running";
    if (array.runState === runState && array.outputs === progress.outputs) return;
    [array.runState, array.outputs] = [runState, progress.outputs];
    this.#host.tellArray(array);
  }
}

/** What a plan asks of an array of the service. */
export function targetOf(array: LabArray): PlanTarget {
  const { backend, name, limits, chip, emulated } = array.parts;
  const { grid, capabilities } = backend;
  return {
    name,
    grid,
    capabilities,
    limits: limitsInForce(limits, capabilities, chip),
    model: emulated?.kernel.model.name ?? "",
    canHold: backend.hold !== undefined,
  };
}

/** Events after which a run stands differently. */
function isTurn({ kind }: RunEvent): boolean {
  return ["run-started", "paused", "resumed", "stop-requested", "tripped", "run-stopped", "prompted"].includes(kind);
}

function count(counts: QueuedJob["counts"], event: RunEvent): void {
  if (event.kind !== "step-finished") return;
  counts.samples += event.reading.samples;
  counts.lost += event.reading.lost;
  counts.overloads += event.reading.overloads;
}
