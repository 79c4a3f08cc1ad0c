/**
 * Instruments over a pseudo-terminal and their codecs. Printed, never asserted: node dist/bench/drivers.js
 * A whole-array read is wall time, because what it costs is mostly waiting; codecs are processor time of one thread.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { arcOne } from "../core/drivers/arcOne/index.ts";
import { decodeTriple, encodeFloats, TRIPLE_BYTES } from "../core/drivers/arcOne/codec.ts";
import { Bench } from "../core/drivers/emulation/bench.ts";
import { serveInstrument } from "../core/drivers/emulation/serve.ts";
import { ByteQueue } from "../core/drivers/framing/byteQueue.ts";
import { openInstrumentArray } from "../core/drivers/openArray.ts";
import { JumpingTimer, wallTimer } from "../core/drivers/timer.ts";
import { EmulatedArray } from "../core/emulated/emulatedArray.ts";

const GRID = { rows: 32, columns: 32 };
const READ_S = 2.5e-4;

console.log(`# ${cpus()[0]?.model.trim() ?? "unknown processor"}, node ${process.version}`);
for (const speed of ["real", "max"] as const) await readWholeArray(speed);
pullFloats();

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

/** Triples out of a stream of chunks as a port brings them. */
function pullFloats(): void {
  const chunk = encodeFloats(Array.from({ length: 3 * 256 }, (_, k) => k));
  const queue = new ByteQueue();
  const start = process.cpuUsage();
  let bytes = 0;
  let sum = 0;
  while (bytes < 64e6) {
    queue.append(chunk);
    bytes += chunk.length;
    for (let triple = queue.take(TRIPLE_BYTES); triple; triple = queue.take(TRIPLE_BYTES))
      sum += decodeTriple(triple)[0];
  }
  const { user, system } = process.cpuUsage(start);
  console.log(`ArC ONE codec: ${(bytes / (user + system)).toFixed(0)} MB/s of triples (${sum})`);
}
