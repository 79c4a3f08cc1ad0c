import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { soakOr } from "../../../tests/soak.ts";
import { ProtocolError } from "../../errors.ts";
import {
  decodeReply,
  decodeRequest,
  EMERGENCY_BYTE,
  encodeFrame,
  encodeReply,
  encodeRequest,
  FrameReader,
  LARGEST_CONTENT_BYTES,
} from "./frames.ts";
import { decodeHello, decodeSetup, decodeStatus, encodeHello, encodeSetup, encodeStatus } from "./messages.ts";
import { readSetup } from "./options.ts";

const numRuns = soakOr(200_000, 300);
const content = fc.uint8Array({ minLength: 1, maxLength: LARGEST_CONTENT_BYTES - 4 });

describe("frames", () => {
  it("are, byte for byte, what Python's struct and binascii make of the protocol's text", () => {
    // struct.pack("<BBIIBB", 1, 5, 0x12345678, 0x00DB18C0, 3, 0xC0), binascii.crc32 of it, escaped by hand
    const bytes = encodeRequest({
      type: 5,
      nonce: 0x12345678,
      sequence: 0x00db18c0,
      payload: Uint8Array.of(3, 0xc0),
    });
    expect(Buffer.from(bytes).toString("hex")).toBe("c0010578563412dbe0db38dbfb0003dbe0ae665384c0");
  });

  it("never contain the emergency byte, and never exceed 128 bytes", () => {
    fc.assert(
      fc.property(content, (bytes) => {
        const frame = encodeFrame(bytes);
        expect(frame.includes(EMERGENCY_BYTE)).toBe(false);
        expect(frame.length).toBeLessThanOrEqual(128);
        expect(frame.filter((byte) => byte === 0xc0).length).toBe(2);
      }),
      { numRuns },
    );
    // the worst that there is
    expect(encodeFrame(new Uint8Array(LARGEST_CONTENT_BYTES - 4).fill(EMERGENCY_BYTE)).length).toBeLessThanOrEqual(128);
  });

  it("come out as they went in, however the stream was cut, garbage between them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(content, fc.constant(undefined)), { maxLength: 8 }),
        fc.array(fc.nat(40), { maxLength: 40 }),
        (frames, cuts) => {
          const stream = Buffer.concat(
            frames.map((bytes) => (bytes ? encodeFrame(bytes) : Uint8Array.of(0xc0, 1, 2, 3, 0xc0))),
          );
          const whole = new FrameReader().append(stream);
          const reader = new FrameReader();
          const pieces = [];
          let at = 0;
          for (const cut of cuts) pieces.push(...reader.append(stream.subarray(at, (at += cut))));
          pieces.push(...reader.append(stream.subarray(at)));
          expect(pieces).toEqual(whole);
          expect(whole.flatMap((event) => (event.kind === "frame" ? [[...event.content]] : []))).toEqual(
            frames.flatMap((bytes) => (bytes ? [[...bytes]] : [])),
          );
        },
      ),
      { numRuns },
    );
  });

  it("are read out of any bytes without an exception, and nothing broken is taken for one", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        for (const event of new FrameReader().append(noise))
          if (event.kind === "frame") {
            decodeRequest(event.content);
            const reply = decodeReply(event.content);
            if (reply) {
              decodeHello(reply.payload);
              decodeStatus(reply.payload);
              decodeSetup(Buffer.from(reply.payload));
            }
          }
      }),
      { numRuns },
    );
    fc.assert(
      fc.property(content, fc.nat(200), fc.integer({ min: 1, max: 255 }), (bytes, where, change) => {
        const frame = encodeFrame(bytes);
        const at = where % frame.length;
        frame[at] = (frame[at] ?? 0) ^ change;
        const found = new FrameReader().append(frame).filter(({ kind }) => kind === "frame");
        for (const event of found) if (event.kind === "frame") expect([...event.content]).toEqual([...bytes]);
      }),
      { numRuns },
    );
  });

  it("64 kB without an end take no memory and one piece of garbage", () => {
    const reader = new FrameReader();
    expect(reader.append(new Uint8Array(65_536).fill(0xdb))).toEqual([]);
    expect(reader.append(Uint8Array.of(0xc0))).toEqual([{ kind: "garbage" }]);
    const frame = encodeFrame(Uint8Array.of(1, 2, 3));
    expect(reader.append(frame)).toEqual([{ kind: "frame", content: Buffer.from([1, 2, 3]) }]);
  });
});

describe("messages", () => {
  it("come back as they were", () => {
    const setup = readSetup(
      new Map([
        ["wiring", "relays"],
        ["rows", "17"],
        ["longest", "10s"],
      ]),
      "test",
    );
    expect(decodeSetup(encodeSetup(setup))).toEqual(setup);
    const hello = {
      nonce: 0x10001,
      firmware: "1.2",
      state: "tripped",
      cause: "link",
      resetCause: 8,
      proved: true,
      previousNonce: 7,
      previousCommand: 9,
      largest: { rows: 32, columns: 32 },
      serial: "SIM0001",
    } as const;
    expect(decodeHello(encodeHello(hello))).toEqual(hello);
    const status = {
      state: "closed",
      cause: "none",
      junction: { row: 3, column: 31 },
      proved: true,
      configured: false,
      bucket: 12,
      badFrames: 300,
      setupCrc: 0xdeadbeef,
      lastCommand: 5,
      triggers: 65_535,
      triggerTick: 2n ** 40n,
    } as const;
    expect(decodeStatus(encodeStatus(status))).toEqual(status);
    const reply = { protocol: 1, type: 0x85, nonce: 1, sequence: 2, tick: 3n, payload: Buffer.of(4) };
    const [event] = new FrameReader().append(encodeReply(reply));
    expect(event?.kind === "frame" && decodeReply(event.content)).toEqual(reply);
  });
});

describe("options of an address", () => {
  it.each([
    ["wiring", "adg999", /wiring: adg999 is not allowed, allowed are 4067, adg1408, relays/],
    ["rows", "33", /rows: 33 is not allowed, allowed are 1 to 32/],
    ["columns", "0", /columns: 0 is not allowed/],
    ["dead", "1us", /dead: 1us is not allowed, allowed are 10 µs to 1 s/],
    ["dead", "20", /dead: 20 is not allowed, allowed are times with their unit/],
    ["deadman", "10ms", /deadman: 10ms is not allowed, allowed are 50 ms to 5 s/],
    ["unselected", "grounded", /grounded is not allowed, allowed are floating: a multiplexer leaves open/],
    ["colour", "red", /colour: red is not allowed, allowed are the options wiring, rows/],
  ])("%s=%s is refused with what is allowed", (name, text, message) => {
    const read = () => readSetup(new Map([[name, text]]), "selector-board");
    expect(read).toThrow(ProtocolError);
    expect(read).toThrow(message);
  });

  it("have presets that fit the part", () => {
    expect(readSetup(new Map(), "x")).toMatchObject({
      rows: 32,
      columns: 32,
      channels: 8,
      dead_us: 20,
      deadman_ms: 400,
    });
    expect(
      readSetup(
        new Map([
          ["wiring", "relays"],
          ["unselected", "grounded"],
        ]),
        "x",
      ),
    ).toMatchObject({
      dead_us: 2000,
      unselectedLines: "grounded",
    });
  });
});
