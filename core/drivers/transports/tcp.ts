import { connect, type Socket } from "node:net";
import { TransportError } from "../../errors.ts";
import type { Transport } from "../transport.ts";
import { Listening } from "./listening.ts";

/** How long a serial device server may take to answer a call. */
const CONNECT_TIMEOUT_MS = 5_000;

/** A serial device server, or an emulated instrument. @throws TransportError naming host and port */
export async function openTcp(host: string, port: number): Promise<Transport> {
  const name = `tcp:${host}:${port}`;
  const socket = connect({ host, port, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => {
      socket.destroy();
      reject(new TransportError("timeout", `${name} does not answer within ${CONNECT_TIMEOUT_MS / 1000} s`));
    });
    socket.once("connect", resolve);
    socket.once("error", (error) => {
      reject(new TransportError("disconnected", `${name} cannot be reached: ${error.message}`));
    });
  });
  socket.setTimeout(0);
  return wrapSocket(socket, name);
}

/** A connected socket as a transport; also the device's side of a call. */
export function wrapSocket(socket: Socket, name: string): Transport {
  const listening = new Listening();
  let cause = "the other side hung up";
  socket.removeAllListeners("error");
  socket.on("error", (error) => {
    cause = error.message;
  });
  socket.on("data", (chunk) => {
    listening.take(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
  });
  socket.on("end", () => socket.destroy());
  socket.on("close", () => {
    listening.end(new TransportError("disconnected", `${name} is gone: ${cause}`));
  });
  return {
    name,
    bitsPerSecond: Infinity,
    async write(bytes) {
      if (listening.ended) throw listening.ended;
      await new Promise<void>((resolve, reject) => {
        socket.write(bytes, (error) => {
          if (error) reject(new TransportError("disconnected", `${name} is gone: ${error.message}`));
          else resolve();
        });
      });
    },
    listen: (listener) => {
      listening.listen(listener);
    },
    async discardInput() {
      listening.discard();
    },
    async close() {
      listening.end(new TransportError("canceled", `${name} was closed`));
      if (socket.destroyed) return;
      await new Promise<void>((resolve) => {
        socket.once("close", () => resolve());
        socket.destroy();
      });
    },
  };
}
