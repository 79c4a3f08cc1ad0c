import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, createConnection, type Socket } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { SafeState } from "../../core/runControl.ts";
import { newFolder } from "../../tests/recordedRun.ts";
import { askControl } from "./askControl.ts";
import { findAddress, makeAddress } from "./controlAddress.ts";
import { formatRequest, type LiveRun, LONGEST_REQUEST_BYTES, parseAnswer, parseRequest } from "./controlMessages.ts";
import { LineSplitter } from "./lineSplitter.ts";
import { type ControlServer, serveControl } from "./serveControl.ts";

const RUN: LiveRun = {
  name: "test",
  pid: 1,
  state: "running",
  outputs: "driven",
  source: "measured",
  steps: 0,
  plannedSteps: 6,
  elapsed_s: 0,
  plannedDuration_s: 1,
  worked_s: 0,
  left_s: null,
  level_V: null,
};

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

async function serve(safe: () => Promise<SafeState> = () => Promise.resolve({ how: "immediate" })) {
  const folder = newFolder();
  mkdirSync(folder);
  const asked: string[] = [];
  const note = (what: string) => asked.push(what) > 0;
  const server: ControlServer = await serveControl(folder, {
    status: () => RUN,
    pause: () => note("pause"),
    resume: () => note("resume"),
    stop: () => note("stop"),
    abort: () => (note("abort"), safe()),
    panic: () => (note("panic"), safe()),
  });
  open.push(server);
  return { folder, asked, server };
}

/** A peer that does what it likes. */
function connect(folder: string): Promise<Socket> {
  const socket = createConnection(findAddress(folder) ?? "");
  socket.on("error", () => undefined);
  open.push({ close: () => void socket.destroy() });
  return new Promise((resolve) => socket.on("connect", () => resolve(socket)));
}

function replies(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (data: Buffer) => (text += data.toString()));
  return new Promise((resolve) => socket.on("close", () => resolve(text)));
}

describe("lines and messages", () => {
  it("are the same however the bytes are cut, and never longer than the bound", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        (chunks, longest) => {
          const whole = new LineSplitter(longest);
          const lines = whole.append(Buffer.concat(chunks));
          const cut = new LineSplitter(longest);
          expect(chunks.flatMap((chunk) => cut.append(chunk))).toEqual(lines);
          expect(cut.overflowed).toBe(whole.overflowed);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("of any content are parsed without a throw", () => {
    for (const parse of [parseRequest, parseAnswer]) {
      fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => parse(text) === undefined));
      fc.assert(fc.property(fc.json(), (text) => parse(text) === undefined));
      expect(parse("[".repeat(100_000))).toBe(undefined);
    }
    expect(parseRequest('{"crosspore":1,"command":"panic"}')).toBe("panic");
    for (const wrong of [
      '{"crosspore":2,"command":"panic"}',
      '{"crosspore":1,"command":"__proto__"}',
      '{"command":"stop"}',
    ])
      expect(parseRequest(wrong)).toBe(undefined);
  });
});

describe("a peer", () => {
  it("that sends garbage is told so once and loses its line, and the next one is served", async () => {
    const { folder, asked } = await serve();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const socket = await connect(folder);
        const said = replies(socket);
        socket.end(Buffer.concat([bytes, Buffer.from("\n")]));
        expect((await said).split("\n")[0]).toContain('"reason":"refused"');
      }),
      { numRuns: 200 },
    );
    expect(asked).toEqual([]);
    expect(await askControl(folder, "status", 60)).toMatchObject({ ok: true, run: { name: "test" } });
  });

  it("that sends megabytes without a newline, or floods questions, is cut off", async () => {
    const { folder, asked } = await serve();
    const large = await connect(folder);
    const said = replies(large);
    large.end(Buffer.alloc(8_000_000, 0x20));
    expect(await said).toContain(`a line of more than ${LONGEST_REQUEST_BYTES} bytes`);
    const flood = await connect(folder);
    const answers = replies(flood);
    flood.end(formatRequest("pause").repeat(10_000));
    const lines = (await answers).trim().split("\n");
    expect([lines.length, asked.length]).toEqual([65, 64]);
    expect(lines.at(-1)).toContain("more than 64 questions");
  });

  it("that hangs, by the dozen, does not keep a panic out", async () => {
    const { folder, asked } = await serve();
    const hanging = await Promise.all(Array.from({ length: 60 }, () => connect(folder)));
    for (const socket of hanging) socket.write('{"crosspore":1,');
    expect(await askControl(folder, "panic", 60)).toMatchObject({ ok: true, command: "panic" });
    expect(asked).toEqual(["panic"]);
  });

  it("that waits for a ramp does not keep a panic out, and one that goes away harms nobody", async () => {
    let finish: (state: SafeState) => void = () => undefined;
    const ramp = new Promise<SafeState>((resolve) => (finish = resolve));
    const { folder, asked } = await serve(() => ramp);
    const waiting = await Promise.all(Array.from({ length: 30 }, () => connect(folder)));
    for (const socket of waiting) socket.write(formatRequest("abort"));
    const panicking = askControl(folder, "panic", 60);
    while (!asked.includes("panic")) await new Promise((resolve) => setImmediate(resolve));
    for (const socket of waiting) socket.destroy();
    finish({ how: "immediate" });
    expect(await panicking).toMatchObject({ ok: true });
  });

  it("that is owed an answer gets it although the run has ended", async () => {
    const { folder, server, asked } = await serve();
    const answer = askControl(folder, "abort", 60);
    while (!asked.includes("abort")) await new Promise((resolve) => setImmediate(resolve));
    await server.close();
    expect(await answer).toMatchObject({ ok: true });
    await expect(askControl(folder, "status", 60)).rejects.toThrow("no live run listens there");
  });
});

describe("whoever answers", () => {
  it.each([
    ["with garbage", (socket: Socket) => void socket.write("hello\n"), "is no run of this version"],
    ["without end", (socket: Socket) => void socket.write("x".repeat(100_000)), "is no run of this version"],
    ["by hanging up", (socket: Socket) => void socket.end(), "went away without an answer"],
  ])("%s is no run, and the outputs are UNKNOWN", async (_how, act, message) => {
    const folder = newFolder();
    mkdirSync(folder);
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      act(socket);
    }).listen(join(folder, "control.sock"));
    open.push({ close: () => void server.close() });
    await new Promise((resolve) => server.on("listening", resolve));
    await expect(askControl(folder, "panic", 60)).rejects.toThrow(message);
    await expect(askControl(folder, "panic", 60)).rejects.toThrow("what the outputs do is UNKNOWN");
  });
});

describe("the address of a run", () => {
  it("is in its folder, in a short private one when that is too long, and a pipe on Windows", () => {
    const folder = newFolder();
    mkdirSync(folder);
    expect(makeAddress(folder)).toEqual({ path: join(folder, "control.sock") });
    const long = `/${"ü".repeat(60)}`; // 121 bytes in 61 characters
    const short = makeAddress(long);
    expect(Buffer.byteLength(short?.path ?? "")).toBeLessThan(104);
    expect(JSON.parse(short?.pointer ?? "")).toEqual({ control: 1, socket: short?.path });
    expect(makeAddress(long, "linux", long)?.path).toMatch(/^\/tmp\/crosspore-/);
    expect(makeAddress(folder, "win32")?.path).toMatch(/^\\\\\.\\pipe\\crosspore-[0-9a-f]{32}$/);
    expect(findAddress(folder, "win32")).toBe(makeAddress(folder, "win32")?.path);
  });

  it("of a foreign folder never leads to another socket of this machine", async () => {
    const { folder: live } = await serve();
    const foreign = newFolder();
    mkdirSync(foreign);
    const socket = join(live, "control.sock");
    symlinkSync(socket, join(foreign, "control.sock"));
    expect(findAddress(foreign)).toBe(undefined);
    for (const pointer of [
      `{"control":1,"socket":"${socket}"}`,
      '{"control":1,"socket":"/run/other.sock"}',
      "{",
      "[]",
    ]) {
      writeFileSync(join(foreign, "control.json"), pointer);
      expect(findAddress(foreign)).toBe(undefined);
    }
  });
});
