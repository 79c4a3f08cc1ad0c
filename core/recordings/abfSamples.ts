import { refuse } from "../record/imports/importReader.ts";
import { type ByteReader, refuseByte } from "./byteSource.ts";
import { type EpochPlan, playEpochs } from "./epochs.ts";
import type { Channel, Command, Series, Sweep } from "./recording.ts";

/** One channel's way from raw numbers to its unit: unit = raw factor + offset. */
export interface Scaling {
  readonly factor: number;
  readonly offset: number;
}

export interface AbfLayout {
  readonly name: string;
  readonly protocol: string;
  readonly mode: Series["mode"];
  readonly samplePeriod_s: number;
  readonly channels: readonly Channel[];
  readonly scalings: readonly Scaling[];
  readonly commands: readonly Command[];
  /** One per command; undefined where the waveform is elsewhere. */
  readonly plans: readonly (EpochPlan | undefined)[];
  /** First byte of the samples, and how many there are of all channels together. */
  readonly dataByte: number;
  readonly samples: number;
  readonly float: boolean;
  readonly sweeps: SweepTable;
}

/** Start times and lengths of sweeps, and where in the samples each begins. */
export interface SweepTable {
  readonly count: number;
  /** Samples of all channels from the beginning of the data. */
  first(sweep: number): number;
  points(sweep: number): number;
  startTime_s(sweep: number): number;
}

/** Samples that are converted in one go. */
const CHUNK = 1 << 15;

/** The samples of ABF files: interleaved by channel, sweep after sweep, as integers of 16 bits or as single precision. */
export class AbfSeries implements Series {
  readonly name: string;
  readonly protocol: string;
  readonly mode: Series["mode"];
  readonly samplePeriod_s: number;
  readonly channels: readonly Channel[];
  readonly commands: readonly Command[];
  readonly sweeps: number;
  readonly #reader: ByteReader;
  readonly #layout: AbfLayout;

  constructor(reader: ByteReader, layout: AbfLayout) {
    this.#reader = reader;
    this.#layout = layout;
    this.name = layout.name;
    this.protocol = layout.protocol;
    this.mode = layout.mode;
    this.samplePeriod_s = layout.samplePeriod_s;
    this.channels = layout.channels;
    this.commands = layout.commands;
    this.sweeps = layout.sweeps.count;
  }

  sweep(sweep: number): Sweep {
    const { sweeps } = this.#layout;
    return { startTime_s: sweeps.startTime_s(sweep), points: sweeps.points(sweep) };
  }

  read(sweep: number, channel: number, from: number, into: Float64Array): void {
    const { sweeps, channels, dataByte, float, scalings } = this.#layout;
    checkRange(this, sweep, from, into.length);
    const width = channels.length;
    const { factor, offset } = scalings[channel]!;
    const size = float ? 4 : 2;
    for (let done = 0; done < into.length; ) {
      const count = Math.min(Math.max(1, Math.floor(CHUNK / width)), into.length - done);
      const first = sweeps.first(sweep) + (from + done) * width;
      const raw = this.#reader.bytes(dataByte + first * size, count * width * size, "samples");
      const view = new DataView(raw.buffer);
      for (let n = 0; n < count; n++) {
        const at = (n * width + channel) * size;
        into[done + n] = (float ? view.getFloat32(at, true) : view.getInt16(at, true)) * factor + offset;
      }
      done += count;
    }
  }

  command(sweep: number, output: number, from: number, into: Float64Array): void {
    checkRange(this, sweep, from, into.length);
    const plan = this.#layout.plans[output];
    if (!plan) into.fill(Number.NaN);
    else playEpochs(plan, sweep, from, into);
  }
}

/** A caller that asks for what is not there is a bug of ours, not of the file. */
export function checkRange(series: Pick<Series, "sweeps" | "sweep">, sweep: number, from: number, count: number): void {
  if (!(sweep >= 0 && sweep < series.sweeps)) throw new RangeError(`sweep ${sweep}, there are ${series.sweeps}`);
  const { points } = series.sweep(sweep);
  if (!(from >= 0 && from + count <= points))
    throw new RangeError(`samples ${from} to ${from + count} of sweep ${sweep}, which has ${points}`);
}

export interface SweepSource {
  readonly mode: Series["mode"];
  /** Of all channels: in the file, and as the header says, which is more in a file that was cut. */
  readonly samples: number;
  readonly stated: number;
  readonly channels: number;
  readonly samplePeriod_s: number;
  /** As the header says. */
  readonly episodes: number;
  /** Byte of that number, for messages. */
  readonly episodesByte: number;
  /** Start and length of every sweep, i32 each; count 0 where the file has none. */
  readonly synch: { readonly byte: number; readonly count: number; readonly stated: number };
  /** Microseconds per unit of start times; 0: samples of all channels. */
  readonly synchUnit_us: number;
  /** From start to start, where the file has no table of sweeps; 0: one behind the other. */
  readonly startToStart_s: number;
  /** Samples of a sweep by the header, and the byte of that number; for files that lost their table. */
  readonly perSweep: number;
  readonly perSweepByte: number;
}

/** @throws ProtocolError when sweeps are not what the samples are, or lie beyond them */
export function findSweeps(reader: ByteReader, source: SweepSource): SweepTable {
  const { mode, samples, channels, samplePeriod_s, episodes, episodesByte, synch } = source;
  const { file } = reader;
  if (samples < channels) throw refuse(file, 0, 0, "holds no samples");
  if (mode === "gap-free") {
    const points = Math.floor(samples / channels);
    return { count: 1, first: () => 0, points: () => points, startTime_s: () => 0 };
  }
  if (samples < source.stated || synch.count < synch.stated) return sweepsOfCut(reader, source);
  if (synch.count === 0) {
    if (episodes < 1 || samples % (episodes * channels) !== 0)
      throw refuseByte(
        file,
        episodesByte,
        `${episodes} sweeps of ${channels} channels do not part ${samples} samples evenly`,
      );
    const points = samples / episodes / channels;
    const every_s = Math.max(source.startToStart_s, points * samplePeriod_s);
    return {
      count: episodes,
      first: (k) => k * points * channels,
      points: () => points,
      startTime_s: (k) => k * every_s,
    };
  }
  reader.need(synch.byte, 8 * synch.count, "the table of sweeps");
  // eight bytes in memory for eight in the file
  const lengths = new Int32Array(synch.count);
  const firsts = new Float64Array(synch.count + 1);
  for (let k = 0; k < synch.count; k++) {
    const at = synch.byte + 8 * k + 4;
    const length = reader.i32(at, "the length of a sweep");
    const end = firsts[k]! + length;
    if (length < channels || length % channels !== 0 || end > samples)
      throw refuseByte(
        file,
        at,
        `sweep ${k + 1} has ${length} samples of ${channels} channels, expected a multiple of ${channels} up to ${samples - firsts[k]!}`,
      );
    lengths[k] = length;
    firsts[k + 1] = end;
  }
  return {
    count: synch.count,
    first: (k) => firsts[k]!,
    points: (k) => lengths[k]! / channels,
    startTime_s: (k) => startOf(reader, source, k),
  };
}

function startOf(
  reader: ByteReader,
  { synch, synchUnit_us, samplePeriod_s, channels }: SweepSource,
  k: number,
): number {
  const start = reader.i32(synch.byte + 8 * k, "the start of a sweep");
  return synchUnit_us > 0 ? (start * synchUnit_us) / 1e6 : (start * samplePeriod_s) / channels;
}

/**
 * Sweeps of a file that was cut, as far as there are samples; the last one may be shorter. Where the table, which lies behind
 * the samples, is lost with them, the header says how long a sweep is, and the time from start to start.
 */
function sweepsOfCut(reader: ByteReader, source: SweepSource): SweepTable {
  const { mode, samples, stated, channels, samplePeriod_s, synch, perSweep } = source;
  const { file, losses } = reader;
  const tell = (count: number, all: number, last: number, whole: number): void => {
    if (last < whole) losses.push(`sweep ${count} has ${last / channels} of its ${whole / channels} samples`);
    if (count < all) losses.push(`${all - count} of ${all} sweeps are lost`);
  };
  if (synch.count > 0 && (synch.count === synch.stated || mode === "variable-length")) {
    const kept = keptSweeps(reader, source);
    const { lengths, firsts } = kept;
    tell(lengths.length, Math.max(synch.count, synch.stated), lengths.at(-1) ?? 0, kept.lastWhole);
    return {
      count: lengths.length,
      first: (k) => firsts[k]!,
      points: (k) => lengths[k]! / channels,
      startTime_s: (k) => startOf(reader, source, k),
    };
  }
  if (mode === "variable-length" || perSweep < channels || perSweep % channels !== 0)
    throw refuseByte(
      file,
      source.perSweepByte,
      `the table of sweeps was cut off, and ${perSweep} samples of ${channels} channels per sweep (${mode}) cannot stand in for it`,
    );
  const count = Math.min(Math.ceil(stated / perSweep), Math.floor((samples - channels) / perSweep) + 1);
  const lengthOf = (k: number) => Math.min(perSweep, Math.floor((samples - k * perSweep) / channels) * channels);
  tell(count, Math.max(Math.ceil(stated / perSweep), synch.stated), lengthOf(count - 1), perSweep);
  const every_s = Math.max(source.startToStart_s, (perSweep / channels) * samplePeriod_s);
  if (count > 1)
    losses.push(`times of sweeps are lost, they are taken as one every ${Number(every_s.toPrecision(7))} s`);
  return {
    count,
    first: (k) => k * perSweep,
    points: (k) => lengthOf(k) / channels,
    startTime_s: (k) => k * every_s,
  };
}

/** Sweeps of the table that have samples; the last one is as long as these. */
function keptSweeps(reader: ByteReader, { samples, channels, synch }: SweepSource) {
  const lengths: number[] = [];
  const firsts: number[] = [];
  let lastWhole = 0;
  for (let [k, from] = [0, 0]; k < synch.count && samples - from >= channels; k++) {
    const at = synch.byte + 8 * k + 4;
    lastWhole = reader.i32(at, "the length of a sweep");
    if (lastWhole < channels || lastWhole % channels !== 0)
      throw refuseByte(
        reader.file,
        at,
        `sweep ${k + 1} has ${lastWhole} samples of ${channels} channels, expected a multiple of ${channels}`,
      );
    firsts.push(from);
    lengths.push(Math.min(lastWhole, Math.floor((samples - from) / channels) * channels));
    from += lastWhole;
  }
  return { lengths, firsts, lastWhole };
}

export function abfMode(reader: ByteReader, byte: number): Series["mode"] {
  const number = reader.i16(byte, "the operation mode");
  const mode = (["variable-length", "fixed-length", "gap-free", "oscilloscope", "episodic"] as const)[number - 1];
  if (!mode)
    throw refuseByte(
      reader.file,
      byte,
      `operation mode ${number}, expected 1 (variable length), 2 (fixed length), 3 (gap-free), 4 (oscilloscope) or 5 (episodic)`,
    );
  return mode;
}

/** A number that later divides. */
export function positive(reader: ByteReader, byte: number, value: number, what: string): number {
  if (value > 0 && Number.isFinite(value)) return value;
  throw refuseByte(reader.file, byte, `${what} is ${value}, expected a number above 0`);
}

export interface GainFields {
  readonly byte: number;
  readonly range_V: number;
  readonly resolution: number;
  readonly instrumentScale: number;
  readonly signalGain: number;
  readonly programmableGain: number;
  readonly telegraphGain: number;
  readonly instrumentOffset: number;
  readonly signalOffset: number;
}

/** unit = raw range / (resolution scale gains) + instrument offset - signal offset. @throws ProtocolError for a gain of 0 */
export function scalingOf(file: string, gain: GainFields): Scaling & { readonly scale_V: number } {
  const { byte, range_V, resolution, instrumentScale, signalGain, programmableGain, telegraphGain } = gain;
  const scale_V = instrumentScale * signalGain * programmableGain * telegraphGain;
  const factor = range_V / (resolution * scale_V);
  const offset = gain.instrumentOffset - gain.signalOffset;
  if (!Number.isFinite(factor) || factor === 0 || !Number.isFinite(offset))
    throw refuseByte(
      file,
      byte,
      `gains ${instrumentScale}, ${signalGain}, ${programmableGain} and ${telegraphGain} give no scale, expected finite numbers that are not 0`,
    );
  return { factor, offset, scale_V };
}

/** Values of the first and the last code of a converter of 16 bits. */
export function limitsOf({ factor, offset }: Scaling): readonly [number, number] {
  const ends = [-32768 * factor + offset, 32767 * factor + offset] as const;
  return factor > 0 ? ends : [ends[1], ends[0]];
}

const TAG_KINDS = ["time", "comment", "external", "voice"] as const;

/** Tags of 64 bytes: time, 56 characters, kind. @param unit_s seconds per unit of their times */
export function readTags(reader: ByteReader, byte: number, count: number, unit_s: number) {
  if (count === 0) return [];
  if (count < 0 || count > MOST_TAGS)
    throw refuse(reader.file, 0, 0, `says it has ${count} tags, expected 0 to ${MOST_TAGS}`);
  reader.need(byte, 64 * count, "the tags");
  return Array.from({ length: count }, (_, k) => {
    const at = byte + 64 * k;
    return {
      time_s: reader.i32(at, "the time of a tag") * unit_s,
      kind: TAG_KINDS[reader.i16(at + 60, "the kind of a tag")] ?? ("other" as const),
      text: reader.text(at + 4, 56, "the text of a tag"),
    };
  });
}

const MOST_TAGS = 1_000_000;

/** 20171116 and milliseconds since midnight. */
export function stamp(date: number, time_ms: number): string {
  const day = /^(\d{4})(\d{2})(\d{2})$/u.exec(String(date));
  if (!day || !(time_ms >= 0 && time_ms < 86_400_000)) return "";
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const clock = `${two(time_ms / 3_600_000)}:${two((time_ms / 60_000) % 60)}:${two((time_ms / 1000) % 60)}`;
  return `${day[1]}-${day[2]}-${day[3]}T${clock}.${String(Math.floor(time_ms % 1000)).padStart(3, "0")}`;
}
