import { type Command, InvalidArgumentError } from "commander";
import { hostname } from "node:os";
import { BridgeDevice } from "../../core/drivers/piBridge/device.ts";
import { tokenFile } from "../../core/drivers/piBridge/token.ts";
import { wallTimer } from "../../core/drivers/timer.ts";
import { openSerial } from "../../core/drivers/transports/serial.ts";
import { findHeaderChip } from "../../firmware-bridge/pi/gpioChip.ts";
import { loadOnoff } from "../../firmware-bridge/pi/onoffOutput.ts";
import { openLines } from "../../firmware-bridge/pi/openLines.ts";
import { serveBridge } from "../../firmware-bridge/pi/serveBridge.ts";
import { ensureToken } from "../../firmware-bridge/pi/token.ts";
import { GUIDE_WIRING, readWiring } from "../../firmware-bridge/pi/wiring.ts";
import { readText } from "../files.ts";
import { log, printText } from "../terminal.ts";

interface BridgeFlags {
  readonly wiring?: string;
  readonly listen: string;
  readonly port: number;
}

export function add(program: Command): void {
  program
    .command("bridge")
    .description(
      "On a Raspberry Pi: offer its GPIO lines as a selector, and serial instruments, to the lab's computer; Ctrl-C opens every switch.",
    )
    .option("--wiring <file>", "which line goes where (default: that of docs/hardware.md)")
    .option(
      "--listen <address>",
      "network address to listen on; anything but this machine needs a network that you trust",
      "127.0.0.1",
    )
    .option("--port <port>", "TCP port, 0 = any free one", parsePort, 7410)
    .action(bridgeCommand);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError("allowed are 0 to 65535.");
  return port;
}

async function bridgeCommand({ wiring: file, listen, port }: BridgeFlags): Promise<void> {
  const wiring = file === undefined ? GUIDE_WIRING : readWiring(readText(file), file);
  const base = wiring.gpio_base ?? findHeaderChip().base;
  const lines = openLines(wiring, base, await loadOnoff());
  const device = new BridgeDevice({
    ...lines,
    timer: wallTimer,
    serial: process.env.CROSSPORE_BRIDGE_SERIAL ?? hostname(),
    epoch: Math.floor(Date.now() / 1000) & 0xff_ffff,
  });
  const instruments = new Map(
    wiring.instruments.map(({ name, path, baud }) => [name, () => openSerial({ path, baudRate: baud })] as const),
  );
  const token = ensureToken();
  const bridge = await serveBridge({ device, token, host: listen, port, timer: wallTimer, instruments, log });
  printText(`tcp:${listen}:${bridge.port}?driver=pi-bridge\n`);
  for (const name of instruments.keys()) printText(`tcp:${listen}:${bridge.port}?through=${name}\n`);
  log(
    `GPIO base ${base}; the lab's computer needs this token file: ${tokenFile()}; Ctrl-C opens every switch and ends`,
  );
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
  await bridge[Symbol.asyncDispose]();
}
