import type { Command } from "commander";
import { describeUnknownStep } from "../../core/record/unknownSteps.ts";
import { type Verification, verifyRun } from "../../recorder/verifyRun.ts";
import { clean, EXIT } from "../exit.ts";
import { printJson, printText } from "../terminal.ts";

/** `crosspore verify RUN`: exit 0 when the run is whole, 1 otherwise. */
export function add(program: Command): void {
  program
    .command("verify")
    .summary("check every byte of a run")
    .description(
      "Check every byte of a run folder and say what is missing, changed or unknown; exit 0 when it is whole.",
    )
    .argument("<run>", "run folder")
    .option("--json", "the answer as JSON")
    .action((folder: string, { json }: { json?: boolean }) => {
      const verification = verifyRun(folder);
      if (json) printJson(verification);
      else printText(clean(describe(verification)));
      if (!verification.whole) process.exitCode = EXIT.error;
    });
}

function describe({ run, status, whole, problems, unknown, ...counts }: Verification): string {
  const { rows, lost, events, files, bytes, flags } = counts;
  const lines = [
    `${whole ? "whole" : "NOT whole"}: ${run}`,
    `  ${status}: ${rows} samples${lost > 0 ? `, ${lost} of them lost` : ""}, ${events} events; ${files} files, ${bytes} bytes`,
  ];
  for (const [flag, count] of Object.entries(flags)) lines.push(`  flagged: ${count} ${flag}`);
  for (const problem of problems) lines.push(`  problem: ${problem.replace(/\s+/g, " ")}`);
  for (const step of unknown) lines.push(`  UNKNOWN: ${describeUnknownStep(step)}`);
  return `${lines.join("\n")}\n`;
}
