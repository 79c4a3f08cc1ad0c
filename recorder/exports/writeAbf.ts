import { RecordError } from "../../core/errors.ts";
import { abf2Header, type AbfContents } from "../../core/recordings/writeAbf2.ts";
import { openRecording } from "../../core/recordings/openRecording.ts";
import { openFileSource } from "../../runtime/fileSource.ts";
import { writeAll } from "../../runtime/writeAll.ts";
import type { OpenedRun } from "../openRun.ts";
import { ColumnDigest } from "./columnDigest.ts";
import type { ExportContext, ExportFormat } from "./exportRun.ts";
import { describeSource } from "./runFacts.ts";
import { findRunSweeps, interleave, type RunSweeps } from "./runSweeps.ts";

/** ABF2, which programs of the patch clamp read: picoampere and millivolt in single precision. */
export const abfFormat: ExportFormat = { write: writeAbf, read: readSamples };

async function writeAbf(run: OpenedRun, path: string, { fs, checkAbort, warn }: ExportContext) {
  const shape = findRunSweeps(run);
  warnOf(run, shape, warn);
  const header = makeHeader(run, shape);
  const digest = new ColumnDigest();
  const file = await fs.create(path);
  try {
    await writeAll(file, header);
    for (const piece of interleave(run, shape)) {
      checkAbort();
      const floats = Float32Array.from(piece);
      addTo(digest, Float64Array.from(floats));
      await writeAll(file, new Uint8Array(floats.buffer));
    }
  } finally {
    await file.close();
  }
  return digest.finish();
}

function makeHeader(run: OpenedRun, shape: RunSweeps): Uint8Array {
  const { manifest } = run;
  const lengths = new Set(shape.sweeps.map(({ points }) => points));
  const contents: AbfContents = {
    channels: shape.channels,
    samplePeriod_s: shape.samplePeriod_s,
    mode: shape.sweeps.length === 1 ? "gap-free" : lengths.size === 1 ? "episodic" : "variable-length",
    sweeps: shape.sweeps,
    protocol: manifest.experiment.file,
    comment: commentOf(run),
    started: manifest.created,
    tags: shape.tags,
  };
  try {
    return abf2Header(contents);
  } catch (error) {
    if (error instanceof RangeError) throw new RecordError(`${run.folder}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Where data come from, in words, first: a comment holds 128 characters. */
export function commentOf(run: OpenedRun): string {
  return `${describeSource(run)}; ${run.manifest.name}, seed ${run.manifest.seed}`;
}

export function warnOf(run: OpenedRun, { lost, overloads, sweeps }: RunSweeps, warn: (text: string) => void): void {
  if (overloads > 0) warn(`${run.folder}: ${overloads} overload flags have no place in the file`);
  if (lost > 0) warn(`${run.folder}: ${lost} lost samples are NaN in the file`);
  const steps = run.events.reduce((count, event) => count + (event.kind === "step-intended" ? 1 : 0), 0);
  if (steps > sweeps.length) warn(`${run.folder}: ${steps - sweeps.length} steps without samples are not in the file`);
}

/** All values of a file in its order count as one column. */
export function addTo(digest: ColumnDigest, values: Float64Array): void {
  for (let k = 0; k < values.length; k++) if (Number.isNaN(values[k]!)) values[k] = Number.NaN;
  digest.add("samples", values);
}

const ROWS = 1 << 14;

/** Whatever a recording holds, as it was written: sweep after sweep, channel beside channel. */
export async function readSamples(path: string) {
  using source = openFileSource(path);
  const digest = new ColumnDigest();
  const [series] = openRecording(source).series;
  if (series) {
    const width = series.channels.length;
    const one = new Float64Array(ROWS);
    for (let sweep = 0; sweep < series.sweeps; sweep++) {
      const { points } = series.sweep(sweep);
      for (let from = 0; from < points; from += ROWS) {
        const part = one.subarray(0, Math.min(ROWS, points - from));
        const rows = new Float64Array(part.length * width);
        for (let channel = 0; channel < width; channel++) {
          series.read(sweep, channel, from, part);
          for (let n = 0; n < part.length; n++) rows[n * width + channel] = part[n]!;
        }
        addTo(digest, rows);
      }
    }
  }
  return digest.finish();
}
