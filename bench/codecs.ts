/**
 * What the codecs of all drivers take, side by side: bytes as a port brings them, through the splitter and the decoder. Printed,
 * never asserted: node dist/bench/codecs.js. Processor time of one thread.
 */
import { cpus } from "node:os";
import { decodeTriple, encodeFloats, TRIPLE_BYTES } from "../core/drivers/arcOne/codec.ts";
import {
  decodeMessage,
  encodeFrames,
  encodeMessage,
  FrameReader as Er4FrameReader,
  MessageReader,
  powerOnSettings,
} from "../core/drivers/elementsEr4/codec.ts";
import { E4 } from "../core/drivers/elementsEr4/models.ts";
import { decodeLine as decodeEsp32 } from "../core/drivers/esp32Memristor/codec.ts";
import { ByteQueue } from "../core/drivers/framing/byteQueue.ts";
import { LineSplitter } from "../core/drivers/framing/lineSplitter.ts";
import { parseIndex } from "../core/drivers/hekaBatch/codec.ts";
import { decodeReadings } from "../core/drivers/keithley2400/codec.ts";
import { decodePoint } from "../core/drivers/keithley2600/codec.ts";
import { decodePackage } from "../core/drivers/methodScript/packages.ts";
import { decodeSample } from "../core/drivers/rbd9103/codec.ts";
import { decodeLine as decodeRodeostat } from "../core/drivers/rodeostat/codec.ts";
import { decodeNumbers } from "../core/drivers/scpi/replies.ts";
import { decodeReply, encodeReply, FrameReader } from "../core/drivers/selectorBoard/frames.ts";
import { decodeClosed } from "../core/drivers/switches/channelList.ts";

/** What a read of a port brings at most, and how much of each stream is measured. */
const CHUNK_BYTES = 4096;
const STREAM_BYTES = 16e6;
/** The fastest of so many passes: the others were disturbed. */
const PASSES = 3;

interface Case {
  readonly name: string;
  /** One message or several, repeated to make the stream. */
  readonly message: Uint8Array;
  /** A fresh reader; what it is given is cut and decoded. */
  open(): (chunk: Uint8Array) => void;
}

/** Results go here, so that no decoder is optimised away. */
let seen = 0;
const keep = (value: unknown) => {
  if (value !== undefined) seen++;
};

const ofLines = (name: string, lines: readonly string[], decode: (line: string) => unknown): Case => ({
  name,
  message: Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1"),
  open: () => {
    const splitter = new LineSplitter();
    return (chunk) => {
      for (const line of splitter.append(chunk)) keep(decode(line));
    };
  },
});

const five = "+5.000000E-01,+5.000000E-07,+1.000000E+06,+1.234000E+00,+1.843200E+04";
const INPUTS = 4;
const er4Message = encodeMessage(E4, powerOnSettings(E4));
const CASES: readonly Case[] = [
  // lines of a real EmStat
  ofLines(
    "MethodSCRIPT",
    ["Pda7643EAEn;ba654C17Cf,14,208", "PdcAFAF080m;cc80509BEm,10,288;cd4F0E6CCu,10"],
    decodePackage,
  ),
  // a sweep is one line
  ofLines("Keithley 2400", [Array<string>(200).fill(five).join(",")], decodeReadings),
  ofLines("Keithley 2600", ["5.0000000e-07\t0.0000000e+00\t1.0000000e+00"], decodePoint),
  {
    name: "ArC ONE",
    message: encodeFloats([1e6, 0.5, 1e-3]),
    open: () => {
      const queue = new ByteQueue();
      return (chunk) => {
        queue.append(chunk);
        for (let triple = queue.take(TRIPLE_BYTES); triple; triple = queue.take(TRIPLE_BYTES))
          keep(decodeTriple(triple));
      };
    },
  },
  ofLines("Rodeostat", ['{"t":1240,"v":0.46,"i":-0.4623484}\r'], decodeRodeostat),
  ofLines("SCPI profile", ["+5.000000E-01,+5.000000E-07"], decodeNumbers),
  ofLines("switch matrix", ["(@101,113,203,248)"], (line) => decodeClosed(line, [101, 113])),
  ofLines("HEKA batch", ["+00012"], parseIndex),
  ofLines("RBD 9103", ["&S=,Range=002nA,+0.0008,nA"], decodeSample),
  ofLines("ESP32 memristor board", ["1.50,0.00012,12500"], decodeEsp32),
  {
    name: "selector board",
    message: encodeReply({ protocol: 1, type: 0x81, nonce: 7, sequence: 1, tick: 99n, payload: new Uint8Array(20) }),
    open: () => {
      const reader = new FrameReader();
      return (chunk) => {
        for (const event of reader.append(chunk)) if (event.kind === "frame") keep(decodeReply(event.content));
      };
    },
  },
  {
    name: "Elements e4, data",
    message: encodeFrames(
      INPUTS,
      Int16Array.from({ length: 64 * (1 + INPUTS) }, (_, k) => k),
    ),
    open: () => {
      const reader = new Er4FrameReader(INPUTS);
      return (chunk) => {
        for (const run of reader.append(chunk)) keep(run);
      };
    },
  },
  {
    name: "Elements e4, settings",
    message: er4Message,
    open: () => {
      const reader = new MessageReader(er4Message.length);
      return (chunk) => {
        for (const message of reader.append(chunk)) keep(decodeMessage(E4, message));
      };
    },
  },
];

console.log(`# ${cpus()[0]?.model.trim() ?? "unknown processor"}, node ${process.version}`);
for (const one of CASES) {
  const stream = repeat(one.message);
  let best = 0;
  for (let pass = 0; pass < PASSES; pass++) best = Math.max(best, measure(one, stream));
  console.log(`${one.name.padEnd(24)} ${best.toFixed(0).padStart(5)} MB/s`);
}
console.log(`# ${seen} messages`);

/** As many whole messages as make a megabyte or so. */
function repeat(message: Uint8Array): Buffer {
  return Buffer.concat(Array<Uint8Array>(Math.ceil(1e6 / message.length)).fill(message));
}

/** @returns MB per second of processor time */
function measure(one: Case, stream: Buffer): number {
  const read = one.open();
  const start = process.cpuUsage();
  let bytes = 0;
  while (bytes < STREAM_BYTES) {
    for (let at = 0; at < stream.length; at += CHUNK_BYTES) read(stream.subarray(at, at + CHUNK_BYTES));
    bytes += stream.length;
  }
  const { user, system } = process.cpuUsage(start);
  return bytes / (user + system);
}
