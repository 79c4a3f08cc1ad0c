import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canRun } from "../../../tests/needs.ts";
import { TransportError } from "../../errors.ts";
import type { Transport } from "../transport.ts";
import { connectPipe } from "./pipe.ts";
import { replay } from "./replay.ts";
import { openSerial } from "./serial.ts";
import { tap, type TranscriptLine } from "./tap.ts";
import { openTcp, wrapSocket } from "./tcp.ts";
import { makePtyPair } from "../../../tests/ptyPair.ts";

/** Both ends of one line, and how to pull the plug at the far end. */
interface Pair {
  readonly near: Transport;
  readonly far: Transport;
  hangUp(): Promise<void>;
}

const pairs: Readonly<Record<string, () => Promise<Pair>>> = {
  async pipe() {
    const [near, far] = connectPipe();
    return { near, far, hangUp: () => far.close() };
  },
  async tcp() {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const called = once(server, "connection");
    const near = await openTcp("127.0.0.1", address.port);
    const [socket] = await called;
    server.close();
    const far = wrapSocket(socket, "far");
    return { near, far, hangUp: () => far.close() };
  },
  async serial() {
    const pty = await makePtyPair();
    const near = await openSerial({ path: pty.a, baudRate: 230_400 });
    const far = await openSerial({ path: pty.b, baudRate: 230_400 });
    return { near, far, hangUp: () => pty.kill() };
  },
};

/** Everything that arrived, the end, and a way to wait for so many bytes. */
function hear(transport: Transport) {
  const chunks: Uint8Array[] = [];
  let wake = () => {};
  let end: TransportError | undefined;
  transport.listen({
    bytes(chunk) {
      chunks.push(chunk);
      wake();
    },
    closed(error) {
      expect(end).toBeUndefined();
      end = error;
      wake();
    },
  });
  const wait = async (done: () => boolean) => {
    while (!done()) await new Promise<void>((resolve) => (wake = resolve));
  };
  return {
    bytes: () => Buffer.concat(chunks),
    until: (count: number) => wait(() => Buffer.concat(chunks).length >= count),
    async ended() {
      await wait(() => end !== undefined);
      return end;
    },
  };
}

for (const [name, make] of Object.entries(pairs))
  describe.skipIf(name === "serial" && !canRun("the serial transport over a pseudo-terminal", { programs: ["socat"] }))(
    `${name} transport`,
    () => {
      let pair: Pair;
      beforeEach(async () => {
        pair = await make();
      });
      afterEach(async () => {
        await pair.near.close();
        await pair.far.close();
        await pair.hangUp();
      });

      it("carries every byte value both ways, in order, at any length", async () => {
        const near = hear(pair.near);
        const far = hear(pair.far);
        const message = Uint8Array.from({ length: 20_000 }, (_, k) => (k * 7) & 255);
        for (let from = 0; from < message.length; from += 777)
          await pair.near.write(message.subarray(from, from + 777));
        await pair.far.write(message);
        await near.until(message.length);
        await far.until(message.length);
        expect(far.bytes().equals(Buffer.from(message))).toBe(true);
        expect(near.bytes().equals(Buffer.from(message))).toBe(true);
      });

      it("keeps the order of writes that nobody waited for", async () => {
        const far = hear(pair.far);
        const words = Array.from({ length: 500 }, (_, k) => Buffer.from(`${k}\n`));
        await Promise.all(words.map((word) => pair.near.write(word)));
        const expected = Buffer.concat(words);
        await far.until(expected.length);
        expect(far.bytes().equals(expected)).toBe(true);
      });

      it("says disconnected once when the other side goes, refuses to write then, and lets itself be closed", async () => {
        const near = hear(pair.near);
        await pair.far.write(Uint8Array.of(1));
        await near.until(1);
        await pair.hangUp();
        const end = await near.ended();
        expect(end).toBeInstanceOf(TransportError);
        expect(end?.kind).toBe("disconnected");
        expect(end?.message).toContain(pair.near.name);
        await expect(pair.near.write(Uint8Array.of(1))).rejects.toBeInstanceOf(TransportError);
        await pair.near.close();
        await pair.near.close();
      });

      it("says disconnected also in the middle of a stream", async () => {
        const near = hear(pair.near);
        const chatter = (async () => {
          try {
            for (;;) await pair.far.write(new Uint8Array(512));
          } catch {
            // the far end was closed or hung up
          }
        })();
        await near.until(50_000);
        await pair.hangUp();
        expect((await near.ended())?.kind).toBe("disconnected");
        await pair.far.close();
        await chatter;
      });

      it("is canceled by close, and nothing arrives afterwards", async () => {
        const near = hear(pair.near);
        await pair.near.close();
        expect((await near.ended())?.kind).toBe("canceled");
        await pair.far.write(Uint8Array.of(1)).catch(() => {});
        expect(near.bytes().length).toBe(0);
        await expect(pair.near.write(Uint8Array.of(1))).rejects.toMatchObject({ kind: "canceled" });
      });

      it("hands over what came before somebody listened, unless it was discarded", async () => {
        const far = hear(pair.far);
        await pair.far.write(Uint8Array.of(1, 2, 3));
        await pair.near.write(Uint8Array.of(9));
        await far.until(1);
        const near = hear(pair.near);
        await near.until(3);
        expect([...near.bytes()]).toEqual([1, 2, 3]);
      });
    },
  );

describe("openSerial", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "port-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("names a port that is not there, with the remedy", async () => {
    await expect(openSerial({ path: join(folder, "ttyUSB7"), baudRate: 9600 })).rejects.toThrow(
      /ttyUSB7 cannot be opened: there is no such port \(`crosspore ports`/,
    );
    symlinkSync(join(folder, "gone"), join(folder, "dangling"));
    await expect(openSerial({ path: join(folder, "dangling"), baudRate: 9600 })).rejects.toThrow(/no such port/);
  });

  it.skipIf(!canRun("a busy serial port", { programs: ["socat"] }))(
    "names a port that another program has open",
    async () => {
      const pty = await makePtyPair();
      const first = await openSerial({ path: pty.a, baudRate: 9600 });
      await expect(openSerial({ path: pty.a, baudRate: 9600 })).rejects.toThrow(/another program has it open/);
      await first.close();
      await pty.kill();
    },
  );
});

describe("tap and replay", () => {
  it("a dialogue that was tapped replays byte for byte, however the host cuts its words", async () => {
    const [host, device] = connectPipe();
    device.listen({
      bytes: (chunk) => void device.write(Uint8Array.from(chunk, (byte) => byte ^ 0x80)),
      closed: () => {},
    });
    const transcript: TranscriptLine[] = [];
    const tapped = tap(
      host,
      () => 0,
      (line) => transcript.push(line),
    );
    const first = hear(tapped);
    for (const word of ["hello\n", "\x00\xff world\n"]) {
      await tapped.write(Buffer.from(word, "latin1"));
      await first.until(word === "hello\n" ? 6 : 15);
    }
    expect(transcript.map(({ from }) => from)).toEqual(["host", "device", "host", "device"]);

    const again = replay(JSON.parse(JSON.stringify(transcript)));
    const second = hear(again);
    for (const letter of "hello\n\x00\xff world\n") await again.write(Buffer.from(letter, "latin1"));
    expect(second.bytes().equals(first.bytes())).toBe(true);
    await expect(again.write(Buffer.from("x"))).rejects.toThrow(/transcript/);
  });

  it("refuses a host that says something else than then, with both words", async () => {
    const again = replay([
      { t_s: 0, from: "host", text: "t\n" },
      { t_s: 0, from: "device", text: "tespico\n" },
    ]);
    await expect(again.write(Buffer.from("i\n"))).rejects.toThrow(/expected "t\\n" \(line 1.*found "i\\n"/);
  });
});
