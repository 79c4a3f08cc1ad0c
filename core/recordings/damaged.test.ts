import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { hasRecordings, RECORDINGS } from "../../tests/sharedRecordings.ts";
import { rawOf, SMALL_RECORDINGS } from "../../tests/smallRecordings.ts";
import { CrossporeError } from "../errors.ts";
import { type ByteSource, memorySource } from "./byteSource.ts";
import { durationOf } from "./recording.ts";
import { openRecording } from "./openRecording.ts";

const FORMATS = Object.keys(SMALL_RECORDINGS);

/** A source that notices what no reader may do: ask beyond the end, or for more than there is. */
function watched(bytes: Uint8Array): ByteSource {
  const plain = memorySource("damaged.bin", bytes);
  return {
    ...plain,
    read(offset, into) {
      if (!(offset >= 0 && offset + into.length <= bytes.length))
        throw new Error(`read ${into.length} bytes at ${offset}`);
      plain.read(offset, into);
    },
  };
}

/** Opens and reads everything; whatever is wrong must be a CrossporeError in one line with the file. */
function readAll(bytes: Uint8Array): void {
  try {
    const { series } = openRecording(watched(bytes));
    for (const one of series) {
      durationOf(one);
      for (let sweep = 0; sweep < Math.min(50, one.sweeps); sweep++) {
        const { points } = one.sweep(sweep);
        const part = new Float64Array(Math.min(points, 5000));
        for (let channel = 0; channel < one.channels.length; channel++)
          one.read(sweep, channel, points - part.length, part);
        for (let output = 0; output < one.commands.length; output++) one.command(sweep, output, 0, part);
      }
    }
  } catch (error) {
    if (!(error instanceof CrossporeError)) throw error;
    expect(error.message).toMatch(/^damaged\.bin/u);
    expect(error.message).not.toContain("\n");
  }
}

function refusal(bytes: Uint8Array): string {
  try {
    const { series } = openRecording(memorySource("x", bytes));
    return `read ${series.length} series`;
  } catch (error) {
    if (error instanceof CrossporeError) return error.message;
    throw error;
  }
}

describe.each(FORMATS)("a small file of %s", (name) => {
  const whole = SMALL_RECORDINGS[name]!();

  it("reads as what was put into it", () => {
    const { series } = openRecording(memorySource(name, whole));
    const [one] = series;
    expect([series.length, one!.sweeps, one!.sweep(1).points]).toEqual([1, 2, 40]);
    expectClose(one!.samplePeriod_s, 1e-3, 1e-6);
    const samples = new Float64Array(40);
    one!.read(1, 0, 0, samples);
    // counts of ABF1 are 10 V / 2048 / 0.001 V/pA, those of HEKA 1e-12 A
    const unit = name.startsWith("abf1") ? 10 / 2048 / 0.001 : name.startsWith("heka") ? 1e-12 : 1;
    samples.forEach((value, n) => expectClose(value, rawOf(1, n) * unit, 1e-6, 1e-15));
  });

  it("that was cut anywhere is refused in one line, with the byte or the line", () => {
    for (let length = 0; length < whole.length; length += 1 + Math.floor(length / 97)) {
      const cut = whole.subarray(0, length);
      const said = refusal(cut);
      readAll(cut);
      // a text that lost its last digits is a text with other numbers
      if (name === "atf" && said.startsWith("read")) continue;
      expect(said, `${length} of ${whole.length} bytes`).toMatch(/^x(?::\d+:\d+)?: .*(?:expected|empty|cut|holds no)/u);
      expect(said.split("\n")).toHaveLength(1);
    }
  });

  it("with bits flipped, bytes exchanged or a stretch of noise gives numbers or one line, and nothing else", () => {
    const damage = fc.array(
      fc.record({
        at: fc.nat(whole.length - 1),
        length: fc.integer({ min: 1, max: 8 }),
        value: fc.integer({ min: 0, max: 255 }),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(damage, fc.boolean(), (spots, flip) => {
        const bytes = Uint8Array.from(whole);
        for (const { at, length, value } of spots)
          for (let k = at; k < Math.min(bytes.length, at + length); k++)
            bytes[k] = flip ? bytes[k]! ^ (1 << (value & 7)) : value;
        readAll(bytes);
      }),
      { numRuns: 400 },
    );
  });
});

describe("foreign and old files", () => {
  it("are told apart, with what was expected", () => {
    const text = (s: string) => Buffer.from(s.padEnd(64, "\0"), "latin1");
    expect(refusal(Buffer.alloc(0))).toBe("x: byte 0: the file is empty, expected a recording");
    expect(refusal(text("DAT1"))).toMatch(/byte 0: DAT1 is an older HEKA file, expected a bundle/u);
    expect(refusal(text("2FBA"))).toMatch(/byte 0: an ABF file with the bytes the other way round/u);
    expect(refusal(text("\u0089PNG"))).toMatch(/byte 0: expected Axon Binary Format 1, .*QUB_/u);
    expect(refusal(Buffer.from("ATF\t2.0\n"))).toMatch(/^x:1:5: version "2.0", expected 1.0/u);
  });

  it("that state lengths beyond the file are refused before anything is allocated", () => {
    const bytes = Buffer.from(SMALL_RECORDINGS.abf2!());
    bytes.writeBigInt64LE(2n ** 40n, 236 + 8);
    expect(refusal(bytes)).toMatch(
      /^x: byte \d+: expected entries of the data section \(4398046511104 bytes\), the file has/u,
    );
    const tree = Buffer.from(SMALL_RECORDINGS["heka, little endian"]!());
    const at = tree.indexOf("eerT");
    tree.writeInt32LE(0x7fffffff, at + 8 + 20 + 64);
    expect(refusal(tree)).toMatch(/byte \d+: 2147483647 parts of a record/u);
    const loop = Buffer.from(SMALL_RECORDINGS.qdf!());
    loop.writeUInt32LE(12, 12 + 16);
    expect(refusal(loop)).toMatch(/a node that was read already/u);
  });
});

const there = hasRecordings("real recordings, damaged");

describe.skipIf(!there)("real recordings that were damaged", () => {
  it.each([
    "pyabf/171116sh_0013.abf",
    "pyabf/130618-1-12.abf",
    "pyabf/pclamp11_4ch_abf1.abf",
    "heka/220315_06_1.dat",
    "nanopore/SingleChan-0001.qdf",
  ])("%s: cut at many places, or with flipped bits in its tables", (name) => {
    const whole = readFileSync(join(RECORDINGS, name));
    for (let k = 0; k < 60; k++) readAll(whole.subarray(0, Math.floor((whole.length * k) / 60)));
    // tables are at the beginning, those of a bundle at the end
    const spots = fc.array(fc.nat(9000), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(spots, fc.nat(7), (places, bit) => {
        const bytes = Uint8Array.from(whole);
        for (const place of places) {
          const at = place < 4500 ? place : whole.length - 1 - (place - 4500);
          bytes[at] = bytes[at]! ^ (1 << bit);
        }
        readAll(bytes);
      }),
      { numRuns: 60 },
    );
  });
});
