import { createHash } from "node:crypto";
import { basename } from "node:path";
import { importEvents, type ImportedRun } from "../../core/record/imports/importedRun.ts";
import type { ImportOptions } from "../../core/record/imports/importReader.ts";
import type { ByteSource } from "../../core/recordings/byteSource.ts";
import { RUN_SCHEMA, type RunManifest } from "../../core/record/runData.ts";
import { createRun } from "../createRun.ts";
import { chooseReader } from "./chooseReader.ts";
import { type OpenedSource, openSource } from "./openSource.ts";

export interface ImportRequest {
  readonly file: string;
  /** Name of a reader; by the contents where absent. */
  readonly reader?: string;
  readonly options: ImportOptions;
}

/** Who imports, for the manifest. */
export interface ImportContext {
  readonly crosspore: string;
  readonly platform: string;
  readonly operator: string;
  /** Wall clock of the import; the date of the measurement is in the facts, where the file says it. */
  readonly now: Date;
}

/** The samples of a recording stay in its file until they are written; dispose when they are. */
export interface Imported extends Disposable {
  readonly run: ImportedRun;
  readonly manifest: RunManifest;
}

/** Reads a foreign file; nothing is written. @throws ProtocolError with file:line:column */
export async function readForeign(
  { file, reader: asked, options }: ImportRequest,
  context: ImportContext,
): Promise<Imported> {
  const source = openSource(file, options.partial);
  try {
    return await describeForeign(source, asked, options, context);
  } catch (error) {
    source[Symbol.dispose]();
    throw error;
  }
}

async function describeForeign(
  source: OpenedSource,
  asked: string | undefined,
  options: ImportOptions,
  context: ImportContext,
): Promise<Imported> {
  const { file } = source;
  const reader = chooseReader(source, asked);
  const run = await reader.read(source, options);
  const sha256 = hashOf(source.source);
  const name = basename(file);
  const provenance = {
    file: name,
    // of the contents, unpacked
    sha256,
    bytes: source.source.size,
    reader: reader.name,
    readerVersion: reader.version,
    options: describeOptions(options),
  };
  // nothing was planned here: what stands in for the experiment is what was asked of the importer
  const text = `${JSON.stringify({ import: provenance }, null, 2)}\n`;
  const manifest: RunManifest = {
    schema: RUN_SCHEMA,
    name: name.replace(/(?:\.csv|\.tsv|\.txt|\.h5|\.hdf5|\.abf|\.atf|\.dat|\.qdf)?(?:\.gz)?$/iu, "") || name,
    created: context.now.toISOString(),
    crosspore: context.crosspore,
    platform: context.platform,
    operator: context.operator,
    notes: [`Imported from ${name} (${run.instrument}).`, ...run.notes.map((note) => `- ${note}`)].join("\n"),
    seed: 0,
    experiment: { file: name, text, sha256: createHash("sha256").update(text).digest("hex") },
    resolved: {
      imported: { ...provenance, instrument: run.instrument, facts: run.facts, notes: run.notes, cut: run.cut },
    },
  };
  return { run, manifest, [Symbol.dispose]: () => source[Symbol.dispose]() };
}

/** A file with the command is named, not copied into the record. */
function describeOptions({ clamp, ...options }: ImportOptions): Record<string, unknown> {
  const { command } = clamp ?? {};
  if (clamp === undefined || typeof command !== "object" || "voltage_V" in command)
    return { ...options, ...(clamp && { clamp }) };
  const { file } = "table" in command ? command.table : command.recording;
  return { ...options, clamp: { ...clamp, command: { file } } };
}

function hashOf(source: ByteSource): string {
  const hash = createHash("sha256");
  const piece = new Uint8Array(1 << 20);
  for (let at = 0; at < source.size; at += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, source.size - at));
    source.read(at, part);
    hash.update(part);
  }
  return hash.digest("hex");
}

/** Writes what was read as a run folder. @throws RecordError when the folder is taken */
export async function writeImported(folder: string, { run, manifest }: Imported): Promise<void> {
  const recorder = await createRun(folder, manifest);
  for (const event of importEvents(run, "crosspore import")) {
    await recorder.append(event);
    if (event.kind === "run-stopped") await recorder.close(event);
  }
}
