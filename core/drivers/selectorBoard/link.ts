import { randomInt } from "node:crypto";
import { InstrumentError, TransportError } from "../../errors.ts";
import { ClockFit } from "../clockFit.ts";
import { sleep, type Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { decodeReply, EMERGENCY_BYTE, encodeRequest, FrameReader, PROTOCOL, type Reply } from "./frames.ts";
import {
  ANSWER,
  CAUSE_TEXT,
  type Cause,
  COMMAND,
  decodeHello,
  decodeState,
  type Hello,
  REFUSAL_TEXT,
  REFUSALS,
  REFUSED,
  TRIPPED,
} from "./messages.ts";

export const HEARTBEAT_S = 0.1;
/** An answer that is not there by then was lost, or its question was: both are repeated, with the same number. */
const REPEAT_S = 0.1;
/** Silence for so long, beyond what a command takes by itself, is given up. */
const PATIENCE_S = 1;
/** A program that was just killed still owns the device, until its dead-man has passed. */
const OWNER_PATIENCE_S = 1;
/** Opening the port resets an Arduino; its bootloader is silent for up to two seconds. */
const HELLO_PATIENCE_S = 3;
export const TICK_S = 0.5e-6;

export interface LinkCounts {
  /** Commands that the device says it executed. */
  acknowledged: number;
  /** Commands that it says it did not. */
  refused: number;
  /** Commands of which nobody knows. */
  unknown: number;
  repeated: number;
  garbled: number;
}

/** A command that was answered with a refusal. */
export class RefusedError extends InstrumentError {
  readonly why: number;

  constructor(port: string, asked: string, why: number, detail: string, outputs: string) {
    super(port, asked, `${REFUSAL_TEXT.get(why) ?? `refusal ${why}`}${detail}`, outputs);
    this.why = why;
  }
}

/** The device has let go, at that moment of its clock. */
export interface Trip {
  readonly cause: Cause;
  readonly tick: bigint;
}

interface Waiting {
  readonly type: number;
  readonly nonce: number;
  readonly answer: (reply: Reply) => void;
  readonly fail: (error: Error) => void;
}

/**
 * The host's side of the wire protocol: numbered commands that are executed at most once however often they are repeated,
 * heartbeats, the emergency byte, and the device's clock. Heartbeats are sent from this event loop on purpose: when it stalls, they stop.
 */
export class BoardLink {
  readonly transport: Transport;
  readonly timer: Timer;
  readonly clock = new ClockFit();
  readonly counts: LinkCounts = { acknowledged: 0, refused: 0, unknown: 0, repeated: 0, garbled: 0 };
  readonly #reader = new FrameReader();
  readonly #waiting = new Map<number, Waiting>();
  readonly #token = randomInt(1, 0xffff_ffff);
  readonly #heartbeats = new Map<number, number>();
  #nonce = 0;
  #sequence = 0;
  #heartbeat = 0;
  #beating: (() => void) | undefined;
  #closed: TransportError | undefined;
  #tripped: Cause | undefined;
  #trips: ((trip: Trip) => void)[] = [];
  #lost: string | undefined;
  /** What a device of another version said. */
  #other: number | undefined;

  constructor(transport: Transport, timer: Timer) {
    this.transport = transport;
    this.timer = timer;
    this.listen();
  }

  /** Takes the line (again): a transport has one listener. */
  listen(): void {
    this.transport.listen({
      bytes: (chunk) => {
        const now_s = this.timer.now_s();
        for (const event of this.#reader.append(chunk)) {
          const reply = event.kind === "frame" ? decodeReply(event.content) : undefined;
          if (reply) this.#take(reply, now_s);
          else this.counts.garbled++;
        }
      },
      closed: (error) => {
        this.#closed = error;
        this.#beating?.();
        for (const { fail } of this.#waiting.values()) fail(error);
        this.#waiting.clear();
      },
    });
  }

  get closed(): TransportError | undefined {
    return this.#closed;
  }

  /** Why the device let go, since it was cleared last. */
  get tripped(): Cause | undefined {
    return this.#tripped;
  }

  /** Why this session is over, if it is: the device was reset, or somebody else has it. */
  get lost(): string | undefined {
    return this.#lost;
  }

  forgetTrip(): void {
    this.#tripped = undefined;
  }

  /** @throws InstrumentError when a device of another version or another owner answers, TransportError when nobody does */
  async hello(): Promise<Hello> {
    const end_s = this.timer.now_s() + OWNER_PATIENCE_S;
    for (;;)
      try {
        return await this.#hello();
      } catch (error) {
        const owned = error instanceof RefusedError && error.why === REFUSALS.owned;
        if (!owned || this.timer.now_s() > end_s) throw error;
        await sleep(this.timer, REPEAT_S);
      }
  }

  /** Ends the session: every switch opens, and the next host need not wait. */
  async goodbye(): Promise<void> {
    this.rest();
    try {
      await this.command(COMMAND.goodbye, "open every switch and end the session");
    } catch (error) {
      // the answer was lost, and the repetition found no session any more
      if (!(error instanceof RefusedError && error.why === REFUSALS.noSession)) throw error;
    }
  }

  async #hello(): Promise<Hello> {
    const sequence = ++this.#sequence;
    const reply = await this.#ask(COMMAND.hello, this.#token, sequence, new Uint8Array(), 0, HELLO_PATIENCE_S).catch(
      (error: unknown) => {
        if (this.#other === undefined) throw error;
        throw new InstrumentError(
          this.transport.name,
          "say who it is",
          `that it speaks version ${this.#other} of the protocol, this program speaks ${PROTOCOL}: flash the firmware of this release (docs/hardware.md)`,
          "nothing was switched",
        );
      },
    );
    if (reply.type === REFUSED) throw this.#refusal("open a session", reply, "nothing was switched");
    const hello = decodeHello(reply.payload);
    if (!hello)
      throw new InstrumentError(
        this.transport.name,
        "say who it is",
        Buffer.from(reply.payload).toString("hex"),
        "nothing was switched",
      );
    // the device answers a repeated HELLO with the session that there is
    if (hello.nonce !== this.#nonce) {
      this.#nonce = hello.nonce;
      this.#sequence = 0;
      this.#heartbeat = 0;
      this.#heartbeats.clear();
      this.clock.reset();
    }
    this.#lost = undefined;
    if (hello.state === "tripped") this.#tripped = hello.cause;
    return hello;
  }

  /**
   * A numbered command: repeated until it is answered, executed once.
   * @param intent for messages: "connect row 1 and column 2"
   * @param takes_s what the device needs for it
   * @throws InstrumentError when it is refused, TransportError when nobody knows whether it was executed (UNKNOWN)
   */
  async command(
    type: number,
    intent: string,
    payload: Uint8Array = new Uint8Array(),
    takes_s = 0,
    outputs = "",
  ): Promise<Reply> {
    const sequence = ++this.#sequence;
    let reply;
    try {
      reply = await this.#ask(type, this.#nonce, sequence, payload, takes_s, PATIENCE_S);
    } catch (error) {
      this.counts.unknown++;
      if (!(error instanceof TransportError)) throw error;
      throw new TransportError(
        error.kind,
        `${error.message}; asked to ${intent}, whether it was done is UNKNOWN; without heartbeats the device opens every switch`,
      );
    }
    if (reply.type === REFUSED) {
      this.counts.refused++;
      throw this.#refusal(intent, reply, outputs);
    }
    this.counts.acknowledged++;
    return reply;
  }

  /** From now on, until `rest` or the end of the line. */
  beat(): void {
    if (this.#beating || this.#closed) return;
    let cancel: () => void;
    const next = () => {
      cancel = this.timer.after(HEARTBEAT_S, next);
      this.#sendHeartbeat();
    };
    cancel = this.timer.after(0, next);
    this.#beating = () => {
      cancel();
      this.#beating = undefined;
    };
  }

  rest(): void {
    this.#beating?.();
  }

  /** The next trip; undefined when none came in time. */
  nextTrip(patience_s: number): Promise<Trip | undefined> {
    return new Promise((resolve) => {
      const end = (trip: Trip | undefined) => {
        cancel();
        this.#trips = this.#trips.filter((one) => one !== end);
        resolve(trip);
      };
      const cancel = this.timer.after(patience_s, () => end(undefined));
      this.#trips.push(end);
    });
  }

  /** The emergency byte, until the device says that it has let go. @throws TransportError when it never does */
  async halt(): Promise<void> {
    const end_s = this.timer.now_s() + PATIENCE_S;
    do {
      const trip = this.nextTrip(REPEAT_S);
      await this.transport.write(Uint8Array.of(EMERGENCY_BYTE));
      if ((await trip) !== undefined) return;
    } while (this.timer.now_s() < end_s && !this.#closed);
    throw new TransportError("timeout", `${this.transport.name} does not confirm the emergency byte`);
  }

  async close(): Promise<void> {
    this.rest();
    await this.transport.close();
  }

  async #ask(
    type: number,
    nonce: number,
    sequence: number,
    payload: Uint8Array,
    takes_s: number,
    patience_s: number,
  ): Promise<Reply> {
    if (this.#closed) throw this.#closed;
    const bytes = encodeRequest({ type, nonce, sequence, payload });
    const answered = new Promise<Reply>((resolve, reject) => {
      this.#waiting.set(sequence, { type, nonce, answer: resolve, fail: reject });
    }).finally(() => this.#waiting.delete(sequence));
    answered.catch(() => {});
    const stop = new AbortController();
    const cancel = this.timer.after(takes_s + patience_s, () => {
      this.#waiting
        .get(sequence)
        ?.fail(new TransportError("timeout", `${this.transport.name} did not answer within ${takes_s + patience_s} s`));
    });
    const repeat = async () => {
      await this.transport.write(bytes);
      await sleep(this.timer, takes_s + REPEAT_S, stop.signal);
      while (!stop.signal.aborted) {
        this.counts.repeated++;
        await this.transport.write(bytes);
        await sleep(this.timer, REPEAT_S, stop.signal);
      }
    };
    const repeating = repeat().catch((error: unknown) => {
      this.#waiting.get(sequence)?.fail(error instanceof Error ? error : new Error(String(error)));
    });
    try {
      return await answered;
    } finally {
      cancel();
      stop.abort();
      await repeating;
    }
  }

  #sendHeartbeat(): void {
    if (this.#closed || this.#nonce === 0) return;
    const sequence = ++this.#heartbeat;
    // answers that never came
    this.#heartbeats.delete(sequence - 20);
    this.#heartbeats.set(sequence, this.timer.now_s());
    const request = { type: COMMAND.heartbeat, nonce: this.#nonce, sequence, payload: new Uint8Array() };
    // a line that is gone is told by `closed`
    void this.transport.write(encodeRequest(request)).catch(() => {});
  }

  #take(reply: Reply, now_s: number): void {
    if (reply.protocol !== PROTOCOL) {
      this.#other = reply.protocol;
      this.#waiting.get(reply.sequence)?.fail(new TransportError("timeout", "another protocol"));
      return;
    }
    if (reply.nonce !== this.#nonce && reply.nonce !== this.#token) {
      this.counts.garbled++;
      return;
    }
    if (reply.type === TRIPPED) {
      this.#hearTrip(reply);
      return;
    }
    if (reply.type === (ANSWER | COMMAND.heartbeat)) {
      this.#hearHeartbeat(reply, now_s);
      return;
    }
    if (reply.type === REFUSED && reply.payload[1] === REFUSALS.noSession && reply.nonce === this.#nonce)
      this.#lost = "it was reset, or another host has taken over";
    const waiting = this.#waiting.get(reply.sequence);
    if (waiting?.nonce !== reply.nonce) return;
    const type = reply.type === REFUSED ? (reply.payload[0] ?? 0) : reply.type & ~ANSWER;
    if (type === waiting.type) waiting.answer(reply);
  }

  #hearHeartbeat({ sequence, tick, payload }: Reply, received_s: number): void {
    const sent_s = this.#heartbeats.get(sequence);
    if (sent_s === undefined) return;
    this.#heartbeats.delete(sequence);
    this.clock.add({ sent_s, received_s, device_s: Number(tick) * TICK_S });
    const said = decodeState(payload);
    // the message of the trip itself may have been lost
    if (said?.state === "tripped") this.#trip(said.cause);
  }

  #hearTrip({ payload, tick }: Reply): void {
    const said = decodeState(payload);
    if (!said) return;
    this.#trip(said.cause);
    for (const tell of this.#trips) tell({ cause: said.cause, tick });
  }

  #trip(cause: Cause): void {
    this.#tripped ??= cause;
  }

  #refusal(intent: string, { payload }: Reply, outputs: string): RefusedError {
    const [, why = 0, detail = 0] = payload;
    const cause = why === REFUSALS.latched ? (Object.keys(CAUSE_TEXT) as Cause[])[detail] : undefined;
    const because = cause ? ` (${CAUSE_TEXT[cause]})` : "";
    return new RefusedError(
      this.transport.name,
      intent,
      why,
      because,
      outputs === "" ? "its switches are open" : outputs,
    );
  }
}
