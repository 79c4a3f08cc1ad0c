import { sleep, type Timer } from "../timer.ts";
import {
  type FrameEvent,
  FrameReader,
  decodeRequest,
  encodeReply,
  PROTOCOL,
  type Request,
} from "../selectorBoard/frames.ts";
import {
  ANSWER,
  type Cause,
  CAUSES,
  COMMAND,
  decodeSetup,
  encodeHello,
  encodeStatus,
  encodeU32,
  REFUSALS,
  REFUSED,
  SETUP_BOUNDS,
  type Setup,
  setupCrc,
  type State,
  STATES,
  TRIPPED,
} from "../selectorBoard/messages.ts";
import type { DigitalOutput } from "./digitalOutput.ts";
import type { GpioSwitches } from "./gpioSwitches.ts";

export interface BridgeDeviceOptions {
  readonly switches: GpioSwitches;
  /** Toggled for as long as a host is alive; an external one-shot turns everything off when it rests. */
  readonly hold: DigitalOutput;
  readonly trigger: DigitalOutput;
  readonly timer: Timer;
  readonly serial: string;
  /** A number that no session of this device had before: its start time in seconds. */
  readonly epoch: number;
}

/** The one-shot behind the hold line lets go after three times this. */
export const HOLD_TOGGLE_S = 0.05;
const FIRMWARE = "1.0";
const DEFAULT_DEADMAN_MS = 400;
const ADDRESS_SETTLE_S = 10e-6;
const LONGEST_TRIGGER_US = 1_000_000;
const BUCKET_PER_BAD = 10;
const BUCKET_TRIPS = 200;

/**
 * The device's side of firmware-bridge/PROTOCOL.md for a computer with GPIO lines; firmware-bridge/firmware/session.c is the same for
 * a board. It cannot watch itself: the hold line is for that.
 */
export class BridgeDevice {
  readonly #options: BridgeDeviceOptions;
  #send: (bytes: Uint8Array) => void = () => {};
  #reader = new FrameReader();
  #state: State = "idle";
  #cause: Cause = "none";
  #nonce = 0;
  #token = 0;
  #sessions = 0;
  #fresh_s = 0;
  #lastCommand = 0;
  #lastHeartbeat = 0;
  #previous = { nonce: 0, command: 0 };
  #setup: Setup | undefined;
  #proved = false;
  #answered: Uint8Array | undefined;
  #junction: { readonly row: number; readonly column: number } | undefined;
  #closedAt_s = 0;
  /** The select under way; another object once it was canceled. */
  #switching: object | undefined;
  #opened_s = 0;
  #held: 0 | 1 = 0;
  #triggerHigh = false;
  #bucket = 0;
  #badFrames = 0;
  #cancelWatch: () => void = () => {};
  #off = false;

  /** Everything is off before anybody calls. @throws Error when a line cannot be written */
  constructor(options: BridgeDeviceOptions) {
    this.#options = options;
    options.switches.open();
    options.trigger.write(0);
    this.#opened_s = options.timer.now_s();
    this.#watch();
  }

  /** Whether a host owns it that was heard of within its dead-man. */
  get owned(): boolean {
    return this.#nonce !== 0 && this.#silence_s() < this.#deadman_s();
  }

  /** A host's line begins; the one before is deaf from now on. */
  connect(send: (bytes: Uint8Array) => void): void {
    this.#send = send;
    this.#reader = new FrameReader();
  }

  receive(chunk: Uint8Array): void {
    for (const event of this.#reader.append(chunk)) this.#take(event);
  }

  /** The line is gone: nobody can want anything any more. */
  hangUp(): void {
    this.#send = () => {};
    this.#stopSwitching();
    if (this.#state !== "tripped") this.#state = "idle";
    this.#endSession();
  }

  /** For good. */
  close(): void {
    this.hangUp();
    this.#off = true;
    this.#cancelWatch();
  }

  #take(event: FrameEvent): void {
    if (event.kind === "emergency") {
      this.#trip("emergency");
      return;
    }
    if (event.kind === "garbage") {
      this.#badFrames = Math.min(0xffff, this.#badFrames + 1);
      this.#bucket = Math.min(255, this.#bucket + BUCKET_PER_BAD);
      if (this.#bucket >= BUCKET_TRIPS && this.#armed()) this.#trip("link");
      return;
    }
    this.#bucket = Math.max(0, this.#bucket - 1);
    const request = decodeRequest(event.content);
    if (!request) return;
    if (request.protocol !== PROTOCOL) this.#refuse(request, REFUSALS.otherProtocol, PROTOCOL);
    else if (request.type === COMMAND.hello) this.#hello(request);
    else if (this.#nonce === 0 || request.nonce !== this.#nonce) this.#refuse(request, REFUSALS.noSession);
    else if (request.type === COMMAND.heartbeat) this.#hearHeartbeat(request);
    else if (request.sequence === this.#lastCommand) {
      if (this.#answered) this.#send(this.#answered);
    } else if (request.sequence < this.#lastCommand) this.#refuse(request, REFUSALS.stale);
    else {
      this.#lastCommand = request.sequence;
      this.#fresh_s = this.#options.timer.now_s();
      this.#answered = undefined;
      this.#execute(request);
    }
  }

  #hello(request: Request): void {
    const token = request.nonce;
    const ours = this.#nonce !== 0 && token === this.#token;
    if (!ours) {
      if (this.owned) {
        this.#refuse(request, REFUSALS.owned);
        return;
      }
      this.#stopSwitching();
      if (this.#state !== "tripped") this.#state = "idle";
      this.#endSession();
      this.#token = token;
      this.#nonce = ((this.#options.epoch << 8) + ++this.#sessions) >>> 0 || 1;
      this.#setup = undefined;
    }
    this.#fresh_s = this.#options.timer.now_s();
    const hello = encodeHello({
      nonce: this.#nonce,
      firmware: FIRMWARE,
      state: this.#state,
      cause: this.#cause,
      resetCause: 0,
      proved: this.#proved,
      previousNonce: this.#previous.nonce,
      previousCommand: this.#previous.command,
      largest: this.#options.switches.largest,
      serial: this.#options.serial,
    });
    this.#reply(ANSWER | COMMAND.hello, token, request.sequence, hello);
  }

  #endSession(): void {
    if (this.#nonce !== 0) this.#previous = { nonce: this.#nonce, command: this.#lastCommand };
    this.#nonce = this.#token = this.#lastCommand = this.#lastHeartbeat = 0;
    this.#answered = undefined;
  }

  #hearHeartbeat({ sequence }: Request): void {
    if (sequence <= this.#lastHeartbeat) return;
    this.#lastHeartbeat = sequence;
    if (this.#state !== "proving") this.#fresh_s = this.#options.timer.now_s();
    this.#reply(ANSWER | COMMAND.heartbeat, this.#nonce, sequence, this.#stateBytes());
  }

  #execute(request: Request): void {
    const { type, payload } = request;
    const bytes = Buffer.from(payload);
    const state = this.#state;
    const refuse = (why: number, detail = 0) => this.#refuseCommand(request, why, detail);
    if (payload.length !== (PAYLOAD_BYTES.get(type) ?? 0)) refuse(REFUSALS.badArgument);
    else if (type === COMMAND.configure) {
      if (this.#armed() || state === "proving") refuse(REFUSALS.notNow, STATES.indexOf(state));
      else this.#configure(request, bytes);
    } else if (type === COMMAND.arm) {
      if (state === "tripped") refuse(REFUSALS.latched, CAUSES.indexOf(this.#cause));
      else if (state !== "idle" || !this.#setup) refuse(REFUSALS.notNow, STATES.indexOf(state));
      else if (bytes.readUInt32LE(0) !== setupCrc(this.#setup)) refuse(REFUSALS.wrongCrc);
      else if (!this.#proved) refuse(REFUSALS.notProved);
      else {
        this.#state = "armed";
        this.#toggleHold();
        this.#answer(request);
      }
    } else if (type === COMMAND.select) {
      const [row = 0, column = 0] = bytes;
      const { rows = 0, columns = 0 } = this.#setup ?? {};
      if (state === "tripped") refuse(REFUSALS.latched, CAUSES.indexOf(this.#cause));
      else if (!this.#armed() || this.#switching) refuse(REFUSALS.notNow, STATES.indexOf(state));
      else if (row >= rows || column >= columns) refuse(REFUSALS.outsideGrid);
      else void this.#select(request, row, column);
    } else if (type === COMMAND.open) {
      const canceled = this.#switching;
      this.#stopSwitching();
      // the select learns of it when it wakes up
      if (canceled) this.#state = "armed";
      if (state === "closed") this.#state = "armed";
      this.#answer(request);
    } else if (type === COMMAND.trigger) {
      const width_us = bytes.readUInt32LE(0);
      if (state === "tripped") refuse(REFUSALS.latched, CAUSES.indexOf(this.#cause));
      else if (!this.#armed() || this.#triggerHigh) refuse(REFUSALS.notNow, STATES.indexOf(state));
      else if (width_us === 0 || width_us > LONGEST_TRIGGER_US) refuse(REFUSALS.badArgument);
      else this.#giveTrigger(request, width_us);
    } else if (type === COMMAND.prove) {
      if (state !== "idle") refuse(REFUSALS.notNow, STATES.indexOf(state));
      else {
        this.#state = "proving";
        this.#answer(request);
      }
    } else if (type === COMMAND.clear || type === COMMAND.disarm) {
      this.#stopSwitching();
      if (type === COMMAND.clear) {
        this.#cause = "none";
        this.#bucket = 0;
      }
      if (type === COMMAND.clear || this.#state !== "tripped") this.#state = "idle";
      this.#answer(request);
    } else if (type === COMMAND.goodbye) {
      this.#stopSwitching();
      if (this.#state !== "tripped") this.#state = "idle";
      this.#answer(request);
      this.#endSession();
    } else if (type === COMMAND.status) this.#answer(request, this.#statusBytes());
    else refuse(REFUSALS.unknownCommand);
  }

  #configure(request: Request, bytes: Buffer): void {
    const { switches } = this.#options;
    const setup = decodeSetup(bytes);
    const { rows, columns } = switches.largest;
    const inside = (name: keyof typeof SETUP_BOUNDS) =>
      setup !== undefined && setup[name] >= SETUP_BOUNDS[name][0] && setup[name] <= SETUP_BOUNDS[name][1];
    this.#setup = undefined;
    const wiring = switches.active === 1 ? "mux-active-high" : "mux-active-low";
    const possible =
      setup &&
      setup.wiring === wiring &&
      setup.channels === switches.channels &&
      setup.rows >= 1 &&
      setup.rows <= rows &&
      setup.columns >= 1 &&
      setup.columns <= columns &&
      inside("deadman_ms") &&
      inside("dead_us") &&
      inside("settle_us");
    if (!possible) {
      this.#refuseCommand(request, REFUSALS.badArgument);
      return;
    }
    this.#setup = setup;
    // what was shown with another time is shown again
    this.#proved = false;
    this.#answer(request, encodeU32(setupCrc(setup)));
  }

  async #select(request: Request, row: number, column: number): Promise<void> {
    const { switches, timer } = this.#options;
    const { dead_us, settle_us } = this.#setup ?? { dead_us: 0, settle_us: 0 };
    const mine = (this.#switching = {});
    const stillMine = () => this.#switching === mine && this.#armed();
    this.#state = "switching";
    try {
      this.#open();
      this.#junction = { row, column };
      await this.#wait(this.#opened_s + dead_us * 1e-6);
      if (!stillMine()) throw new Canceled();
      switches.address(row, column);
      await this.#wait(timer.now_s() + ADDRESS_SETTLE_S);
      if (!stillMine()) throw new Canceled();
      switches.close(row, column);
      this.#closedAt_s = timer.now_s();
      await this.#wait(this.#closedAt_s + settle_us * 1e-6);
      if (!stillMine()) throw new Canceled();
      this.#switching = undefined;
      this.#state = "closed";
      this.#answer(request, encodeU64(this.#ticks(this.#closedAt_s)));
    } catch (error) {
      if (!(error instanceof Canceled)) this.#trip("hardware");
      if (this.#switching === mine) this.#switching = undefined;
      const tripped = this.#cause !== "none";
      const why = tripped ? REFUSALS.latched : REFUSALS.canceled;
      this.#refuse(request, why, tripped ? CAUSES.indexOf(this.#cause) : 0);
    }
  }

  #giveTrigger(request: Request, width_us: number): void {
    const { trigger, timer } = this.#options;
    try {
      trigger.write(1);
    } catch {
      this.#trip("hardware");
      this.#refuseCommand(request, REFUSALS.latched, CAUSES.indexOf(this.#cause));
      return;
    }
    const rose_s = timer.now_s();
    this.#triggerHigh = true;
    timer.after(width_us * 1e-6, () => this.#endTrigger());
    this.#answer(request, encodeU64(this.#ticks(rose_s)));
  }

  #endTrigger(): void {
    if (!this.#triggerHigh) return;
    this.#triggerHigh = false;
    try {
      this.#options.trigger.write(0);
    } catch {
      this.#trip("hardware");
    }
  }

  /** At least until then. A timer is good to a millisecond or two, the rest is spent turning. */
  async #wait(until_s: number): Promise<void> {
    const { timer } = this.#options;
    await sleep(timer, until_s - timer.now_s());
    while (timer.now_s() < until_s) await sleep(timer, until_s - timer.now_s());
  }

  #open(): void {
    const { switches, timer } = this.#options;
    try {
      switches.open();
    } finally {
      this.#opened_s = timer.now_s();
    }
  }

  #stopSwitching(): void {
    this.#switching = undefined;
    this.#junction = undefined;
    try {
      this.#open();
    } catch {
      this.#trip("hardware");
    }
    this.#endTrigger();
  }

  #trip(cause: Cause): void {
    if (this.#state !== "tripped") this.#cause = cause;
    this.#state = "tripped";
    this.#switching = undefined;
    this.#junction = undefined;
    try {
      this.#open();
    } catch {
      // the hold line rests from now on: the one-shot does what this line cannot
    }
    this.#endTrigger();
    this.#reply(TRIPPED, this.#nonce, 0, this.#stateBytes());
  }

  /** Twenty times a second: the dead-man, the longest closure, and the hold line that says that both are being watched. */
  #watch(): void {
    if (this.#off) return;
    const { timer } = this.#options;
    this.#cancelWatch = timer.after(HOLD_TOGGLE_S, () => this.#watch());
    if ((this.#armed() || this.#state === "proving") && this.#silence_s() >= this.#deadman_s()) {
      if (this.#state === "proving") this.#proved = true;
      this.#trip("silence");
    }
    const longest_ms = this.#setup?.longest_ms ?? 0;
    if (longest_ms > 0 && this.#state === "closed" && timer.now_s() - this.#closedAt_s >= longest_ms * 1e-3)
      this.#trip("too-long");
    if (this.#armed()) this.#toggleHold();
  }

  #toggleHold(): void {
    this.#held = this.#held === 1 ? 0 : 1;
    try {
      this.#options.hold.write(this.#held);
    } catch {
      this.#trip("hardware");
    }
  }

  #armed(): boolean {
    return this.#state === "armed" || this.#state === "switching" || this.#state === "closed";
  }

  #silence_s(): number {
    return this.#options.timer.now_s() - this.#fresh_s;
  }

  /** The watch looks every so often: what is noticed late is let go early. */
  #deadman_s(): number {
    return (this.#setup?.deadman_ms ?? DEFAULT_DEADMAN_MS) * 1e-3 - HOLD_TOGGLE_S / 2;
  }

  #ticks(time_s: number): bigint {
    return BigInt(Math.round(time_s * 2e6));
  }

  #stateBytes(): Uint8Array {
    return Uint8Array.of(STATES.indexOf(this.#state), CAUSES.indexOf(this.#cause));
  }

  #statusBytes(): Uint8Array {
    return encodeStatus({
      state: this.#state,
      cause: this.#cause,
      junction: this.#junction,
      proved: this.#proved,
      configured: this.#setup !== undefined,
      bucket: this.#bucket,
      badFrames: this.#badFrames,
      setupCrc: this.#setup ? setupCrc(this.#setup) : 0,
      lastCommand: this.#lastCommand,
      triggers: 0,
      triggerTick: 0n,
    });
  }

  #answer({ type, sequence }: Request, payload: Uint8Array = new Uint8Array()): void {
    this.#keep(this.#reply(ANSWER | type, this.#nonce, sequence, payload), sequence);
  }

  #refuseCommand(request: Request, why: number, detail = 0): void {
    this.#keep(this.#refuse(request, why, detail), request.sequence);
  }

  /** For a repetition of the command. */
  #keep(answer: Uint8Array, sequence: number): void {
    if (sequence === this.#lastCommand) this.#answered = answer;
  }

  #refuse({ type, nonce, sequence }: Request, why: number, detail = 0): Uint8Array {
    return this.#reply(REFUSED, nonce, sequence, Uint8Array.of(type, why, detail));
  }

  #reply(type: number, nonce: number, sequence: number, payload: Uint8Array): Uint8Array {
    const tick = this.#ticks(this.#options.timer.now_s());
    const bytes = encodeReply({ protocol: PROTOCOL, type, nonce, sequence, tick, payload });
    this.#send(bytes);
    return bytes;
  }
}

class Canceled extends Error {}

const PAYLOAD_BYTES: ReadonlyMap<number, number> = new Map([
  [COMMAND.configure, 20],
  [COMMAND.arm, 4],
  [COMMAND.trigger, 4],
  [COMMAND.select, 2],
]);

function encodeU64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
