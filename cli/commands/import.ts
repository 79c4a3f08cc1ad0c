import { basename } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { DELIMITERS, type Delimiter, type ImportOptions } from "../../core/record/imports/importReader.ts";
import type { ImportedStep } from "../../core/record/imports/importedRun.ts";
import type { ClampChoice } from "../../core/recordings/clamp.ts";
import type { Feedback } from "../../core/recordings/feedback.ts";
import { parseQuantity } from "../../core/units.ts";
import { readForeign, writeImported } from "../../recorder/imports/importFile.ts";
import { READERS } from "../../recorder/imports/readers.ts";
import { nameRunFolder } from "../../recorder/nameRunFolder.ts";
import { parseCommand, parseFeedback } from "../recordingInput.ts";
import { log, printJson, printText } from "../terminal.ts";
import { readVersion } from "../../runtime/readVersion.ts";

interface ImportFlags {
  readonly out?: string;
  readonly reader?: string;
  readonly columns?: readonly string[];
  readonly delimiter?: Delimiter;
  readonly decimal?: "point" | "comma";
  readonly as: ImportOptions["as"];
  readonly period?: number;
  readonly resample?: number;
  readonly cell?: readonly [number, number];
  readonly current?: string;
  readonly command?: NonNullable<ClampChoice["command"]>;
  readonly feedback?: Feedback;
  readonly operator?: string;
  readonly partial?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `crosspore import FILE`: what another instrument measured, as a run folder that every other command reads. */
export function add(program: Command): void {
  program
    .command("import")
    .description("Make a run folder of a file that another instrument or program wrote.")
    .argument("<file>", `file: ${READERS.map(({ title }) => title).join("; ")}`)
    .option("--out <folder>", "run folder to make (default: runs/DATE-NAME)", parseFolder)
    .addOption(
      new Option("--reader <name>", "format, instead of the one the contents show").choices(
        READERS.map(({ name }) => name),
      ),
    )
    .option("--columns <list>", "what the columns of a table are, e.g. t/s,V/V,I/nA; - leaves one out", (text) =>
      text.split(",").map((part) => part.trim()),
    )
    .addOption(new Option("--delimiter <mark>", "what parts the columns of a table").choices(Object.keys(DELIMITERS)))
    .addOption(new Option("--decimal <mark>", "decimal point or comma").choices(["point", "comma"]))
    .addOption(
      new Option("--as <what>", "what the samples of a table are")
        .choices(["auto", "sweep", "trace", "reads"])
        .default("auto"),
    )
    .option("--period <time>", 'time between samples, where the file has none, e.g. "10ms"', parseTime)
    .option("--resample <time>", "put samples at uneven times on an even grid of this period", parseTime)
    .option("--cell <row,column>", "the junction, where the file names none (default: 0,0)", parseCell)
    .option("--current <channel>", "name or number of the channel of a recording that is the current (default: all)")
    .option(
      "--command <what>",
      'the voltage of a recording: "channel 1", "output 0", "40 mV", or a recording or table (csv: t/s,V/mV) with it',
      parseCommand,
    )
    .option(
      "--feedback <value>",
      "volts of an integrating amplifier as current: 9.1Gohm,1.07pF or its state file",
      parseFeedback,
    )
    .option("--operator <name>", "who measured, for the record")
    .option("--partial", "take what is whole of a file that was cut")
    .option("--dry-run", "read the file and say what it holds; nothing is written")
    .option("--json", "result as JSON on stdout")
    .action(importCommand);
}

function parseFolder(text: string): string {
  if (text === "") throw new InvalidArgumentError("expected the name of a new folder.");
  return text;
}

function parseTime(text: string): number {
  try {
    const time_s = parseQuantity(text, "s");
    if (time_s > 0) return time_s;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
  throw new InvalidArgumentError("allowed are times above 0 s.");
}

function parseCell(text: string): readonly [number, number] {
  const match = /^(\d{1,4}),(\d{1,4})$/u.exec(text);
  if (!match || Number(match[1]) > 4095 || Number(match[2]) > 4095)
    throw new InvalidArgumentError("expected ROW,COLUMN, both from 0 to 4095.");
  return [Number(match[1]), Number(match[2])];
}

function countOf({ recorded, samples, read }: ImportedStep): number {
  if (recorded) return recorded.points * recorded.columns;
  return samples?.current_A.length ?? (read ? 1 : 0);
}

async function importCommand(file: string, flags: ImportFlags): Promise<void> {
  const [row, column] = flags.cell ?? [0, 0];
  const options: ImportOptions = {
    as: flags.as,
    row,
    column,
    partial: flags.partial ?? false,
    ...((flags.current !== undefined || flags.command !== undefined) && {
      clamp: {
        ...(flags.current !== undefined && { current: flags.current }),
        ...(flags.command !== undefined && { command: flags.command }),
      },
    }),
    ...(flags.feedback && { feedback: flags.feedback }),
    ...(flags.columns && { columns: flags.columns }),
    ...(flags.delimiter && { delimiter: flags.delimiter }),
    ...(flags.decimal && { decimal: flags.decimal === "comma" ? "," : "." }),
    ...(flags.period !== undefined && { period_s: flags.period }),
    ...(flags.resample !== undefined && { resample_s: flags.resample }),
  };
  const now = new Date();
  const context = {
    crosspore: await readVersion(),
    platform: `node ${process.versions.node} ${process.platform} ${process.arch}`,
    operator: flags.operator ?? "",
    now,
  };
  using imported = await readForeign({ file, options, ...(flags.reader && { reader: flags.reader }) }, context);
  const { run } = imported;
  for (const note of run.notes) log(`crosspore: ${note}`);
  const folder = flags.out ?? nameRunFolder("runs", imported.manifest.name || basename(file), now);
  if (!flags.dryRun) await writeImported(folder, imported);
  const roles = new Map<string, number>();
  for (const { role } of run.steps) roles.set(role, (roles.get(role) ?? 0) + 1);
  const samples = run.steps.reduce((sum, step) => sum + countOf(step), 0);
  const { rows, columns } = run.grid;
  if (flags.json) {
    printJson({
      run: flags.dryRun ? null : folder,
      instrument: run.instrument,
      grid: run.grid,
      steps: run.steps.length,
      roles: Object.fromEntries(roles),
      samples,
      cut: run.cut,
      notes: run.notes,
    });
    return;
  }
  const kinds = [...roles].map(([role, count]) => `${count} ${role}`).join(", ");
  printText(
    `${run.instrument}, ${rows} x ${columns}: ${kinds}; ${samples} samples\n${flags.dryRun ? "" : `${folder}\n`}`,
  );
  if (!flags.dryRun) log(`next: crosspore report ${folder}`);
}
