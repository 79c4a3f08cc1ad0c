import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArrayBackend } from "../core/arrayBackend.ts";
import { Bench } from "../core/drivers/emulation/bench.ts";
import { serveInstrument, type Served } from "../core/drivers/emulation/serve.ts";
import type { Driver } from "../core/drivers/driver.ts";
import { InstrumentArray } from "../core/drivers/instrumentArray.ts";
import { limitSelector } from "../core/drivers/limitSelector.ts";
import type { Selector } from "../core/drivers/instrument.ts";
import { JumpingTimer } from "../core/drivers/timer.ts";
import { connectPipe } from "../core/drivers/transports/pipe.ts";
import { openSerial } from "../core/drivers/transports/serial.ts";
import { openTcp } from "../core/drivers/transports/tcp.ts";
import type { Transport } from "../core/drivers/transport.ts";
import { patientTimer } from "./patientTimer.ts";

/** Of every session of a test, so that recorded dialogues repeat. */
export const NONCE = 0x5e551011;

/** A driver's host side joined to its emulated instrument inside this process; device time jumps. */
export function pipeTo(driver: Driver, bench: Bench): Transport {
  const [host, device] = connectPipe(driver.name);
  const instrument = driver.emulate({
    bench,
    timer: new JumpingTimer(),
    send: (bytes) => void device.write(bytes).catch(() => {}),
  });
  device.listen({
    bytes: (chunk) => {
      instrument.receive(chunk);
    },
    closed: () => {
      instrument.close();
    },
  });
  return host;
}

/** The same on a pseudo-terminal (or TCP): real bytes through the operating system. */
export async function serveOn(
  kind: "pty" | "tcp",
  driver: Driver,
  bench: Bench,
): Promise<{ readonly served: Served; open(): Promise<Transport>; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "emulated-"));
  const link = join(folder, "port");
  const place = kind === "pty" ? { link } : { tcp: 0 };
  const served = await serveInstrument({ make: driver.emulate, bench, place, timer: new JumpingTimer(), paced: false });
  return {
    served,
    open() {
      const [, host = "", port = "0"] = served.address.split(":");
      return kind === "pty" ? openSerial({ path: link, ...driver.line }) : openTcp(host, Number(port));
    },
    async stop() {
      await served[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Everything between a protocol and a device under test. */
export async function makeInstrumentArray(
  driver: Driver,
  device: ArrayBackend,
  options: {
    readonly unselectedLines?: "floating" | "grounded";
    readonly selector?: (bench: Bench) => Selector;
    readonly transport?: Transport;
  } = {},
): Promise<InstrumentArray> {
  const bench = new Bench(device, options.unselectedLines ?? driver.unselectedLines);
  const timer = patientTimer(40);
  const transport = options.transport ?? pipeTo(driver, bench);
  const { instrument, selector } = await driver.open(transport, { timer, options: new Map(), nonce: NONCE });
  const chosen = options.selector?.(bench) ?? selector;
  if (!chosen || !instrument) throw new Error(`${driver.name} has no channel or no selector of its own`);
  return new InstrumentArray({ instrument, selector: limitSelector(chosen, device.grid), timer });
}
