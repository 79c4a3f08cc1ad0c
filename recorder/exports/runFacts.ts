import { createHash } from "node:crypto";
import { TextDecoder } from "node:util";
import { toJson } from "../../core/record/json.ts";
import { encodeManifest } from "../../core/record/manifest.ts";
import { EVENTS_FILE } from "../folderLayout.ts";
import type { OpenedRun } from "../openRun.ts";
import { readLines } from "../readBytes.ts";

/** Version of what an exported file says about its run. */
export const EXPORT_VERSION = 1;

export type Source = "emulated" | "measured" | "unknown";

/**
 * Where the numbers come from. "measured" only when the array said so of itself and nothing in the manifest speaks of
 * an emulated one: no option and no name can make simulated data look measured.
 */
export function sourceOf({ events, manifest }: OpenedRun): Source {
  if (manifest.resolved["emulated"] !== undefined) return "emulated";
  const started = events.find((event) => event.kind === "run-started");
  return started?.capabilities.source ?? "unknown";
}

const SOURCE_TEXT = {
  emulated: "SIMULATED data of an emulated array, not a measurement",
  measured: "Measured data",
  unknown: "Data of unknown source: the run does not say whether it was emulated or measured",
} as const;

/** The sentence that every export carries. */
export function describeSource(run: OpenedRun): string {
  return SOURCE_TEXT[sourceOf(run)];
}

/** "interrupted" when nobody closed the run. */
export function statusOf(run: OpenedRun): string {
  return run.stop?.status ?? "interrupted";
}

/** What a file of any format says about its run, as short texts. */
export function runFacts(run: OpenedRun): ReadonlyMap<string, string> {
  const { manifest, stop, warnings, rows } = run;
  const started = run.events.find((event) => event.kind === "run-started");
  const facts = new Map<string, string>([
    ["export_version", String(EXPORT_VERSION)],
    ["source", sourceOf(run)],
    ["source_text", describeSource(run)],
    ["name", manifest.name],
    ["created", manifest.created],
    ["crosspore", manifest.crosspore],
    ["operator", manifest.operator],
    ["notes", manifest.notes],
    ["seed", String(manifest.seed)],
    ["samples", String(rows)],
    ["status", statusOf(run)],
    ["warnings_json", JSON.stringify(warnings)],
    ["manifest_json", encodeManifest(manifest)],
    ["experiment_text", manifest.experiment.text],
  ]);
  if (started) {
    facts.set("limits_json", toJson(started.limits, "text"));
    facts.set("capabilities_json", toJson(started.capabilities, "text"));
  }
  if (stop) facts.set("stop_json", toJson(stop, "text"));
  return facts;
}

/** SHA-256 over manifest and events: tells runs apart, and is the same for every export of one run. */
export function identifyRun(run: OpenedRun): string {
  const hash = createHash("sha256").update(encodeManifest(run.manifest));
  for (const line of eventLines(run)) hash.update(line);
  return hash.digest("hex");
}

/** The lines of events.ndjson as they stand, with their stamps, each with its newline; those that the run counts. */
export function eventLines({ folder, events }: OpenedRun): string[] {
  const lines: string[] = [];
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  readLines(`${folder}/${EVENTS_FILE}`, ({ bytes }) => {
    if (lines.length < events.length) lines.push(`${utf8.decode(bytes)}\n`);
  });
  return lines;
}
