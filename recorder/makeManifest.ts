import { createHash } from "node:crypto";
import type { Capabilities } from "../core/arrayBackend.ts";
import { readCalibration } from "../core/calibration/calibration.ts";
import type { ArrayDescription } from "../core/emulated/describeArray.ts";
import type { Experiment } from "../core/protocol/experiment.ts";
import { type RecordedCalibration, RUN_SCHEMA, type RunManifest } from "../core/record/runData.ts";
import { readVersion } from "../runtime/readVersion.ts";

export interface ManifestParts {
  readonly experiment: Experiment;
  /** The experiment as the user wrote it, and the name of its file. */
  readonly text: string;
  readonly file: string;
  readonly seed: number;
  readonly created: Date;
  readonly emulated?: ArrayDescription;
  /** Addresses of an instrument; empty where there is none. */
  readonly addresses: readonly string[];
  readonly capabilities: Capabilities;
  readonly calibration?: RecordedCalibration;
  /** Beside those of the experiment. */
  readonly notes?: string;
}

/** What a run folder says of itself before the first step: everything that somebody needs to do it again. */
export async function makeManifest(parts: ManifestParts): Promise<RunManifest> {
  const { experiment, text, file, seed, created, emulated, addresses, capabilities, calibration, notes } = parts;
  return {
    schema: RUN_SCHEMA,
    name: experiment.name,
    created: created.toISOString(),
    crosspore: await readVersion(),
    platform: `node ${process.versions.node} ${process.platform} ${process.arch}`,
    operator: experiment.operator,
    notes: [experiment.notes, notes].filter((part) => part !== undefined && part !== "").join("\n"),
    seed,
    experiment: { file, text, sha256: hash(text) },
    resolved: {
      ...experiment.resolved,
      seed,
      ...(emulated && { emulated }),
      ...(addresses.length > 0 && { instrument: { addresses, ...capabilities } }),
    },
    ...(calibration && { calibration }),
  };
}

/** Everything that a run must remember of a calibration file. @throws as `readCalibration` */
export function recordCalibration(text: string, file: string): RecordedCalibration {
  return { file, sha256: hash(text), content: readCalibration(text, file) };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
