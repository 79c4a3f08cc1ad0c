import type { RunControl } from "../../core/runControl.ts";
import type { RunEvent } from "../../core/runEvent.ts";
import { predictLeft_s, RunProgress, shareOf } from "../../core/runProgress.ts";
import type { LiveRun } from "./controlMessages.ts";

/** Follows the events of a live run and says at any moment how it stands. */
export class LiveStatus {
  readonly #name: string;
  readonly #control: RunControl;
  readonly #signals: readonly AbortSignal[];
  readonly #progress: RunProgress;
  #started: Extract<RunEvent, { kind: "run-started" }> | undefined;
  #level_V: number | undefined;
  #over = false;

  /** @param signals the run is ending when one of them has aborted */
  constructor(
    name: string,
    control: RunControl,
    signals: readonly AbortSignal[],
    now_ms: () => number = () => performance.now(),
  ) {
    this.#name = name;
    this.#control = control;
    this.#signals = signals;
    this.#progress = new RunProgress(now_ms);
  }

  take(event: RunEvent): void {
    this.#progress.take(event);
    if (event.kind === "run-started") this.#started = event;
    if (event.kind === "paused") this.#level_V = event.level_V;
    if (event.kind === "resumed") this.#level_V = undefined;
    if (event.kind === "run-stopped") this.#over = true;
  }

  read(): LiveRun {
    const { latest } = this.#progress;
    const worked_s = this.#progress.worked_s();
    const left_s = latest ? predictLeft_s(shareOf(latest), worked_s) : Number.NaN;
    const state = this.#state();
    return {
      name: this.#name,
      pid: process.pid,
      state,
      outputs: this.#outputs(state),
      source: this.#started?.capabilities.source ?? "unknown",
      steps: (latest?.step ?? -1) + 1,
      plannedSteps: this.#started?.plannedSteps ?? 0,
      elapsed_s: latest?.elapsed_s ?? 0,
      plannedDuration_s: this.#started?.plannedDuration_s ?? 0,
      worked_s,
      left_s: Number.isFinite(left_s) ? left_s : null,
      level_V: this.#level_V ?? null,
    };
  }

  #state(): LiveRun["state"] {
    if (this.#over || this.#signals.some(({ aborted }) => aborted)) return "ending";
    if (!this.#started) return "starting";
    if (this.#progress.paused) return "paused";
    if (this.#control.wish === "pause") return "pausing";
    return this.#control.wish === "stop" ? "stopping" : "running";
  }

  #outputs(state: LiveRun["state"]): LiveRun["outputs"] {
    const { safe } = this.#control;
    if (safe) return safe.failure === undefined ? "safe" : "unknown";
    if (state === "starting") return "safe";
    return state === "paused" ? "held" : "driven";
  }
}
