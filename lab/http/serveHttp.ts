import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import { TransportError } from "../../core/errors.ts";
import {
  CLOSE_CODES,
  encodeMessage,
  LAB_PATH,
  LAB_SUBPROTOCOL,
  LONGEST_ASK_CHARACTERS,
  TOKEN_SUBPROTOCOL_PREFIX,
} from "../../core/labMessages/envelope.ts";
import type { LabService } from "../labService.ts";
import { labError } from "../refusal.ts";
import { findIntruder } from "./guard.ts";
import { PAGE_HEADERS } from "./headers.ts";
import { PageFiles } from "./pageFiles.ts";

export interface HttpOptions {
  readonly lab: LabService;
  /** 0 = any free one. */
  readonly port: number;
  /** Folder of the built page. */
  readonly pageFolder: string;
  /** Without it nobody is let in; absent: a random one. */
  readonly token?: string;
}

export interface LabServer extends AsyncDisposable {
  readonly port: number;
  readonly token: string;
  /** With the token behind #: it reaches no server log and no Referer. */
  readonly url: string;
  /** Whether there is a page to show. */
  readonly hasPage: boolean;
}

/** Clients at once. */
const MOST_CLIENTS = 64;
const TOKEN_BYTES = 32;

/**
 * The service on 127.0.0.1 alone: the page's files, and the WebSocket. Every request is looked at before anything is done
 * (guard.ts); the WebSocket wants the token besides.
 * @throws TransportError when the port cannot be had
 */
export async function serveHttp({ lab, port: wanted, pageFolder, token: given }: HttpOptions): Promise<LabServer> {
  const token = given ?? randomBytes(TOKEN_BYTES).toString("hex");
  const files = await PageFiles.list(pageFolder);
  const server = createServer((request, response) => void answer(request, response));
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LONGEST_ASK_CHARACTERS,
    perMessageDeflate: false,
    clientTracking: true,
    handleProtocols: (offered) => (offered.has(LAB_SUBPROTOCOL) ? LAB_SUBPROTOCOL : false),
  });
  server.on("upgrade", (request, socket, head) => upgrade(request, socket, head));
  const port = await listen(server, wanted);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    try {
      const intruder = findIntruder(request, port);
      if (intruder !== undefined) return refuse(response, 403, intruder);
      if (await files.send(request.url ?? "/", request.method === "HEAD", response)) return;
      const missing = files.present
        ? "there is no such page"
        : "this Crosspore was built without its page; npm run build makes it, crosspore run --lab works without";
      refuse(response, 404, missing);
    } catch {
      response.destroy();
    }
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const intruder = findIntruder(request, port);
    const [path] = (request.url ?? "").split("?");
    if (intruder !== undefined || path !== LAB_PATH || sockets.clients.size >= MOST_CLIENTS) {
      const status = intruder !== undefined ? "403 Forbidden" : path === LAB_PATH ? "503 Busy" : "404 Not Found";
      socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const admitted = holdsToken(request, token);
    sockets.handleUpgrade(request, socket, head, (client) => {
      if (admitted) attach(lab, client);
      // a browser learns the reason of a refused upgrade from nobody, that of a close it does
      else turnAway(client);
    });
  }

  return {
    port,
    token,
    url: `http://127.0.0.1:${port}/#token=${token}`,
    hasPage: files.present,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function attach(lab: LabService, socket: WebSocket): void {
  const client = lab.connect({
    send: (data) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
    },
    get backlog_bytes() {
      return socket.bufferedAmount;
    },
    close: (code, reason) => socket.close(code, reason),
  });
  socket.on("message", (data, isBinary) => {
    // clients send text only
    if (isBinary) client.take("");
    else client.take(textOf(data));
  });
  // 1000 and 1001 are said by who leaves; anything else is a client that was lost
  socket.on("close", (code) => client.end(code === 1000 || code === 1001));
  socket.on("error", () => undefined);
}

function textOf(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return Buffer.isBuffer(data) ? data.toString("utf8") : Buffer.from(data).toString("utf8");
}

function turnAway(socket: WebSocket): void {
  const remedy = "open the address that crosspore lab printed last, with its token";
  socket.send(encodeMessage({ kind: "goodbye", error: labError("TOKEN", "the token is missing or wrong", remedy) }));
  socket.close(CLOSE_CODES.token, "token");
}

/** Compared in constant time. */
function holdsToken(request: IncomingMessage, token: string): boolean {
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  const given = offered.find((name) => name.startsWith(TOKEN_SUBPROTOCOL_PREFIX));
  if (given === undefined) return false;
  const [a, b] = [Buffer.from(given.slice(TOKEN_SUBPROTOCOL_PREFIX.length)), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, {
    ...PAGE_HEADERS,
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
  });
  response.end(`crosspore lab: ${reason}\n`);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === "EADDRINUSE"
          ? `port ${port} is taken, perhaps by another crosspore lab; name another with --port, or 0 for any`
          : `cannot listen on port ${port}: ${error.message}`;
      reject(new TransportError("disconnected", reason));
    });
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
