import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "vitest";
import { openRun } from "../recorder/openRun.ts";
import { makeManifest } from "./recordedRun.ts";

export interface StreamOptions {
  readonly folder: string;
  readonly rate_Hz: number;
  readonly duration_s: number;
  readonly step_s?: number;
  readonly period_ms?: number;
  readonly reserveBytes?: number;
}

/** What the process measured of itself. */
export interface StreamFigures {
  readonly made: number;
  readonly elapsed_s: number;
  readonly cores: number;
  readonly growth_MB: number;
  readonly rss_MB: number;
  readonly unacked_ms: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly largestLag_ms: number;
  readonly lag_ms: { readonly p50: number; readonly p99: number };
}

/** What a recording process has said so far. */
export interface Said {
  /** Acknowledged as durable. */
  events: number;
  rows: number;
  /** Samples handed to the recorder. */
  made: number;
  /** Steps whose intent was acknowledged. */
  sent: number[];
  failures: string[];
  closed: boolean;
  figures?: StreamFigures;
}

export interface StreamChild {
  readonly child: ChildProcess;
  readonly said: Said;
  /** When it has said its first acknowledgement. */
  readonly recording: Promise<void>;
  /** When it has ended and everything that it said was read. */
  readonly ended: Promise<void>;
}

const SCRIPT = resolve(import.meta.dirname, "children/recordStream.mjs");
let manifestFile: string | undefined;

/** @param wrapper command in front of node, e.g. strace with its parameters */
export function startStream(options: StreamOptions, wrapper: readonly string[] = []): StreamChild {
  if (manifestFile === undefined) {
    manifestFile = join(mkdtempSync(join(tmpdir(), "crosspore-")), "manifest.json");
    writeFileSync(manifestFile, JSON.stringify({ ...makeManifest(), resolved: {} }));
  }
  const script = [process.execPath, SCRIPT, JSON.stringify(options), manifestFile];
  const [command, ...rest] = [...wrapper, ...script];
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
  const said: Said = { events: 0, rows: 0, made: 0, sent: [], failures: [], closed: false };
  let begun = (): void => undefined;
  const recording = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let text = "";
  child.stdout?.on("data", (data: Buffer) => {
    text += data.toString();
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) takeLine(said, line);
    if (said.rows > 0) begun();
  });
  let complaints = "";
  child.stderr?.on("data", (data: Buffer) => (complaints += data.toString()));
  const ended = new Promise<void>((resolve) => {
    child.on("close", () => {
      if (complaints !== "") said.failures.push(complaints);
      begun();
      resolve();
    });
  });
  return { child, said, recording, ended };
}

function takeLine(said: Said, line: string): void {
  const [word, first = "", second = ""] = line.split(" ");
  const rest = line.slice((word?.length ?? 0) + 1);
  if (word === "ack") Object.assign(said, { events: Number(first), rows: Number(second) });
  else if (word === "made") said.made = Number(first);
  else if (word === "sent") said.sent.push(Number(first));
  else if (word === "failed") said.failures.push(rest);
  else if (word === "closed") said.closed = true;
  else if (word === "done") said.figures = JSON.parse(rest);
}

/**
 * The promise: everything acknowledged is there, exactly as it was made, and nothing else.
 * @returns rows that the folder holds
 */
export function expectNothingLost(folder: string, acknowledged: Pick<Said, "events" | "rows" | "sent">): number {
  if (!existsSync(join(folder, "run.json"))) {
    expect(acknowledged.rows + acknowledged.events).toBe(0);
    return 0;
  }
  const run = openRun(folder);
  let wrong = 0;
  let at = 0;
  for (const { block } of run.blocks())
    for (let n = 0; n < block.current_A.length; n++, at++)
      if (block.current_A[n] !== at || block.voltage_V[n] !== -at) wrong += 1;
  expect(wrong).toBe(0);
  expect(run.rows).toBe(at);
  expect(run.rows).toBeGreaterThanOrEqual(acknowledged.rows);
  expect(run.events.length).toBeGreaterThanOrEqual(acknowledged.events);
  const intended = new Set(run.events.flatMap((event) => (event.kind === "step-intended" ? [event.step] : [])));
  for (const step of acknowledged.sent) expect(intended.has(step), `step ${step} was sent`).toBe(true);
  // at most the step under way is unknown, and no other
  expect(run.unknown.length).toBeLessThanOrEqual(1);
  return run.rows;
}
