import { createHash } from "node:crypto";
import { csvRows } from "../../core/record/csv.ts";
import { writeAll } from "../../runtime/writeAll.ts";
import type { OpenedRun } from "../openRun.ts";
import { readChunks } from "../readBytes.ts";
import type { ColumnSum } from "./columnDigest.ts";
import type { ExportContext, ExportFormat } from "./exportRun.ts";
import { joinRows } from "./joinRows.ts";

/** CSV: the whole table counts as one column of bytes. */
export const csvFormat: ExportFormat = { write: writeCsv, read: readBytes };

async function writeCsv(run: OpenedRun, path: string, { fs, checkAbort }: ExportContext) {
  const hash = createHash("sha256");
  let values = 0;
  const file = await fs.create(path);
  try {
    for (const piece of joinRows(csvRows(run))) {
      checkAbort();
      const bytes = Buffer.from(piece, "utf8");
      hash.update(bytes);
      values += bytes.length;
      await writeAll(file, bytes);
    }
  } finally {
    await file.close();
  }
  return new Map<string, ColumnSum>([["bytes", { values, sha256: hash.digest("hex") }]]);
}

async function readBytes(path: string) {
  const hash = createHash("sha256");
  let values = 0;
  readChunks(path, (chunk) => {
    hash.update(chunk);
    values += chunk.length;
  });
  return new Map<string, ColumnSum>([["bytes", { values, sha256: hash.digest("hex") }]]);
}
