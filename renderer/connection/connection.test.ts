import { describe, expect, it } from "vitest";
import {
  CLOSE_CODES,
  decodeClientMessage,
  encodeFrame,
  encodeMessage,
  isNotAMessage,
  type ServiceMessage,
} from "../../core/labMessages/index.ts";
import { Connection, type Ticker } from "./connection.ts";
import type { LinkListener } from "./link.ts";

/** Time that moves when told; timers fire in order. */
class HandTicker implements Ticker {
  time_ms = 0;
  #timers: { at: number; run: () => void }[] = [];
  now_ms = () => this.time_ms;
  after = (delay_ms: number, run: () => void) => {
    const timer = { at: this.time_ms + delay_ms, run };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
  };
  pass(by_ms: number): void {
    const end = this.time_ms + by_ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.time_ms = next.at;
      next.run();
    }
    this.time_ms = end;
  }
}

/** The service's side of the links that a connection opens, one after the other. */
function setUp() {
  const ticker = new HandTicker();
  const attempts: { listener: LinkListener; said: ReturnType<typeof decodeClientMessage>[]; closed: boolean }[] = [];
  const connection = new Connection({
    name: "test window",
    ticker,
    open: (listener) => {
      const attempt = { listener, said: [] as ReturnType<typeof decodeClientMessage>[], closed: false };
      attempts.push(attempt);
      return {
        send: (data) => void attempt.said.push(decodeClientMessage(data as string)),
        close: () => {
          attempt.closed = true;
        },
        waiting_B: 0,
      };
    },
  });
  const latest = () => attempts.at(-1) as (typeof attempts)[number];
  const say = (message: ServiceMessage) => latest().listener.onText(encodeMessage(message));
  const welcome = async () => {
    latest().listener.onOpen();
    say({
      kind: "welcome",
      protocol: 1,
      service: { version: "0", pid: 1, started: "2026-01-01T00:00:00Z", runsFolder: "/runs" },
      you: { client: "c1", kind: "window", name: "test window", role: "operator", since: "", silent: false },
      others: [],
      policy: { onSilence: "pause", silence_s: 5 },
      beat_s: 1,
    });
    await settle();
  };
  return { ticker, attempts, connection, latest, say, welcome };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const asks = (said: ReturnType<typeof decodeClientMessage>[]) =>
  said.flatMap((message) => (!isNotAMessage(message) && message.kind === "ask" ? [message] : []));

describe("the page's connection", () => {
  it("says hello first and is open when it is welcomed", async () => {
    const { connection, latest, welcome } = setUp();
    connection.start();
    expect(connection.state.phase).toBe("connecting");
    await welcome();
    expect(connection.state).toMatchObject({ phase: "open", attempts: 0 });
    expect(latest().said[0]).toMatchObject({ kind: "hello", client: { kind: "window", name: "test window" } });
  });

  it("tries again, ever later up to 4 s, and says what to do meanwhile", () => {
    const { connection, attempts, latest, ticker } = setUp();
    connection.start();
    const waits: number[] = [];
    for (let k = 0; k < 8; k++) {
      latest().listener.onClose(1006, "");
      expect(connection.state).toMatchObject({ phase: "lost", attempts: k + 1 });
      expect(connection.state.error?.remedy).toMatch(/crosspore lab/);
      const count = attempts.length;
      const from = ticker.time_ms;
      while (attempts.length === count) ticker.pass(50);
      waits.push(ticker.time_ms - from);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000, 4000]);
  });

  it("does not try again with a token that was refused, until it is told to", () => {
    const { connection, attempts, latest, ticker } = setUp();
    connection.start();
    latest().listener.onClose(CLOSE_CODES.token, "");
    expect(connection.state).toMatchObject({ phase: "refused", error: { code: "TOKEN" } });
    ticker.pass(60_000);
    expect(attempts).toHaveLength(1);
    connection.retry();
    expect(attempts).toHaveLength(2);
  });

  it("notices three missing beats, and the one that comes after all", async () => {
    const { connection, say, ticker, welcome } = setUp();
    connection.start();
    await welcome();
    say({ kind: "beat", beat: 0 });
    ticker.pass(3000);
    expect(connection.state.phase).toBe("open");
    ticker.pass(2000);
    expect(connection.state.phase).toBe("silent");
    say({ kind: "beat", beat: 1 });
    ticker.pass(1000);
    expect(connection.state.phase).toBe("open");
  });

  it("watches the same maps again on a new link", async () => {
    const { connection, latest, say, ticker, welcome } = setUp();
    const seen: number[] = [];
    connection.start();
    await welcome();
    connection.watchMap({ array: "a", quantity: "conductance_S" }, (frame, acknowledge) => {
      seen.push(frame.values[0] as number);
      acknowledge();
    });
    for (const [stream, value] of [
      [4, 1],
      [9, 2],
    ] as const) {
      const ask = asks(latest().said).find(({ name }) => name === "watch-map");
      expect(ask?.body).toEqual({ array: "a", quantity: "conductance_S" });
      say({ kind: "answer", id: ask?.id as number, body: { stream } });
      await settle();
      latest().listener.onBinary(
        encodeFrame({
          kind: "map",
          stream,
          sequence: 0,
          handle: 1,
          rows: 1,
          columns: 1,
          time_s: 0,
          quantity: "conductance_S",
          values: Float32Array.of(value),
        }),
      );
      expect(latest().said.at(-1)).toEqual({ kind: "ack", stream, sequence: 0 });
      latest().listener.onClose(1006, "");
      ticker.pass(300);
      await welcome();
    }
    expect(seen).toEqual([1, 2]);
  });

  it("ends a watch that was given up before its number came", async () => {
    const { connection, latest, say, welcome } = setUp();
    connection.start();
    await welcome();
    connection.watchMap({ array: "a", quantity: "mask" }, () => undefined)();
    say({ kind: "answer", id: asks(latest().said)[0]?.id as number, body: { stream: 3 } });
    await settle();
    expect(asks(latest().said).at(-1)).toMatchObject({ name: "unwatch", body: { stream: 3 } });
  });

  it("keeps a panic that could not be sent, and sends it before anything else", async () => {
    const { connection, latest, ticker, welcome } = setUp();
    connection.watchMap({ array: "a", quantity: "mask" }, () => undefined);
    connection.changes.listen(({ phase }) => {
      if (phase === "open") connection.ask("list-runs", {}).catch(() => undefined);
    });
    connection.start();
    latest().listener.onClose(1006, "");
    await expect(connection.panic()).rejects.toThrow(/does not answer/);
    expect(connection.state.panicWaits).toBe(true);
    ticker.pass(300);
    await welcome();
    expect(asks(latest().said).map(({ name }) => name)).toEqual(["panic", "list-runs", "watch-map"]);
    expect(connection.state.panicWaits).toBe(false);
  });
});
