import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Bench } from "../core/drivers/emulation/bench.ts";
import type { Driver } from "../core/drivers/driver.ts";
import { serveOn } from "./emulatedLine.ts";
import { PYTHON } from "./needs.ts";

const run = promisify(execFile);

/**
 * Points a client in Python (tests/clients/), which shares no code with Crosspore, at an emulated instrument on a port of
 * the operating system.
 * @param name how the client takes the port: its path, or a VISA resource name
 * @returns what the client printed as JSON
 */
export async function runClient<Found>(
  script: string,
  driver: Driver,
  bench: Bench,
  { kind = "pty", name }: { readonly kind?: "pty" | "tcp"; readonly name: "path" | "visa" },
): Promise<Found> {
  const line = await serveOn(kind, driver, bench);
  try {
    const { address } = line.served;
    const path = () => realpathSync(address.replace("serial:", ""));
    const visa = () =>
      kind === "pty" ? `ASRL${path()}::INSTR` : `TCPIP0::127.0.0.1::${address.split(":").at(-1)}::SOCKET`;
    const client = join(import.meta.dirname, "clients", script);
    const { stdout } = await run(PYTHON, [client, name === "visa" ? visa() : path()], { timeout: 60_000 });
    return JSON.parse(stdout) as Found;
  } finally {
    await line.stop();
  }
}
