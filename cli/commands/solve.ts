import { dirname } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { answerRequest, type InputFiles, type Solved } from "../answerRequest.ts";
import { readText } from "../files.ts";
import { checkExports, EXPORTS, type Export, parseExport, writeExports } from "../solveExports.ts";
import { readSolveRequest } from "../solveFields.ts";
import { log, printJson } from "../terminal.ts";

interface SolveFlags {
  readonly conductance?: string;
  readonly inputs?: string;
  readonly export: readonly Export[];
  readonly force?: boolean;
}

/** `crosspore solve FILE.json`: node voltages and end currents of a crossbar, JSON in and out, matrices as files. */
export function add(program: Command): void {
  program
    .command("solve")
    .summary("solve a resistive crossbar")
    .description(
      "Solve a crossbar of ohmic, sinh or rectifying junctions; prints line currents (and more on request) as JSON.",
    )
    .argument("<file>", "JSON or YAML: conductance_S (or a .npy, .csv file), wire resistances, row_V, column_V, law")
    .option("--conductance <file>", "conductances from a .npy or .csv file, instead of conductance_S", parseMatrixName)
    .option(
      "--inputs <file>",
      "row voltages from a .npy or .csv file, one vector per line, instead of row_V",
      parseMatrixName,
    )
    .option(
      "--export <name=file>",
      `write a quantity to a .npy or .csv file, again for more: ${EXPORTS.join(", ")}`,
      (text: string, before: readonly Export[]) => [...before, parseExport(text)],
      [],
    )
    .option("--force", "replace files that exist")
    .action(solveCommand);
}

function parseMatrixName(text: string): string {
  if (/\.(npy|csv)$/i.test(text)) return text;
  throw new InvalidArgumentError("allowed are files that end in .npy or .csv.");
}

async function solveCommand(file: string, flags: SolveFlags): Promise<void> {
  checkExports(flags.export, flags.force ?? false);
  const solved = await solve(file, { folder: dirname(file), conductance: flags.conductance, inputs: flags.inputs });
  if (flags.export.length > 0) {
    await writeExports(flags.export, solved);
    for (const { name, path } of flags.export) log(`crosspore: ${name} written to ${path}`);
  }
  printJson(solved.answer);
}

/** Schema and positions of complaints are loaded where there is something to complain about, or no JSON. */
async function solve(file: string, files: InputFiles): Promise<Solved> {
  const text = readText(file);
  const begin = performance.now();
  const request = parseRequest(text);
  if (!request) return (await import("../solveFile.ts")).solveText(text, file, files, begin);
  try {
    return answerRequest(request, files, begin);
  } catch (error) {
    throw (await import("../solveFile.ts")).placeError(error, text, file);
  }
}

function parseRequest(text: string) {
  try {
    return readSolveRequest(JSON.parse(text));
  } catch {
    return undefined;
  }
}
