import { cleanText } from "../core/cleanText.ts";
import {
  type Answer,
  type AskName,
  CLOSE_CODES,
  type ClientMessage,
  decodeClientMessage,
  encodeMessage,
  isNotAMessage,
  LAB_PROTOCOL,
  LONGEST_ASK_CHARACTERS,
  OBSERVER_ASKS,
  type ReadBody,
  readAskBody,
  type ServiceMessage,
} from "../core/labMessages/envelope.ts";
import type { LabError } from "../core/labMessages/errors.ts";
import type { ClientCard, News, NewsTopic } from "../core/labMessages/session.ts";
import { describeFailure, labError, Refusal } from "./refusal.ts";
import type { LabStream } from "./streams/stream.ts";

/** The service's end of a WebSocket or MessagePort. */
export interface ServiceLink {
  send(data: string | ArrayBuffer): void;
  /** What waits to be sent because the other side does not read, bytes. */
  readonly backlog_bytes: number;
  /** @param code of CLOSE_CODES */
  close(code: number, reason: string): void;
}

/** Answers to everything that can be asked. */
export type AskHandlers = {
  readonly [N in AskName]: (body: ReadBody<N>, session: ClientSession) => Answer<N> | Promise<Answer<N>>;
};

export interface SessionHost {
  readonly handlers: AskHandlers;
  readonly now: () => Date;
  /** A monotonic clock, seconds. */
  readonly clock_s: () => number;
  readonly makeId: () => string;
  /** After `hello`: the session is one of the service from now on. @returns the service's first message */
  readonly admit: (session: ClientSession) => Extract<ServiceMessage, { kind: "welcome" }>;
  /** After `welcome`: the present state, as news. */
  readonly introduce: (session: ClientSession) => void;
  readonly leave: (session: ClientSession, how: "left" | "lost") => void;
  readonly hear: (session: ClientSession) => void;
  readonly log: (level: "info" | "warning" | "error", text: string) => void;
}

/** A client that lets so much lie unread is cut off: it can come back and begin anew. */
const LARGEST_BACKLOG_BYTES = 64 * 1024 * 1024;
/** No frames for a client that has this much to read. */
const FRAME_BACKLOG_BYTES = 4 * 1024 * 1024;
/** Questions that one client may have open, and may ask per second. */
const MOST_OPEN = 256;
const MOST_PER_SECOND = 1000;
/** Streams of one client. */
const MOST_STREAMS = 256;

/** One client, from its first message to its last: checks, dispatches, answers. */
export class ClientSession {
  readonly id: string;
  readonly #host: SessionHost;
  readonly #link: ServiceLink;
  readonly #streams = new Map<number, LabStream>();
  #card: ClientCard | undefined;
  #open = 0;
  #asked = { second: 0, count: 0 };
  #closed = false;
  /** When the client last said anything, by the monotonic clock. */
  heard_s: number;
  /** How long its event loop was lately held up. */
  late_ms = 0;

  constructor(link: ServiceLink, host: SessionHost) {
    this.#link = link;
    this.#host = host;
    this.id = host.makeId();
    this.heard_s = host.clock_s();
  }

  /** Absent before `hello`. */
  get card(): ClientCard | undefined {
    return this.#card;
  }

  get name(): string {
    return this.#card?.name ?? this.id;
  }

  set silent(silent: boolean) {
    if (this.#card) this.#card = { ...this.#card, silent };
  }

  /** A message of the client; whatever it is, this does not throw. */
  take(data: string): void {
    if (this.#closed) return;
    if (data.length > LONGEST_ASK_CHARACTERS) return this.#reject("longer than any message");
    const message = decodeClientMessage(data);
    if (isNotAMessage(message)) {
      if (message.id === undefined || !this.#card) return this.#reject(message.problem);
      return this.#refuse(
        message.id,
        labError("MESSAGE", message.problem, "reload the page: it may be of another version"),
      );
    }
    this.heard_s = this.#host.clock_s();
    if (this.#card) this.#host.hear(this);
    this.#takeMessage(message);
  }

  /** The link has ended. @param clean the other side said so */
  end(clean: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
    if (this.#card) this.#host.leave(this, clean ? "left" : "lost");
  }

  tell<T extends NewsTopic>(topic: T, body: News<T>): void {
    if (this.#card) this.#say({ kind: "news", topic, body });
  }

  /** A text of `tell` that is the same for everybody. */
  sendText(text: string): void {
    if (this.#closed || !this.#card) return;
    if (this.#link.backlog_bytes > LARGEST_BACKLOG_BYTES)
      return this.dismiss(CLOSE_CODES.slow, labError("MESSAGE", "too much lay unread", "reload the page"));
    this.#link.send(text);
  }

  beat(number: number): void {
    if (this.#card) this.#say({ kind: "beat", beat: number });
  }

  /** Opens a stream. @throws Refusal when there are too many */
  addStream(stream: number, make: (send: (frame: ArrayBuffer) => void) => LabStream): void {
    if (this.#streams.size >= MOST_STREAMS)
      throw new Refusal("BUSY", `${MOST_STREAMS} streams are open`, "unwatch some");
    this.#streams.set(
      stream,
      make((frame) => this.#link.send(frame)),
    );
  }

  removeStream(stream: number): void {
    this.#streams.get(stream)?.close();
    this.#streams.delete(stream);
  }

  /** Sends what its streams have, if it reads what it gets. */
  flush(): void {
    if (this.#closed || this.#link.backlog_bytes > FRAME_BACKLOG_BYTES) return;
    for (const stream of this.#streams.values()) stream.flush();
  }

  /** Last words, then the end. */
  dismiss(code: number, error: LabError): void {
    if (this.#closed) return;
    this.#link.send(encodeMessage({ kind: "goodbye", error }));
    this.#link.close(code, error.message.slice(0, 100));
    this.end(true);
  }

  #takeMessage(message: ClientMessage): void {
    if (message.kind === "hello") return this.#greet(message);
    if (!this.#card) return this.#reject(`${message.kind} before hello`);
    if (message.kind === "beat") {
      this.late_ms = message.late_ms;
      return;
    }
    if (message.kind === "ack") return this.#streams.get(message.stream)?.acknowledge(message.sequence);
    void this.#answer(message.id, message.name, message.body);
  }

  #greet({ protocol, client, role }: Extract<ClientMessage, { kind: "hello" }>): void {
    if (this.#card) return this.#reject("hello twice");
    if (protocol !== LAB_PROTOCOL)
      return this.dismiss(
        CLOSE_CODES.version,
        labError("VERSION", `the service speaks version ${LAB_PROTOCOL}, this client ${protocol}`, "reload the page"),
      );
    this.#card = {
      client: this.id,
      kind: client.kind,
      name: cleanText(client.name).slice(0, 200),
      role,
      since: this.#host.now().toISOString(),
      silent: false,
    };
    this.#say(this.#host.admit(this));
    this.#host.introduce(this);
  }

  async #answer<N extends AskName>(id: number, name: N, body: unknown): Promise<void> {
    // a panic waits for nobody, and nobody is counted out of it
    if (name !== "panic") {
      const refusal = this.#checkRate(name);
      if (refusal) return this.#refuse(id, refusal);
    }
    const read = readAskBody(name, body);
    if ("problem" in read) {
      const { field, problem } = read;
      return this.#refuse(
        id,
        labError("MESSAGE", `${name}: ${field === "" ? "" : `${field}: `}${problem}`, "", { field }),
      );
    }
    this.#open++;
    try {
      const answer = await this.#host.handlers[name](read.body as never, this);
      this.#say({ kind: "answer", id, body: answer });
    } catch (error) {
      const failure = describeFailure(error);
      if (failure.code === "INTERNAL")
        this.#host.log("error", `${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      this.#refuse(id, failure);
    } finally {
      this.#open--;
    }
  }

  #checkRate(name: AskName): LabError | undefined {
    if (this.#card?.role === "observer" && !OBSERVER_ASKS.has(name))
      return labError("OBSERVER", `${name} is for operators, this client only looks`, "connect as an operator");
    const second = Math.floor(this.#host.clock_s());
    if (this.#asked.second !== second) this.#asked = { second, count: 0 };
    this.#asked.count++;
    if (this.#asked.count > MOST_PER_SECOND || this.#open >= MOST_OPEN)
      return labError("BUSY", "too many questions at once", "ask again in a second");
    return undefined;
  }

  #refuse(id: number, error: LabError): void {
    this.#say({ kind: "refusal", id, error });
  }

  #reject(problem: string): void {
    this.dismiss(
      CLOSE_CODES.message,
      labError("MESSAGE", `no message of this protocol: ${problem}`, "reload the page"),
    );
  }

  #say(message: ServiceMessage): void {
    this.sendText(encodeMessage(message));
  }
}
