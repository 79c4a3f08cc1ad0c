import { describe, expect, it } from "vitest";
import { soakOr } from "../../tests/soak.ts";
import { decodeTriple, parseNumber, TRIPLE_BYTES } from "./arcOne/codec.ts";
import { decodeIndex } from "./ced1902/codec.ts";
import { decodeLine as decodeEsp32 } from "./esp32Memristor/codec.ts";
import {
  decodeMessage,
  encodeFrames,
  encodeMessage,
  FrameReader as Er4FrameReader,
  MessageReader,
  powerOnSettings,
} from "./elementsEr4/codec.ts";
import { E4 } from "./elementsEr4/models.ts";
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
import { decodeReply, decodeRequest, encodeReply, FrameReader } from "./selectorBoard/frames.ts";
import { decodeHello, decodeSetup, decodeStatus as decodeBoardStatus } from "./selectorBoard/messages.ts";
import { decodeClosed } from "./switches/channelList.ts";

/** A fresh reader of one stream. */
interface Reader {
  /** What the device's messages are cut into by this piece. */
  cut(piece: Uint8Array): readonly (string | Buffer)[];
  /** Bytes that are kept of a message that has not ended. */
  held(): number;
}

interface Codec {
  readonly name: string;
  open(): Reader;
  decode(message: string | Buffer): unknown;
  /** Pieces of its own language, so that random streams reach behind its first test. */
  readonly words: readonly (string | Uint8Array)[];
}

/** Lines are cut by one splitter; what they mean depends on the line alone. */
const ofLines = (name: string, decode: (line: string) => unknown, words: readonly string[]): Codec => ({
  name,
  open: () => {
    const splitter = new LineSplitter();
    return { cut: (piece) => splitter.append(piece), held: () => splitter.pending };
  },
  decode: (line) => decode(String(line)),
  words: [...words, "\n", "\r\n"],
});

const triples: Codec = {
  name: "ArC ONE, floats",
  open: () => {
    const queue = new ByteQueue();
    return {
      cut: (piece) => {
        queue.append(piece);
        const found: Buffer[] = [];
        for (let bytes = queue.take(TRIPLE_BYTES); bytes; bytes = queue.take(TRIPLE_BYTES)) found.push(bytes);
        return found;
      },
      held: () => queue.length,
    };
  },
  decode: (bytes) => decodeTriple(bytes as Buffer),
  words: ["\0\0\0\0", "\0\0\u00c0\u007f"],
};

const board: Codec = {
  name: "selector board",
  open: () => {
    const reader = new FrameReader();
    const cut = (piece: Uint8Array) =>
      reader.append(piece).map((event) => (event.kind === "frame" ? event.content : event.kind));
    return { cut, held: () => reader.pending };
  },
  decode: (content) => {
    if (typeof content === "string") return content;
    const reply = decodeReply(content);
    return [
      decodeRequest(content),
      reply,
      ...(reply
        ? [decodeHello(reply.payload), decodeBoardStatus(reply.payload), decodeSetup(Buffer.from(reply.payload))]
        : []),
    ];
  },
  words: [
    "\u00c0",
    "\u00db",
    "\u0018",
    encodeReply({ protocol: 1, type: 0x81, nonce: 7, sequence: 1, tick: 99n, payload: new Uint8Array(20) }),
  ],
};

const INPUTS = 4;

const er4Frames: Codec = {
  name: "Elements e-series, frames",
  open: () => {
    const reader = new Er4FrameReader(INPUTS);
    return {
      // runs are as long as the piece was: what was read and lost counts
      cut: (piece) =>
        reader.append(piece).flatMap(({ words, frames, lost }) => [
          ...(lost > 0 ? [`lost ${lost}`] : []),
          ...Array.from({ length: frames }, (_, k) => {
            const each = words.length / frames;
            return Buffer.from(words.slice(k * each, (k + 1) * each).buffer);
          }),
        ]),
      held: () => reader.pending,
    };
  },
  decode: (frame) => frame,
  words: [
    "\u007f\u00ff\u0080\0",
    ...[1, -1].map((x) => encodeFrames(INPUTS, new Int16Array(16 * (1 + INPUTS)).fill(x))),
  ],
};

const er4Messages: Codec = {
  name: "Elements e-series, messages",
  open: () => {
    const reader = new MessageReader(encodeMessage(E4, powerOnSettings(E4)).length);
    return {
      cut: (piece) => reader.append(piece).map((message: Uint8Array) => Buffer.from(message)),
      held: () => reader.pending,
    };
  },
  decode: (message) => decodeMessage(E4, Buffer.from(message as Buffer)),
  words: [encodeMessage(E4, powerOnSettings(E4)), "\u0080"],
};

const CODECS: readonly Codec[] = [
  ofLines("MethodSCRIPT", (line) => [decodePackage(line), decodeImpedance(line)], [
    "P",
    "da807A120u",
    "ba8000800u",
    ",14,20B",
    ";",
    "     nan",
    "dc",
    "cc80509BEm",
    "cd4F0E6CCu",
    "!4001: Line 3",
  ]),
  ofLines("Keithley 2400", decodeReadings, ["+1.000000E-03", ",", "+9.91E+37", "+9.9E+37", "+1.6E+01", "E", "-"]),
  ofLines("Keithley 2600", (line) => [decodePoint(line), decodeTspError(line)], [
    "1.0e-06",
    "\t",
    "9.91e+37",
    "-2.85e+02",
    "TSP Syntax error",
    "nil",
    "inf",
  ]),
  triples,
  ofLines("ArC ONE, lines", parseNumber, ["1", "-", ".", "5e", "e999", " "]),
  ofLines("Rodeostat", decodeRodeostat, [
    '{"t":10,',
    '"v":0.5,"i":1.23',
    "}",
    "{}",
    '{"success":true,"response":',
    "null",
    "[",
    '"__proto__":{}',
    "1e999",
  ]),
  ofLines("SCPI", (line) => [decodeIdentity(line), decodeError(line), [...decodeNumbers(line)]], [
    "KEITHLEY INSTRUMENTS INC.",
    ",",
    "MODEL 2400",
    '-113,"Undefined header"',
    "+1E3",
    "9.9E37",
  ]),
  ofLines("switch matrix", (line) => decodeClosed(line, [101, 102]), [
    "(@",
    "101",
    "102.0",
    ",",
    ":",
    ")",
    "0",
    "1",
    "1:999999999",
  ]),
  ofLines("HEKA batch", parseIndex, ["+", "-", "00012", " ", "99999999999999999999"]),
  ofLines("CED 1902", decodeIndex, ["1", "-", " ", "99", "?"]),
  ofLines("RBD 9103", (line) => [decodeSample(line), decodeStatus(line)], ["&S=,", "Range=002nA", ",+0.0008", ",nA"]),
  ofLines("ESP32 memristor board", decodeEsp32, ["1.5", ",", ";", "{", "V", "ERR"]),
  board,
  er4Frames,
  er4Messages,
];

/** Counter-based: input k of a codec is the same in every run, whatever ran before. */
function makeRandom(seed: number, counter: number): (below: number) => number {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(counter + 1, 0x85ebca6b)) >>> 0 || 1;
  return (below) => {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** Bytes; a few frames of the widest kind. A million of each codec take 14 to 250 s. */
const LARGEST_INPUT = 1024;
const MOST_PIECES = 16;
const scratch = Buffer.alloc(LARGEST_INPUT);

/** Words of the language, whole or with a byte changed, dropped or doubled, and bytes of no language. */
function makeInput(words: readonly Buffer[], random: (below: number) => number): Buffer {
  let length = 0;
  const put = (bytes: Uint8Array) => {
    if (length + bytes.length > LARGEST_INPUT) return;
    scratch.set(bytes, length);
    length += bytes.length;
  };
  for (let pieces = 1 + random(MOST_PIECES); pieces > 0; pieces--) {
    const kind = random(10);
    if (kind === 0) {
      for (let bytes = random(12); bytes > 0 && length < LARGEST_INPUT; bytes--) scratch[length++] = random(256);
      continue;
    }
    const start = length;
    put(words[random(words.length)] ?? scratch.subarray(0, 0));
    if (kind > 3 || length === start) continue;
    const at = start + random(length - start);
    if (kind === 1) scratch[at] = random(256);
    else if (kind === 2) {
      scratch.copyWithin(at, at + 1, length);
      length--;
    } else if (length < LARGEST_INPUT) {
      scratch.copyWithin(at + 1, at, length);
      length++;
    }
  }
  return Buffer.from(scratch.subarray(0, length));
}

const keyOf = (message: string | Buffer) => (typeof message === "string" ? message : message.toString("latin1"));

function cutAll(
  codec: Codec,
  pieces: Iterable<Uint8Array>,
): { messages: (string | Buffer)[]; key: string; held: number } {
  const reader = codec.open();
  const messages: (string | Buffer)[] = [];
  let held = 0;
  for (const piece of pieces) {
    messages.push(...reader.cut(piece));
    held = Math.max(held, reader.held());
  }
  return { messages, key: messages.map(keyOf).join("\u0001"), held };
}

/** Pieces of random lengths. */
function* chunks(input: Buffer, longest: number, random: (below: number) => number): Iterable<Uint8Array> {
  for (let at = 0; at < input.length; ) {
    const end = at + 1 + (longest > 1 ? random(longest) : 0);
    yield input.subarray(at, end);
    at = end;
  }
}

describe("every codec of an instrument", () => {
  it.each(CODECS.map((codec, seed) => [codec.name, codec, seed] as const))(
    "%s takes any bytes without an exception, the same in any chunks, and keeps no more than came",
    (_, codec, seed) => {
      const words = codec.words.map((word) =>
        typeof word === "string" ? Buffer.from(word, "latin1") : Buffer.from(word),
      );
      let found = 0;
      const inputs = soakOr(1_000_000, 2000);
      for (let counter = 0; counter < inputs; counter++) {
        const random = makeRandom(seed, counter);
        const input = makeInput(words, random);
        const whole = cutAll(codec, [input]);
        // large pieces, small ones, single bytes
        for (const longest of [1 + input.length, counter % 8 === 0 ? 1 : 2 + random(62)]) {
          const pieces = cutAll(codec, chunks(input, longest, random));
          // one comparison of text: an expectation each would take longer than the codec
          if (pieces.key !== whole.key) expect(pieces.messages, `input ${counter}`).toEqual(whole.messages);
          if (pieces.held > input.length) expect(pieces.held, `input ${counter}`).toBeLessThanOrEqual(input.length);
        }
        for (const message of whole.messages) codec.decode(message);
        found += whole.messages.length;
      }
      expect(found).toBeGreaterThan(inputs / 100);
    },
    soakOr(1_800_000, 30_000),
  );

  it.each(CODECS.map((codec) => [codec.name, codec] as const))(
    "%s holds bounded memory of a stream without an end",
    (_, codec) => {
      const endless = Array.from({ length: 100 }, () => new Uint8Array(10_000).fill(0x41));
      expect(cutAll(codec, endless).held).toBeLessThanOrEqual(65_536);
    },
  );
});
