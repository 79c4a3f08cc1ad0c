import type { Command } from "commander";
import { discoverPorts } from "../../core/drivers/discoverPorts.ts";
import { DRIVERS } from "../../core/drivers/registry.ts";
import { clean } from "../exit.ts";
import { log, printJson, printText } from "../terminal.ts";

export function add(program: Command): void {
  program
    .command("ports")
    .description("List the serial ports of this machine and the instruments that may be on them; nothing is sent.")
    .option("--json", "as JSON on stdout")
    .action(async (flags: { readonly json?: boolean }) => {
      const ports = (await discoverPorts()).map((port) => ({
        ...port,
        drivers: DRIVERS.filter(({ productPattern }) => port.product && productPattern.test(port.product)).map(
          ({ name }) => name,
        ),
      }));
      if (flags.json) {
        printJson(ports);
        return;
      }
      if (ports.length === 0)
        log("no serial port is plugged in; a port that is not listed can still be named by its path");
      for (const { path, byId, product, manufacturer, serialNumber, drivers } of ports) {
        const who = [manufacturer, product, serialNumber].filter((part) => part !== undefined).join(" ");
        const may = drivers.length === 0 ? "" : `  may be: ${drivers.join(", ")}`;
        printText(`${path}${who === "" ? "" : `  ${clean(who)}`}${may}\n${byId === undefined ? "" : `  ${byId}\n`}`);
      }
    });
}
