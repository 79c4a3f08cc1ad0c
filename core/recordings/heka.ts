import { checkRange, limitsOf } from "./abfSamples.ts";
import { type ByteReader, latin1, refuseByte } from "./byteSource.ts";
import { type HekaOutput, type HekaStimulation, readStimuli } from "./hekaStimulus.ts";
import { readTree, type TreeNode } from "./hekaTree.ts";
import { type Channel, readUnit, type Recording, type Series, type Sweep } from "./recording.ts";
import { ProtocolError } from "../errors.ts";
import { refuse } from "../record/imports/importReader.ts";

const ITEMS = 12;
const HEADER_BYTES = 256;
/** Fields that are read reach this far into a record of a trace, sweep, series and group. */
const LEAST = { group: 36, series: 144, sweep: 56, trace: 168 } as const;

/**
 * A bundle of PATCHMASTER ("DAT2"): raw samples, and trees that say what they are. Places of fields: heka_reader, checked on
 * bundles of PATCHMASTER v2x90. Older and unbundled files are told apart and refused.
 */
export function readHeka(reader: ByteReader): Recording {
  const { file } = reader;
  reader.need(0, HEADER_BYTES, "the header of a HEKA bundle");
  const littleEndian = reader.u8(52, "the order of bytes") !== 0;
  reader.littleEndian = littleEndian;
  const count = reader.i32(48, "the number of items");
  if (count < 0 || count > ITEMS) throw refuseByte(file, 48, `${count} items in the bundle, expected 0 to ${ITEMS}`);
  const items = new Map<string, { start: number; length: number }>();
  for (let k = 0; k < ITEMS; k++) {
    const at = 64 + 16 * k;
    const start = reader.i32(at, "the place of an item");
    const length = reader.i32(at + 4, "the length of an item");
    const extension = reader.text(at + 8, 8, "the name of an item");
    if (extension === "") continue;
    // without the tree samples are numbers without a meaning; the other items are not read
    if (length > 0 && extension === ".pul") reader.need(start, length, `the tree of measurements (${extension})`);
    else if (length > 0) reader.whole(start, 1, length, `bytes of the item ${extension}`);
    items.set(extension, { start, length });
  }
  const pulse = items.get(".pul");
  if (!pulse || pulse.length <= 0) throw refuse(file, 0, 0, 'holds no tree of measurements (".pul")');
  const root = readTree(reader, pulse.start, pulse.length, "the tree of measurements");
  const series: Series[] = [];
  const notes: string[] = [];
  const stimulations = openStimuli(reader, items.get(".pgf"), notes);
  let first_s = Number.NaN;
  root.children.forEach((group, g) => {
    needSize(file, group, LEAST.group, "group");
    group.children.forEach((node, s) => {
      needSize(file, node, LEAST.series, "series");
      const label = reader.text(node.byte + 4, 32, "the name of a series");
      if (node.children.length === 0) {
        notes.push(`series ${g + 1}.${s + 1} (${label}) holds no sweeps`);
        return;
      }
      const sweeps = node.children.map((sweep) => readSweep(reader, sweep));
      if (Number.isNaN(first_s)) first_s = sweeps[0]!.time_s;
      const clipped = sweeps.filter(({ traces }) => traces.some(({ isClipped }) => isClipped)).length;
      if (clipped > 0)
        notes.push(
          `series ${g + 1}.${s + 1} (${label}): the amplifier saturated in ${clipped} of ${sweeps.length} sweeps`,
        );
      const name = `${g + 1}.${s + 1} ${label}`;
      const outputs = findOutputs(stimulations, sweeps);
      series.push(makeSeries(reader, { name, protocol: label, sweeps, first_s, outputs }));
    });
  });
  if (series.length === 0) throw refuse(file, 0, 0, "holds no sweeps");
  return {
    format: "heka",
    version: "DAT2",
    file,
    program: `PATCHMASTER ${reader.text(8, 32, "the version of the program")}`,
    started: readTime(first_s),
    comment: "",
    tags: [],
    series,
    notes,
  };
}

/** Samples mean what they mean without their stimuli: what is wrong with those is a note. */
function openStimuli(
  reader: ByteReader,
  item: { readonly start: number; readonly length: number } | undefined,
  notes: string[],
): readonly HekaStimulation[] {
  if (!item || item.length <= 0) return [];
  try {
    return readStimuli(reader, item.start, item.length);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    notes.push(`stimuli cannot be read: ${error.reason}`);
    return [];
  }
}

/** What drove a series: its sweeps say which of the sequences, counted from 1. */
function findOutputs(stimulations: readonly HekaStimulation[], sweeps: readonly HekaSweep[]): readonly HekaOutput[] {
  const [{ stimulation, traces }] = sweeps as [HekaSweep];
  const [trace] = traces;
  if (!trace || sweeps.some((sweep) => sweep.stimulation !== stimulation)) return [];
  const points = sweeps.reduce((most, sweep) => Math.max(most, sweep.traces[0]?.points ?? 0), 0);
  return stimulations[stimulation - 1]?.outputs(trace.samplePeriod_s, points) ?? [];
}

function needSize(file: string, { byte, size }: TreeNode, least: number, what: string): void {
  if (size < least) throw refuseByte(file, byte, `a ${what} of ${size} bytes, expected ${least} or more`);
}

interface HekaTrace {
  readonly name: string;
  readonly unit: string;
  readonly byte: number;
  readonly points: number;
  readonly samplePeriod_s: number;
  readonly littleEndian: boolean;
  /** Computed by the program from leak pulses. */
  readonly isLeak: boolean;
  /** The program saw the amplifier saturate. */
  readonly isClipped: boolean;
  readonly format: number;
  readonly scaler: number;
  readonly zero: number;
  /** Bytes from the start of a block to the next, and of a block; 0: samples lie together. */
  readonly interleaveSize: number;
  readonly interleaveSkip: number;
  readonly bandwidth_Hz: number;
  /** The AD input, where the record says it. */
  readonly adc: number | undefined;
}

interface HekaSweep {
  readonly time_s: number;
  /** Which pgf sequence it is a sweep of, and which sweep of it, both from 1. */
  readonly stimulation: number;
  readonly number: number;
  readonly traces: readonly HekaTrace[];
  readonly byte: number;
}

function readSweep(reader: ByteReader, node: TreeNode): HekaSweep {
  needSize(reader.file, node, LEAST.sweep, "sweep");
  return {
    byte: node.byte,
    stimulation: reader.i32(node.byte + 40, "the stimulus of a sweep"),
    number: reader.i32(node.byte + 44, "the number of a sweep"),
    time_s: reader.f64(node.byte + 48, "the time of a sweep"),
    traces: node.children.map((trace) => readTrace(reader, trace)),
  };
}

const SAMPLE_BYTES = [2, 4, 4, 8] as const;

function readTrace(reader: ByteReader, { byte, size }: TreeNode): HekaTrace {
  const { file } = reader;
  needSize(file, { byte, size, children: [] }, LEAST.trace, "trace");
  const format = reader.u8(byte + 70, "the format of samples");
  const width = SAMPLE_BYTES[format];
  if (width === undefined)
    throw refuseByte(file, byte + 70, `format ${format} of samples, expected 0 (int16), 1 (int32), 2 or 3 (floats)`);
  const start = reader.i32(byte + 40, "the place of samples");
  const points = reader.i32(byte + 44, "the number of samples");
  const kind = reader.i16(byte + 64, "the kind of data");
  const samplePeriod_s = reader.f64(byte + 104, "the sampling interval");
  if (!(samplePeriod_s > 0 && Number.isFinite(samplePeriod_s)))
    throw refuseByte(file, byte + 104, `a sampling interval of ${samplePeriod_s} s, expected one above 0`);
  if (points < 0) throw refuseByte(file, byte + 44, `${points} samples, expected 0 or more`);
  const [scaler, zero] = [reader.f64(byte + 72, "the scale"), reader.f64(byte + 88, "the zero")];
  if (!Number.isFinite(scaler) || !Number.isFinite(zero))
    throw refuseByte(file, byte + 72, `a scale of ${scaler} and a zero of ${zero}, expected finite numbers`);
  // samples of several traces may lie in turns
  const interleaveSize = size >= 300 ? reader.i32(byte + 292, "the size of a turn") : 0;
  const interleaveSkip = interleaveSize !== 0 ? reader.i32(byte + 296, "the distance of turns") : 0;
  if (interleaveSize !== 0 && (interleaveSize < width || interleaveSkip < interleaveSize))
    throw refuseByte(
      file,
      byte + 292,
      `turns of ${interleaveSize} bytes every ${interleaveSkip}, expected whole samples`,
    );
  reader.need(start, extent(points, width, interleaveSize, interleaveSkip), "the samples of a trace");
  return {
    name: reader.text(byte + 4, 32, "the name of a trace"),
    unit: reader.text(byte + 96, 8, "the unit of a trace"),
    byte: start,
    points,
    samplePeriod_s,
    littleEndian: (kind & 1) !== 0,
    isLeak: (kind & 2) !== 0,
    isClipped: (kind & 0x20) !== 0,
    format,
    scaler,
    zero,
    interleaveSize,
    interleaveSkip,
    bandwidth_Hz: reader.f64(byte + 144, "the bandwidth"),
    adc: size >= 224 ? reader.i16(byte + 222, "the input of a trace") : undefined,
  };
}

function extent(points: number, width: number, size: number, skip: number): number {
  if (size === 0 || points === 0) return points * width;
  const perTurn = Math.floor(size / width);
  return Math.floor((points - 1) / perTurn) * skip + (((points - 1) % perTurn) + 1) * width;
}

interface SeriesParts {
  readonly name: string;
  readonly protocol: string;
  readonly sweeps: readonly HekaSweep[];
  /** Time of the first sweep of the bundle. */
  readonly first_s: number;
  readonly outputs: readonly HekaOutput[];
}

function makeSeries(reader: ByteReader, { name, protocol, sweeps, first_s, outputs }: SeriesParts): Series {
  const first = sweeps[0]!;
  const shape = (sweep: HekaSweep) => sweep.traces.map((trace) => `${trace.name} ${trace.unit}`).join(", ");
  for (const [k, sweep] of sweeps.entries()) {
    const traces = sweep.traces;
    if (traces.length === 0 || shape(sweep) !== shape(first))
      throw refuseByte(
        reader.file,
        sweep.byte,
        `sweep ${k + 1} of series ${name} has the traces ${shape(sweep) || "none"}, expected those of sweep 1 (${shape(first)})`,
      );
    const uneven = traces.some(
      (trace) => trace.points !== traces[0]!.points || trace.samplePeriod_s !== first.traces[0]!.samplePeriod_s,
    );
    if (uneven)
      throw refuseByte(
        reader.file,
        sweep.byte,
        `the traces of sweep ${k + 1} of series ${name} differ in length or rate, expected one of each`,
      );
  }
  // a gain that changed between sweeps has no ends in common
  const sameScale = sweeps.every(({ traces }) => traces.every(({ scaler }, k) => scaler === first.traces[k]!.scaler));
  const channels: Channel[] = first.traces.map(({ name, unit, isLeak, bandwidth_Hz, format, scaler, zero, adc }) => ({
    name,
    unit,
    ...readUnit(unit),
    ...(isLeak && { isDerived: true }),
    ...amplifierOf(name),
    ...outputOf(outputs, adc),
    ...(format === 0 && !isLeak && sameScale && { limits: limitsOf({ factor: scaler, offset: zero }) }),
    gain: bandwidth_Hz > 0 && Number.isFinite(bandwidth_Hz) ? { lowPass_Hz: bandwidth_Hz } : {},
  }));
  const series: Series = {
    name,
    protocol,
    mode: "episodic",
    samplePeriod_s: first.traces[0]!.samplePeriod_s,
    channels,
    commands: outputs.map(({ command }) => command),
    sweeps: sweeps.length,
    sweep: (k): Sweep => ({
      startTime_s: sweeps[k]!.time_s - first_s,
      points: sweeps[k]!.traces[0]!.points,
    }),
    read: (k, channel, from, into) => {
      checkRange(series, k, from, into.length);
      readSamples(reader, sweeps[k]!.traces[channel]!, from, into);
    },
    command: (k, output, from, into) => {
      checkRange(series, k, from, into.length);
      const driving = outputs[output];
      if (!driving) throw new RangeError(`output ${output}, allowed are 0 to ${outputs.length - 1}`);
      driving.play(Math.max(0, sweeps[k]!.number - 1), from, into);
    },
  };
  return series;
}

/** "Imon-2" and "Vmon-2" are the monitors of amplifier 2. */
function amplifierOf(name: string): { readonly amplifier?: number } {
  const number = /^[IV]mon-(\d{1,2})$/iu.exec(name)?.[1];
  return number === undefined ? {} : { amplifier: Number(number) };
}

function outputOf(outputs: readonly HekaOutput[], adc: number | undefined): { readonly output?: number } {
  const output = adc === undefined ? -1 : outputs.findIndex(({ adcs }) => adcs.includes(adc));
  return output < 0 ? {} : { output };
}

const CHUNK = 1 << 15;

function readSamples(reader: ByteReader, trace: HekaTrace, from: number, into: Float64Array): void {
  const { byte, format, scaler, zero, littleEndian, interleaveSize, interleaveSkip } = trace;
  const width = SAMPLE_BYTES[format]!;
  const perTurn = interleaveSize === 0 ? CHUNK : Math.floor(interleaveSize / width);
  for (let done = 0; done < into.length; ) {
    const k = from + done;
    const count = Math.min(into.length - done, interleaveSize === 0 ? CHUNK : perTurn - (k % perTurn));
    const at =
      byte + (interleaveSize === 0 ? k * width : Math.floor(k / perTurn) * interleaveSkip + (k % perTurn) * width);
    const view = new DataView(reader.bytes(at, count * width, "samples").buffer);
    for (let n = 0; n < count; n++) {
      const place = n * width;
      const raw =
        format === 0
          ? view.getInt16(place, littleEndian)
          : format === 1
            ? view.getInt32(place, littleEndian)
            : format === 2
              ? view.getFloat32(place, littleEndian)
              : view.getFloat64(place, littleEndian);
      into[done + n] = raw * scaler + zero;
    }
    done += count;
  }
}

/** Of HEKA's clock: seconds since 1904 with an offset of its own. */
const HEKA_OFFSET_S = 1_580_970_496;
const SECONDS_1904_TO_1970 = 2_082_844_800;

function readTime(time_s: number): string {
  const since1904 = time_s - HEKA_OFFSET_S;
  const unix_s = (since1904 < 0 ? since1904 + 2 ** 32 : since1904) - SECONDS_1904_TO_1970;
  if (!Number.isFinite(unix_s) || Math.abs(unix_s) > 1e11) return "";
  return new Date(unix_s * 1000).toISOString().slice(0, -1);
}

/** What a file says at its beginning. */
export function isHeka(head: Uint8Array): "bundle" | "old" | "no" {
  const magic = latin1(head.subarray(0, 4));
  return magic === "DAT2" ? "bundle" : magic === "DAT1" || magic === "DATA" ? "old" : "no";
}
