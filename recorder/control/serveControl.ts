import { rmdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { RecordError } from "../../core/errors.ts";
import type { SafeState } from "../../core/runControl.ts";
import { describeSystemError } from "../../runtime/systemError.ts";
import { CONTROL_POINTER } from "../folderLayout.ts";
import { type ControlAddress, makeAddress } from "./controlAddress.ts";
import {
  type ControlAnswer,
  type ControlCommand,
  formatAnswer,
  type LiveRun,
  LONGEST_REQUEST_BYTES,
  parseRequest,
} from "./controlMessages.ts";
import { LineSplitter } from "./lineSplitter.ts";

/** What can be asked of a live run. */
export interface ControlledRun {
  status(): LiveRun;
  /** False when the run is ending already. */
  pause(): boolean;
  resume(): boolean;
  stop(): boolean;
  /** Resolve when the outputs are safe, or when nobody knows. */
  abort(): Promise<SafeState>;
  panic(): Promise<SafeState>;
}

const MOST_CONNECTIONS = 16;
const MOST_REQUESTS = 64;
/** Of one peer that does not read its answers. */
const MOST_UNREAD_BYTES = 65_536;
/** How long the end of a run waits for peers to take their answers. */
const FAREWELL_ms = 500;

export interface ControlServer {
  /** Sends the answers that are due, and removes the socket. */
  close(): Promise<void>;
}

/**
 * Listens in a run folder for whoever wants to watch or stop the run.
 * @throws RecordError when nobody can listen there; the run is none the worse
 */
export async function serveControl(folder: string, run: ControlledRun): Promise<ControlServer> {
  const address = makeAddress(folder);
  if (!address) throw new RecordError(`${folder}: no control socket, every path for it is too long`);
  const peers = new Set<Peer>();
  const server = createServer((socket) => {
    makeRoom(peers);
    const peer = new Peer(socket, run, () => peers.delete(peer));
    peers.add(peer);
  });
  server.unref();
  try {
    await listen(server, address.path);
    if (address.pointer !== undefined) writeFileSync(join(folder, CONTROL_POINTER), address.pointer, { mode: 0o600 });
  } catch (error) {
    server.close();
    removeAddress(folder, address);
    throw new RecordError(`${folder}: no control socket: ${describeSystemError(error)}`, { cause: error });
  }
  // a listening socket that fails later is a run without control, not a run that ends
  server.on("error", () => undefined);
  return {
    async close() {
      server.close();
      removeAddress(folder, address);
      await Promise.all([...peers].map((peer) => peer.farewell(FAREWELL_ms)));
    },
  };
}

/** The socket exists for its owner alone from its first moment on: bind(2) obeys the mask, and `listen` binds at once. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      resolve();
    });
    const mask = process.umask(0o177);
    try {
      server.listen(path);
    } finally {
      process.umask(mask);
    }
  });
}

function removeAddress(folder: string, { path, temporary, pointer }: ControlAddress): void {
  if (process.platform === "win32") return;
  rmSync(path, { force: true });
  if (pointer !== undefined) rmSync(join(folder, CONTROL_POINTER), { force: true });
  try {
    if (temporary !== undefined) rmdirSync(temporary);
  } catch {
    // an empty folder of the temporary ones stays
  }
}

/** Whoever asks comes through: the oldest peer that waits for nothing goes, and if all wait, the oldest of them. */
function makeRoom(peers: ReadonlySet<Peer>): void {
  if (peers.size < MOST_CONNECTIONS) return;
  const all = [...peers];
  (all.find((peer) => !peer.waits) ?? all[0])?.drop();
}

/** One connection. Everything it sends is bounded, and nothing it sends can throw. */
class Peer {
  readonly #socket: Socket;
  readonly #run: ControlledRun;
  readonly #splitter = new LineSplitter(LONGEST_REQUEST_BYTES);
  #requests = 0;
  #due = 0;

  constructor(socket: Socket, run: ControlledRun, onGone: () => void) {
    this.#socket = socket;
    this.#run = run;
    socket.unref();
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", onGone);
  }

  /** Whether an answer is due. */
  get waits(): boolean {
    return this.#due > 0;
  }

  drop(): void {
    this.#socket.destroy();
  }

  /** Resolves when the peer has its answers, or after a while. */
  farewell(longest_ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) return resolve();
      const timer = setTimeout(() => this.drop(), longest_ms);
      this.#socket.on("close", () => {
        clearTimeout(timer);
        resolve();
      });
      // keeps the process for the answers that are on their way
      this.#socket.ref();
      this.#socket.end(() => this.drop());
    });
  }

  #take(chunk: Buffer): void {
    for (const line of this.#splitter.append(chunk)) {
      if (this.#socket.destroyed) return;
      if (++this.#requests > MOST_REQUESTS) return this.#refuseAndEnd(`more than ${MOST_REQUESTS} questions`);
      const command = parseRequest(line);
      if (command === undefined) return this.#refuseAndEnd("not a question that this version understands");
      this.#answer(command);
    }
    if (this.#splitter.overflowed) this.#refuseAndEnd(`a line of more than ${LONGEST_REQUEST_BYTES} bytes`);
  }

  #answer(command: ControlCommand): void {
    if (command === "abort" || command === "panic") {
      this.#due++;
      // the outputs move now; only the answer waits
      void this.#run[command]().then(
        (state) => this.#sayWhenSafe(command, state),
        (failure: unknown) => this.#sayWhenSafe(command, { how: "ramp", failure }),
      );
      return;
    }
    if (command !== "status" && !this.#run[command]())
      return this.#say({ crosspore: 1, command, ok: false, reason: "refused", error: "the run is ending already" });
    this.#say({ crosspore: 1, command, ok: true, run: this.#run.status() });
  }

  #sayWhenSafe(command: ControlCommand, { failure }: SafeState): void {
    this.#due--;
    if (failure === undefined) return this.#say({ crosspore: 1, command, ok: true, run: this.#run.status() });
    const error = failure instanceof Error ? failure.message : String(failure);
    this.#say({ crosspore: 1, command, ok: false, reason: "unsafe", error: error.slice(0, 1000) });
  }

  #refuseAndEnd(error: string): void {
    this.#say({ crosspore: 1, command: "", ok: false, reason: "refused", error });
    this.#socket.end(() => this.drop());
    this.#socket.removeAllListeners("data");
    this.#socket.resume();
  }

  #say(answer: ControlAnswer): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if (this.#socket.writableLength > MOST_UNREAD_BYTES) return this.drop();
    this.#socket.write(formatAnswer(answer));
  }
}
