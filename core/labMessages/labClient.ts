import type { LabError } from "./errors.ts";
import {
  type AnyNews,
  type Answer,
  type AskBody,
  type AskName,
  type ClientMessage,
  decodeServiceMessage,
  encodeMessage,
  isNotAMessage,
  LAB_PROTOCOL,
  readAnswer,
  readNews,
  type ServiceMessage,
  type Welcome,
} from "./envelope.ts";
import { decodeFrame, type LabFrame } from "./frames.ts";
import type { ClientCard } from "./session.ts";

/** One open connection, WebSocket or MessagePort: text and buffers go in by `LabClient.take`, text goes out here. */
export interface LabLink {
  send(text: string): void;
  close(): void;
}

export interface LabClientOptions {
  readonly link: LabLink;
  readonly client: { readonly kind: ClientCard["kind"]; readonly name: string };
  readonly role?: ClientCard["role"];
  /** How long the event loop was lately held up, milliseconds: told with every beat. */
  readonly late_ms?: () => number;
}

/** The service said no, or the connection ended before it answered (code TRANSPORT). */
export class LabRefusal extends Error {
  readonly error: LabError;

  constructor(error: LabError) {
    super(error.remedy === "" ? error.message : `${error.message} (${error.remedy})`);
    this.name = "LabRefusal";
    this.error = error;
  }
}

/** Draws or books one frame; `acknowledge` when that is done, or the next ones are held back. */
export type FrameListener = (frame: LabFrame, acknowledge: () => void) => void;

interface Waiting {
  readonly name: AskName;
  readonly resolve: (answer: never) => void;
  readonly reject: (refusal: LabRefusal) => void;
}

/**
 * A client's end of one connection: typed questions, checked answers, news, frames, beats. It opens nothing and
 * connects to nothing again: whoever owns the link does, with a new LabClient, and watches its streams anew.
 */
export class LabClient {
  /** What the service said first; rejects with LabRefusal when it refused, or the link ended before. */
  readonly welcome: Promise<Welcome>;
  readonly #options: LabClientOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #newsListeners = new Set<(news: AnyNews) => void>();
  readonly #frameListeners = new Map<number, FrameListener>();
  /** Frames of streams whose number has not come back yet. */
  readonly #early = new Map<number, LabFrame[]>();
  readonly #onEnd = new Set<(error: LabError) => void>();
  readonly #settleWelcome: Omit<Deferred<Welcome>, "promise">;
  #id = 0;
  #ended: LabError | undefined;
  #beats = 0;

  constructor(options: LabClientOptions) {
    this.#options = options;
    const welcome = makeDeferred<Welcome>();
    this.welcome = welcome.promise;
    this.#settleWelcome = welcome;
    // nobody has to wait for it
    this.welcome.catch(() => undefined);
    this.#send({
      kind: "hello",
      protocol: LAB_PROTOCOL,
      client: options.client,
      role: options.role ?? "operator",
    });
  }

  /** Beats that have come from the service; one that does not grow tells of a service that is gone or frozen. */
  get beats(): number {
    return this.#beats;
  }

  /** Why the connection is over; undefined while it lasts. */
  get ended(): LabError | undefined {
    return this.#ended;
  }

  /** @throws LabRefusal as a rejection */
  ask<N extends AskName>(name: N, body: AskBody<N>): Promise<Answer<N>> {
    const { promise, resolve, reject } = makeDeferred<Answer<N>>();
    if (this.#ended) {
      reject(new LabRefusal(this.#ended));
      return promise;
    }
    const id = this.#id++;
    this.#waiting.set(id, { name, resolve, reject });
    this.#send({ kind: "ask", id, name, body });
    return promise;
  }

  /** @returns ends the subscription */
  listen(listener: (news: AnyNews) => void): () => void {
    this.#newsListeners.add(listener);
    return () => void this.#newsListeners.delete(listener);
  }

  /** Frames of a stream that `watch-map` or `watch-samples` opened. @returns ends it, here and at the service */
  watch(stream: number, listener: FrameListener): () => void {
    this.#frameListeners.set(stream, listener);
    for (const frame of this.#early.get(stream) ?? []) this.#deliver(frame, listener);
    this.#early.delete(stream);
    return () => {
      if (!this.#frameListeners.delete(stream) || this.#ended) return;
      this.ask("unwatch", { stream }).catch(() => undefined);
    };
  }

  /** @returns ends the subscription; called at once when the connection is over already */
  onEnd(listener: (error: LabError) => void): () => void {
    if (this.#ended) listener(this.#ended);
    else this.#onEnd.add(listener);
    return () => void this.#onEnd.delete(listener);
  }

  /** Whatever came through the link: a text message or a binary frame. */
  take(data: string | ArrayBuffer): void {
    if (this.#ended) return;
    if (typeof data !== "string") return this.#takeFrame(data);
    const message = decodeServiceMessage(data);
    if (isNotAMessage(message)) return this.#takeNonsense(message.problem);
    this.#takeMessage(message);
  }

  /** The link has ended: every question is refused with this. */
  end(error: LabError): void {
    if (this.#ended) return;
    this.#ended = error;
    const refusal = new LabRefusal(error);
    this.#settleWelcome.reject(refusal);
    for (const { reject } of this.#waiting.values()) reject(refusal);
    this.#waiting.clear();
    this.#frameListeners.clear();
    this.#early.clear();
    for (const listener of this.#onEnd) listener(error);
  }

  close(): void {
    this.end(transportError("the connection was closed here"));
    this.#options.link.close();
  }

  #takeMessage(message: ServiceMessage): void {
    switch (message.kind) {
      case "welcome":
        return this.#settleWelcome.resolve(message);
      case "beat":
        this.#beats++;
        return this.#send({ kind: "beat", beat: message.beat, late_ms: this.#options.late_ms?.() ?? 0 });
      case "goodbye":
        this.end(message.error);
        return this.#options.link.close();
      case "refusal":
        this.#takeWaiting(message.id)?.reject(new LabRefusal(message.error));
        return;
      case "answer":
        return this.#takeAnswer(message.id, message.body);
      case "news": {
        const news = readNews(message.topic, message.body);
        if (!news) return;
        if ("problem" in news) return this.#takeNonsense(`news ${message.topic}: ${news.field}: ${news.problem}`);
        for (const listener of this.#newsListeners) listener(news);
      }
    }
  }

  #takeAnswer(id: number, body: unknown): void {
    const waiting = this.#takeWaiting(id);
    if (!waiting) return;
    const answer = readAnswer(waiting.name, body);
    if ("problem" in answer)
      waiting.reject(
        new LabRefusal({
          ...transportError(
            `the answer to ${waiting.name} is not what was expected: ${answer.field}: ${answer.problem}`,
          ),
          code: "MESSAGE",
          field: answer.field,
        }),
      );
    else waiting.resolve(answer.body as never);
  }

  #takeWaiting(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #takeFrame(buffer: ArrayBuffer): void {
    const frame = decodeFrame(buffer);
    if (!frame) return this.#takeNonsense("a binary frame that is none of this version");
    const listener = this.#frameListeners.get(frame.stream);
    if (listener) return this.#deliver(frame, listener);
    // the answer with the number may be on its way to whoever asked
    const early = this.#early.get(frame.stream) ?? [];
    if (early.length < 64) early.push(frame);
    this.#early.set(frame.stream, early);
  }

  #deliver(frame: LabFrame, listener: FrameListener): void {
    listener(frame, () => {
      if (!this.#ended) this.#send({ kind: "ack", stream: frame.stream, sequence: frame.sequence });
    });
  }

  #takeNonsense(problem: string): void {
    this.end({ ...transportError(`the service said what this page does not understand: ${problem}`), code: "VERSION" });
    this.#options.link.close();
  }

  #send(message: ClientMessage): void {
    this.#options.link.send(encodeMessage(message));
  }
}

/** For whoever owns a link that has ended. */
export function transportError(
  message: string,
  remedy = "start crosspore lab, or wait until it answers again",
): LabError {
  return { code: "TRANSPORT", message, field: "", file: "", line: 0, column: 0, remedy };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (refusal: LabRefusal) => void;
}

function makeDeferred<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, "promise"> = { resolve: () => undefined, reject: () => undefined };
  const promise = new Promise<T>((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
}
