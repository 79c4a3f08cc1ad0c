import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { RecordError } from "../../core/errors.ts";
import { type ExportFormatName, exportRun } from "../../recorder/exports/exportRun.ts";
import { openRun } from "../../recorder/openRun.ts";
import type { RunPlace } from "./runTasks.ts";

const ENDING: Readonly<Record<ExportFormatName, string>> = {
  csv: "csv",
  parquet: "parquet",
  hdf5: "h5",
  nwb: "nwb",
  abf: "abf",
  atf: "atf",
};

/** Folder beside the runs, so that a list of runs never meets a file. */
const FOLDER = "exports";

/**
 * A run as one file for other programs, never over a file that is there.
 * @throws RecordError for a closed run that has lost samples since: `crosspore export --partial` takes what is left
 */
export async function exportOne({ parent, run, format }: RunPlace & { readonly format: ExportFormatName }) {
  const opened = openRun(join(parent, run));
  const { closing, rows } = opened;
  if (closing && rows < closing.counts.rows)
    throw new RecordError(
      `${run}: ${rows} of ${closing.counts.rows} samples are left; crosspore export --partial writes them`,
    );
  const folder = join(parent, FOLDER);
  mkdirSync(folder, { recursive: true });
  const file = freeName(join(folder, run), ENDING[format]);
  const warnings = [...opened.warnings];
  await exportRun(opened, format, file, { warn: (text) => void warnings.push(text) });
  return { file, samples: rows, warnings };
}

function freeName(stem: string, ending: string): string {
  for (let k = 1; ; k++) {
    const file = k === 1 ? `${stem}.${ending}` : `${stem}-${k}.${ending}`;
    if (!existsSync(file)) return file;
  }
}
