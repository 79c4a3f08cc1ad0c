import { type ByteReader, latin1, refuseByte } from "./byteSource.ts";
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
import { EPOCH_TYPES, type EpochPlan, epochLetter, readUserValues, type UserList } from "./epochs.ts";
import { type Channel, type Command, type Epoch, nameInstrument, readUnit, type Recording } from "./recording.ts";

const BLOCK_BYTES = 512;
/** Digitizers of this family have 16 inputs and 8 outputs; more is damage. */
const MOST_CHANNELS = 64;
const MOST_EPOCHS = 4096;
const LARGEST_STRINGS = 1 << 20;

interface Section {
  readonly byte: number;
  readonly entry: number;
  readonly count: number;
  /** As the header says; more than `count` in a file that was cut. */
  readonly stated: number;
}

/** Sections that programs write behind the samples, or that are the samples: what a file that was cut has lost. */
const AT_THE_END = new Set(["data", "tag", "synch-array"]);

/** A part of the file by its place in the header. @param least bytes that an entry needs to hold what is read of it */
function section(reader: ByteReader, at: number, name: string, least: number): Section {
  const block = reader.u32(at, `the place of the ${name} section`);
  const entry = reader.u32(at + 4, `the size of the ${name} section`);
  const count = reader.i64(at + 8, `the count of the ${name} section`);
  if (count === 0 || block === 0) return { byte: 0, entry: 0, count: 0, stated: 0 };
  if (count < 0 || entry < least)
    throw refuseByte(
      reader.file,
      at,
      `${name} section of ${count} entries of ${entry} bytes, expected entries of ${least} bytes or more`,
    );
  if (AT_THE_END.has(name)) {
    const whole = reader.whole(block * BLOCK_BYTES, entry, count, `entries of the ${name} section`);
    return { byte: block * BLOCK_BYTES, entry, count: whole, stated: count };
  }
  // of texts the size is that of all of them
  reader.need(block * BLOCK_BYTES, name === "strings" ? entry : entry * count, `the ${name} section`);
  return { byte: block * BLOCK_BYTES, entry, count, stated: count };
}

/** Axon Binary Format 2 (pCLAMP 10 and later); places of fields: instruments/patch-clamp notes, pyABF, neo. */
export function readAbf2(reader: ByteReader): Recording {
  const { file } = reader;
  reader.need(0, BLOCK_BYTES, "the header of an ABF2 file");
  const version = [7, 6, 5, 4].map((at) => reader.u8(at, "the version")).join(".");
  const format = reader.u16(30, "the data format");
  if (format > 1) throw refuseByte(file, 30, `data format ${format}, expected 0 (16-bit integers) or 1 (floats)`);
  const parts = {
    protocol: section(reader, 76, "protocol", 208),
    adc: section(reader, 92, "ADC", 82),
    dac: section(reader, 108, "DAC", 122),
    epoch: section(reader, 124, "epoch", 4),
    epochPerDac: section(reader, 156, "epoch-per-DAC", 30),
    userList: section(reader, 172, "user-list", 12),
    strings: section(reader, 220, "strings", 1),
    data: section(reader, 236, "data", 2),
    tags: section(reader, 252, "tag", 64),
    synch: section(reader, 316, "synch-array", 8),
  };
  if (parts.protocol.count !== 1) throw refuseByte(file, 76, `${parts.protocol.count} protocol sections, expected 1`);
  const protocol = parts.protocol.byte;
  if (reader.u8(protocol + 6, "the compression") !== 0)
    throw refuseByte(file, protocol + 6, "the samples are compressed, expected plain ones");
  const mode = abfMode(reader, protocol);
  const interval_us = positive(
    reader,
    protocol + 2,
    reader.f32(protocol + 2, "the sampling interval"),
    "the sampling interval in us",
  );
  const strings = readStrings(reader, parts.strings);
  const count = parts.adc.count;
  if (count < 1 || count > MOST_CHANNELS)
    throw refuseByte(file, 100, `${count} recorded channels, expected 1 to ${MOST_CHANNELS}`);
  const size = format === 1 ? 4 : 2;
  if (parts.data.count > 0 && parts.data.entry !== size)
    throw refuseByte(file, 240, `samples of ${parts.data.entry} bytes, expected ${size}`);
  const inputs = Array.from({ length: count }, (_, k) =>
    readAdc(reader, protocol, parts.adc, k, strings, format === 1),
  );
  const samplePeriod_s = interval_us / 1e6;
  const synchUnit_us = reader.f32(protocol + 14, "the unit of sweep times");
  const sweeps = findSweeps(reader, {
    mode,
    samples: parts.data.count,
    stated: parts.data.stated,
    channels: count,
    samplePeriod_s,
    episodes: reader.u32(12, "the number of sweeps"),
    episodesByte: 12,
    synch: parts.synch,
    synchUnit_us,
    startToStart_s: reader.f32(protocol + 62, "the time from sweep to sweep"),
    perSweep: reader.i32(protocol + 22, "the samples of a sweep"),
    perSweepByte: protocol + 22,
  });
  const outputs = readOutputs(reader, protocol, parts, strings, sweeps.points(0));
  const layout: AbfLayout = {
    name: "",
    protocol: strings(reader.u32(72, "the name of the protocol")),
    mode,
    samplePeriod_s,
    channels: inputs.map(({ channel }) => channel),
    scalings: inputs.map(({ scaling }) => scaling),
    commands: outputs.map(({ command }) => command),
    plans: outputs.map(({ plan }) => plan),
    dataByte: parts.data.byte,
    samples: parts.data.count,
    float: format === 1,
    sweeps,
  };
  return {
    format: "abf2",
    version,
    file,
    program: nameProgram(reader, strings),
    started: stamp(reader.u32(16, "the date"), reader.u32(20, "the time of day")),
    comment: strings(reader.i32(protocol + 132, "the comment")),
    tags: readTags(
      reader,
      parts.tags.byte,
      parts.tags.count,
      synchUnit_us > 0 ? synchUnit_us / 1e6 : samplePeriod_s / count,
    ),
    series: [new AbfSeries(reader, layout)],
    notes: [],
  };
}

/** Who recorded, and who changed the file since. */
function nameProgram(reader: ByteReader, strings: Strings): string {
  const name = (text: number, number: number): string => {
    const version = reader.u32(number, "the version of a program");
    const parts = [24, 16, 8, 0].map((shift) => (version >>> shift) & 255).join(".");
    return `${strings(reader.u32(text, "the name of a program"))}${version === 0 ? "" : ` ${parts}`}`.trim();
  };
  const [creator, modifier] = [name(60, 56), name(68, 64)];
  return modifier === "" || modifier === creator ? creator : `${creator}, ${modifier}`;
}

type Strings = (index: number) => string;

/** Texts by their number from 1; 0 is none. */
function readStrings(reader: ByteReader, { byte, entry, count }: Section): Strings {
  if (count === 0) return () => "";
  if (entry > LARGEST_STRINGS)
    throw refuseByte(reader.file, 224, `texts of ${entry} bytes, expected up to ${LARGEST_STRINGS}`);
  const bytes = reader.bytes(byte, entry, "the texts");
  const head = latin1(bytes.subarray(0, 4));
  if (head !== "SSCH") throw refuseByte(reader.file, byte, `expected the texts ("SSCH")`);
  const list = latin1(bytes.subarray(44)).split("\0");
  return (index) => (index > 0 ? (list[index - 1] ?? "").trim() : "");
}

function readAdc(
  reader: ByteReader,
  protocol: number,
  { byte, entry }: Section,
  k: number,
  strings: Strings,
  float: boolean,
): { channel: Channel; scaling: { factor: number; offset: number } } {
  const at = byte + k * entry;
  const f32 = (offset: number) => reader.f32(at + offset, "a gain of a channel");
  const i16 = (offset: number) => reader.i16(at + offset, "a setting of a channel");
  const hasTelegraph = i16(2) !== 0;
  const { scale_V, ...scaling } = scalingOf(reader.file, {
    byte: at + 28,
    range_V: reader.f32(protocol + 110, "the range of the converter"),
    resolution: reader.i32(protocol + 118, "the resolution of the converter"),
    instrumentScale: f32(40),
    signalGain: f32(48),
    programmableGain: f32(28),
    telegraphGain: hasTelegraph ? f32(6) : 1,
    instrumentOffset: f32(44),
    signalOffset: f32(52),
  });
  const unit = strings(reader.i32(at + 78, "the unit of a channel"));
  const lowPass_Hz = f32(56);
  // amplifiers with analog telegraphs leave 0 there, whatever their mode
  const mode = hasTelegraph && i16(4) === MULTICLAMP ? TELEGRAPH_MODES[i16(18)] : undefined;
  return {
    // floats are in the channel's unit already
    scaling: float ? { factor: 1, offset: 0 } : scaling,
    channel: {
      name: strings(reader.i32(at + 74, "the name of a channel")),
      unit,
      ...readUnit(unit),
      ...(!float && { limits: limitsOf(scaling) }),
      gain: {
        scale_V,
        ...(lowPass_Hz > 0 && Number.isFinite(lowPass_Hz) && { lowPass_Hz }),
        ...(hasTelegraph && {
          telegraph: {
            instrument: nameInstrument(i16(4)),
            additionalGain: f32(6),
            lowPass_Hz: f32(10),
            membraneCapacitance_pF: f32(14),
            accessResistance: f32(20),
            ...(mode !== undefined && { mode }),
          },
        }),
      },
    },
  };
}

const MULTICLAMP = 24;
const TELEGRAPH_MODES = ["voltage clamp", "current clamp", "I = 0"] as const;

interface OutputParts {
  readonly dac: Section;
  readonly epoch: Section;
  readonly epochPerDac: Section;
  readonly userList: Section;
}

function readOutputs(
  reader: ByteReader,
  protocol: number,
  { dac, epoch, epochPerDac, userList }: OutputParts,
  strings: Strings,
  points: number,
): { command: Command; plan: EpochPlan | undefined }[] {
  if (dac.count > MOST_CHANNELS)
    throw refuseByte(reader.file, 116, `${dac.count} outputs, expected up to ${MOST_CHANNELS}`);
  if (epochPerDac.count > MOST_EPOCHS || epoch.count > MOST_EPOCHS)
    throw refuseByte(reader.file, 164, `${epochPerDac.count} epochs, expected up to ${MOST_EPOCHS}`);
  const digital = new Map<number, number>();
  for (let k = 0; k < epoch.count; k++) {
    const at = epoch.byte + k * epoch.entry;
    digital.set(reader.i16(at, "the number of an epoch"), reader.i16(at + 2, "the digital outputs"));
  }
  const activeDac = reader.i16(protocol + 142, "the output with digital bits");
  return Array.from({ length: dac.count }, (_, k) => {
    const at = dac.byte + k * dac.entry;
    const number = reader.i16(at, "the number of an output");
    const epochs = readEpochs(reader, epochPerDac, number, (n) => (number === activeDac ? (digital.get(n) ?? 0) : 0));
    const enabled = reader.i16(at + 40, "whether an output has a waveform") !== 0;
    const source = reader.i16(at + 42, "the source of a waveform");
    const unit = strings(reader.i32(at + 28, "the unit of an output"));
    const holding = reader.f32(at + 12, "the holding level");
    const common = { name: strings(reader.i32(at + 24, "the name of an output")), unit, ...readUnit(unit), holding };
    if (!enabled || source === 0) {
      const plan = { epochs: [], holding, keepsLast: false, points };
      return { command: { ...common, source: "held", epochs: [], remark: "" }, plan };
    }
    if (source !== 1) {
      const path = strings(reader.i32(at + 118, "the file of a waveform"));
      const remark = `the waveform is in another file, ${path === "" ? "which is not named" : path}`;
      return { command: { ...common, source: "elsewhere", epochs: [], remark }, plan: undefined };
    }
    const list = readUserList(reader, userList, number, strings);
    if (list && "unknown" in list) {
      const remark = `a user list varies parameter ${list.unknown}, which is not read here`;
      return { command: { ...common, source: "elsewhere", epochs, remark }, plan: undefined };
    }
    const keepsLast = reader.i16(at + 44, "the level between sweeps") !== 0;
    const plan = { epochs, holding, keepsLast, points, ...(list?.vary && { vary: list.vary }) };
    return { command: { ...common, source: "epochs", epochs, remark: list?.remark ?? "" }, plan };
  });
}

function readEpochs(
  reader: ByteReader,
  { byte, entry, count }: Section,
  dac: number,
  digitalOf: (epoch: number) => number,
): Epoch[] {
  const epochs: Epoch[] = [];
  for (let k = 0; k < count; k++) {
    const at = byte + k * entry;
    if (reader.i16(at + 2, "the output of an epoch") !== dac) continue;
    const type = reader.i16(at + 4, "the type of an epoch");
    if (type === 0) continue;
    const number = reader.i16(at, "the number of an epoch");
    epochs.push({
      letter: epochLetter(Math.max(0, number)),
      type: EPOCH_TYPES[type] ?? "unknown",
      level: reader.f32(at + 6, "the level of an epoch"),
      levelStep: reader.f32(at + 10, "the step of a level"),
      duration: reader.i32(at + 14, "the duration of an epoch"),
      durationStep: reader.i32(at + 18, "the step of a duration"),
      pulsePeriod: reader.i32(at + 22, "the period of a train"),
      pulseWidth: reader.i32(at + 26, "the width of a pulse"),
      digital: digitalOf(number),
    });
  }
  return epochs;
}

/**
 * A list of values, one per sweep, that stand in for a level or a duration; the last one stays. The flag that switches it
 * on is 0 in files whose recorded command follows the list, so a list that is there counts.
 */
function readUserList(
  reader: ByteReader,
  { byte, entry, count }: Section,
  dac: number,
  strings: Strings,
): UserList | undefined {
  for (let k = 0; k < Math.min(count, MOST_CHANNELS); k++) {
    const at = byte + k * entry;
    if (reader.i16(at, "the output of a user list") !== dac) continue;
    const parameter = reader.i16(at + 4, "what a user list varies");
    const repeats = reader.i16(at + 6, "whether a user list repeats") !== 0;
    const found = readUserValues(strings(reader.i32(at + 8, "the values of a user list")), parameter, repeats);
    if (found) return found;
  }
  return undefined;
}
