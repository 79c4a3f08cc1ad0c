import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { findModel, MODELS } from "../../core/crossbar/models/registry.ts";
import { collectDatasheet } from "../../core/datasheet/collectDatasheet.ts";
import { type Datasheet, encodeDatasheet, readDatasheet } from "../../core/datasheet/datasheet.ts";
import { measureModel } from "../../core/datasheet/measureModel.ts";
import { EmulatedArray } from "../../core/emulated/emulatedArray.ts";
import { ProtocolError } from "../../core/errors.ts";
import { loadExperiment } from "../../core/protocol/experiment.ts";
import { buildComparePage, buildDatasheetPage } from "../../core/report/datasheetPage.ts";
import { runInMemory } from "../../core/runInMemory.ts";
import { sanitiseName } from "../../recorder/nameRunFolder.ts";
import { printPdf } from "../../runtime/printPdf.ts";
import { checkTarget, readText, writeWhole } from "../files.ts";
import { openRecorded } from "../openRecorded.ts";
import { log, printJson, printText } from "../terminal.ts";
import { readVersion } from "../../runtime/readVersion.ts";

interface DatasheetFlags {
  readonly out?: string;
  readonly name?: string;
  readonly amplitude?: number;
  readonly frequency?: number;
  readonly pdf?: boolean;
  readonly json?: boolean;
  readonly force?: boolean;
}

/** `crosspore datasheet WHAT...`: a model, an experiment, runs, or datasheets to compare. */
export function add(program: Command): void {
  program
    .command("datasheet")
    .summary("measure or collect the datasheet of a device")
    .description(
      "Write the datasheet of a device as a page and as JSON beside it: of a model (runs the standard set), of an experiment " +
        "file (runs it on its emulated array), or of recorded runs. Several datasheets (.json) are compared side by side.",
    )
    .argument("<what...>", "MODEL, EXPERIMENT.yaml, RUN..., or two or more DATASHEET.json")
    .option("--out <file>", "page to write; the record is FILE with .json")
    .option("--name <name>", "name on the page")
    .option("--amplitude <volt>", "of a model: peak voltage of sweeps and pulses, V", parsePositive)
    .option("--frequency <hertz>", "of a model: frequency of the widest loop, Hz; times everything else", parsePositive)
    .option("--no-pdf", "no PDF, even where Chromium is there")
    .option("--json", "print the record as JSON")
    .option("--force", "replace files that exist")
    .action(datasheetCommand);
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("allowed are numbers above 0.");
  return value;
}

async function datasheetCommand(what: readonly string[], flags: DatasheetFlags): Promise<void> {
  const compared = what.length > 1 && what.every((name) => name.endsWith(".json"));
  if (compared && what.length > 8) throw refuse(what[8] ?? "", `${what.length} datasheets, allowed are up to 8`);
  const sheets = compared ? what.map((file) => readDatasheet(readText(file), file)) : [await makeSheet(what, flags)];
  const [sheet] = sheets;
  if (!sheet) return;
  const title = compared ? sheets.map(({ name }) => name).join("-") : (flags.name ?? sheet.name);
  const page = flags.out ?? `${sanitiseName(title)}-${compared ? "comparison" : "datasheet"}.html`;
  if (!page.endsWith(".html")) throw refuse(page, "the page is HTML, allowed are names that end in .html");
  const base = page.slice(0, -".html".length);
  const record = `${base}.json`;
  checkTarget(page, flags.force ?? false);
  if (!compared) checkTarget(record, flags.force ?? false);
  await writeWhole(page, compared ? buildComparePage(sheets) : buildDatasheetPage(sheet));
  if (!compared) await writeWhole(record, encodeDatasheet(sheet));
  const written = [page, ...(compared ? [] : [record])];
  if (flags.pdf !== false) {
    const printed = await printPdf(page, `${base}.pdf`);
    if (printed === "written") written.push(`${base}.pdf`);
    else log(`crosspore: no PDF: ${printed}`);
  }
  if (flags.json) printJson(compared ? { compared: sheets } : sheet);
  else printText(written.map((file) => `${file}\n`).join(""));
}

async function makeSheet(what: readonly string[], flags: DatasheetFlags): Promise<Datasheet> {
  const crosspore = await readVersion();
  const [first = ""] = what;
  const named = (sheet: Datasheet): Datasheet => (flags.name === undefined ? sheet : { ...sheet, name: flags.name });
  if (what.every(isRun)) {
    const runs = what.map((folder) => openRecorded(folder, false));
    return collectDatasheet(flags.name ?? runs[0]?.manifest.name ?? "runs", runs, { crosspore });
  }
  const odd = what.find((name) => !isRun(name));
  if (what.length > 1)
    throw refuse(odd ?? first, "is no run folder; several arguments are runs, or datasheets (.json) to compare");
  if (/\.(?:ya?ml|json)$/iu.test(first) || existsSync(first)) return named(await runExperiment(first, crosspore));
  if (!MODELS.some((model) => model.name === first || model.aliases.includes(first)))
    throw refuse(first, "is no run folder, no experiment file and no model (crosspore models lists them)");
  try {
    const drive = {
      ...(flags.amplitude !== undefined && { amplitude_V: flags.amplitude }),
      ...(flags.frequency !== undefined && { frequency_Hz: flags.frequency }),
    };
    return named(await measureModel(findModel(first).name, { crosspore, drive }));
  } catch (error) {
    if (error instanceof RangeError) throw refuse(first, error.message);
    throw error;
  }
}

async function runExperiment(file: string, crosspore: string): Promise<Datasheet> {
  const experiment = loadExperiment(readText(file), file);
  const { name, array: config, protocols, limits, chip, seed, resolved, on, notes } = experiment;
  if (on.length > 0)
    throw refuse(file, "names an instrument: measure it by crosspore run, then make the datasheet of the run");
  await using array = new EmulatedArray(config, { seed });
  const run = await runInMemory(array, protocols, { limits, chip, seed, manifest: { name, resolved } });
  return collectDatasheet(name, [run], {
    crosspore,
    device: [
      ["model", config.junction.model],
      ["array", `${config.rows} × ${config.columns}`],
      ["effects", Object.keys(config.effects ?? {}).join(", ") || "none"],
      ...(notes === "" ? [] : [["notes", notes] as [string, string]]),
    ],
  });
}

function isRun(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false) && existsSync(join(path, "run.json"));
}

function refuse(file: string, reason: string): ProtocolError {
  return new ProtocolError({ file, line: 0, column: 0, path: "" }, reason);
}
