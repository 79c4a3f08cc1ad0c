/**
 * How fast samples become durable: `npm run build`, then `node bench/record.js [rows per batch] [batches] [folder]`.
 * A batch is acknowledged after data sync and index sync, as in a run on a wall-clock array.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeFs } from "../dist/runtime/nodeFs.js";
import { SEGMENT_BYTES, segmentName } from "../dist/recorder/folderLayout.js";
import { encodeBatch } from "../dist/recorder/sampleTable.js";
import { SegmentWriter } from "../dist/recorder/segmentWriter.js";

const rows = Number(process.argv[2] ?? 65_536);
const batches = Number(process.argv[3] ?? 50);
const folder = mkdtempSync(join(process.argv[4] ?? tmpdir(), "crosspore-bench-"));
const block = {
  channel: 0,
  startTime_s: 0,
  samplePeriod_s: 1e-5,
  current_A: Float64Array.from({ length: rows }, (_, n) => Math.sin(n) * 1e-9),
  voltage_V: new Float64Array(rows),
  overload: new Uint8Array(rows),
  lost: 0,
};
const writer = new SegmentWriter(nodeFs, folder, SEGMENT_BYTES);
const start_ms = performance.now();
for (let step = 0; step < batches; step++) await writer.commit(encodeBatch([{ step, block }]), rows);
await writer.finish();
const elapsed_s = (performance.now() - start_ms) / 1e3;
const bytes = statSync(join(folder, `${segmentName(1)}.arrows`)).size;
console.log(
  JSON.stringify({
    rows,
    batches,
    elapsed_s,
    rowsPerSecond: (rows * batches) / elapsed_s,
    bytesPerRow: bytes / (rows * batches),
  }),
);
rmSync(folder, { recursive: true });
