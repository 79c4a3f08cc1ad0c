import { createServer, type Socket } from "node:net";
import { TransportError } from "../../core/errors.ts";
import type { BridgeDevice } from "../../core/drivers/piBridge/device.ts";
import { Door } from "../../core/drivers/piBridge/handshake.ts";
import type { Timer } from "../../core/drivers/timer.ts";
import type { Transport } from "../../core/drivers/transport.ts";

export interface BridgeOptions {
  readonly device: BridgeDevice;
  readonly token: string;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly timer: Timer;
  /** Serial instruments by name; opened when somebody asks. */
  readonly instruments: ReadonlyMap<string, () => Promise<Transport>>;
  readonly log: (line: string) => void;
}

export interface Bridge extends AsyncDisposable {
  readonly port: number;
}

/** A caller says what it wants within so long. */
const HANDSHAKE_S = 5;
/** Guessing a token is slow. */
const REFUSED_S = 1;
const MOST_CALLS = 32;

/** @throws TransportError when the port cannot be had */
export async function serveBridge(options: BridgeOptions): Promise<Bridge> {
  const { device, host, timer, log } = options;
  const sockets = new Set<Socket>();
  let selecting: Socket | undefined;
  const busy = new Set<string>();
  const server = createServer({ noDelay: true }, (socket) => {
    if (sockets.size >= MOST_CALLS) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    void greet(socket, options).then((what) => {
      if (what === undefined) return;
      if (what === "selector") enterSelector(socket);
      else void enterInstrument(socket, what);
    });
  });
  const enterSelector = (socket: Socket) => {
    if (selecting && device.owned) {
      refuse(socket, `another host (${selecting.remoteAddress}) has the selector and is alive: end that program first`);
      return;
    }
    // its line is still there, but it has been silent for longer than its dead-man
    selecting?.destroy();
    selecting = socket;
    log(`selector: ${socket.remoteAddress} has it`);
    device.connect((bytes) => void socket.write(bytes));
    socket.on("data", (chunk) => {
      if (selecting === socket) device.receive(toBytes(chunk));
    });
    socket.once("close", () => {
      if (selecting !== socket) return;
      selecting = undefined;
      device.hangUp();
      log("selector: every switch is open, its host hung up");
    });
    socket.write("ok\n");
  };
  const enterInstrument = async (socket: Socket, name: string) => {
    const open = options.instruments.get(name);
    if (!open) {
      const known = ["selector", ...options.instruments.keys()].join(", ");
      refuse(socket, `there is no ${name} here, only ${known}`);
      return;
    }
    if (busy.has(name)) {
      refuse(socket, `another host has ${name}: end that program first`);
      return;
    }
    busy.add(name);
    let line: Transport;
    try {
      line = await open();
    } catch (error) {
      busy.delete(name);
      refuse(socket, error instanceof Error ? error.message : String(error));
      return;
    }
    log(`${name}: ${socket.remoteAddress} has it`);
    socket.once("close", () => {
      void line.close().finally(() => busy.delete(name));
    });
    socket.write("ok\n");
    line.listen({ bytes: (chunk) => void socket.write(chunk), closed: () => socket.destroy() });
    socket.on("data", (chunk) => void line.write(toBytes(chunk)).catch(() => socket.destroy()));
    if (socket.destroyed) await line.close().finally(() => busy.delete(name));
  };
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      reject(
        new TransportError("disconnected", `the bridge cannot listen on ${host}:${options.port}: ${error.message}`),
      );
    });
    server.listen(options.port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : options.port,
    async [Symbol.asyncDispose]() {
      device.close();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };

  /** What the caller may have; undefined when it was refused or went away. */
  function greet(socket: Socket, { token }: BridgeOptions): Promise<string | undefined> {
    const door = new Door(token);
    return new Promise((resolve) => {
      const end = (what: string | undefined) => {
        cancel();
        socket.off("data", onData);
        socket.off("close", onClose);
        resolve(what);
      };
      const cancel = timer.after(HANDSHAKE_S, () => {
        socket.destroy();
        end(undefined);
      });
      const onClose = () => end(undefined);
      const onData = (chunk: Buffer | string) => {
        const judged = door.take(toBytes(chunk));
        if (judged.kind === "greeting") socket.write(judged.text);
        else if (judged.kind === "open") end(judged.what);
        else if (judged.kind === "refused") {
          log(`${socket.remoteAddress} was refused: ${judged.reason}`);
          end(undefined);
          timer.after(REFUSED_S, () => refuse(socket, judged.reason));
        }
      };
      socket.on("data", onData);
      socket.once("close", onClose);
    });
  }
}

function refuse(socket: Socket, reason: string): void {
  socket.end(`refused ${reason.replaceAll(/[^\x20-\x7e]/g, " ")}\n`);
}

function toBytes(chunk: Buffer | string): Buffer {
  return typeof chunk === "string" ? Buffer.from(chunk, "latin1") : chunk;
}
