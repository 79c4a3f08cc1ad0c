/** A pgf sequence of one channel, as a test describes it. */
export interface HekaSequence {
  /** Of the DA that plays it; 2, sampled by AD 4. */
  readonly dac?: number;
  readonly dacMode?: number;
  readonly unit?: string;
  readonly holding_V?: number;
  /** Bits of StimToDacID; 1, scaled as a stimulus. */
  readonly conversion?: number;
  readonly segments: readonly HekaSegment[];
}

export interface HekaSegment {
  readonly ramp?: boolean;
  /** Its level is the holding potential. */
  readonly hold?: boolean;
  readonly kind?: number;
  readonly store?: number;
  readonly level_V?: number;
  readonly levelSource?: number;
  readonly levelStep_V?: number;
  readonly levelFactor?: number;
  readonly levelMode?: number;
  readonly duration_s: number;
  readonly durationSource?: number;
  readonly durationStep_s?: number;
  readonly durationMode?: number;
}

/** Bytes of a .pgf tree, records as long as those of PATCHMASTER v2x90. */
export function hekaStimuli(littleEndian: boolean, sequences: readonly HekaSequence[]): Buffer {
  const sizes = [1144, 248, 400, 80] as const;
  const parts: Buffer[] = [];
  const record = (level: 0 | 1 | 2 | 3, children: number, fill?: (write: Writer) => void) => {
    const bytes = Buffer.alloc(sizes[level] + 4);
    const write = writer(bytes, littleEndian);
    fill?.(write);
    write.i32(sizes[level], children);
    parts.push(bytes);
  };
  const head = Buffer.alloc(24);
  head.write(littleEndian ? "eerT" : "Tree", 0, "latin1");
  const own = writer(head, littleEndian);
  own.i32(4, sizes.length);
  sizes.forEach((size, k) => own.i32(8 + 4 * k, size));
  record(0, sequences.length);
  for (const { dac = 2, dacMode = 1, unit = "V", holding_V = -0.06, conversion = 1, segments } of sequences) {
    record(1, 1);
    record(2, segments.length, ({ bytes, i16, f64 }) => {
      i16(20, 4);
      i16(28, dac);
      bytes[30] = dacMode;
      bytes.write(unit, 40, "latin1");
      f64(48, holding_V);
      i16(76, conversion);
    });
    for (const one of segments)
      record(3, 0, ({ bytes, i32, f64 }) => {
        bytes[4] = one.kind ?? (one.ramp ? 1 : 0);
        bytes[5] = one.store ?? 1;
        bytes[6] = one.levelMode ?? 0;
        bytes[7] = one.durationMode ?? 0;
        f64(8, one.level_V ?? 0);
        i32(16, one.levelSource ?? (one.hold ? 1 : 0));
        f64(20, one.levelFactor ?? 1);
        f64(28, one.levelStep_V ?? 0);
        f64(36, one.duration_s);
        i32(44, one.durationSource ?? 0);
        f64(48, 1);
        f64(56, one.durationStep_s ?? 0);
      });
  }
  return Buffer.concat([head, ...parts]);
}

interface Writer {
  readonly bytes: Buffer;
  i16(at: number, value: number): void;
  i32(at: number, value: number): void;
  f64(at: number, value: number): void;
}

function writer(bytes: Buffer, littleEndian: boolean): Writer {
  return {
    bytes,
    i16: (at, value) => (littleEndian ? bytes.writeInt16LE(value, at) : bytes.writeInt16BE(value, at)),
    i32: (at, value) => (littleEndian ? bytes.writeInt32LE(value, at) : bytes.writeInt32BE(value, at)),
    f64: (at, value) => (littleEndian ? bytes.writeDoubleLE(value, at) : bytes.writeDoubleBE(value, at)),
  };
}
