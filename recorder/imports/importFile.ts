import { createHash } from "node:crypto";
import { basename } from "node:path";
import { importEvents, type ImportedRun } from "../../core/record/imports/importedRun.ts";
import type { ImportOptions } from "../../core/record/imports/importReader.ts";
import { RUN_SCHEMA, type RunManifest } from "../../core/record/runData.ts";
import { createRun } from "../createRun.ts";
import { chooseReader } from "./chooseReader.ts";
import { openSource } from "./openSource.ts";

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

export interface Imported {
  readonly run: ImportedRun;
  readonly manifest: RunManifest;
}

/** Reads a foreign file; nothing is written. @throws ProtocolError with file:line:column */
export async function readForeign(
  { file, reader: asked, options }: ImportRequest,
  context: ImportContext,
): Promise<Imported> {
  const source = openSource(file, options.partial);
  const reader = chooseReader(source, asked);
  const run = await reader.read(source, options);
  const sha256 = createHash("sha256").update(source.bytes).digest("hex");
  const name = basename(file);
  const provenance = {
    file: name,
    // of the contents, unpacked
    sha256,
    bytes: source.bytes.length,
    reader: reader.name,
    readerVersion: reader.version,
    options: { ...options },
  };
  // nothing was planned here: what stands in for the experiment is what was asked of the importer
  const text = `${JSON.stringify({ import: provenance }, null, 2)}\n`;
  const manifest: RunManifest = {
    schema: RUN_SCHEMA,
    name: name.replace(/(?:\.csv|\.tsv|\.txt|\.h5|\.hdf5)?(?:\.gz)?$/iu, "") || name,
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
  return { run, manifest };
}

/** Writes what was read as a run folder. @throws RecordError when the folder is taken */
export async function writeImported(folder: string, { run, manifest }: Imported): Promise<void> {
  const recorder = await createRun(folder, manifest);
  for (const event of importEvents(run, "crosspore import")) {
    await recorder.append(event);
    if (event.kind === "run-stopped") await recorder.close(event);
  }
}
