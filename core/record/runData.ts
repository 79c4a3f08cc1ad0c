import type { SampleBlock } from "../arrayBackend.ts";
import type { Calibration } from "../calibration/calibration.ts";
import type { RunEvent, RunStopped } from "../runEvent.ts";

/**
 * Version of the run folder. A reader refuses a newer one and must read every older one (fixtures/runs holds one of
 * each). The rule that makes this cheap: a version only adds kinds of events and optional fields, and what is absent
 * keeps its old meaning. 2 added `quality-flagged`, `paused`, `resumed`, `stop-requested`, `armed`, `disarmed`, `tripped`,
 * `rearmed`, limits over time and lock.json; later `instrument-state`.
 */
export const RUN_SCHEMA = 2;

/** run.json: who, what, with which versions. Written once, before the first step. */
export interface RunManifest {
  readonly schema: number;
  readonly name: string;
  /** Wall clock, ISO 8601. The only place where a run knows the date, beside the stamps of events. */
  readonly created: string;
  readonly crosspore: string;
  readonly platform: string;
  readonly operator: string;
  readonly notes: string;
  readonly seed: number;
  /** The experiment as the user wrote it, with the name of its file, and its SHA-256. */
  readonly experiment: { readonly file: string; readonly text: string; readonly sha256: string };
  /** What the experiment means: array, limits and protocols with every default filled in (base SI). */
  readonly resolved: Readonly<Record<string, unknown>>;
  /** The calibration that corrected every current of the run, with the name and the SHA-256 of its file; absent: none. */
  readonly calibration?: RecordedCalibration;
}

export interface RecordedCalibration {
  readonly file: string;
  readonly sha256: string;
  readonly content: Calibration;
}

/** A run as analysis and reports see it: from a folder, or collected in memory by a script. */
export interface RunData {
  readonly manifest: RunManifest;
  /** Recorded events in order, without samples and progress. */
  readonly events: readonly RecordedEvent[];
  /** Sample blocks in recorded order, of one step or of all. Streams: a long run does not fit in memory. */
  blocks(step?: number): Iterable<{ readonly step: number; readonly block: SampleBlock }>;
  /** Absent when the run was interrupted (crash, power cut). */
  readonly stop?: RunStopped;
}

export type RecordedEvent = Exclude<RunEvent, { kind: "samples" } | { kind: "progressed" }>;
