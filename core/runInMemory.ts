import type { ArrayBackend } from "./arrayBackend.ts";
import type { DisturbBook } from "./disturbBook.ts";
import { runProtocols } from "./engine.ts";
import { type ChipLimits, type Limits, NO_LIMITS } from "./limits.ts";
import type { Protocol } from "./protocol/protocol.ts";
import { MemoryRun } from "./record/memoryRun.ts";
import { RUN_SCHEMA, type RunManifest } from "./record/runData.ts";

export interface MemoryRunOptions {
  readonly limits?: Partial<Limits>;
  readonly chip?: ChipLimits;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** Books what every junction takes. */
  readonly book?: DisturbBook;
  /** For the record: name, operator, notes, date ... what a script does not say stays empty. */
  readonly manifest?: Partial<RunManifest>;
}

/**
 * Runs protocols and keeps everything in memory: the script's way from an array to analysis and figures.
 * @returns the run, ready for `analyseRun`, `loopsOf` and `buildReport`
 * @throws as `runProtocols` does
 */
export async function runInMemory(
  array: ArrayBackend,
  protocols: Protocol | readonly Protocol[],
  options: MemoryRunOptions = {},
): Promise<MemoryRun> {
  const { limits = {}, chip = {}, seed = 0, signal = new AbortController().signal, manifest = {} } = options;
  const list: readonly Protocol[] = "steps" in protocols ? [protocols] : protocols;
  const run = new MemoryRun({
    schema: RUN_SCHEMA,
    name: list.map(({ name }) => name).join(", "),
    created: "",
    crosspore: "",
    platform: "",
    operator: "",
    notes: "",
    experiment: { file: "", text: "", sha256: "" },
    resolved: { protocol: list.map(({ name, parameters }) => ({ [name]: parameters })) },
    ...manifest,
    seed,
  });
  await runProtocols({
    protocols: list,
    array,
    limits: { ...NO_LIMITS, ...limits },
    chip,
    seed,
    signal,
    ...(options.book && { book: options.book }),
    emit: (event) => run.append(event),
  });
  return run;
}
