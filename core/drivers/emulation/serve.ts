import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type Server, type Socket } from "node:net";
import { existsSync, lstatSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TransportError } from "../../errors.ts";
import type { Timer } from "../timer.ts";
import { IN_FILE, OUT_FILE, readSigned, writeSigned } from "../transports/folder.ts";
import type { Bench } from "./bench.ts";
import type { EmulatedInstrument, MakeEmulatedInstrument } from "./emulatedInstrument.ts";
import type { Fault } from "./faults.ts";
import { FaultyLine } from "./faultyLine.ts";

export type Place = { readonly link: string } | { readonly tcp: number } | { readonly folder: string };

export interface ServeOptions {
  readonly make: MakeEmulatedInstrument;
  readonly bench: Bench;
  /** A pseudo-terminal under this name, a TCP port on loopback (0 = any free one), or a folder for messages in files. */
  readonly place: Place;
  /** Of the device: real time, or a JumpingTimer. */
  readonly timer: Timer;
  /** Whether the line is paced like the real one. */
  readonly paced: boolean;
  readonly faults?: readonly Fault[];
}

/** An emulated instrument on a port of this machine. */
export interface Served extends AsyncDisposable {
  /** What a host opens: "serial:PATH", "tcp:HOST:PORT" or "folder:PATH". */
  readonly address: string;
}

/** @throws TransportError when the port cannot be made */
export async function serveInstrument(options: ServeOptions): Promise<Served> {
  const { place } = options;
  if ("folder" in place) return serveFolder(options, place.folder);
  return "link" in place ? servePty(options, place.link) : serveTcp(options, place.tcp);
}

/** A bridge keeps no more. */
const MOST_REPEATED = 1 << 20;

/** Instrument and line; the outer end is plugged in by the server. */
class Device {
  readonly instrument: EmulatedInstrument;
  readonly line: FaultyLine;
  toHost: (bytes: Uint8Array) => void = () => {};
  unsent: () => number = () => 0;
  onUnplug: (returns_s: number | undefined) => void = () => {};
  /** What was said last, for a bridge that says it again; and how much of it. */
  #said: Uint8Array[] = [];
  #saidBytes = 0;
  #repeats = 0;

  constructor({ make, bench, timer, paced, faults = [], place }: ServeOptions) {
    const identity = faults.find((fault) => fault.kind === "wrong-identity")?.identity;
    this.instrument = make({
      bench,
      timer,
      send: (bytes) => {
        this.line.send(bytes);
      },
      unsent: () => this.unsent(),
      ...(identity === undefined ? {} : { identity }),
      ...("folder" in place && { folder: place.folder }),
    });
    this.line = new FaultyLine(timer, paced ? this.instrument.bitsPerSecond : Infinity, faults, {
      toHost: (bytes) => {
        this.#said.push(bytes);
        this.#saidBytes += bytes.length;
        while (this.#saidBytes - (this.#said[0]?.length ?? 0) > MOST_REPEATED)
          this.#saidBytes -= this.#said.shift()?.length ?? 0;
        this.toHost(bytes);
      },
      toDevice: (bytes) => {
        this.instrument.receive(bytes);
      },
      unplug: (returns_s, repeats = 0) => {
        this.#repeats = repeats;
        this.onUnplug(returns_s);
      },
    });
  }

  /** What the host hears first when it is back. */
  takeRepeated(): Uint8Array {
    const kept = Buffer.concat(this.#said).subarray(-this.#repeats);
    const repeated = this.#repeats > 0 ? kept : new Uint8Array(0);
    this.#repeats = 0;
    return repeated;
  }

  close(): void {
    this.line.close();
    this.instrument.close();
  }
}

async function serveTcp(options: ServeOptions, port: number): Promise<Served> {
  const device = new Device(options);
  let host: Socket | undefined;
  let unplugged = false;
  const server: Server = createServer({ noDelay: true }, (socket) => {
    // one plug, one host
    if (host || unplugged) {
      socket.destroy();
      return;
    }
    host = socket;
    const repeated = device.takeRepeated();
    if (repeated.length > 0) socket.write(repeated);
    socket.on("data", (chunk) => {
      device.line.receive(typeof chunk === "string" ? Buffer.from(chunk, "latin1") : chunk);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      if (host === socket) host = undefined;
      device.instrument.hangUp();
    });
  });
  device.toHost = (bytes) => void host?.write(bytes);
  device.unsent = () => host?.writableLength ?? 0;
  device.onUnplug = (returns_s) => {
    unplugged = true;
    host?.destroy();
    if (returns_s !== undefined) options.timer.after(returns_s, () => (unplugged = false));
  };
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      reject(new TransportError("disconnected", `tcp:127.0.0.1:${port} cannot be served: ${error.message}`));
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  const found = server.address();
  return {
    address: `tcp:127.0.0.1:${typeof found === "object" && found ? found.port : port}`,
    async [Symbol.asyncDispose]() {
      device.close();
      host?.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** How often a program that takes messages from a file looks for one. */
const LOOK_S = 0.05;

/** The In file is read when its content has changed, the answers of one message make the Out file. */
async function serveFolder(options: ServeOptions, folder: string): Promise<Served> {
  if (!existsSync(folder)) throw new TransportError("disconnected", `folder:${folder}: there is no such folder`);
  const device = new Device(options);
  const { timer } = options;
  let answer = "";
  let closed = false;
  let cancel = () => {};
  // what lies there from before is no message to this program
  let last = readSigned(join(folder, IN_FILE));
  device.toHost = (bytes) => (answer += Buffer.from(bytes).toString("latin1"));
  const look = async () => {
    const text = readSigned(join(folder, IN_FILE));
    const isNew = text !== undefined && text !== last;
    // the same index again is the same message, but for index 0, which whoever starts may use
    if (isNew && (indexOf(text) !== indexOf(last ?? "") || indexOf(text) === 0)) {
      last = text;
      answer = "";
      device.line.receive(Buffer.from(text, "latin1"));
      await device.instrument.whole?.();
      if (!closed) writeSigned(join(folder, OUT_FILE), answer);
    }
    if (!closed) cancel = timer.after(LOOK_S, () => void look());
  };
  cancel = timer.after(LOOK_S, () => void look());
  return {
    address: `folder:${folder}`,
    async [Symbol.asyncDispose]() {
      closed = true;
      cancel();
      device.close();
    },
  };
}

function indexOf(message: string): number {
  return Math.abs(Number.parseInt(message, 10));
}

/** socat makes the pseudo-terminal and carries its bytes over pipes; Node alone cannot open one. */
async function servePty(options: ServeOptions, link: string): Promise<Served> {
  const device = new Device(options);
  let child = await startPty(link);
  let closed = false;
  const attach = (to: ChildProcess) => {
    to.stdout?.on("data", (chunk: Buffer) => {
      device.line.receive(chunk);
    });
    to.stdin?.on("error", () => {});
  };
  attach(child);
  device.toHost = (bytes) => void child.stdin?.write(bytes);
  device.unsent = () => child.stdin?.writableLength ?? 0;
  device.onUnplug = (returns_s) => {
    child.kill("SIGKILL");
    device.instrument.hangUp();
    if (returns_s !== undefined)
      options.timer.after(returns_s, () => {
        if (closed) return;
        void startPty(link).then((fresh) => {
          child = fresh;
          attach(child);
          const repeated = device.takeRepeated();
          if (repeated.length > 0) child.stdin?.write(repeated);
        });
      });
  };
  return {
    address: `serial:${link}`,
    async [Symbol.asyncDispose]() {
      closed = true;
      device.close();
      await stop(child);
    },
  };
}

async function startPty(link: string): Promise<ChildProcess> {
  clearDeadLink(link);
  const child = spawn("socat", ["-b65536", `PTY,raw,echo=0,link=${link}`, "STDIO"], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString("utf8")));
  let failed: Error | undefined;
  child.once("error", (error) => (failed = error));
  // socat tells nobody when the link is there
  for (let turns = 0; !existsSync(link); turns++) {
    if (failed || child.exitCode !== null || turns > 500) {
      child.kill("SIGKILL");
      const missing = failed && "code" in failed && failed.code === "ENOENT";
      const why = missing
        ? "socat is not installed (apt-get install socat), or use --tcp"
        : complaint.trim() || "socat ended";
      throw new TransportError("disconnected", `serial:${link} cannot be served: ${why}`);
    }
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 10);
    });
  }
  return child;
}

/** A link that a killed socat left behind is in the way; anything that is alive is somebody's. */
function clearDeadLink(link: string): void {
  const found = lstatSync(link, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSymbolicLink() || existsSync(link))
    throw new TransportError("disconnected", `serial:${link} cannot be served: the name is taken`);
  rmSync(link);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}
