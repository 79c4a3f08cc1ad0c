import { type Command, Option } from "commander";
import { RecordError } from "../../core/errors.ts";
import { csvRows } from "../../core/record/csv.ts";
import { EXPORT_FORMATS, type ExportFormatName, exportRun } from "../../recorder/exports/exportRun.ts";
import { joinRows } from "../../recorder/exports/joinRows.ts";
import { checkTarget } from "../files.ts";
import { openRecorded } from "../openRecorded.ts";
import { log, printText } from "../terminal.ts";

interface ExportFlags {
  readonly format: ExportFormatName;
  readonly out: string;
  readonly force?: boolean;
  readonly partial?: boolean;
}

export function add(program: Command): void {
  program
    .command("export")
    .description("Write a run as one file for other programs; every column carries its unit.")
    .argument("<run>", "run folder")
    .addOption(new Option("--format <format>", "format of the file").choices(EXPORT_FORMATS).makeOptionMandatory())
    .requiredOption("--out <file>", "file to write, - for stdout (csv)")
    .option("--force", "replace a file that exists")
    .option("--partial", "write what is left of a damaged run")
    .action(exportCommand);
}

async function exportCommand(folder: string, { format, out, force, partial }: ExportFlags): Promise<void> {
  const run = openRecorded(folder, partial ?? false);
  for (const warning of run.warnings) log(`crosspore: warning: ${warning}`);
  if (out === "-") {
    if (format !== "csv") throw new RecordError(`${format} is written into a file only, csv goes to stdout`);
    for (const piece of joinRows(csvRows(run))) if (!printText(piece)) return;
    return;
  }
  checkTarget(out, force ?? false);
  const stopper = new AbortController();
  const stop = (): void => stopper.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    await exportRun(run, format, out, {
      signal: stopper.signal,
      warn: (text) => log(`crosspore: warning: ${text}`),
    });
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
  log(`crosspore: ${run.rows} samples written to ${out}`);
}
