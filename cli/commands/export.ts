import { dirname } from "node:path";
import { type Command, Option } from "commander";
import { AbortedError, RecordError } from "../../core/errors.ts";
import { csvRows } from "../../core/record/csv.ts";
import type { RunData } from "../../core/record/runData.ts";
import { nodeFs } from "../../runtime/nodeFs.ts";
import { describeSystemError } from "../../runtime/systemError.ts";
import { writeAll } from "../../runtime/writeAll.ts";
import { checkTarget } from "../files.ts";
import { openRecorded } from "../openRecorded.ts";
import { log, printText } from "../terminal.ts";

/** Rows of every format, as text. */
const FORMATS: Readonly<Record<string, (run: RunData) => Iterable<string>>> = { csv: csvRows };

/** Text is written in pieces of about this many characters. */
const PIECE_CHARACTERS = 1_048_576;

interface ExportOptions {
  readonly format: string;
  readonly out: string;
  readonly force?: boolean;
  readonly partial?: boolean;
}

export function add(program: Command): void {
  program
    .command("export")
    .description("Write the samples of a run as a table; every column carries its unit.")
    .argument("<run>", "run folder")
    .addOption(
      new Option("--format <format>", "format of the table").choices(Object.keys(FORMATS)).makeOptionMandatory(),
    )
    .requiredOption("--out <file>", "file to write, - for stdout")
    .option("--force", "replace a file that exists")
    .option("--partial", "write what is left of a damaged run")
    .action(exportRun);
}

async function exportRun(folder: string, options: ExportOptions): Promise<void> {
  const run = openRecorded(folder, options.partial ?? false);
  for (const warning of run.warnings) log(`crosspore: warning: ${warning}`);
  const rows = FORMATS[options.format]?.(run) ?? [];
  if (options.out === "-") {
    for (const piece of joinRows(rows)) if (!printText(piece)) return;
    return;
  }
  checkTarget(options.out, options.force ?? false);
  await writeTable(options.out, rows);
  log(`crosspore: ${run.rows} samples written to ${options.out}`);
}

/** Whole or not there: temporary file, sync, rename. An abort (Ctrl-C, SIGTERM) removes the temporary file. */
async function writeTable(path: string, rows: Iterable<string>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const stopper = new AbortController();
  const stop = (): void => stopper.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    await writeTemporary(temporary, rows, stopper.signal);
    await nodeFs.rename(temporary, path);
    await nodeFs.syncFolder(dirname(path));
  } catch (error) {
    await nodeFs.removeFile(temporary).catch(() => undefined);
    if (error instanceof RecordError || error instanceof AbortedError) throw error;
    throw new RecordError(`${path}: ${describeSystemError(error)}`, { cause: error });
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

async function writeTemporary(path: string, rows: Iterable<string>, signal: AbortSignal): Promise<void> {
  const file = await nodeFs.create(path);
  try {
    for (const piece of joinRows(rows)) {
      if (signal.aborted) throw new AbortedError("export aborted, nothing was written");
      await writeAll(file, Buffer.from(piece, "utf8"));
    }
    await file.dataSync();
  } finally {
    await file.close();
  }
}

/** Many short rows as a few long texts. */
function* joinRows(rows: Iterable<string>): Generator<string, void, undefined> {
  let piece = "";
  for (const row of rows) {
    piece += row;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}
