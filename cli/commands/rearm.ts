import type { Command } from "commander";
import { RecordError } from "../../core/errors.ts";
import { type Latch, LatchFile, latchFolder, listLatches } from "../../runtime/latchFile.ts";
import { clean } from "../exit.ts";
import { log, printJson, printText } from "../terminal.ts";

/** `crosspore rearm [INSTRUMENT]`: what has tripped and stays latched, and the way to clear it. */
export function add(program: Command): void {
  program
    .command("rearm")
    .summary("clear the latch of an instrument that tripped")
    .description(
      "List the instruments that a run tripped; with a name, clear its latch. Do that when you know why it tripped: the next run records it.",
    )
    .argument("[instrument]", "the instrument as listed")
    .option("--json", "as JSON on stdout")
    .action((instrument: string | undefined, { json = false }: { json?: boolean }) => {
      const folder = latchFolder();
      const latched = listLatches(folder).filter(({ cleared }) => cleared === undefined);
      if (instrument === undefined) return list(latched, json);
      const latch = latched.find((one) => one.instrument === instrument);
      if (!latch) {
        const names = latched.length === 0 ? "none" : latched.map((one) => `"${one.instrument}"`).join(", ");
        throw new RecordError(`"${instrument}" is not latched, latched are: ${names}`);
      }
      new LatchFile(folder, instrument).clear();
      if (json) printJson({ cleared: latch });
      else log(clean(`cleared: ${describe(latch)}`));
    });
}

function list(latched: readonly Latch[], json: boolean): void {
  if (json) printJson(latched);
  else if (latched.length === 0) printText("nothing is latched\n");
  else printText(latched.map((latch) => `${clean(describe(latch))}\n`).join(""));
}

function describe({ instrument, trip, tripped }: Latch): string {
  return `${instrument}  ${tripped}  ${trip.quantity} of ${trip.found} at ${trip.where}, allowed ${trip.allowed}`;
}
