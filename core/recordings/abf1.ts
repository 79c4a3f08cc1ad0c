import {
  type AbfLayout,
  AbfSeries,
  abfMode,
  findSweeps,
  limitsOf,
  positive,
  readTags,
  scalingOf,
  stamp,
} from "./abfSamples.ts";
import { type ByteReader, refuseByte } from "./byteSource.ts";
import { EPOCH_TYPES, type EpochPlan, epochLetter, readUserValues, type UserList } from "./epochs.ts";
import { type Channel, type Command, type Epoch, nameInstrument, readUnit, type Recording } from "./recording.ts";

const BLOCK_BYTES = 512;
const CHANNELS = 16;
const EPOCHS = 10;
/** Headers from this version on have 6144 bytes and two tables of epochs, older ones (1.5 too) 2048 bytes and one. */
const LONG_HEADER_VERSION = 1.6;
const LONG_HEADER_BYTES = 6144;
const SHORT_HEADER_BYTES = 2048;
const USER_LIST_BYTES = 256;

/** Axon Binary Format 1 (up to pCLAMP 9): one header with a place for everything. */
export function readAbf1(reader: ByteReader): Recording {
  const { file } = reader;
  const i16 = (at: number) => reader.i16(at, "a field of the header of an ABF1 file");
  const i32 = (at: number) => reader.i32(at, "a field of the header of an ABF1 file");
  const f32 = (at: number) => reader.f32(at, "a field of the header of an ABF1 file");
  const version = f32(4);
  if (!(version >= 1 && version < 2))
    throw refuseByte(file, 4, `version ${version} of the format, expected 1.0 to 1.99`);
  // a version is written in single precision, where 1.6 is a little more
  const isLong = version >= LONG_HEADER_VERSION;
  reader.need(0, isLong ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES, "the header of an ABF1 file");
  const mode = abfMode(reader, 8);
  const stated = i32(10);
  const count = i16(120);
  if (count < 1 || count > CHANNELS)
    throw refuseByte(file, 120, `${count} recorded channels, expected 1 to ${CHANNELS}`);
  // from sample to sample, whatever the channel
  const samplePeriod_s = (positive(reader, 122, f32(122), "the sampling interval in us") * count) / 1e6;
  const format = i16(100);
  if (format !== 0 && format !== 1)
    throw refuseByte(file, 100, `data format ${format}, expected 0 (16-bit integers) or 1 (floats)`);
  const dataByte = i32(40) * BLOCK_BYTES;
  if (stated < 0 || dataByte < BLOCK_BYTES)
    throw refuseByte(file, 10, `${stated} samples from byte ${dataByte} on, expected some behind the header`);
  const width = format === 1 ? 4 : 2;
  const samples =
    stated === 0
      ? readUnclosed(reader, dataByte, width * count) * count
      : reader.whole(dataByte, width, stated, "samples");
  const inputs = Array.from({ length: count }, (_, k) => {
    const channel = i16(410 + 2 * k);
    if (channel < 0 || channel >= CHANNELS)
      throw refuseByte(file, 410 + 2 * k, `channel ${channel} in the order of sampling, expected 0 to ${CHANNELS - 1}`);
    return readInput(reader, channel, isLong, format === 1);
  });
  const synchUnit_us = f32(130);
  const synchByte = i32(92) * BLOCK_BYTES;
  const synchStated = synchByte > 0 ? Math.max(0, i32(96)) : 0;
  const synchCount = reader.whole(synchByte, 8, synchStated, "entries of the table of sweeps");
  const sweeps = findSweeps(reader, {
    mode,
    samples,
    stated: stated || samples,
    channels: count,
    samplePeriod_s,
    episodes: i32(16),
    episodesByte: 16,
    // of an acquisition that was never closed there is no table: the header says how long a sweep is
    synch:
      stated === 0 ? { byte: 0, count: 0, stated: 1 } : { byte: synchByte, count: synchCount, stated: synchStated },
    synchUnit_us,
    startToStart_s: f32(178),
    perSweep: i32(138),
    perSweepByte: 138,
  });
  const outputs = isLong ? readOutputs(reader, sweeps.points(0)) : readOldOutput(reader, sweeps.points(0));
  const layout: AbfLayout = {
    name: "",
    protocol: isLong ? reader.text(4898, 256, "the name of the protocol") : "",
    mode,
    samplePeriod_s,
    channels: inputs.map(({ channel }) => channel),
    scalings: inputs.map(({ scaling }) => scaling),
    commands: outputs.map(({ command }) => command),
    plans: outputs.map(({ plan }) => plan),
    dataByte,
    samples,
    float: format === 1,
    sweeps,
  };
  return {
    format: "abf1",
    version: String(Math.round(version * 1000) / 1000),
    file,
    program: isLong
      ? `${reader.text(294, 16, "the name of the program")} ${[5798, 5800, 5802, 5804].map(i16).join(".")}`.trim()
      : reader.text(294, 16, "the name of the program"),
    started: stamp(readDate(i32(20)), i32(24) * 1000 + i16(366)),
    comment: (isLong && reader.text(5154, 128, "the comment")) || reader.text(310, 56, "the comment"),
    tags: readTags(
      reader,
      i32(44) * BLOCK_BYTES,
      i32(44) > 0 ? reader.whole(i32(44) * BLOCK_BYTES, 64, Math.max(0, i32(48)), "tags") : 0,
      synchUnit_us > 0 ? synchUnit_us / 1e6 : samplePeriod_s / count,
    ),
    series: [new AbfSeries(reader, layout)],
    notes: [],
  };
}

/** The number of samples is written last: of an acquisition that was never closed it is 0, whatever lies behind the header. */
function readUnclosed(reader: ByteReader, dataByte: number, bytesPerScan: number): number {
  const scans = Math.max(0, Math.floor((reader.size - dataByte) / bytesPerScan));
  if (scans === 0) return 0;
  if (!reader.partial)
    throw refuseByte(
      reader.file,
      10,
      `0 samples in the header and ${reader.size - dataByte} bytes behind it: the acquisition was never closed (--partial takes its ${scans} samples)`,
    );
  reader.losses.push(`the acquisition was never closed: its length is that of the file, ${scans} samples`);
  return scans;
}

/** Old programs write YYMMDD, from 1980 on. */
function readDate(date: number): number {
  if (date >= 1_000_000) return date;
  return date > 0 ? date + (date >= 800_000 ? 19_000_000 : 20_000_000) : 0;
}

function readInput(
  reader: ByteReader,
  channel: number,
  isLong: boolean,
  float: boolean,
): { channel: Channel; scaling: { factor: number; offset: number } } {
  const f32 = (at: number) => reader.f32(at + 4 * channel, "a gain of a channel");
  const i16 = (at: number) => reader.i16(at + 2 * channel, "a setting of a channel");
  const hasTelegraph = isLong && i16(4512) !== 0;
  const { scale_V, ...scaling } = scalingOf(reader.file, {
    byte: 922 + 4 * channel,
    range_V: reader.f32(244, "the range of the converter"),
    resolution: reader.i32(252, "the resolution of the converter"),
    instrumentScale: f32(922),
    signalGain: f32(1050),
    programmableGain: f32(730),
    telegraphGain: hasTelegraph ? f32(4576) : 1,
    instrumentOffset: f32(986),
    signalOffset: f32(1114),
  });
  const unit = reader.text(602 + 8 * channel, 8, "the unit of a channel");
  const lowPass_Hz = f32(1178);
  return {
    scaling: float ? { factor: 1, offset: 0 } : scaling,
    channel: {
      name: reader.text(442 + 10 * channel, 10, "the name of a channel").trim() || `channel ${channel}`,
      unit,
      ...readUnit(unit),
      ...(!float && { limits: limitsOf(scaling) }),
      gain: {
        scale_V,
        ...(lowPass_Hz > 0 && Number.isFinite(lowPass_Hz) && { lowPass_Hz }),
        ...(hasTelegraph && {
          telegraph: {
            instrument: nameInstrument(i16(4544)),
            additionalGain: f32(4576),
            lowPass_Hz: f32(4640),
            membraneCapacitance_pF: f32(4704),
            accessResistance: 0,
          },
        }),
      },
    },
  };
}

type Output = { readonly command: Command; readonly plan: EpochPlan | undefined };

/** Four outputs, two of which have tables of epochs. */
function readOutputs(reader: ByteReader, points: number): Output[] {
  const digital = readDigital(reader);
  const active = reader.i16(1440, "the output with digital bits");
  return Array.from({ length: 4 }, (_, k) => {
    const start = EPOCHS * k;
    const common = nameOutput(reader, k);
    const isEnabled = k < 2 && reader.i16(2296 + 2 * k, "whether an output has a waveform") !== 0;
    const source = k < 2 ? reader.i16(2300 + 2 * k, "the source of a waveform") : 0;
    const epochs =
      k < 2
        ? epochsAt((n) => ({
            type: reader.i16(2308 + 2 * (start + n), "the type of an epoch"),
            level: reader.f32(2348 + 4 * (start + n), "the level of an epoch"),
            levelStep: reader.f32(2428 + 4 * (start + n), "the step of a level"),
            duration: reader.i32(2508 + 4 * (start + n), "the duration of an epoch"),
            durationStep: reader.i32(2588 + 4 * (start + n), "the step of a duration"),
            pulsePeriod: reader.i32(2136 + 4 * (start + n), "the period of a train"),
            pulseWidth: reader.i32(2216 + 4 * (start + n), "the width of a pulse"),
            digital: k === active ? digital(n) : 0,
          }))
        : [];
    const keepsLast = k < 2 && reader.i16(2304 + 2 * k, "the level between sweeps") !== 0;
    const isVaried = reader.i16(3360 + 2 * k, "whether a user list is on") !== 0;
    const list = isVaried
      ? readUserValues(
          reader.text(3376 + USER_LIST_BYTES * k, USER_LIST_BYTES, "the values of a user list"),
          reader.i16(3368 + 2 * k, "what a user list varies"),
          reader.i16(4400 + 2 * k, "whether a user list repeats") !== 0,
        )
      : undefined;
    return makeOutput({
      common,
      source: isEnabled ? source : 0,
      epochs,
      keepsLast,
      points,
      ...(list && { list }),
    });
  });
}

/** One table, in the first 2048 bytes. */
function readOldOutput(reader: ByteReader, points: number): Output[] {
  const digital = readDigital(reader);
  const active = reader.i16(1440, "the output with a waveform");
  const epochs = epochsAt((n) => ({
    type: reader.i16(1444 + 2 * n, "the type of an epoch"),
    level: reader.f32(1464 + 4 * n, "the level of an epoch"),
    levelStep: reader.f32(1504 + 4 * n, "the step of a level"),
    duration: reader.i16(1544 + 2 * n, "the duration of an epoch"),
    durationStep: reader.i16(1564 + 2 * n, "the step of a duration"),
    // trains came with the longer header
    pulsePeriod: 0,
    pulseWidth: 0,
    digital: digital(n),
  }));
  const source = reader.i16(1438, "the source of a waveform");
  const keepsLast = reader.i16(1442, "the level between sweeps") !== 0;
  return Array.from({ length: 4 }, (_, k) =>
    makeOutput({
      common: nameOutput(reader, k),
      source: k === active ? source : 0,
      epochs: k === active ? epochs : [],
      keepsLast,
      points,
    }),
  );
}

function readDigital(reader: ByteReader): (epoch: number) => number {
  return (n) => reader.i16(1588 + 2 * n, "the digital outputs");
}

function nameOutput(reader: ByteReader, k: number) {
  const unit = reader.text(1346 + 8 * k, 8, "the unit of an output");
  return {
    name: reader.text(1306 + 10 * k, 10, "the name of an output").trim() || `output ${k}`,
    unit,
    ...readUnit(unit),
    holding: reader.f32(1394 + 4 * k, "the holding level"),
  };
}

type OldEpoch = Omit<Epoch, "letter" | "type"> & { readonly type: number };

function epochsAt(at: (n: number) => OldEpoch): Epoch[] {
  return Array.from({ length: EPOCHS }, (_, n) => ({ n, epoch: at(n) }))
    .filter(({ epoch }) => epoch.type !== 0)
    .map(({ n, epoch }) => ({
      ...epoch,
      letter: epochLetter(n),
      type: EPOCH_TYPES[epoch.type] ?? "unknown",
    }));
}

interface OutputFields {
  readonly common: ReturnType<typeof nameOutput>;
  /** 0 none, 1 epochs, 2 a file. */
  readonly source: number;
  readonly epochs: readonly Epoch[];
  readonly keepsLast: boolean;
  readonly points: number;
  /** Where a user list is on. */
  readonly list?: UserList;
}

function makeOutput({ common, source, epochs, keepsLast, points, list }: OutputFields): Output {
  const { holding } = common;
  if (source === 0)
    return {
      command: { ...common, source: "held", epochs: [], remark: "" },
      plan: { epochs: [], holding, keepsLast: false, points },
    };
  if (source !== 1) {
    const remark = "the waveform is in another file, which is not named";
    return { command: { ...common, source: "elsewhere", epochs: [], remark }, plan: undefined };
  }
  if (list && "unknown" in list) {
    const remark = `a user list varies parameter ${list.unknown}, which is not read here`;
    return { command: { ...common, source: "elsewhere", epochs, remark }, plan: undefined };
  }
  return {
    command: { ...common, source: "epochs", epochs, remark: list?.remark ?? "" },
    plan: { epochs, holding, keepsLast, points, ...(list && { vary: list.vary }) },
  };
}
