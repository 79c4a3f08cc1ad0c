import { InstrumentError } from "../../errors.ts";
import type { Address } from "../../stimulus.ts";
import type { Identity, Selector } from "../instrument.ts";
import type { Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { BoardLink, RefusedError, TICK_S } from "./link.ts";
import {
  CAUSE_TEXT,
  COMMAND,
  decodeStatus,
  encodeSetup,
  encodeU32,
  type Hello,
  REFUSALS,
  type Setup,
  setupCrc,
  type Status,
} from "./messages.ts";

/** Width of the pulse that marks the start of a plan on the trigger output. */
const TRIGGER_US = 100;
/** What the switching itself takes beside dead and settling time. */
const SWITCHING_S = 0.02;
/** A dead-man that lets go later than this after its time is none. */
const LATE_S = 0.1;

export function toIdentity(hello: Hello, model: string): Identity {
  return {
    manufacturer: "Crosspore",
    model,
    serial: hello.serial === "" ? "none" : hello.serial,
    firmware: hello.firmware,
  };
}

/** Only asks. */
export async function identify(transport: Transport, timer: Timer, model: string): Promise<Identity> {
  const link = new BoardLink(transport, timer);
  const hello = await link.hello();
  await link.goodbye();
  return toIdentity(hello, model);
}

/**
 * Opens a session, sets geometry and limits, has the device show its dead-man while nothing is connected, and arms it.
 * What an earlier host left behind (a trip, a closed junction) is over then: nothing is resumed.
 * @throws InstrumentError when it refuses or its dead-man does not work, TransportError
 */
export async function openBoard(
  transport: Transport,
  timer: Timer,
  setup: Setup,
  model: string,
): Promise<SelectorBoard> {
  const link = new BoardLink(transport, timer);
  const hello = await link.hello();
  const board = new SelectorBoard(link, setup, toIdentity(hello, model));
  try {
    await board.start();
  } catch (error) {
    link.rest();
    throw error;
  }
  return board;
}

/** A board or a Raspberry Pi that speaks firmware-bridge/PROTOCOL.md. */
export class SelectorBoard implements Selector {
  readonly grid;
  readonly unselectedLines;
  readonly identity: Identity;
  readonly setup: Setup;
  readonly link: BoardLink;
  /** How long the device waited before it let go, as it showed when it was opened, s of its own clock. */
  deadmanShown_s = Number.NaN;
  #left = false;

  constructor(link: BoardLink, setup: Setup, identity: Identity) {
    this.link = link;
    this.setup = setup;
    this.identity = identity;
    this.grid = { rows: setup.rows, columns: setup.columns };
    this.unselectedLines = setup.unselectedLines;
  }

  /** Also after a trip: everything that arming asks for is done again. */
  async start(): Promise<void> {
    const { link, setup } = this;
    link.rest();
    await link.command(COMMAND.clear, "forget earlier trips");
    link.forgetTrip();
    await link.command(COMMAND.configure, "take its geometry and limits", encodeSetup(setup));
    this.deadmanShown_s = await this.#proveDeadman();
    await link.command(COMMAND.clear, "forget the trip that it showed");
    link.forgetTrip();
    link.beat();
    await link.command(COMMAND.arm, "arm", encodeU32(setupCrc(setup)));
  }

  async select({ row, column }: Address): Promise<void> {
    const { rows, columns } = this.grid;
    if (!(isLine(row, rows) && isLine(column, columns)))
      throw new RangeError(`row ${row}, column ${column} is outside ${rows} x ${columns}`);
    const intent = `connect row ${row} and column ${column}`;
    this.#checkTrip(intent);
    const { dead_us, settle_us } = this.setup;
    await this.#do(COMMAND.select, intent, Uint8Array.of(row, column), 1e-6 * (dead_us + settle_us) + SWITCHING_S);
  }

  /** Overtakes a `select` under way, which then rejects. A line that is gone has opened everything by itself. */
  async open(): Promise<void> {
    if (this.link.closed || this.link.tripped !== undefined) return;
    await this.#do(COMMAND.open, "open every switch");
  }

  /** A pulse on the trigger output. @returns when it rose, host time in s; NaN as long as the clocks were not compared */
  async trigger(width_us = TRIGGER_US): Promise<number> {
    this.#checkTrip("give a trigger");
    const { payload } = await this.#do(COMMAND.trigger, "give a trigger", encodeU32(width_us));
    return this.link.clock.toHost_s(Number(Buffer.from(payload).readBigUInt64LE(0)) * TICK_S) ?? Number.NaN;
  }

  async status(): Promise<Status> {
    const { payload } = await this.#do(COMMAND.status, "say how it stands");
    const status = decodeStatus(payload);
    if (!status)
      throw new InstrumentError(
        this.link.transport.name,
        "say how it stands",
        Buffer.from(payload).toString("hex"),
        "some of its switches may be closed",
      );
    return status;
  }

  async confirm({ row, column }: Address): Promise<void> {
    const intent = `keep row ${row} and column ${column} connected`;
    this.#checkTrip(intent);
    const { junction, state, cause } = await this.status();
    if (state === "closed" && junction?.row === row && junction.column === column) return;
    throw new InstrumentError(
      this.link.transport.name,
      intent,
      `that it is ${state}${cause === "none" ? "" : `: ${CAUSE_TEXT[cause]}`}`,
      "its switches are open",
    );
  }

  /** Opens everything at once and latches; @throws TransportError when the device does not confirm it */
  halt(): Promise<void> {
    return this.link.halt();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    try {
      if (!this.link.closed && this.link.lost === undefined) await this.link.goodbye();
    } finally {
      await this.link.close();
    }
  }

  async #do(type: number, intent: string, payload?: Uint8Array, takes_s?: number) {
    const { link } = this;
    try {
      return await link.command(type, intent, payload, takes_s);
    } catch (error) {
      // what was overtaken was not executed, and a new number is a new command
      if (error instanceof RefusedError && error.why === REFUSALS.stale)
        return link.command(type, intent, payload, takes_s);
      throw error;
    }
  }

  #checkTrip(intent: string): void {
    const { tripped, lost, transport } = this.link;
    if (tripped === undefined && lost === undefined) return;
    const why = tripped === undefined ? `that this session is over: ${lost}` : `that it let go: ${CAUSE_TEXT[tripped]}`;
    throw new InstrumentError(transport.name, intent, why, "its switches are open until it is opened again");
  }

  /** Silent on purpose, with nothing connected: the device must trip by itself, and in time. @returns after how long, by its clock */
  async #proveDeadman(): Promise<number> {
    const { link, setup } = this;
    const deadman_s = setup.deadman_ms * 1e-3;
    const refuse = (said: string) =>
      new InstrumentError(
        link.transport.name,
        "show that it lets go when this computer is silent",
        said,
        "it is not armed and its switches are open; do not use it, flash it again (docs/hardware.md)",
      );
    const { tick: begun } = await link.command(COMMAND.prove, "show its dead-man");
    const trip = await link.nextTrip(deadman_s + 5 * LATE_S);
    // the message itself may have been lost: asked, it says so
    const status = await this.status();
    if (status.state !== "tripped" || status.cause !== "silence" || !status.proved)
      throw refuse(`nothing for ${deadman_s + 5 * LATE_S} s, its state is ${status.state}`);
    if (!trip) return Number.NaN;
    const shown_s = Number(trip.tick - begun) * TICK_S;
    if (!(shown_s >= 0.5 * deadman_s && shown_s <= deadman_s + LATE_S))
      throw refuse(`after ${shown_s.toFixed(3)} s, its limit is ${deadman_s} s`);
    return shown_s;
  }
}

function isLine(line: number, count: number): boolean {
  return Number.isInteger(line) && line >= 0 && line < count;
}
