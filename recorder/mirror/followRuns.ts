import { type Dirent, existsSync, readdirSync } from "node:fs";
import { AbortedError, RecordError } from "../../core/errors.ts";
import { MANIFEST_FILE } from "../folderLayout.ts";
import { attemptSync } from "../readBytes.ts";
import { type MirrorOptions, RunMirror } from "./mirrorRun.ts";
import type { SendClock } from "./sendLines.ts";

export interface FollowOptions extends MirrorOptions {
  readonly clock: Pick<SendClock, "sleep">;
  readonly onRun: (what: "begun" | "ended", run: RunMirror) => void;
}

/** How often a folder is looked at when nothing more is there. */
const PAUSE_s = 0.2;
/** Runs take turns: one with a long backlog does not hold up one that is being recorded. */
const TURN_LINES = 50_000;

/**
 * Mirrors every run in `folder` (or the one that it is) and what is added to them, those that begin later too, until
 * `signal` aborts; a single run ends by itself when it was closed or nobody records it. A run that cannot be read is said once and passed over.
 * @throws MirrorError
 */
export async function followRuns(folder: string, options: FollowOptions, signal: AbortSignal): Promise<void> {
  const single = existsSync(`${folder}/${MANIFEST_FILE}`);
  const open = new Map<string, RunMirror>();
  /** Ended, or unreadable. */
  const done = new Set<string>();
  if (!existsSync(folder)) options.onProblem(`${folder}: is not there yet, waiting for it`);
  try {
    while (!signal.aborted) {
      let busy = false;
      for (const path of single ? [folder] : findRuns(folder)) {
        if (done.has(path)) continue;
        if (await takeTurn(path, open, done, options)) busy = true;
        if (signal.aborted) return;
      }
      if (single && done.size > 0) return;
      if (!busy) await options.clock.sleep(PAUSE_s, signal);
    }
  } catch (error) {
    // the end that was asked for
    if (!(error instanceof AbortedError && signal.aborted)) throw error;
  }
}

async function takeTurn(
  path: string,
  open: Map<string, RunMirror>,
  done: Set<string>,
  options: FollowOptions,
): Promise<boolean> {
  try {
    const known = open.get(path);
    const run = known ?? new RunMirror(path, options);
    open.set(path, run);
    if (!known && !run.progress.complete) options.onRun("begun", run);
    const wasComplete = run.progress.complete;
    const more = await run.drain(TURN_LINES);
    if (run.ended) {
      open.delete(path);
      done.add(path);
      if (!wasComplete) options.onRun("ended", run);
    }
    return more;
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    open.delete(path);
    done.add(path);
    options.onProblem(`${error.message}; this run is left out`);
    return false;
  }
}

function findRuns(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries: Dirent[] = attemptSync(folder, () => readdirSync(folder, { withFileTypes: true }));
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(`${folder}/${entry.name}/${MANIFEST_FILE}`))
    .map(({ name }) => `${folder}/${name}`)
    .sort();
}
