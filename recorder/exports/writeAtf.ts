import { RecordError } from "../../core/errors.ts";
import { atfLines } from "../../core/recordings/writeAtf.ts";
import { writeAll } from "../../runtime/writeAll.ts";
import type { OpenedRun } from "../openRun.ts";
import { ColumnDigest } from "./columnDigest.ts";
import type { ExportContext, ExportFormat } from "./exportRun.ts";
import { joinRows } from "./joinRows.ts";
import { findRunSweeps, interleave } from "./runSweeps.ts";
import { addTo, commentOf, readSamples, warnOf } from "./writeAbf.ts";

/** ATF, a table for spreadsheets and for programs of the patch clamp. */
export const atfFormat: ExportFormat = { write: writeAtf, read: readSamples };

/** Sweeps stand side by side in a line, so all of them are in memory: 160 MB. */
const MOST_VALUES = 20_000_000;

async function writeAtf(run: OpenedRun, path: string, { fs, checkAbort, warn }: ExportContext) {
  const shape = findRunSweeps(run);
  const { sweeps, channels, samplePeriod_s } = shape;
  const points = sweeps[0]?.points ?? 0;
  const odd = sweeps.find((sweep) => sweep.points !== points);
  if (odd)
    throw new RecordError(
      `${run.folder}: step ${odd.step} has ${odd.points} samples, the first ${points}; ATF holds sweeps of one length, abf of any`,
    );
  if (points * sweeps.length * channels.length > MOST_VALUES)
    throw new RecordError(
      `${run.folder}: ${points * sweeps.length * channels.length} values, as text are allowed ${MOST_VALUES}; abf holds any number`,
    );
  warnOf(run, shape, warn);
  const values = new Float64Array(points * sweeps.length * channels.length);
  const digest = new ColumnDigest();
  let filled = 0;
  for (const piece of interleave(run, shape)) {
    checkAbort();
    addTo(digest, piece);
    values.set(piece, filled);
    filled += piece.length;
  }
  const file = await fs.create(path);
  try {
    const lines = atfLines({
      channels,
      samplePeriod_s,
      startTimes_s: sweeps.map(({ startTime_s }) => startTime_s),
      points,
      comment: commentOf(run),
      value: (sweep, channel, point) => values[(sweep * points + point) * channels.length + channel] ?? Number.NaN,
    });
    for (const text of joinRows(lines)) {
      checkAbort();
      await writeAll(file, Buffer.from(text, "latin1"));
    }
  } finally {
    await file.close();
  }
  return digest.finish();
}
