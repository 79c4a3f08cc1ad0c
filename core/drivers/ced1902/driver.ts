import { BehaviorSubject } from "rxjs";
import { InstrumentError, UnsupportedError } from "../../errors.ts";
import type { Conditioner, Identity, InstrumentState } from "../instrument.ts";
import { BytePort } from "../bytePort.ts";
import type { Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { decodeIndex, encodeQuery, encodeSet, isSetting, type Setting, SETTINGS, TIMEOUT_S } from "./codec.ts";

const CR = 0x0d;
const LONGEST_LINE = 80;
const NAMES = Object.keys(SETTINGS).filter(isSetting);

export async function identify(transport: Transport, timer: Timer): Promise<Identity> {
  return new Ced1902(new BytePort(transport, timer)).hello();
}

export async function open(transport: Transport, timer: Timer, wanted: InstrumentState): Promise<Ced1902> {
  checkSettings(wanted);
  const device = new Ced1902(new BytePort(transport, timer));
  await device.hello();
  await device.set(wanted);
  return device;
}

/** @throws UnsupportedError for what is no setting, or beyond it; all are looked at before one is sent */
function checkSettings(changes: InstrumentState): readonly (readonly [Setting, number])[] {
  return Object.entries(changes).map(([name, value]) => {
    if (!isSetting(name))
      throw new UnsupportedError("setting", `${name} is no setting of a CED 1902, allowed are ${NAMES.join(", ")}`);
    const { most } = SETTINGS[name];
    const number = Number(value);
    if (!(Number.isInteger(number) && number >= 0 && number <= most))
      throw new UnsupportedError("setting", `${name} is ${String(value)}, allowed are whole numbers from 0 to ${most}`);
    return [name, number];
  });
}

/** Gain and filters of a preamplifier; it drives nothing. */
export class Ced1902 implements Conditioner {
  readonly port: string;
  readonly states = new BehaviorSubject<InstrumentState>({});
  readonly #line: BytePort;
  /** What the gain indices mean, as it says itself. */
  #gains: readonly string[] = [];
  #identity: Identity = { manufacturer: "CED", model: "1902", serial: "none", firmware: "not told" };

  constructor(line: BytePort) {
    this.#line = line;
    this.port = line.transport.name;
  }

  get identity(): Identity {
    return this.#identity;
  }

  async hello(): Promise<Identity> {
    await this.#line.settle(0.05);
    this.#gains = await this.#list("?GS;");
    if (this.#gains.length === 0) throw new InstrumentError(this.port, "list its gains", "none", "it drives nothing");
    const inputs = await this.#list("?IS;");
    const simulated = inputs.some((input) => /\bSIM/.test(input));
    if (simulated) this.#identity = { ...this.#identity, serial: "SIM0001", firmware: "simulated" };
    await this.#read();
    return this.#identity;
  }

  async set(changes: InstrumentState): Promise<void> {
    for (const [name, number] of checkSettings(changes)) {
      await this.#line.send(`${encodeSet(name, number)}\r`);
      const found = await this.#query(name);
      if (found !== number)
        throw new InstrumentError(this.port, `set ${name} to ${number}`, `that it is ${found}`, "it drives nothing");
    }
    if (Object.keys(changes).length > 0) await this.#read();
  }

  async makeSafe(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.states.complete();
    await this.#line.close();
  }

  async #read(): Promise<void> {
    const state: Record<string, number | string> = {};
    for (const name of NAMES) state[name] = await this.#query(name);
    const gain = this.#gains[Number(state.gain)];
    // a gain that it does not list is unknown, and said to be
    this.states.next({ ...state, gainFactor: gain === undefined ? "unknown" : Number(gain) });
  }

  async #query(name: Setting): Promise<number> {
    await this.#line.send(`${encodeQuery(name)}\r`);
    const line = await this.#lineOf();
    const index = decodeIndex(line);
    if (index === undefined)
      throw new InstrumentError(this.port, `tell its ${name}`, JSON.stringify(line), "it drives nothing");
    return index;
  }

  async #list(query: string): Promise<readonly string[]> {
    await this.#line.send(`${query}\r`);
    const count = decodeIndex(await this.#lineOf()) ?? 0;
    const items: string[] = [];
    for (let k = 0; k < Math.min(count, 100); k++) items.push((await this.#lineOf()).trim());
    return items;
  }

  /** Lines end with CR alone. */
  async #lineOf(): Promise<string> {
    let text = "";
    while (text.length < LONGEST_LINE) {
      const [byte = CR] = await this.#line.bytes(1, TIMEOUT_S);
      if (byte === CR) return text;
      if (byte !== 0x0a) text += String.fromCharCode(byte);
    }
    return text;
  }
}
