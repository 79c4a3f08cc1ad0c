import { existsSync } from "node:fs";
import type { Command } from "commander";
import { formatSI } from "../../core/units.ts";
import { listRuns, type RunSummary } from "../../recorder/catalogue.ts";
import { clean } from "../exit.ts";
import { printJson, printText } from "../terminal.ts";

const DEFAULT_FOLDER = "runs";

/** `crosspore runs [DIR]`: what each run says of itself; interrupted ones are shown as such. */
export function add(program: Command): void {
  program
    .command("runs")
    .summary("list the runs of a folder")
    .description("List the runs of a folder, the oldest first; a run that was never closed is shown as interrupted.")
    .argument("[folder]", "folder that holds runs", DEFAULT_FOLDER)
    .option("--json", "the list as JSON")
    .action((folder: string, { json }: { json?: boolean }) => {
      const runs = folder === DEFAULT_FOLDER && !existsSync(folder) ? [] : listRuns(folder);
      if (json) printJson(runs.map((run) => ({ ...run, folder: `${folder}/${run.run}` })));
      else if (runs.length === 0) printText(`no runs in ${folder}\n`);
      else printText(runs.map((run) => `${describe(run)}\n`).join(""));
    });
}

function describe({ run, status, samples, duration_s, steps, source, unknown, reason, name }: RunSummary): string {
  const cells = [run, status];
  if (status === "unreadable") return tidy([...cells, reason]);
  cells.push(`${steps} steps`, `${samples} samples`, formatSI(duration_s, "s"), source);
  if (unknown > 0) cells.push(`UNKNOWN: ${unknown} ${unknown === 1 ? "step" : "steps"} without an outcome`);
  cells.push(name);
  if (status !== "success" && reason !== "") cells.push(reason);
  return tidy(cells);
}

/** One line per run, whatever its texts hold. */
function tidy(cells: readonly string[]): string {
  return cells.map((cell) => clean(cell.replace(/\s+/g, " "))).join("  ");
}
