import type { Command } from "commander";
import { identifyAt } from "../../core/drivers/openArray.ts";
import { wallTimer } from "../../core/drivers/timer.ts";
import { completeAddress } from "../../lab/arrays/openInstrument.ts";
import { clean } from "../exit.ts";
import { printJson, printText } from "../terminal.ts";

export function add(program: Command): void {
  program
    .command("identify")
    .description("Ask the instrument on a port who it is; its outputs are not touched.")
    .argument("<port>", "/dev/ttyUSB0, or serial:PATH?driver=NAME, or tcp:HOST:PORT?driver=NAME")
    .option("--json", "as JSON on stdout")
    .action(async (port: string, flags: { readonly json?: boolean }) => {
      const { driver, identity } = await identifyAt(completeAddress(port), wallTimer);
      if (flags.json) {
        printJson({ port, driver: driver.name, ...identity });
        return;
      }
      const { manufacturer, model, serial, firmware } = identity;
      printText(
        clean(`${manufacturer} ${model}, serial ${serial}, firmware ${firmware}`) + `\ndriver: ${driver.name}\n`,
      );
    });
}
