import { type ByteReader, refuseByte } from "./byteSource.ts";
import { epochLetter } from "./epochs.ts";
import { readTree, type TreeNode } from "./hekaTree.ts";
import type { Command, Epoch } from "./recording.ts";

/** A pgf sequence as it was run: its outputs, each played by a DA, and the AD inputs that were sampled for them. */
export interface HekaStimulation {
  /** @param dt_s between samples of the sweeps, of `points` samples each */
  outputs(dt_s: number, points: number): readonly HekaOutput[];
}

export interface HekaOutput {
  readonly command: Command;
  /** Numbers of the AD inputs that were sampled for it. */
  readonly adcs: readonly number[];
  /** @param sweep of the sequence, from 0 */
  play(sweep: number, from: number, into: Float64Array): void;
}

/** Fields that are read reach this far into a record of a stimulation, channel and segment. */
const LEAST = { stimulation: 164, channel: 78, segment: 64 } as const;

/**
 * The tree of stimuli (.pgf). Places and meanings of fields: HEKA's StimFile v9, as the readers of myokit, ipfx and
 * load_heka_python have it; checked against a recorded voltage of PATCHMASTER v2x90.5. Where those readers contradict each
 * other (interleaved, alternating, decreasing and logarithmic increments), or say nothing, a waveform is named as one that is elsewhere.
 * @returns one for each series that was run, in the order that `StimCount` of a sweep counts
 * @throws ProtocolError with the byte
 */
export function readStimuli(reader: ByteReader, start: number, length: number): readonly HekaStimulation[] {
  const { littleEndian } = reader;
  try {
    const root = readTree(reader, start, length, "the tree of stimuli");
    return root.children.map((node) => {
      checkSize(reader, node, LEAST.stimulation);
      const channels = node.children.map((channel) => readChannel(reader, channel));
      return { outputs: (dt_s, points) => makeOutputs(channels, dt_s, points) };
    });
  } finally {
    reader.littleEndian = littleEndian;
  }
}

function checkSize({ file }: ByteReader, { byte, size }: TreeNode, least: number): void {
  if (size < least) throw refuseByte(file, byte, `a record of stimuli of ${size} bytes, expected ${least} or more`);
}

interface Segment {
  readonly kind: number;
  readonly store: number;
  readonly level_V: number;
  readonly levelSource: number;
  readonly levelStep_V: number;
  readonly levelFactor: number;
  readonly levelMode: number;
  readonly duration_s: number;
  readonly durationSource: number;
  readonly durationStep_s: number;
  readonly durationFactor: number;
  readonly durationMode: number;
}

interface StimulusChannel {
  readonly adc: number;
  readonly dac: number;
  readonly dacMode: number;
  readonly unit: string;
  readonly holding_V: number;
  readonly conversion: number;
  readonly segments: readonly Segment[];
}

function readChannel(reader: ByteReader, node: TreeNode): StimulusChannel {
  checkSize(reader, node, LEAST.channel);
  const { byte, children } = node;
  return {
    adc: reader.i16(byte + 20, "the input of a stimulus"),
    dac: reader.i16(byte + 28, "the output of a stimulus"),
    dacMode: reader.u8(byte + 30, "the mode of an output"),
    unit: reader.text(byte + 40, 8, "the unit of a stimulus"),
    holding_V: reader.f64(byte + 48, "the holding potential"),
    conversion: reader.i16(byte + 76, "the conversion of a stimulus") & 0xffff,
    segments: children.map((child) => readSegment(reader, child)),
  };
}

function readSegment(reader: ByteReader, node: TreeNode): Segment {
  checkSize(reader, node, LEAST.segment);
  const { byte } = node;
  return {
    kind: reader.u8(byte + 4, "the class of a segment"),
    store: reader.u8(byte + 5, "whether a segment is stored"),
    levelMode: reader.u8(byte + 6, "how levels change"),
    durationMode: reader.u8(byte + 7, "how durations change"),
    level_V: reader.f64(byte + 8, "the level of a segment"),
    levelSource: reader.i32(byte + 16, "where a level comes from"),
    levelFactor: reader.f64(byte + 20, "the factor of levels"),
    levelStep_V: reader.f64(byte + 28, "the step of levels"),
    duration_s: reader.f64(byte + 36, "the duration of a segment"),
    durationSource: reader.i32(byte + 44, "where a duration comes from"),
    durationFactor: reader.f64(byte + 48, "the factor of durations"),
    durationStep_s: reader.f64(byte + 56, "the step of durations"),
  };
}

/** Bits of the conversion from a level to what goes to the DA. */
const BY_SCALE = 0x1;
const RELATIVE = 0x2;
const CONVERSIONS: readonly (readonly [number, string])[] = [
  [0x4, "a template in a file"],
  [0x8, "a lock-in"],
  [0x10, "a wavelength"],
  [0x20, "a scale of its own"],
  [0x40, "a chirp"],
  [0x80, "imaging"],
];

const CLASSES = ["step", "ramp", "continuous", "sine", "square wave", "chirp"];
const MODES = [
  "increasing",
  "decreasing",
  "increasing in turns",
  "decreasing in turns",
  "alternating",
  "logarithmic",
  "logarithmic, decreasing",
  "logarithmic, in turns",
  "logarithmic, decreasing in turns",
  "logarithmic, alternating",
  "toggling",
];
const [RAMP, CONTINUOUS] = [1, 2];
/** With a factor of 1 a logarithmic increment is a plain one. */
const ADDITIVE = new Set([0, 5]);
const STORED = 1;

/** Why a waveform is not rebuilt; empty where it is. */
function findObstacle({ unit, dacMode, conversion, segments }: StimulusChannel): string {
  if (!/^m?V$/u.test(unit)) return `a command in ${unit || "no unit"}, commands in V are rebuilt`;
  if (dacMode === 0) return "the output was off";
  if ((conversion & BY_SCALE) === 0) return "the stimulus was not scaled as one";
  for (const [bit, what] of CONVERSIONS) if ((conversion & bit) !== 0) return `the stimulus came from ${what}`;
  for (const [k, own] of segments.entries()) {
    const name = `segment ${k + 1}`;
    if (own.kind > CONTINUOUS)
      return `${name} is a ${CLASSES[own.kind] ?? `class ${own.kind}`}, steps and ramps are rebuilt`;
    // a continuous segment is at its own level for one reader and at the one before for another
    if (own.kind === CONTINUOUS && own.levelSource !== 1) return `${name} is continuous at a level of its own`;
    if (own.store > STORED) return `${name} was stored in part`;
    if (own.levelSource < 0 || own.levelSource > 1) return `the level of ${name} is a parameter of PATCHMASTER`;
    if (own.durationSource !== 0) return `the duration of ${name} is a parameter of PATCHMASTER`;
    for (const [what, step, factor, mode] of [
      ["levels", own.levelStep_V, own.levelFactor, own.levelMode],
      ["durations", own.durationStep_s, own.durationFactor, own.durationMode],
    ] as const) {
      if (step === 0 && factor === 1) continue;
      if (factor !== 1) return `${what} of ${name} change by a factor of ${factor}`;
      if (!ADDITIVE.has(mode)) return `${what} of ${name} are ${MODES[mode] ?? `mode ${mode}`}`;
    }
    if (
      ![own.level_V, own.duration_s, own.levelStep_V, own.durationStep_s].every(Number.isFinite) ||
      own.duration_s < 0
    )
      return `${name} is damaged`;
  }
  return "";
}

/** As millivolts without the rounding of binary volts. */
const inMillivolt = (value_V: number) => Number((value_V * 1000).toPrecision(12));

/** Inputs that are sampled for one DA share its waveform. */
function makeOutputs(channels: readonly StimulusChannel[], dt_s: number, points: number): HekaOutput[] {
  return [...new Set(channels.map(({ dac }) => dac))].map((dac) => {
    const own = channels.filter((channel) => channel.dac === dac);
    return { ...makeOutput(own[0]!, dt_s, points), adcs: own.map(({ adc }) => adc) };
  });
}

function makeOutput(channel: StimulusChannel, dt_s: number, points: number): Omit<HekaOutput, "adcs"> {
  const { dac, holding_V, segments, conversion } = channel;
  const relative_V = (conversion & RELATIVE) === 0 ? 0 : holding_V;
  const levelOf = (own: Segment) => (own.levelSource === 1 ? holding_V : own.level_V + relative_V);
  const count = (own: Segment, sweep: number) =>
    Math.max(0, Math.round((own.duration_s + own.durationStep_s * sweep) / dt_s));
  const stored = segments.filter(({ store }) => store === STORED);
  const total = stored.reduce((sum, own) => sum + count(own, 0), 0);
  let remark = findObstacle(channel);
  // a sweep may have been stopped early, never be longer
  if (remark === "" && total < points) remark = `its segments have ${total} samples, a sweep ${points}`;
  const epochs = segments.map(
    (own, k): Epoch => ({
      letter: epochLetter(k),
      type: own.kind === RAMP ? "ramp" : own.kind <= CONTINUOUS ? "step" : "unknown",
      level: inMillivolt(levelOf(own)),
      levelStep: inMillivolt(own.levelStep_V),
      duration: count(own, 0),
      durationStep: Math.round(own.durationStep_s / dt_s),
      pulsePeriod: 0,
      pulseWidth: 0,
      digital: 0,
    }),
  );
  return {
    command: {
      name: `DA ${dac}`,
      unit: "mV",
      quantity: "voltage",
      toSi: 1e-3,
      holding: inMillivolt(holding_V),
      source: remark === "" ? "epochs" : "elsewhere",
      epochs: remark === "" || segments.every(({ kind }) => kind <= CONTINUOUS) ? epochs : [],
      remark,
    },
    play(sweep, from, into) {
      if (remark !== "") return void into.fill(Number.NaN);
      const holding_mV = inMillivolt(holding_V);
      into.fill(holding_mV);
      let [at, before_mV] = [0, holding_mV];
      for (const own of segments) {
        const level_mV = inMillivolt(levelOf(own) + own.levelStep_V * sweep);
        if (own.store === STORED) {
          const samples = count(own, sweep);
          const [first, end] = [Math.max(at, from), Math.min(at + samples, from + into.length)];
          if (own.kind !== RAMP && first < end) into.fill(level_mV, first - from, end - from);
          // a ramp arrives with its last sample
          else
            for (let n = first; n < end; n++)
              into[n - from] = before_mV + ((level_mV - before_mV) * (n - at + 1)) / samples;
          at += samples;
        }
        before_mV = level_mV;
      }
    },
  };
}
