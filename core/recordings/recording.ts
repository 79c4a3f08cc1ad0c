/** What every reader makes of a file of a patch-clamp or nanopore program, whatever its format. */
export interface Recording {
  readonly format: RecordingFormat;
  /** Of the format: "2.6.0.0". */
  readonly version: string;
  readonly file: string;
  /** Program that wrote the file, with its version; empty where the file does not say. */
  readonly program: string;
  /** Start by the clock of the recorder, "2017-11-16T14:05:47.248" without zone; empty where the file does not say. */
  readonly started: string;
  readonly comment: string;
  readonly tags: readonly Tag[];
  readonly series: readonly Series[];
  /** The file was cut, and what is whole of it was asked for; `notes` say what was lost. */
  readonly cut?: true;
  /** What a user must know: what was taken as what, what the file does not say. */
  readonly notes: readonly string[];
}

export type RecordingFormat = "abf1" | "abf2" | "atf" | "heka" | "qdf";

/** A comment or an event that somebody, or the program, put at a time. */
export interface Tag {
  /** Seconds since the start of the recording. */
  readonly time_s: number;
  readonly kind: "comment" | "time" | "external" | "voice" | "other";
  readonly text: string;
}

/** Sweeps of the same channels at one rate. A recording of most programs is one series, a HEKA bundle several. */
export interface Series {
  readonly name: string;
  readonly protocol: string;
  readonly mode: "gap-free" | "variable-length" | "fixed-length" | "oscilloscope" | "episodic";
  /** Of every channel. */
  readonly samplePeriod_s: number;
  readonly channels: readonly Channel[];
  /** What the program's own outputs were told to do. */
  readonly commands: readonly Command[];
  readonly sweeps: number;
  /** @param sweep from 0 */
  sweep(sweep: number): Sweep;
  /**
   * Samples of one channel in its own unit, from sample `from` of a sweep on, as many as `into` takes. Reads what it is
   * asked for and keeps nothing: a recording may be larger than the memory.
   */
  read(sweep: number, channel: number, from: number, into: Float64Array): void;
  /** The same for an output, in its unit; NaN where the file does not hold the waveform (`commands[k].source`). */
  command(sweep: number, output: number, from: number, into: Float64Array): void;
}

export interface Sweep {
  /** Seconds since the start of the recording. */
  readonly startTime_s: number;
  /** Samples per channel. */
  readonly points: number;
}

/** An input: what was recorded, and through which amplification. */
export interface Channel {
  readonly name: string;
  /** As in the file: "pA". */
  readonly unit: string;
  readonly quantity: Quantity;
  /** Base SI per unit, 1e-12 for pA; 1 for what is neither current nor voltage. */
  readonly toSi: number;
  /** Computed by the program (leak traces), not recorded. */
  readonly isDerived?: boolean;
  /** Number of the amplifier whose monitor it is; absent where the file does not say. */
  readonly amplifier?: number;
  /** Output that drove this amplifier (`commands`); absent where the file does not say. */
  readonly output?: number;
  /** Values at the ends of the converter, in `unit`: a sample there is saturated. Absent where the file does not say. */
  readonly limits?: readonly [number, number];
  readonly gain: Gain;
}

export type Quantity = "current" | "voltage" | "other";

/** Everything between the electrode and the converter, as far as the file says. */
export interface Gain {
  /** Volt at the converter per unit of the channel, all gains together; absent where samples come in units already. */
  readonly scale_V?: number;
  /** Gain that the amplifier told by its telegraph; absent without one. */
  readonly telegraph?: Telegraph;
  /** Corner of the low-pass, hertz; absent where the file does not say. */
  readonly lowPass_Hz?: number;
}

export interface Telegraph {
  readonly instrument: string;
  readonly additionalGain: number;
  readonly lowPass_Hz: number;
  readonly membraneCapacitance_pF: number;
  readonly accessResistance: number;
  /** 0 voltage clamp, 1 current clamp, 2 I = 0; absent where the instrument does not tell. */
  readonly mode?: string;
}

/** An output with its waveform: an epoch table, a held level, or a file that is somewhere else. */
export interface Command {
  readonly name: string;
  readonly unit: string;
  readonly quantity: Quantity;
  readonly toSi: number;
  /** Level between protocols, in `unit`. */
  readonly holding: number;
  readonly source: "held" | "epochs" | "elsewhere";
  readonly epochs: readonly Epoch[];
  /** Why the waveform is elsewhere, or what was applied to the table; empty without. */
  readonly remark: string;
}

export interface Epoch {
  /** A, B, ... */
  readonly letter: string;
  readonly type: "step" | "ramp" | "pulse" | "triangle" | "cosine" | "biphasic" | "unknown";
  readonly level: number;
  readonly levelStep: number;
  /** Samples, and how many more with every sweep. */
  readonly duration: number;
  readonly durationStep: number;
  readonly pulsePeriod: number;
  readonly pulseWidth: number;
  /** Bits of the digital outputs during the epoch. */
  readonly digital: number;
}

/** What a unit of a channel means. A unit that is not known is kept, and is no current. */
export function readUnit(text: string): { quantity: Quantity; toSi: number } {
  const match = /^([fpnuµμmkMG]?)([AV])$/u.exec(text.trim());
  if (!match) return { quantity: "other", toSi: 1 };
  return { quantity: match[2] === "A" ? "current" : "voltage", toSi: PREFIXES[match[1] ?? ""] ?? 1 };
}

const PREFIXES: Readonly<Record<string, number>> = {
  f: 1e-15,
  p: 1e-12,
  n: 1e-9,
  u: 1e-6,
  µ: 1e-6,
  μ: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
};

/** Whether the file says that its data are of an emulated array, as exports of such runs do. */
export function isSimulated({ comment }: Pick<Recording, "comment">): boolean {
  return comment.startsWith("SIMULATED");
}

/** Seconds from the start of the first to the end of the last sweep. */
export function durationOf(series: Series): number {
  let end_s = 0;
  for (const k of [0, series.sweeps - 1]) {
    const { startTime_s, points } = series.sweep(k);
    end_s = Math.max(end_s, startTime_s + points * series.samplePeriod_s);
  }
  return end_s - series.sweep(0).startTime_s;
}

/** Names of the amplifiers behind the numbers of a telegraph (ABF header, nTelegraphInstrument). */
const INSTRUMENTS: Readonly<Record<number, string>> = {
  15: "Axopatch 200B",
  16: "Dagan PC-ONE 0.1",
  17: "Dagan PC-ONE 1",
  18: "Dagan PC-ONE 10",
  19: "Dagan PC-ONE 100",
  21: "Warner PC-505",
  22: "Warner PC-501",
  24: "MultiClamp 700",
};

export function nameInstrument(id: number): string {
  return INSTRUMENTS[id] ?? `instrument ${id}`;
}
