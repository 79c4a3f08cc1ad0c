import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAP_QUANTITIES } from "./arrays.ts";
import {
  ASKS,
  type AskName,
  type ClientMessage,
  decodeClientMessage,
  decodeServiceMessage,
  encodeMessage,
  LAB_PROTOCOL,
  OBSERVER_ASKS,
  readAnswer,
  readAskBody,
  readNews,
  type ServiceMessage,
} from "./envelope.ts";
import { decodeFrame, encodeFrame, type MapFrame, type SampleFrame } from "./frames.ts";
import { LabClient, LabRefusal, transportError } from "./labClient.ts";
import { NEWS } from "./session.ts";

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const floats = (length: number) => fc.float32Array({ minLength: length, maxLength: length });
const frameHead = { stream: u32, sequence: u32, handle: u32 };

const sampleFrame = fc.integer({ min: 0, max: 40 }).chain((n) =>
  fc.record({
    kind: fc.constant("samples" as const),
    ...frameHead,
    column: u32,
    start_s: fc.double(),
    pixel_s: fc.double(),
    dropped: u32,
    lost: u32,
    leastCurrent_A: floats(n),
    largestCurrent_A: floats(n),
    leastVoltage_V: floats(n),
    largestVoltage_V: floats(n),
    leastConductance_S: floats(n),
    largestConductance_S: floats(n),
    overload: fc.uint8Array({ minLength: n, maxLength: n }),
  }),
);

const mapFrame = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).chain(([rows, columns]) =>
  fc.record({
    kind: fc.constant("map" as const),
    ...frameHead,
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    time_s: fc.double(),
    quantity: fc.constantFrom(...MAP_QUANTITIES),
    values: floats(rows * columns),
  }),
);

describe("binary frames", () => {
  it("come back as they were, bit for bit", () => {
    fc.assert(
      fc.property(fc.oneof(sampleFrame, mapFrame), (frame: SampleFrame | MapFrame) => {
        expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
      }),
    );
  });

  it("have the layout that is written down: a map by hand", () => {
    // 2 x 1 map of stream 7, sequence 258, handle 3, at 1.5 s: written with a DataView from the table in frames.ts
    const buffer = new ArrayBuffer(48);
    const view = new DataView(buffer);
    [0x43, 0x50, 1, 2].forEach((byte, k) => view.setUint8(k, byte));
    view.setUint32(4, 7, true);
    view.setUint32(8, 258, true);
    view.setUint32(12, 3, true);
    view.setUint32(16, 2, true);
    view.setUint32(20, 1, true);
    view.setFloat64(24, 1.5, true);
    view.setUint32(32, 4, true);
    view.setFloat32(40, 0.25, true);
    view.setFloat32(44, Number.NaN, true);
    expect(decodeFrame(buffer)).toEqual({
      kind: "map",
      stream: 7,
      sequence: 258,
      handle: 3,
      rows: 2,
      columns: 1,
      time_s: 1.5,
      quantity: "change_S",
      values: Float32Array.of(0.25, Number.NaN),
    });
  });

  it("have the layout that is written down: two pixels by hand", () => {
    const buffer = new ArrayBuffer(48 + 50);
    const view = new DataView(buffer);
    [0x43, 0x50, 1, 1].forEach((byte, k) => view.setUint8(k, byte));
    view.setUint32(16, 5, true);
    view.setUint32(20, 2, true);
    view.setFloat64(24, 10, true);
    view.setFloat64(32, 0.125, true);
    view.setUint32(40, 6, true);
    view.setUint32(44, 1, true);
    for (let k = 0; k < 12; k++) view.setFloat32(48 + 4 * k, k, true);
    view.setUint8(97, 1);
    const frame = decodeFrame(buffer);
    expect(frame).toMatchObject({ kind: "samples", column: 5, start_s: 10, pixel_s: 0.125, dropped: 6, lost: 1 });
    expect(frame).toMatchObject({ leastCurrent_A: Float32Array.of(0, 1), largestCurrent_A: Float32Array.of(2, 3) });
    expect(frame).toMatchObject({ leastVoltage_V: Float32Array.of(4, 5), largestVoltage_V: Float32Array.of(6, 7) });
    expect(frame).toMatchObject({
      leastConductance_S: Float32Array.of(8, 9),
      largestConductance_S: Float32Array.of(10, 11),
    });
    expect(frame).toMatchObject({ overload: Uint8Array.of(0, 1) });
  });

  it("that are cut, grown or foreign are refused and never thrown at", () => {
    fc.assert(
      fc.property(fc.oneof(sampleFrame, mapFrame), fc.integer({ min: -40, max: 40 }), (frame, by) => {
        fc.pre(by !== 0);
        const whole = new Uint8Array(encodeFrame(frame));
        const changed = new Uint8Array(Math.max(0, whole.length + by));
        changed.set(whole.subarray(0, changed.length));
        expect(decodeFrame(changed.buffer)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeFrame(bytes.slice().buffer)).not.toThrow();
      }),
    );
  });
});

describe("text messages", () => {
  it("keep NaN, Infinity, -0 and texts that look like them", () => {
    const message: ServiceMessage = {
      kind: "answer",
      id: 3,
      body: { values: [Number.NaN, -0, Infinity, -Infinity, 1e-12], text: "NaN", nothing: null },
    };
    expect(decodeServiceMessage(encodeMessage(message))).toEqual(message);
  });

  it("that are none say why, with the id of the question they wanted to be", () => {
    expect(decodeClientMessage("{")).toEqual({ problem: "not JSON" });
    expect(decodeClientMessage('{"kind":"ask","id":4,"name":"format-disk","body":{}}')).toMatchObject({ id: 4 });
    expect(decodeClientMessage('{"kind":"beat","beat":-1,"late_ms":0}')).toMatchObject({
      problem: expect.stringContaining("beat"),
    });
    expect(decodeClientMessage("[".repeat(200_000))).toHaveProperty("problem");
  });

  it("are decoded without throwing, whatever comes", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        for (const decode of [decodeClientMessage, decodeServiceMessage]) expect(typeof decode(text)).toBe("object");
      }),
    );
  });

  it("have a body that is checked, of every question and answer, and names the field", () => {
    const names = Object.keys(ASKS) as AskName[];
    expect(names.length).toBeGreaterThan(40);
    for (const name of names) {
      const unknown = readAskBody(name, { surprise: 1 });
      expect(unknown, name).toHaveProperty("problem");
      fc.assert(
        fc.property(fc.anything(), (body) => {
          const read = readAskBody(name, body);
          expect("body" in read || "problem" in read).toBe(true);
          readAnswer(name, body);
        }),
        { numRuns: 20 },
      );
    }
    expect(readAskBody("control-run", { job: "j1", command: "explode" })).toMatchObject({ field: "command" });
    expect(readAskBody("close-array", { array: "../etc" })).toMatchObject({ field: "array" });
    expect(readAskBody("open-run", { run: "a/b" })).toMatchObject({ field: "run" });
  });

  it("of a topic of the future are left out, a wrong body of today's is not", () => {
    expect(readNews("weather", {})).toBeUndefined();
    expect(readNews("toString", {})).toBeUndefined();
    for (const topic of Object.keys(NEWS)) expect(readNews(topic, null), topic).toHaveProperty("problem");
  });

  it("let an observer do nothing that drives", () => {
    for (const name of ["submit", "read-cells", "pulse-cells", "control-run", "rearm", "open-instrument"] as const)
      expect(OBSERVER_ASKS.has(name), name).toBe(false);
    expect(OBSERVER_ASKS.has("panic")).toBe(true);
  });
});

function connect() {
  const sent: ClientMessage[] = [];
  let closed = false;
  const client = new LabClient({
    link: {
      send: (text) => sent.push(decodeClientMessage(text) as ClientMessage),
      close: () => (closed = true),
    },
    client: { kind: "script", name: "a test" },
    late_ms: () => 12,
  });
  const say = (message: ServiceMessage) => client.take(encodeMessage(message));
  return { client, sent, say, isClosed: () => closed };
}

const mapOf = (stream: number, sequence: number) =>
  encodeFrame({
    kind: "map",
    stream,
    sequence,
    handle: 1,
    rows: 1,
    columns: 1,
    time_s: 0,
    quantity: "conductance_S",
    values: Float32Array.of(1),
  });

describe("LabClient", () => {
  it("begins with hello and answers every beat at once", () => {
    const { sent, say, client } = connect();
    expect(sent).toEqual([
      { kind: "hello", protocol: LAB_PROTOCOL, client: { kind: "script", name: "a test" }, role: "operator" },
    ]);
    say({ kind: "beat", beat: 9 });
    expect(sent[1]).toEqual({ kind: "beat", beat: 9, late_ms: 12 });
    expect(client.beats).toBe(1);
  });

  it("gives each question its own answer or refusal, in any order", async () => {
    const { client, sent, say } = connect();
    const first = client.ask("hold-queue", { held: true });
    const second = client.ask("queue", {});
    expect(sent.slice(1)).toMatchObject([
      { kind: "ask", id: 0, name: "hold-queue", body: { held: true } },
      { kind: "ask", id: 1, name: "queue" },
    ]);
    say({ kind: "answer", id: 1, body: { jobs: [], held: false } });
    say({ kind: "refusal", id: 0, error: { ...transportError("no"), code: "OBSERVER", remedy: "ask an operator" } });
    await expect(second).resolves.toEqual({ jobs: [], held: false });
    await expect(first).rejects.toThrow("no (ask an operator)");
  });

  it("refuses an answer that is not what was asked for", async () => {
    const { client, say } = connect();
    const asked = client.ask("queue", {});
    say({ kind: "answer", id: 0, body: { jobs: "none", held: false } });
    await expect(asked).rejects.toMatchObject({ error: { code: "MESSAGE", field: "jobs" } });
  });

  it("keeps frames that come before whoever asked has their number, and acknowledges when told to", () => {
    const { client, sent } = connect();
    client.take(mapOf(4, 0));
    const seen: number[] = [];
    const release: (() => void)[] = [];
    const stop = client.watch(4, (frame, acknowledge) => {
      seen.push(frame.sequence);
      release.push(acknowledge);
    });
    client.take(mapOf(4, 1));
    expect(seen).toEqual([0, 1]);
    expect(sent).toHaveLength(1);
    release[1]?.();
    expect(sent[1]).toEqual({ kind: "ack", stream: 4, sequence: 1 });
    stop();
    expect(sent[2]).toMatchObject({ name: "unwatch", body: { stream: 4 } });
  });

  it("ends every question when the link ends, and every later one", async () => {
    const { client } = connect();
    const open = client.ask("list-runs", {});
    const ends: string[] = [];
    client.onEnd(({ message }) => ends.push(message));
    client.end(transportError("the service is gone"));
    await expect(open).rejects.toBeInstanceOf(LabRefusal);
    await expect(client.ask("queue", {})).rejects.toThrow("the service is gone");
    await expect(client.welcome).rejects.toThrow("the service is gone");
    expect(ends).toEqual(["the service is gone"]);
  });

  it("closes a connection on which it understands nothing", () => {
    for (const nonsense of ["{", '{"kind":"surprise"}', new ArrayBuffer(3)]) {
      const { client, isClosed } = connect();
      client.take(nonsense);
      expect(isClosed()).toBe(true);
      expect(client.ended?.code).toBe("VERSION");
    }
  });
});
