import type { Command } from "commander";
import { parseAddress } from "../../core/drivers/address.ts";
import { driverNames, identifyAt, openPort } from "../../core/drivers/openArray.ts";
import { findDriver } from "../../core/drivers/registry.ts";
import { wallTimer } from "../../core/drivers/timer.ts";
import { tap, type TranscriptLine } from "../../core/drivers/transports/tap.ts";
import { completeAddress } from "../../lab/arrays/openInstrument.ts";
import { checkTarget, writeWhole } from "../files.ts";
import { log, printText } from "../terminal.ts";

export function add(program: Command): void {
  program
    .command("transcript")
    .description(
      "Record byte for byte how an instrument says hello, goes to 0 V and says goodbye: for tests and for reports of bugs.",
    )
    .argument("<port>", "/dev/ttyUSB0, or serial:PATH?driver=NAME, or tcp:HOST:PORT?driver=NAME")
    .option("--out <file>", "NDJSON file to write (default: stdout)")
    .option("--force", "replace a file that exists")
    .action(transcriptCommand);
}

async function transcriptCommand(
  port: string,
  flags: { readonly out?: string; readonly force?: boolean },
): Promise<void> {
  if (flags.out !== undefined) checkTarget(flags.out, flags.force ?? false);
  const text = completeAddress(port);
  const address = parseAddress(text, driverNames());
  const driver = address.driver === undefined ? (await identifyAt(text, wallTimer)).driver : findDriver(address.driver);
  if (!driver) return;
  const lines: TranscriptLine[] = [];
  const transport = tap(
    await openPort(address, driver, wallTimer),
    () => wallTimer.now_s(),
    (line) => lines.push(line),
  );
  try {
    const { instrument, selector } = await driver.open(transport, { timer: wallTimer, options: address.options });
    await selector?.[Symbol.asyncDispose]();
    await instrument?.[Symbol.asyncDispose]();
  } finally {
    await transport.close();
    const content = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    if (flags.out === undefined) printText(content);
    else {
      await writeWhole(flags.out, content);
      log(`${lines.length} lines of dialogue in ${flags.out}`);
    }
  }
}
