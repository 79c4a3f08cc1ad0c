import type { OpenedRun } from "../openRun.ts";
import { ColumnDigest, type ColumnSum } from "./columnDigest.ts";
import { type Attributes, type Hdf5Column, Hdf5File, type NumberType, readHdf5 } from "./hdf5File.ts";
import { eventLines, runFacts } from "./runFacts.ts";
import { makeRunTables, type RunTable, type TableColumn } from "./runTables.ts";
import { SAMPLE_COLUMNS, sampleChunks, type SampleColumn } from "./sampleChunks.ts";
import type { ExportContext, ExportFormat } from "./exportRun.ts";

const CHUNK_ROWS = 65_536;

const TYPES: Readonly<Record<SampleColumn, NumberType>> = {
  step: "i32",
  time_s: "f64",
  row: "i16",
  column: "i16",
  voltage_V: "f64",
  current_A: "f64",
  overload: "u8",
};

/** HDF5: /samples, one group per table of the run, and in /run what the run says about itself. */
export const hdf5Format: ExportFormat = { write: writeHdf5, read: readColumns };

async function writeHdf5(run: OpenedRun, path: string, { checkAbort }: ExportContext) {
  const digest = new ColumnDigest();
  const file = await Hdf5File.create(path);
  try {
    writeFacts(file, run);
    for (const table of makeRunTables(run.events)) writeTable(file, table);

    file.group("/samples", { about: "one entry per sample" });
    const columns = new Map<SampleColumn, Hdf5Column>();
    for (const { name, unit, about } of SAMPLE_COLUMNS) {
      columns.set(name, file.growing(`/samples/${name}`, TYPES[name], run.rows, { unit, about }));
      digest.add(name, new Uint8Array());
    }
    for (const chunk of sampleChunks(run, CHUNK_ROWS)) {
      checkAbort();
      for (const [name, column] of columns) {
        digest.add(name, chunk[name]);
        column.append(chunk[name]);
      }
    }
    const sums = digest.finish();
    for (const [name, { sha256 }] of sums) file.attributes(`/samples/${name}`, { sha256 });
    return sums;
  } finally {
    file.close();
  }
}

/** Root attributes hold what a reader sees first, /run the full texts: an attribute holds at most 64 kB. */
function writeFacts(file: Hdf5File, run: OpenedRun): void {
  const facts = runFacts(run);
  const first = [
    "export_version",
    "source",
    "source_text",
    "name",
    "created",
    "crosspore",
    "seed",
    "samples",
    "status",
  ];
  file.attributes("/", Object.fromEntries(first.map((name) => [name, (facts.get(name) ?? "").slice(0, 1000)])));
  file.group("/run", { about: "what the run says about itself" });
  for (const [name, text] of facts) file.text(`/run/${name}`, text);
  writeEventBytes(file, run, "/run/events_ndjson", { about: "the events of the run, UTF-8, one JSON per line" });
}

/** Bytes instead of texts: a run of a million steps has a million lines. */
export function writeEventBytes(file: Hdf5File, run: OpenedRun, at: string, attributes: Attributes): void {
  const lines = eventLines(run);
  const expected = lines.reduce((sum, line) => sum + line.length, 0);
  const column = file.growing(at, "u8", expected, attributes);
  for (let from = 0; from < lines.length; from += 1000)
    column.append(Buffer.from(lines.slice(from, from + 1000).join(""), "utf8"));
}

function writeTable(file: Hdf5File, { name, about, columns }: RunTable): void {
  file.group(`/${name}`, { about });
  for (const column of columns) {
    const { name: key, about: meaning } = column;
    writeTableColumn(file, `/${name}/${key}`, column, {
      about: meaning,
      ...(column.kind === "text" ? {} : { unit: column.unit }),
    });
  }
}

export function writeTableColumn(file: Hdf5File, at: string, column: TableColumn, attributes: Attributes): void {
  if (column.kind === "text") file.texts(at, column.values, attributes);
  else if (column.kind === "whole") file.numbers(at, Int32Array.from(column.values), attributes);
  else file.numbers(at, Float64Array.from(column.values), attributes);
}

async function readColumns(path: string): Promise<ReadonlyMap<string, ColumnSum>> {
  const digest = new ColumnDigest();
  await readHdf5(path, (file) => {
    for (const { name } of SAMPLE_COLUMNS) {
      digest.add(name, new Uint8Array());
      for (const piece of file.pieces(`/samples/${name}`)) digest.add(name, piece);
    }
  });
  return digest.finish();
}
