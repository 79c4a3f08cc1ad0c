import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { soakOr } from "../../tests/soak.ts";
import { decodeTriple, parseNumber, TRIPLE_BYTES } from "./arcOne/codec.ts";
import { decodeIndex } from "./ced1902/codec.ts";
import { decodeLine as decodeEsp32 } from "./esp32Memristor/codec.ts";
import { ByteQueue } from "./framing/byteQueue.ts";
import { LineSplitter } from "./framing/lineSplitter.ts";
import { parseIndex } from "./hekaBatch/codec.ts";
import { decodeReadings } from "./keithley2400/codec.ts";
import { decodeError as decodeTspError, decodePoint } from "./keithley2600/codec.ts";
import { decodeImpedance } from "./methodScript/impedance.ts";
import { decodePackage } from "./methodScript/packages.ts";
import { decodeSample, decodeStatus } from "./rbd9103/codec.ts";
import { decodeLine as decodeRodeostat } from "./rodeostat/codec.ts";
import { decodeError, decodeIdentity, decodeNumbers } from "./scpi/replies.ts";
import { decodeClosed } from "./switches/channelList.ts";

/** What a reader makes of pieces of a stream, and the most bytes that it held between two pieces. */
interface Reading {
  readonly found: readonly unknown[];
  readonly held_bytes: number;
}

type Read = (pieces: readonly Uint8Array[]) => Reading;

const lines =
  (decode: (line: string) => unknown): Read =>
  (pieces) => {
    const splitter = new LineSplitter();
    const found: unknown[] = [];
    let held_bytes = 0;
    for (const piece of pieces) {
      for (const line of splitter.append(piece)) found.push(decode(line));
      held_bytes = Math.max(held_bytes, splitter.pending);
    }
    return { found, held_bytes };
  };

const triples: Read = (pieces) => {
  const queue = new ByteQueue();
  const found: unknown[] = [];
  let held_bytes = 0;
  for (const piece of pieces) {
    queue.append(piece);
    for (let bytes = queue.take(TRIPLE_BYTES); bytes; bytes = queue.take(TRIPLE_BYTES)) found.push(decodeTriple(bytes));
    held_bytes = Math.max(held_bytes, queue.length);
  }
  return { found, held_bytes };
};

/** Every codec with pieces of its own language, so that random lines reach behind its first test. */
const CODECS: readonly (readonly [name: string, read: Read, words: readonly string[]])[] = [
  [
    "MethodSCRIPT",
    lines((line) => [decodePackage(line), decodeImpedance(line)]),
    ["P", "da807A120u", "ba8000800u", ",14,20B", ";", "     nan", "dc", "cc80509BEm", "cd4F0E6CCu", "!4001: Line 3"],
  ],
  ["Keithley 2400", lines(decodeReadings), ["+1.000000E-03", ",", "+9.91E+37", "+9.9E+37", "+1.6E+01", "E", "-"]],
  [
    "Keithley 2600",
    lines((line) => [decodePoint(line), decodeTspError(line)]),
    ["1.0e-06", "\t", "9.91e+37", "-2.85e+02", "TSP Syntax error", "nil", "inf"],
  ],
  ["ArC ONE, floats", triples, ["\0\0\0\0", "\0\0\u00c0\u007f"]],
  ["ArC ONE, lines", lines(parseNumber), ["1", "-", ".", "5e", "e999", " "]],
  [
    "Rodeostat",
    lines(decodeRodeostat),
    ['{"t":10,', '"v":0.5,"i":1.23', "}", "{}", '{"success":true,"response":', "null", "[", '"__proto__":{}', "1e999"],
  ],
  [
    "SCPI",
    lines((line) => [decodeIdentity(line), decodeError(line), [...decodeNumbers(line)]]),
    ["KEITHLEY INSTRUMENTS INC.", ",", "MODEL 2400", '-113,"Undefined header"', "+1E3", "9.9E37"],
  ],
  [
    "switch matrix",
    lines((line) => decodeClosed(line, [101, 102])),
    ["(@", "101", "102.0", ",", ":", ")", "0", "1", "1:999999999"],
  ],
  ["HEKA batch", lines(parseIndex), ["+", "-", "00012", " ", "99999999999999999999"]],
  ["CED 1902", lines(decodeIndex), ["1", "-", " ", "99", "?"]],
  ["RBD 9103", lines((line) => [decodeSample(line), decodeStatus(line)]), ["&S=,", "Range=002nA", ",+0.0008", ",nA"]],
  ["ESP32 memristor board", lines(decodeEsp32), ["1.5", ",", ";", "{", "V", "ERR"]],
];

/** Any stream, cut anywhere: its pieces are the cuts. */
const streamOf = (words: readonly string[]) =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...words, "\n", "\r\n").map((text) => Buffer.from(text, "latin1")) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
    ),
    { maxLength: 20 },
  );

describe("every codec of an instrument", () => {
  it.each(CODECS)(
    "%s takes any bytes without an exception, the same in any chunks, and keeps no more than came",
    (_, read, words) => {
      let found = 0;
      fc.assert(
        fc.property(streamOf(words), (pieces) => {
          const whole = Buffer.concat(pieces);
          const expected = read([whole]);
          // vitest's own comparison is too slow for a million
          expect(isDeepStrictEqual(read(pieces).found, expected.found)).toBe(true);
          const single = read(Array.from(whole, (byte) => Uint8Array.of(byte)));
          expect(isDeepStrictEqual(single.found, expected.found)).toBe(true);
          expect(expected.held_bytes).toBeLessThanOrEqual(whole.length);
          found += expected.found.length;
        }),
        { numRuns: soakOr(1_000_000, 200) },
      );
      expect(found).toBeGreaterThan(0);
    },
    soakOr(3_600_000, 30_000),
  );

  it.each(CODECS)("%s holds bounded memory of a stream without an end", (_, read) => {
    const { held_bytes } = read(Array.from({ length: 100 }, () => new Uint8Array(10_000).fill(0x41)));
    expect(held_bytes).toBeLessThanOrEqual(65_536);
  });
});
