/**
 * A recording larger than it should matter: node dist/bench/largeRecording.js [bytes]
 * Writes an ABF2 of a pore with a thousand blockades into the folder for temporary files and runs the commands over it, each in
 * a process of its own; what is printed is the most memory that process ever had in the machine (VmHWM, so on Linux alone).
 */
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { abf2Header } from "../core/recordings/writeAbf2.ts";

const bytes = Number(process.argv[2] ?? 1e9);
const folder = mkdtempSync(join(tmpdir(), "crosspore-large-"));
try {
  for (const size of [bytes / 10, bytes]) {
    const file = join(folder, "large.abf");
    writeRecording(file, Math.floor(size / 4));
    for (const args of [
      ["show", file, "--no-plot"],
      ["show", file],
      ["events", file],
      ["import", file, "--out", join(folder, `run-${size}`)],
    ])
      await run(args, statSync(file).size);
    rmSync(join(folder, `run-${size}`), { recursive: true, force: true });
  }
  console.log(`node ${process.versions.node}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** 100 pA with 1 pA of noise, blocked to 40 pA for 2 ms a second, at 250 kHz. */
function writeRecording(file: string, points: number): void {
  const header = abf2Header({
    channels: [{ name: "I", unit: "pA" }],
    samplePeriod_s: 4e-6,
    mode: "gap-free",
    sweeps: [{ startTime_s: 0, points }],
    protocol: "",
    comment: "SIMULATED",
    started: "",
    tags: [],
  });
  const fd = openSync(file, "w");
  writeSync(fd, header);
  const piece = new Float32Array(1 << 20);
  let noise = 1;
  for (let at = 0; at < points; at += piece.length) {
    const count = Math.min(piece.length, points - at);
    for (let k = 0; k < count; k++) {
      noise = (Math.imul(noise, 1664525) + 1013904223) | 0;
      const place = (at + k) % 250_000;
      piece[k] = (place >= 100_000 && place < 100_500 ? 40 : 100) + noise / 2 ** 31;
    }
    writeSync(fd, new Uint8Array(piece.buffer, 0, 4 * count));
  }
  closeSync(fd);
}

async function run(args: readonly string[], size: number): Promise<void> {
  const began = performance.now();
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../bin/crosspore.js"), ...args], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  let most_kB = 0;
  const look = setInterval(() => {
    try {
      const found = /VmHWM:\s+(\d+) kB/u.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
      most_kB = Math.max(most_kB, Number(found ?? 0));
    } catch {
      // it has ended
    }
  }, 20);
  const code = await new Promise((resolve) => child.once("exit", resolve));
  clearInterval(look);
  const wall_s = (performance.now() - began) / 1000;
  const words = args.filter((text) => !text.startsWith("/")).join(" ");
  console.log(
    `${words}, ${(size / 1e6).toFixed(0)} MB: ${(most_kB / 1000).toFixed(0)} MB at most, ${wall_s.toFixed(1)} s${code === 0 ? "" : `, exit code ${String(code)}`}`,
  );
}
