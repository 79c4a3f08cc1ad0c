import type { Command } from "commander";
import { arrayBackendPromises } from "../../core/arrayBackend.promises.ts";
import { openInstrumentArray } from "../../core/drivers/openArray.ts";
import { wallTimer } from "../../core/drivers/timer.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { formatSI } from "../../core/units.ts";
import { DUMMY_READINESS, quantityOf } from "../dummyCell.ts";
import { EXIT } from "../exit.ts";
import { checkTarget, writeWhole } from "../files.ts";
import { completeAddress } from "../../lab/arrays/openInstrument.ts";
import { log, printJson } from "../terminal.ts";
import { readVersion } from "../../runtime/readVersion.ts";

interface ConformFlags {
  readonly on: string;
  readonly selector?: string;
  readonly rows: number;
  readonly columns: number;
  readonly resistor: number;
  readonly voltage: number;
  readonly period: number;
  readonly long: number;
  readonly tolerance: number;
  readonly floor?: number;
  readonly out?: string;
  readonly force?: boolean;
}

export function add(program: Command): void {
  program
    .command("conform")
    .description(
      "Check an instrument with a dummy cell (a resistor at every crossing that is used) against the promises of an array; writes a certificate.",
    )
    .requiredOption("--on <port>", "serial:PATH?driver=NAME or tcp:HOST:PORT?driver=NAME")
    .option("--selector <port>", "the selector, where it is on a port of its own")
    .option("--rows <number>", "rows of the dummy array", Number, 1)
    .option("--columns <number>", "columns of the dummy array", Number, 1)
    .option("--resistor <ohms>", "value of the resistors, e.g. 1Mohm", quantityOf("ohm"), 1e6)
    .option("--voltage <volts>", "a voltage that does them no harm", quantityOf("V"), 0.1)
    .option("--period <seconds>", "a comfortable sampling period", quantityOf("s"), 0.1)
    .option(
      "--long <samples>",
      "samples of a stimulus that is stopped under way: more than the instrument hands over at once",
      Number,
      50,
    )
    .option("--tolerance <fraction>", "agreement of currents, relative", Number, 0.02)
    .option(
      "--floor <amperes>",
      "what noise and steps of the converter may add (default: tolerance x current)",
      quantityOf("A"),
    )
    .option("--out <file>", "certificate to write, JSON")
    .option("--force", "replace a file that exists")
    .action(conformCommand);
}

async function conformCommand(flags: ConformFlags): Promise<void> {
  if (flags.out !== undefined) checkTarget(flags.out, flags.force ?? false);
  const grid = { rows: flags.rows, columns: flags.columns };
  const addresses = [flags.on, flags.selector].flatMap((text) => (text === undefined ? [] : [completeAddress(text)]));
  const make = () =>
    openInstrumentArray({
      addresses,
      grid,
      timer: wallTimer,
      limits: { voltage_V: flags.voltage },
      readiness: DUMMY_READINESS,
    });
  const current_A = flags.voltage / flags.resistor;
  const options = {
    safe_V: flags.voltage,
    relative: flags.tolerance,
    absolute_A: flags.floor ?? current_A * flags.tolerance,
    samplePeriod_s: flags.period,
    longSamples: flags.long,
    linear: true,
    conductance_S: new Float64Array(grid.rows * grid.columns).fill(1 / flags.resistor),
  };
  const first = await make();
  const { capabilities } = first;
  await first[Symbol.asyncDispose]();
  log(
    `${capabilities.name}: ${arrayBackendPromises.length} promises, ${formatSI(flags.voltage, "V")} on ${formatSI(flags.resistor, "ohm")}`,
  );
  const results: { readonly promise: string; readonly kept: boolean; readonly found: string }[] = [];
  for (const { name, check } of arrayBackendPromises) {
    let found = "";
    try {
      await check(make, options);
    } catch (error) {
      found = error instanceof Error ? error.message : String(error);
      // the promises ask only for what an array says it can; anything else is a broken one too
      if (error instanceof UnsupportedError) found = `refused: ${found}`;
    }
    results.push({ promise: name, kept: found === "", found });
    log(`${found === "" ? "kept  " : "BROKEN"} ${name}${found === "" ? "" : `\n       ${found}`}`);
  }
  const broken = results.filter(({ kept }) => !kept).length;
  log(`${results.length - broken} of ${results.length} promises kept`);
  const crosspore = await readVersion();
  const certificate = { crosspore, date: new Date().toISOString(), addresses, grid, capabilities, results };
  if (flags.out === undefined) printJson(certificate);
  else await writeWhole(flags.out, `${JSON.stringify(certificate, null, 2)}\n`);
  if (broken > 0) process.exitCode = EXIT.instrument;
}
