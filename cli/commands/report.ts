import { basename, dirname, join } from "node:path";
import type { Command } from "commander";
import { analyseRun } from "../../core/analysis/summary.ts";
import { RecordError } from "../../core/errors.ts";
import { buildReport } from "../../core/report/report.ts";
import { nodeFs } from "../../runtime/nodeFs.ts";
import { describeSystemError } from "../../runtime/systemError.ts";
import { writeAtomically } from "../../runtime/writeAll.ts";
import { checkTarget } from "../files.ts";
import { openRecorded } from "../openRecorded.ts";
import { printJson, printText } from "../terminal.ts";

/** `crosspore report RUN`: figures, tables and the record of a run in one page; the run itself stays as it is. */
export function add(program: Command): void {
  program
    .command("report")
    .summary("write the report of a run")
    .description("Write the report of a run as one self-contained page (RUN/report.html) and print where it is.")
    .argument("<run>", "run folder")
    .option("--out <file>", "write the page there")
    .option("--partial", "report what is left of a damaged run")
    .option("--json", "print the analysis and the path of the page as JSON")
    .action((folder: string, options: ReportOptions) => report(folder, options));
}

interface ReportOptions {
  readonly out?: string;
  readonly partial?: boolean;
  readonly json?: boolean;
}

async function report(folder: string, options: ReportOptions): Promise<void> {
  const run = openRecorded(folder, options.partial ?? false);
  // the analysis says by itself that a run was interrupted
  const findings = run.warnings.filter(
    (warning) => run.stop !== undefined || !warning.includes("the run was interrupted"),
  );
  const analysis = analyseRun(run, findings);
  const file = options.out ?? join(folder, "report.html");
  checkTarget(file, true);
  await replaceFile(file, buildReport(run, { analysis }));
  if (options.json) printJson({ report: file, ...analysis });
  else printText(`${file}\n`);
}

/** Readers see the old page or the new one, never a part. */
async function replaceFile(file: string, text: string): Promise<void> {
  // what a killed report left behind must not block this one
  await nodeFs.removeFile(`${file}.tmp`).catch(() => undefined);
  try {
    await writeAtomically(nodeFs, dirname(file), basename(file), new TextEncoder().encode(text));
  } catch (error) {
    throw new RecordError(`${file}: ${describeSystemError(error)}`, { cause: error });
  }
}
