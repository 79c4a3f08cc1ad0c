import {
  type AnyNews,
  type Answer,
  type AskBody,
  type AskName,
  CLOSE_CODES,
  type FrameListener,
  LabClient,
  type LabError,
  type LabFrame,
  LabRefusal,
  type MapFrame,
  type SampleFrame,
  transportError,
  type Welcome,
} from "../../core/labMessages/index.ts";
import { Signal } from "../store/signal.ts";
import type { Link, OpenLink } from "./link.ts";

/**
 * How things stand between this page and the service.
 *
 * | phase        | what it means                                                                    |
 * |--------------|----------------------------------------------------------------------------------|
 * | `connecting` | the first attempt is on its way                                                  |
 * | `open`       | both hear each other                                                             |
 * | `silent`     | the link stands, but three beats are missing: the service is frozen, or very busy |
 * | `lost`       | it was open, or never was; another attempt follows                               |
 * | `refused`    | the service said no, and would say so again: `error` says why and what to do     |
 */
export interface ConnectionState {
  readonly phase: "connecting" | "open" | "silent" | "lost" | "refused";
  readonly error?: LabError;
  readonly welcome?: Welcome;
  /** Attempts since it was last open. */
  readonly attempts: number;
  /** A panic that could not be sent yet: it goes first when the link is back. */
  readonly panicWaits: boolean;
}

/** What the page needs of time; tests hand in their own. */
export interface Ticker {
  now_ms(): number;
  /** @returns cancels it */
  after(delay_ms: number, run: () => void): () => void;
}

const wallTicker: Ticker = {
  now_ms: () => performance.now(),
  after: (delay_ms, run) => {
    const timer = setTimeout(run, delay_ms);
    return () => clearTimeout(timer);
  },
};

export interface ConnectionOptions {
  readonly open: OpenLink;
  readonly name: string;
  readonly late_ms?: () => number;
  readonly ticker?: Ticker;
}

interface Watch {
  readonly ask: "watch-map" | "watch-samples";
  readonly body: AskBody<"watch-map"> | AskBody<"watch-samples">;
  readonly listener: FrameListener;
  readonly onRefused: (error: LabError) => void;
  unwatch: (() => void) | undefined;
}

const FIRST_RETRY_ms = 250;
const LONGEST_RETRY_ms = 4000;
const MISSING_BEATS = 3;

/**
 * The page's connection: opens links one after the other until the service answers, watches its beats, and takes up
 * every map and trace that is being watched when the link comes back. Panels ask and watch here and see no link.
 */
export class Connection {
  readonly changes = new Signal<ConnectionState>();
  readonly news = new Signal<AnyNews>();
  readonly #options: ConnectionOptions;
  readonly #ticker: Ticker;
  readonly #watches = new Set<Watch>();
  #state: ConnectionState = { phase: "connecting", attempts: 0, panicWaits: false };
  #client: LabClient | undefined;
  #cancelRetry: () => void = () => undefined;
  #cancelBeats: () => void = () => undefined;
  #stopped = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#ticker = options.ticker ?? wallTicker;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  start(): void {
    this.#stopped = false;
    this.#attempt();
  }

  /** Leaves for good. */
  stop(): void {
    this.#stopped = true;
    this.#cancelRetry();
    this.#cancelBeats();
    this.#client?.close();
  }

  /** Tries again now, also after a refusal. */
  retry(): void {
    if (this.#state.phase === "open" || this.#state.phase === "silent") return;
    this.#cancelRetry();
    this.#attempt();
  }

  /** @throws LabRefusal as a rejection */
  ask<N extends AskName>(name: N, body: AskBody<N>): Promise<Answer<N>> {
    return this.#client && this.#isUp()
      ? this.#client.ask(name, body)
      : Promise.reject(new LabRefusal(this.#state.error ?? transportError("the lab service cannot be reached")));
  }

  /**
   * The stop. Where the link is down it is kept and goes first when the link is back, because nobody knows what the
   * outputs do; the page says so meanwhile.
   */
  async panic(): Promise<Answer<"panic">> {
    if (!this.#isUp()) this.#change({ panicWaits: true });
    return this.ask("panic", {});
  }

  /** Frames of one map, again after every reconnection. @returns ends it */
  watchMap(
    body: AskBody<"watch-map">,
    listener: (frame: MapFrame, acknowledge: () => void) => void,
    onRefused: (error: LabError) => void = () => undefined,
  ): () => void {
    return this.#watch("watch-map", body, only("map", listener), onRefused);
  }

  /** Frames of samples, again after every reconnection. Acknowledge when drawn. @returns ends it */
  watchSamples(
    body: AskBody<"watch-samples">,
    listener: (frame: SampleFrame, acknowledge: () => void) => void,
    onRefused: (error: LabError) => void = () => undefined,
  ): () => void {
    return this.#watch("watch-samples", body, only("samples", listener), onRefused);
  }

  #watch(ask: Watch["ask"], body: Watch["body"], listener: FrameListener, onRefused: Watch["onRefused"]): () => void {
    const watch: Watch = { ask, body, listener, onRefused, unwatch: undefined };
    this.#watches.add(watch);
    if (this.#client && this.#isUp()) this.#takeUp(watch, this.#client);
    return () => {
      this.#watches.delete(watch);
      watch.unwatch?.();
    };
  }

  #takeUp(watch: Watch, client: LabClient): void {
    client.ask(watch.ask, watch.body as never).then(
      ({ stream }) => {
        const unwatch = client.watch(stream, watch.listener);
        // it may have been given up while the number was on its way
        if (this.#watches.has(watch)) watch.unwatch = unwatch;
        else unwatch();
      },
      (error: unknown) => {
        if (error instanceof LabRefusal && error.error.code !== "TRANSPORT") watch.onRefused(error.error);
      },
    );
  }

  #isUp(): boolean {
    return this.#state.phase === "open" || this.#state.phase === "silent";
  }

  #attempt(): void {
    if (this.#stopped) return;
    let client: LabClient | undefined;
    let link: Link | undefined;
    let over = false;
    const onEnd = (error: LabError, refused: boolean) => {
      if (over) return;
      over = true;
      if (client === this.#client) this.#client = undefined;
      this.#cancelBeats();
      for (const watch of this.#watches) watch.unwatch = undefined;
      if (this.#stopped) return;
      const attempts = this.#state.attempts + 1;
      this.#change({ phase: refused ? "refused" : "lost", error, attempts });
      if (refused) return;
      const delay_ms = Math.min(LONGEST_RETRY_ms, FIRST_RETRY_ms * 2 ** Math.min(6, attempts - 1));
      this.#cancelRetry = this.#ticker.after(delay_ms, () => this.#attempt());
    };
    link = this.#options.open({
      onOpen: () => {
        const opened = link;
        if (!opened) return;
        client = new LabClient({
          link: { send: (text) => opened.send(text), close: () => opened.close() },
          client: { kind: "window", name: this.#options.name },
          ...(this.#options.late_ms && { late_ms: this.#options.late_ms }),
        });
        this.#greet(client, (error) => onEnd(error, isFinal(error)));
      },
      onText: (text) => client?.take(text),
      onBinary: (data) => client?.take(data),
      onClose: (code, reason) => {
        const error = describeClose(code, reason, client?.ended);
        client?.end(error);
        onEnd(error, isFinal(error));
      },
    });
  }

  #greet(client: LabClient, onEnd: (error: LabError) => void): void {
    client.listen((news) => this.news.emit(news));
    client.onEnd(onEnd);
    client.welcome.then(
      (welcome) => {
        this.#client = client;
        const { panicWaits } = this.#state;
        this.#state = { phase: "open", welcome, attempts: 0, panicWaits: false };
        // before anybody who hears that the link is back asks for anything
        if (panicWaits) client.ask("panic", {}).catch(() => undefined);
        this.changes.emit(this.#state);
        for (const watch of this.#watches) this.#takeUp(watch, client);
        this.#watchBeats(client, welcome.beat_s * 1000);
      },
      () => undefined,
    );
  }

  /** The service beats; three that fail to come mean that it is frozen or gone without a goodbye. */
  #watchBeats(client: LabClient, beat_ms: number): void {
    let seen = client.beats;
    let since_ms = this.#ticker.now_ms();
    const look = () => {
      const now_ms = this.#ticker.now_ms();
      if (client.beats !== seen) {
        seen = client.beats;
        since_ms = now_ms;
        if (this.#state.phase === "silent") this.#change({ phase: "open" });
      } else if (now_ms - since_ms > MISSING_BEATS * beat_ms && this.#state.phase === "open") {
        this.#change({ phase: "silent" });
      }
      this.#cancelBeats = this.#ticker.after(beat_ms, look);
    };
    this.#cancelBeats = this.#ticker.after(beat_ms, look);
  }

  #change(change: Partial<ConnectionState>): void {
    this.#state = { ...this.#state, ...change };
    this.changes.emit(this.#state);
  }
}

function only<K extends LabFrame["kind"]>(
  kind: K,
  listener: (frame: Extract<LabFrame, { kind: K }>, acknowledge: () => void) => void,
): FrameListener {
  return (frame, acknowledge) =>
    frame.kind === kind ? listener(frame as Extract<LabFrame, { kind: K }>, acknowledge) : acknowledge();
}

/** Asking again would be answered in the same way. */
function isFinal(error: LabError): boolean {
  return error.code === "TOKEN" || error.code === "VERSION";
}

function describeClose(code: number, reason: string, said: LabError | undefined): LabError {
  // a service that knows why says goodbye with its own words
  if (said) return said;
  switch (code) {
    case CLOSE_CODES.token:
      return {
        ...transportError(
          "the lab service does not know this page: its token is missing or of an earlier start",
          "open the address that crosspore lab printed when it was started last; it carries the token",
        ),
        code: "TOKEN",
      };
    case CLOSE_CODES.version:
      return {
        ...transportError("the lab service and this page are of different versions", "reload this page"),
        code: "VERSION",
      };
    case CLOSE_CODES.slow:
      return transportError(
        "this page was too slow to read what the lab service sent, so it was let go",
        "nothing: it connects again by itself",
      );
    case CLOSE_CODES.ending:
      return transportError("the lab service was ended", "start it again with: crosspore lab");
    default:
      return transportError(
        reason === "" ? "the lab service does not answer" : `the lab service closed the connection: ${reason}`,
        "start it with: crosspore lab. This page connects by itself, and what was recorded is safe in the runs folder",
      );
  }
}
