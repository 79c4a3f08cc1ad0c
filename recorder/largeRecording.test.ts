import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EVENT_DEFAULTS, EventDetector } from "../core/analysis/events/detectEvents.ts";
import { openRecording } from "../core/recordings/openRecording.ts";
import { abf2Header } from "../core/recordings/writeAbf2.ts";
import { openFileSource } from "../runtime/fileSource.ts";
import { soakOr } from "../tests/soak.ts";

/** 1 GB in a soak, 32 MB otherwise. */
const BYTES = soakOr(1_000_000_000, 32_000_000);
const MB = 1e6;

test(`an ABF of ${BYTES / MB} MB is read in constant memory, and searched for events`, { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "crosspore-large-"));
  try {
    const file = join(folder, "large.abf");
    const points = Math.floor(BYTES / 4);
    const header = abf2Header({
      channels: [{ name: "I", unit: "pA" }],
      samplePeriod_s: 1e-5,
      mode: "gap-free",
      sweeps: [{ startTime_s: 0, points }],
      protocol: "",
      comment: "",
      started: "",
      tags: [],
    });
    const fd = openSync(file, "w");
    writeSync(fd, header);
    ftruncateSync(fd, header.length + 4 * points);
    // one number at the very end, that nobody guesses
    writeSync(fd, new Uint8Array(Float32Array.of(123.5).buffer), 0, 4, header.length + 4 * (points - 1));
    closeSync(fd);

    using source = openFileSource(file);
    const series = openRecording(source).series[0]!;
    expect(series.sweep(0).points).toBe(points);
    const detector = new EventDetector({ ...EVENT_DEFAULTS, samplePeriod_s: 1e-5, threshold: { current_A: 1e-12 } });
    const piece = new Float64Array(1 << 16);
    let [most, last] = [0, 0];
    const before = process.memoryUsage().rss;
    for (let from = 0; from < points; from += piece.length) {
      const part = piece.subarray(0, Math.min(piece.length, points - from));
      series.read(0, 0, from, part);
      last = part.at(-1)!;
      for (let n = 0; n < part.length; n++) part[n] = 100e-12;
      detector.push(part);
      most = Math.max(most, process.memoryUsage().rss);
    }
    expect(last).toBe(123.5);
    const grown = (most - before) / MB;
    console.log(`an ABF of ${BYTES / MB} MB: ${grown.toFixed(0)} MB more than before while it is read`);
    // garbage between two collections; the file would be 16 times that
    expect(grown).toBeLessThan(soakOr(96, 96));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
