import { dirname } from "node:path";
import { AbortedError, RecordError } from "../../core/errors.ts";
import type { Fs } from "../../runtime/fs.ts";
import { nodeFs } from "../../runtime/nodeFs.ts";
import { describeSystemError } from "../../runtime/systemError.ts";
import type { OpenedRun } from "../openRun.ts";
import { type ColumnSum, findDifference } from "./columnDigest.ts";
import { abfFormat } from "./writeAbf.ts";
import { atfFormat } from "./writeAtf.ts";
import { csvFormat } from "./writeCsv.ts";
import { hdf5Format } from "./writeHdf5.ts";
import { nwbFormat } from "./writeNwb.ts";
import { parquetFormat } from "./writeParquet.ts";

/** Both ends of a format; what `read` finds in the file must be what `write` took out of the run. */
export interface ExportFormat {
  /** @returns count and check sum of every column, taken from the run */
  write(run: OpenedRun, path: string, context: ExportContext): Promise<ReadonlyMap<string, ColumnSum>>;
  /** Opens the closed file again. @returns the same of what the file holds */
  read(path: string): Promise<ReadonlyMap<string, ColumnSum>>;
}

export interface ExportContext {
  readonly fs: Fs;
  /** Of the stamps that a format needs; the date of the file, never of the data. */
  readonly now: () => Date;
  /** @throws AbortedError when somebody wants the export to end */
  readonly checkAbort: () => void;
  /** Something that the file cannot hold, in one sentence. */
  readonly warn: (text: string) => void;
}

const FORMATS = {
  csv: csvFormat,
  parquet: parquetFormat,
  hdf5: hdf5Format,
  nwb: nwbFormat,
  abf: abfFormat,
  atf: atfFormat,
} as const satisfies Record<string, ExportFormat>;

export type ExportFormatName = keyof typeof FORMATS;
export const EXPORT_FORMATS = Object.keys(FORMATS) as readonly ExportFormatName[];

export interface ExportOptions {
  readonly signal?: AbortSignal;
  readonly fs?: Fs;
  readonly now?: () => Date;
  readonly warn?: (text: string) => void;
}

/**
 * Writes a run into one file that is either whole or not there: temporary file, sync, read back and compare, rename.
 * @param path replaced when it exists
 * @throws RecordError in one line, AbortedError when the signal said so; then nothing is left behind
 */
export async function exportRun(
  run: OpenedRun,
  format: ExportFormatName,
  path: string,
  { signal, fs = nodeFs, now = () => new Date(), warn = () => undefined }: ExportOptions = {},
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const checkAbort = (): void => {
    if (signal?.aborted) throw new AbortedError("export aborted, nothing was written");
  };
  try {
    const expected = await FORMATS[format].write(run, temporary, { fs, now, checkAbort, warn });
    await fs.syncFile(temporary);
    checkAbort();
    const difference = findDifference(expected, await FORMATS[format].read(temporary));
    if (difference !== undefined) throw new RecordError(`${path}: read back, ${difference}; nothing was written`);
    checkAbort();
    await fs.rename(temporary, path);
    await fs.syncFolder(dirname(path));
  } catch (error) {
    await fs.removeFile(temporary).catch(() => undefined);
    if (error instanceof AbortedError) throw error;
    if (error instanceof RecordError)
      throw new RecordError(error.message.replaceAll(temporary, path), { cause: error });
    throw new RecordError(`${path}: ${describeSystemError(error)}`, { cause: error });
  }
}
