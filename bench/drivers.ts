/**
 * Instruments over a pseudo-terminal. Printed, never asserted: node dist/bench/drivers.js
 * A whole-array read is wall time, because what it costs is mostly waiting.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { arcOne } from "../core/drivers/arcOne/index.ts";
import { Bench } from "../core/drivers/emulation/bench.ts";
import { serveInstrument } from "../core/drivers/emulation/serve.ts";
import { openInstrumentArray } from "../core/drivers/openArray.ts";
import { JumpingTimer, wallTimer } from "../core/drivers/timer.ts";
import { EmulatedArray } from "../core/emulated/emulatedArray.ts";

const GRID = { rows: 32, columns: 32 };
const READ_S = 2.5e-4;

console.log(`# ${cpus()[0]?.model.trim() ?? "unknown processor"}, node ${process.version}`);
for (const speed of ["real", "max"] as const) await readWholeArray(speed);

/** 1024 junctions of an emulated ArC ONE, through limiter, driver, pseudo-terminal and firmware. */
async function readWholeArray(speed: "real" | "max"): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const link = join(folder, "arc");
  const device = new EmulatedArray({ ...GRID, junction: { model: "ohmic" } }, { seed: 1 });
  const served = await serveInstrument({
    make: arcOne.emulate,
    bench: new Bench(device, "grounded"),
    place: { link },
    timer: speed === "real" ? wallTimer : new JumpingTimer(),
    paced: speed === "real",
  });
  const array = await openInstrumentArray({
    addresses: [`${served.address}?driver=arc-one`],
    grid: GRID,
    timer: wallTimer,
  });
  const readout = { integration_s: READ_S, currentRange_A: "auto" as const };
  const times_ms: number[] = [];
  for (let k = 0; k < 5; k++) {
    const start = performance.now();
    await array.readAll(0.2, readout, new AbortController().signal);
    times_ms.push(performance.now() - start);
  }
  await array[Symbol.asyncDispose]();
  await served[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
  const sorted = times_ms.toSorted((a, b) => a - b).map((time) => time.toFixed(0));
  const device_ms =
    speed === "real" ? `, ${(1024 * READ_S * 1000).toFixed(0)} ms of it the instrument's own readings` : "";
  console.log(`ArC ONE, 32 x 32 over a pty, --speed ${speed}: ${sorted.join(" ")} ms${device_ms}`);
}
