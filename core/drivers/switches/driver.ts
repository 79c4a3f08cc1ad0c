import { InstrumentError } from "../../errors.ts";
import type { Identity, Selector } from "../instrument.ts";
import { LinePort } from "../linePort.ts";
import { decodeError, decodeIdentity } from "../scpi/replies.ts";
import { drawNonce, findRegisterEcho } from "../session.ts";
import { sleep, type Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { decodeClosed, encodeChannels } from "./channelList.ts";
import {
  AGILENT_34970A,
  allChannels,
  type CardSlots,
  junctionChannels,
  type MatrixModel,
  matrixGrid,
} from "./matrix.ts";

const COMMAND_S = 1;
const FLOW = /[\u0011\u0013]/g;

function openLine(transport: Transport, timer: Timer): LinePort {
  return new LinePort(transport, timer, "\n", (text) => text.replaceAll(FLOW, ""));
}

async function hello(line: LinePort, model: MatrixModel, nonce = drawNonce()): Promise<Identity> {
  await line.send("");
  await findRegisterEcho(line, nonce);
  const answer = await line.ask("*IDN?");
  const identity = decodeIdentity(answer);
  if (!identity || !model.identity.test(answer))
    throw new InstrumentError(
      line.transport.name,
      `be a ${model.title}`,
      JSON.stringify(answer),
      "nothing was switched",
    );
  return identity;
}

export function identify(transport: Transport, timer: Timer, model: MatrixModel): Promise<Identity> {
  return hello(openLine(transport, timer), model);
}

/** Every switch is open afterwards. */
export async function open(
  transport: Transport,
  timer: Timer,
  model: MatrixModel,
  slots: CardSlots,
  nonce?: number,
): Promise<Selector> {
  const line = openLine(transport, timer);
  await hello(line, model, nonce);
  const matrix = new SwitchMatrix(line, model, slots);
  await matrix.start();
  return matrix;
}

/** Break before make, and what the mainframe says is closed is read back every time. */
class SwitchMatrix implements Selector {
  readonly grid;
  readonly unselectedLines = "floating";
  readonly #line: LinePort;
  readonly #model: MatrixModel;
  readonly #slots: CardSlots;
  readonly #all: readonly number[];
  #left = false;

  constructor(line: LinePort, model: MatrixModel, slots: CardSlots) {
    this.#line = line;
    this.#model = model;
    this.#slots = slots;
    this.#all = allChannels(model, slots);
    this.grid = matrixGrid(model);
  }

  async start(): Promise<void> {
    // a mainframe at its front panel takes no commands over RS-232
    if (this.#model === AGILENT_34970A) await this.#do("SYST:REM", "listen to its port");
    await this.#do("*CLS", "forget its errors");
    await this.open();
  }

  async select(address: { readonly row: number; readonly column: number }): Promise<void> {
    const { rows, columns } = this.grid;
    const { row, column } = address;
    if (!(row >= 0 && row < rows && column >= 0 && column < columns))
      throw new RangeError(`row ${row}, column ${column} is outside ${rows} x ${columns}`);
    await this.open();
    const channels = junctionChannels(this.#model, this.#slots, address);
    const close = this.#model === AGILENT_34970A ? "ROUT:CLOS" : "ROUT:MULT:CLOS";
    await this.#do(`${close} ${encodeChannels(channels)}`, `connect row ${row} and column ${column}`);
    await this.#check(channels, `connect row ${row} and column ${column}`);
    await sleep(this.#line.timer, this.#model.settle_s);
  }

  async open(): Promise<void> {
    if (this.#line.closed) return;
    await this.#do(
      this.#model === AGILENT_34970A ? `ROUT:OPEN ${encodeChannels(this.#all)}` : "ROUT:OPEN:ALL",
      "open every switch",
    );
    await this.#check([], "open every switch");
    await sleep(this.#line.timer, this.#model.settle_s);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    try {
      await this.open();
    } finally {
      await this.#line.close();
    }
  }

  async #do(command: string, intent: string): Promise<void> {
    await this.#line.send(command);
    const answer = await this.#line.ask("SYST:ERR?", COMMAND_S);
    const error = decodeError(answer);
    if (error?.scpiCode === 0) return;
    const said = error ? `${error.scpiCode}, ${error.meaning}` : JSON.stringify(answer.slice(0, 200));
    throw new InstrumentError(this.#line.transport.name, intent, said, "some of its switches may be closed");
  }

  async #check(expected: readonly number[], intent: string): Promise<void> {
    const query = this.#model === AGILENT_34970A ? `ROUT:CLOS? ${encodeChannels(this.#all)}` : "ROUT:MULT:CLOS?";
    const answer = await this.#line.ask(query, COMMAND_S);
    const closed = decodeClosed(answer, this.#all);
    if (closed?.size === expected.length && expected.every((channel) => closed.has(channel))) return;
    const said = closed ? `that ${encodeChannels(closed)} are closed` : JSON.stringify(answer.slice(0, 200));
    throw new InstrumentError(this.#line.transport.name, intent, said, "some of its switches may be closed");
  }
}
