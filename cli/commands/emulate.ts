import { type Command, InvalidArgumentError } from "commander";
import { Bench } from "../../core/drivers/emulation/bench.ts";
import type { Fault } from "../../core/drivers/emulation/faults.ts";
import { type Place, serveInstrument, type Served } from "../../core/drivers/emulation/serve.ts";
import type { Driver } from "../../core/drivers/driver.ts";
import { DRIVERS, findDriver } from "../../core/drivers/registry.ts";
import { JumpingTimer, wallTimer } from "../../core/drivers/timer.ts";
import type { EmulatedArrayConfig } from "../../core/emulated/config.ts";
import { nearest } from "../../core/document.ts";
import { ProtocolError } from "../../core/errors.ts";
import { dummyDevice, makeDevice, readBench, readDevice, readFaults } from "../benchFile.ts";
import { log, printText } from "../terminal.ts";

interface EmulateFlags {
  readonly link?: string;
  readonly tcp?: number;
  readonly folder?: string;
  readonly array?: string;
  readonly speed: "real" | "max";
  readonly faults?: string;
  readonly seed: number;
}

export function add(program: Command): void {
  program
    .command("emulate")
    .description("Put an emulated instrument on a port, so that any client can talk to it; Ctrl-C takes it away.")
    .argument("<instrument>", `${DRIVERS.map(({ name }) => name).join(", ")}, or a bench file (.yaml)`)
    .option("--link <path>", "name of the pseudo-terminal to make")
    .option("--tcp <port>", "TCP port on this machine instead, 0 = any free one", parsePort)
    .option("--folder <path>", "folder for messages in files instead (heka-batch)")
    .option("--array <file>", "experiment file whose array is the device under test (default: 1 Mohm resistors)")
    .option("--speed <speed>", "real: paced like the instrument; max: as fast as possible", parseSpeed, "real")
    .option("--faults <file>", "script of faults: drop, garble, stall, unplug, slow, overrun, wrong-identity")
    .option("--seed <number>", "seed of the device under test", Number, 0)
    .action(emulateCommand);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError("allowed are 0 to 65535.");
  return port;
}

function parseSpeed(text: string): "real" | "max" {
  if (text === "real" || text === "max") return text;
  throw new InvalidArgumentError("allowed are real and max.");
}

interface Seat {
  readonly driver: Driver;
  readonly place: Place;
  readonly faults: readonly Fault[];
}

async function emulateCommand(name: string, flags: EmulateFlags): Promise<void> {
  const { config, seats } = /\.(ya?ml|json)$/i.test(name) ? readSeats(name) : oneSeat(name, flags);
  const bench = new Bench(
    makeDevice(config, flags.seed),
    seats.findLast(({ driver }) => driver.unselectedLines)?.driver.unselectedLines ?? "floating",
  );
  const timer = flags.speed === "real" ? wallTimer : new JumpingTimer();
  const served: Served[] = [];
  try {
    for (const { driver, place, faults } of seats) {
      const port = await serveInstrument({
        make: driver.emulate,
        bench,
        place,
        timer,
        paced: flags.speed === "real",
        faults,
      });
      served.push(port);
      printText(`${port.address}?driver=${driver.name}\n`);
    }
    const { rows, columns, junction } = config;
    log(`SIMULATED instrument, device under test: ${rows} x ${columns} ${junction.model}; Ctrl-C takes it away`);
    await interrupted();
  } finally {
    for (const port of served) await port[Symbol.asyncDispose]();
  }
}

function readSeats(file: string): { readonly config: EmulatedArrayConfig; readonly seats: readonly Seat[] } {
  const { array, instruments } = readBench(file);
  return { config: array, seats: instruments };
}

function oneSeat(
  name: string,
  flags: EmulateFlags,
): { readonly config: EmulatedArrayConfig; readonly seats: readonly Seat[] } {
  const refuse = (reason: string) => new ProtocolError({ file: "emulate", line: 0, column: 0, path: "" }, reason);
  const driver = findDriver(name);
  if (!driver) {
    const names = DRIVERS.map((one) => one.name);
    const near = nearest(name, names);
    throw refuse(
      `"${name}" is no instrument${near === undefined ? "" : `, did you mean ${near}`}? There are ${names.join(", ")}`,
    );
  }
  const { link, tcp, folder } = flags;
  const places: Place[] = [];
  if (link !== undefined) places.push({ link });
  if (tcp !== undefined) places.push({ tcp });
  if (folder !== undefined) places.push({ folder });
  const [place, second] = places;
  if (!place || second)
    throw refuse(
      "say where, once: --link PATH for a pseudo-terminal, --tcp PORT, or --folder PATH for messages in files",
    );
  return {
    config: flags.array === undefined ? dummyDevice(driver) : readDevice(flags.array),
    seats: [
      {
        driver,
        place,
        faults: flags.faults === undefined ? [] : readFaults(flags.faults),
      },
    ],
  };
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}
