import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { extname, join, normalize, resolve } from "node:path";
import { type WebSocket, WebSocketServer } from "ws";
import {
  type Answer,
  type ArrayCard,
  ASKS,
  type AskName,
  CLOSE_CODES,
  decodeClientMessage,
  encodeFrame,
  encodeMessage,
  isNotAMessage,
  LAB_PATH,
  LAB_SUBPROTOCOL,
  type LabError,
  type MapQuantity,
  NEWS,
  type News,
  type NewsTopic,
  type ReadBody,
  readAskBody,
  type ServiceMessage,
  TOKEN_SUBPROTOCOL_PREFIX,
} from "../../core/labMessages/index.ts";
import { PAGE_HEADERS } from "../../lab/http/headers.ts";

/**
 * A service for what a real one does on no command: silence, vanished instruments, hostile names, maps of any size. It
 * speaks the same messages (every answer and news is checked against its schema) and drives nothing.
 */
export class StandIn {
  readonly token = "stand-in-token";
  arrays: ArrayCard[] = [];
  /** What was asked, in order. */
  readonly asked: { readonly name: AskName; readonly body: unknown }[] = [];
  readonly beats: { answered: number; late_ms: number } = { answered: 0, late_ms: 0 };
  beating = true;
  readonly acknowledged = new Map<number, number>();
  readonly #answers = new Map<AskName, (body: never) => unknown>();
  readonly #maps = new Map<number, { array: string; quantity: MapQuantity; sequence: number }>();
  readonly #sockets = new Set<WebSocket>();
  readonly #http: Server;
  readonly #webSockets: WebSocketServer;
  #streams = 0;
  #beat: ReturnType<typeof setInterval> | undefined;
  mapOf: (array: string, quantity: MapQuantity) => Float32Array = () => new Float32Array(0);

  private constructor(pageFolder: string) {
    this.#http = createServer((request, response) => {
      const path = normalize(new URL(request.url ?? "/", "http://x").pathname);
      const file = join(pageFolder, path === "/" ? "index.html" : path);
      readFile(file).then(
        (bytes) => {
          response.writeHead(200, {
            "content-type": TYPES[extname(file)] ?? "application/octet-stream",
            ...PAGE_HEADERS,
          });
          response.end(bytes);
        },
        () => response.writeHead(404).end(),
      );
    });
    this.#webSockets = new WebSocketServer({
      server: this.#http,
      path: LAB_PATH,
      handleProtocols: () => LAB_SUBPROTOCOL,
    });
    this.#webSockets.on("connection", (socket, request) => {
      const offered = String(request.headers["sec-websocket-protocol"]).split(/,\s*/);
      if (!offered.includes(TOKEN_SUBPROTOCOL_PREFIX + this.token)) return socket.close(CLOSE_CODES.token);
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("message", (data, binary) => {
        if (!binary) this.#take(socket, String(data));
      });
    });
  }

  static async start(pageFolder = resolve(import.meta.dirname, "../../dist/renderer"), port = 0): Promise<StandIn> {
    const standIn = new StandIn(pageFolder);
    await new Promise<void>((ready) => standIn.#http.listen(port, "127.0.0.1", ready));
    standIn.#beat = setInterval(() => {
      if (standIn.beating) standIn.#broadcast({ kind: "beat", beat: standIn.beats.answered });
    }, 200);
    return standIn;
  }

  get address(): string {
    const address = this.#http.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`;
  }

  get url(): string {
    return `${this.address}#token=${this.token}`;
  }

  /** How a question is answered from now on; a thrown LabError-like object refuses. */
  answer<N extends AskName>(name: N, how: (body: ReadBody<N>) => Answer<N>): void {
    this.#answers.set(name, how as (body: never) => unknown);
  }

  news<T extends NewsTopic>(topic: T, body: News<T>): void {
    NEWS[topic].parse(body);
    this.#broadcast({ kind: "news", topic, body });
  }

  setArrays(arrays: ArrayCard[]): void {
    this.arrays = arrays;
    this.news("arrays", { arrays });
  }

  /** Sends every watched map of an array anew. */
  sendMaps(array: string): void {
    for (const [stream, watch] of this.#maps) if (watch.array === array) this.#sendMap(stream);
  }

  /** Ends every link as a crash would. */
  drop(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  async stop(): Promise<void> {
    clearInterval(this.#beat);
    this.drop();
    this.#webSockets.close();
    this.#http.closeAllConnections();
    await new Promise((done) => this.#http.close(done));
  }

  #take(socket: WebSocket, text: string): void {
    const message = decodeClientMessage(text);
    if (isNotAMessage(message))
      throw new Error(`the page said what is no message: ${message.problem}: ${text.slice(0, 200)}`);
    const say = (answer: ServiceMessage) => socket.send(encodeMessage(answer));
    switch (message.kind) {
      case "hello":
        say({
          kind: "welcome",
          protocol: 1,
          service: { version: "0.0.0", pid: 1, started: "2026-11-20T08:00:00.000Z", runsFolder: "/home/lab/runs" },
          you: {
            client: "w1",
            kind: "window",
            name: message.client.name,
            role: "operator",
            since: "2026-11-20T08:00:00.000Z",
            silent: false,
          },
          others: [],
          policy: { onSilence: "pause", silence_s: 5 },
          beat_s: 0.2,
        });
        this.news("arrays", { arrays: this.arrays });
        return;
      case "beat":
        this.beats.answered++;
        this.beats.late_ms = message.late_ms;
        return;
      case "ack":
        this.acknowledged.set(message.stream, message.sequence);
        return;
      case "ask": {
        const read = readAskBody(message.name, message.body);
        if ("problem" in read)
          throw new Error(`the page asked ${message.name} wrongly: ${read.field}: ${read.problem}`);
        this.asked.push({ name: message.name, body: read.body });
        try {
          const body = this.#answerTo(message.name, read.body as never);
          ASKS[message.name].answer.parse(body);
          say({ kind: "answer", id: message.id, body });
        } catch (error) {
          say({ kind: "refusal", id: message.id, error: refusalOf(error) });
        }
        if (message.name === "watch-map") this.#sendMap(this.#streams);
      }
    }
  }

  #answerTo(name: AskName, body: { array?: string; quantity?: MapQuantity; quantities?: MapQuantity[] }): unknown {
    const own = this.#answers.get(name);
    if (own) return own(body as never);
    switch (name) {
      case "watch-map":
        this.#maps.set(++this.#streams, {
          array: body.array as string,
          quantity: body.quantity as MapQuantity,
          sequence: 0,
        });
        return { stream: this.#streams };
      case "watch-samples":
        return { stream: ++this.#streams };
      case "read-map": {
        const card = this.#card(body.array as string);
        const maps = Object.fromEntries(
          (body.quantities ?? []).map((quantity) => [quantity, [...this.mapOf(card.array, quantity)]]),
        );
        return { time_s: 0, grid: card.grid, maps };
      }
      case "panic":
        return { unsafe: [] };
      case "discover-ports":
        return { ports: [], drivers: ["emstat-pico"] };
      case "list-runs":
        return { folder: "/home/lab/runs", runs: [] };
      case "templates":
        return { templates: [] };
      case "queue":
        return { jobs: [], held: false };
      case "read-cells":
      case "pulse-cells":
        return { job: "j1" };
      case "log":
        return { lines: [] };
      case "unwatch":
        return {};
      default:
        throw { ...UNKNOWN, message: `the stand-in has no answer to ${name}` };
    }
  }

  #card(array: string): ArrayCard {
    const card = this.arrays.find((one) => one.array === array);
    if (!card) throw { ...UNKNOWN, message: `no array ${array}` };
    return card;
  }

  #sendMap(stream: number): void {
    const watch = this.#maps.get(stream);
    const card = this.arrays.find((one) => one.array === watch?.array);
    if (!watch || !card) return;
    const frame = encodeFrame({
      kind: "map",
      stream,
      sequence: watch.sequence++,
      handle: card.handle,
      ...card.grid,
      time_s: watch.sequence,
      quantity: watch.quantity,
      values: this.mapOf(card.array, watch.quantity),
    });
    for (const socket of this.#sockets) socket.send(frame);
  }

  #broadcast(message: ServiceMessage): void {
    for (const socket of this.#sockets) socket.send(encodeMessage(message));
  }
}

const UNKNOWN: LabError = { code: "UNKNOWN", message: "", field: "", file: "", line: 0, column: 0, remedy: "" };

function refusalOf(error: unknown): LabError {
  if (typeof error === "object" && error !== null && "code" in error && "remedy" in error) return error as LabError;
  throw error;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
