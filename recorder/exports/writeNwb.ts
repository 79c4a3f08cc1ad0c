import { createHash } from "node:crypto";
import { RecordError } from "../../core/errors.ts";
import type { OpenedRun } from "../openRun.ts";
import { ColumnDigest, type ColumnSum } from "./columnDigest.ts";
import type { ExportContext, ExportFormat } from "./exportRun.ts";
import { type Attributes, type Hdf5Column, Hdf5File, readHdf5 } from "./hdf5File.ts";
import { describeSource, identifyRun, runFacts, sourceOf, statusOf } from "./runFacts.ts";
import { makeRunTables, type RunTable, type TableColumn } from "./runTables.ts";
import { writeEventBytes, writeTableColumn } from "./writeHdf5.ts";

/** https://nwb-schema.readthedocs.io/en/latest/format_release_notes.html; pynwb 2.8 validates against it. */
const NWB_VERSION = "2.7.0";

/** Samples in memory over all columns, and at most for one of them. */
const BUFFERED_SAMPLES = 4_194_304;
const LARGEST_BUFFER = 65_536;

/**
 * NWB 2.7: per sensed column a VoltageClampSeries (current) in acquisition and a VoltageClampStimulusSeries (voltage) in
 * stimulus/presentation that share their time stamps; steps as TimeIntervals, the other tables in a processing module.
 * The specification is not cached in the file: readers bring their own of this version.
 */
export const nwbFormat: ExportFormat = { write: writeNwb, read: readSeries };

async function writeNwb(run: OpenedRun, path: string, { now, checkAbort }: ExportContext) {
  const started = readDate(run);
  const file = await Hdf5File.create(path);
  try {
    const identity = identifyRun(run);
    const nwb = new NwbWriter(file, identity);
    const source = describeSource(run);
    nwb.type("/", "NWBFile", { nwb_version: NWB_VERSION });
    file.text("/identifier", identity);
    const name = run.manifest.name === "" ? "run" : run.manifest.name;
    file.text("/session_description", `${source}. Crosspore run "${name}", status ${statusOf(run)}`);
    file.text("/session_start_time", started);
    file.text("/timestamps_reference_time", started);
    file.texts("/file_create_date", [now().toISOString()]);
    for (const group of ["acquisition", "analysis", "general", "intervals", "processing", "scratch", "stimulus"])
      file.group(`/${group}`);
    for (const group of ["presentation", "templates"]) file.group(`/stimulus/${group}`);
    writeGeneral(nwb, run);
    writeTables(nwb, run);
    const sums = writeSeries(nwb, run, checkAbort);
    writeScratch(nwb, run, sums);
    return sums;
  } finally {
    file.close();
  }
}

/** @throws RecordError when run.json has no date that NWB can take */
function readDate({ folder, manifest }: OpenedRun): string {
  const date = new Date(manifest.created);
  if (Number.isNaN(date.getTime()))
    throw new RecordError(
      `${folder}/run.json: created is ${JSON.stringify(manifest.created)}, NWB needs a date (ISO 8601)`,
    );
  return date.toISOString();
}

/** Groups and datasets with the attributes that make them objects of NWB. */
class NwbWriter {
  readonly file: Hdf5File;
  readonly #identity: string;

  constructor(file: Hdf5File, identity: string) {
    this.file = file;
    this.#identity = identity;
  }

  group(at: string, type: string, attributes: Attributes = {}): void {
    this.file.group(at);
    this.type(at, type, attributes);
  }

  type(at: string, type: string, attributes: Attributes): void {
    this.file.attributes(at, this.typed(at, type, attributes));
  }

  /** The object id is made from the run and the place: two exports of one run have the same. */
  typed(at: string, type: string, attributes: Attributes): Attributes {
    const namespace = HDMF_TYPES.has(type) ? "hdmf-common" : "core";
    return { ...attributes, namespace, neurodata_type: type, object_id: makeUuid(`${this.#identity}${at}`) };
  }
}

const HDMF_TYPES = new Set(["DynamicTable", "VectorData", "ElementIdentifiers"]);

/** Version 8 of RFC 9562: bits of our own, here of a SHA-256. */
function makeUuid(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const variant = "89ab"[Number.parseInt(hex[16] ?? "0", 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function writeGeneral(nwb: NwbWriter, run: OpenedRun): void {
  const { file } = nwb;
  const { manifest } = run;
  const source = describeSource(run);
  const started = run.events.find((event) => event.kind === "run-started");
  file.text("/general/experiment_description", `${source}. ${manifest.name}`);
  file.text("/general/session_id", manifest.name === "" ? "run" : manifest.name);
  file.texts("/general/keywords", ["nanofluidic memristor", "crossbar array", sourceOf(run)]);
  if (manifest.operator !== "") file.texts("/general/experimenter", [manifest.operator]);
  if (manifest.notes !== "") file.text("/general/notes", manifest.notes);
  if (manifest.experiment.text !== "") file.text("/general/protocol", manifest.experiment.text);
  file.text("/general/data_collection", `Crosspore ${manifest.crosspore}, seed ${manifest.seed}, ${manifest.platform}`);
  file.group("/general/devices");
  const name = started?.capabilities.name ?? "not named by the run";
  nwb.group("/general/devices/array", "Device", { description: `${source}. Array: ${name}` });
  file.group("/general/intracellular_ephys");
}

/** Steps have a beginning and an end, which NWB calls intervals; the rest are tables. */
function writeTables(nwb: NwbWriter, run: OpenedRun): void {
  nwb.group("/processing/crosspore", "ProcessingModule", {
    description: `${describeSource(run)}. Readings, products, marks, quality flags and instrument states as the run recorded them`,
  });
  for (const table of makeRunTables(run.events)) {
    if (table.columns[0]?.values.length === 0) continue;
    if (table.name === "steps") writeTable(nwb, `/intervals/steps`, "TimeIntervals", asIntervals(table));
    else writeTable(nwb, `/processing/crosspore/${table.name}`, "DynamicTable", table);
  }
}

function asIntervals({ name, about, columns }: RunTable): RunTable {
  const rename: Readonly<Record<string, string>> = { start_time_s: "start_time", stop_time_s: "stop_time" };
  return { name, about, columns: columns.map((column) => ({ ...column, name: rename[column.name] ?? column.name })) };
}

function writeTable(nwb: NwbWriter, at: string, type: string, { about, columns }: RunTable): void {
  nwb.group(at, type, { colnames: columns.map(({ name }) => name), description: about });
  const rows = columns[0]?.values.length ?? 0;
  const ids = Int32Array.from({ length: rows }, (_, k) => k);
  nwb.file.numbers(`${at}/id`, ids, nwb.typed(`${at}/id`, "ElementIdentifiers", {}));
  for (const column of columns)
    writeTableColumn(
      nwb.file,
      `${at}/${column.name}`,
      column,
      nwb.typed(`${at}/${column.name}`, "VectorData", { description: describeColumn(column) }),
    );
}

function describeColumn(column: TableColumn): string {
  return column.kind === "text" || column.unit === "1" ? column.about : `${column.about}, in ${column.unit}`;
}

interface Series {
  readonly name: string;
  filled: number;
  readonly current_A: Float64Array;
  readonly voltage_V: Float64Array;
  readonly time_s: Float64Array;
  readonly control: Uint8Array;
  readonly datasets: Readonly<Record<SeriesColumn, Hdf5Column>>;
}

const SERIES_COLUMNS = ["current_A", "voltage_V", "time_s", "control"] as const;
type SeriesColumn = (typeof SERIES_COLUMNS)[number];

function seriesPaths(name: string): Readonly<Record<SeriesColumn, string>> {
  return {
    current_A: `/acquisition/${name}/data`,
    time_s: `/acquisition/${name}/timestamps`,
    control: `/acquisition/${name}/control`,
    voltage_V: `/stimulus/presentation/${name}_command/data`,
  };
}

function writeSeries(nwb: NwbWriter, run: OpenedRun, checkAbort: () => void): ReadonlyMap<string, ColumnSum> {
  const digest = new ColumnDigest();
  const started = run.events.find((event) => event.kind === "run-started");
  const columns = Math.max(1, started?.grid.columns ?? 1);
  const length = Math.max(1024, Math.min(LARGEST_BUFFER, Math.floor(BUFFERED_SAMPLES / columns)));
  const all = new Map<number, Series>();
  const flush = (series: Series): void => {
    for (const column of SERIES_COLUMNS) {
      const values = series[column].subarray(0, series.filled);
      digest.add(`${series.name} ${column}`, values);
      series.datasets[column].append(values);
    }
    series.filled = 0;
  };
  for (const { block } of run.blocks()) {
    checkAbort();
    let series = all.get(block.channel);
    if (!series) all.set(block.channel, (series = openSeries(nwb, run, block.channel, length)));
    for (let n = 0; n < block.current_A.length; n++) {
      const current = block.current_A[n] ?? Number.NaN;
      const at = series.filled++;
      series.current_A[at] = Number.isNaN(current) ? Number.NaN : current;
      series.voltage_V[at] = block.voltage_V[n] ?? Number.NaN;
      series.time_s[at] = block.startTime_s + n * block.samplePeriod_s;
      series.control[at] = Number.isNaN(current) ? 2 : (block.overload[n] ?? 0);
      if (series.filled === length) flush(series);
    }
  }
  for (const series of all.values()) flush(series);
  return digest.finish();
}

function openSeries(nwb: NwbWriter, run: OpenedRun, column: number, length: number): Series {
  const { file } = nwb;
  const name = `column_${String(column).padStart(4, "0")}`;
  const source = describeSource(run);
  const electrode = `/general/intracellular_ephys/${name}`;
  nwb.group(electrode, "IntracellularElectrode");
  file.text(`${electrode}/description`, `${source}. Amplifier of column ${column}, at the bottom end of its line`);
  file.link(`${electrode}/device`, "/general/devices/array");

  const current = `/acquisition/${name}`;
  const voltage = `/stimulus/presentation/${name}_command`;
  const comments = `${source}. Every step of the run, one after the other: see the intervals "steps"`;
  const stimulus_description = 'see the intervals "steps"';
  nwb.group(current, "VoltageClampSeries", {
    description: `Current of column ${column}, positive out of the array; NaN where a sample was lost`,
    comments,
    stimulus_description,
  });
  nwb.group(voltage, "VoltageClampStimulusSeries", {
    description: `Command voltage of the step's reference row minus the clamp of column ${column}; NaN where either floats`,
    comments,
    stimulus_description,
  });
  const scale = (unit: string): Attributes => ({
    unit,
    conversion: { type: "f32", value: 1 },
    offset: { type: "f32", value: 0 },
    resolution: { type: "f32", value: -1 },
  });
  const paths = seriesPaths(name);
  // as if every column had as many samples
  const columns = run.events.find((event) => event.kind === "run-started")?.grid.columns ?? 1;
  const expected = Math.ceil(run.rows / Math.max(1, columns));
  const datasets = {
    current_A: file.growing(paths.current_A, "f64", expected, scale("amperes")),
    voltage_V: file.growing(paths.voltage_V, "f64", expected, scale("volts")),
    time_s: file.growing(paths.time_s, "f64", expected, { interval: { type: "i32", value: 1 }, unit: "seconds" }),
    control: file.growing(paths.control, "u8", expected),
  };
  file.texts(`${current}/control_description`, ["as it should be", "the amplifier saturated", "lost, NaN"]);
  for (const series of [current, voltage]) {
    file.link(`${series}/electrode`, electrode);
    // pynwb reads no series without one; what the run recorded is volts and amperes already
    file.number(`${series}/gain`, "f32", Number.NaN);
  }
  file.link(`${voltage}/timestamps`, paths.time_s);
  return {
    name,
    filled: 0,
    current_A: new Float64Array(length),
    voltage_V: new Float64Array(length),
    time_s: new Float64Array(length),
    control: new Uint8Array(length),
    datasets,
  };
}

/** What NWB has no place for: the run's own texts, as they are. */
function writeScratch(nwb: NwbWriter, run: OpenedRun, sums: ReadonlyMap<string, ColumnSum>): void {
  const put = (name: string, text: string, notes: string): void =>
    nwb.file.text(`/scratch/${name}`, text, nwb.typed(`/scratch/${name}`, "ScratchData", { notes }));
  for (const [name, text] of runFacts(run)) put(name, text, "what the run says about itself");
  put(
    "sha256_json",
    JSON.stringify(Object.fromEntries([...sums].map(([k, v]) => [k, v.sha256]))),
    "of the series' bytes",
  );
  const at = "/scratch/events_ndjson";
  const notes = "the events of the run, UTF-8, one JSON per line";
  writeEventBytes(nwb.file, run, at, nwb.typed(at, "ScratchData", { notes }));
}

/** The series that the file lists in its acquisition group. */
async function readSeries(path: string): Promise<ReadonlyMap<string, ColumnSum>> {
  const digest = new ColumnDigest();
  await readHdf5(path, (file) => {
    for (const name of file.names("/acquisition"))
      for (const [column, at] of Object.entries(seriesPaths(name)))
        for (const piece of file.pieces(at)) digest.add(`${name} ${column}`, piece);
  });
  return digest.finish();
}
