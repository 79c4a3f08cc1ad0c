import type { Bench } from "../emulation/bench.ts";
import { MUX_CHANNELS } from "./codec.ts";

type Message = Readonly<Record<string, unknown>>;
type Answer = Readonly<Record<string, unknown>>;

const ALL_CHANNELS: readonly number[] = Array.from({ length: MUX_CHANNELS }, (_, k) => k + 1);

/**
 * The switches of a Rodeostat: those of the shield itself (hardware 0.2) and the multiplexer's. The row is reference and
 * counter electrode together; working electrode k is column k - 1. While the multiplexer runs, a test visits the enabled
 * channels in turn, one sample each, and leaves all of them disconnected.
 */
export class EmulatedElectrodes {
  readonly #bench: Bench;
  /** The real one begins with all of them open; clients from before these switches would read no current then. */
  #direct = { Ref: true, Ctr: true, Wrk: true };
  #autoConnect = true;
  #muxEnabled = false;
  #enabled: readonly number[] = ALL_CHANNELS;
  #mux = { Ref: false, Ctr: false, Wrk: 0 };
  #testing = false;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.#wire();
  }

  /** Channel of the multiplexer that is read, 0 without one. */
  get channel(): number {
    return this.#muxEnabled ? this.#mux.Wrk : 0;
  }

  /** @throws Error with the firmware's words when the multiplexer cannot run it */
  beginTest(name: string, muxCompatible: boolean): void {
    if (this.#muxEnabled) {
      const [first] = this.#enabled;
      if (!muxCompatible) throw new Error(`test, ${name}, is not mux compatible`);
      if (first === undefined) throw new Error("mux running, but no enabled working electrode channels");
      this.#mux = { Ref: true, Ctr: true, Wrk: first };
    }
    this.#testing = true;
    this.#wire();
  }

  /** After every sample the next channel has its turn. */
  advance(): void {
    if (!this.#muxEnabled || this.#enabled.length < 2) return;
    const at = this.#enabled.indexOf(this.#mux.Wrk);
    this.#mux = { ...this.#mux, Wrk: this.#enabled[(at + 1) % this.#enabled.length] ?? 0 };
    this.#wire();
  }

  endTest(): void {
    this.#testing = false;
    if (this.#muxEnabled) this.#mux = { Ref: false, Ctr: false, Wrk: 0 };
    this.#wire();
  }

  /** @returns undefined for a command that has nothing to do with electrodes; @throws Error in the firmware's words */
  answer(command: string, message: Message): Answer | undefined {
    const switched = /^(set|get)(Mux)?(Ref|Ctr|Wrk|All)ElectConnected$/.exec(command);
    if (switched) {
      const [, verb, mux, which = ""] = switched;
      if (mux === undefined) return this.#answerDirect(which, verb === "set" ? message : undefined);
      if (which !== "All") return this.#answerMux(which, verb === "set" ? message : undefined);
    }
    switch (command) {
      case "setElectAutoConnect":
        this.#autoConnect = flag(message, "autoConnect");
        this.#wire();
        return { autoConnect: this.#autoConnect };
      case "getElectAutoConnect":
        return { autoConnect: this.#autoConnect };
      case "setMuxEnabled":
        this.#muxEnabled = flag(message, "muxEnabled");
        this.#mux = { Ref: false, Ctr: false, Wrk: 0 };
        this.#wire();
        return { muxEnabled: this.#muxEnabled };
      case "getMuxEnabled":
        return { muxEnabled: this.#muxEnabled };
      case "setEnabledMuxChannels":
        this.#enabled = channelsOf(message);
        return { muxChannel: this.#enabled };
      case "getEnabledMuxChannels":
        return { muxChannel: this.#enabled };
      case "disconnectAllMuxElect":
        this.#mux = { Ref: false, Ctr: false, Wrk: 0 };
        this.#wire();
        return {};
      default:
        return undefined;
    }
  }

  #answerDirect(which: string, message: Message | undefined): Answer {
    if (message) {
      const connected = flag(message, "connected");
      this.#direct =
        which === "All" ? { Ref: connected, Ctr: connected, Wrk: connected } : { ...this.#direct, [which]: connected };
      this.#wire();
    }
    const { Ref, Ctr, Wrk } = this.#direct;
    return { connected: which === "All" ? Ref && Ctr && Wrk : { Ref, Ctr, Wrk }[which] };
  }

  #answerMux(which: string, message: Message | undefined): Answer {
    if (message) {
      const connected = key(message, "connected");
      if (!this.#muxEnabled) throw new Error("mux not enabled - unable to connect/disconnect");
      if (which === "Wrk") this.#mux = { ...this.#mux, Wrk: this.#channelOf(connected) };
      else this.#mux = { ...this.#mux, [which]: flag(message, "connected") };
      this.#wire();
    }
    const { Ref, Ctr, Wrk } = this.#mux;
    return { connected: which === "Wrk" ? (Wrk === 0 ? false : Wrk) : which === "Ref" ? Ref : Ctr };
  }

  #channelOf(connected: unknown): number {
    if (connected === false) return 0;
    if (connected === true) throw new Error("if bool 'connected' must be false");
    if (typeof connected !== "number" || !Number.isInteger(connected)) throw new Error("connected must be bool or int");
    if (!ALL_CHANNELS.includes(connected)) throw new Error("mux channel out of range");
    if (!this.#enabled.includes(connected)) throw new Error("mux channel is not enabled");
    return connected;
  }

  #wire(): void {
    const { columns } = this.#bench.array.grid;
    if (this.#muxEnabled) {
      const { Ref, Ctr, Wrk } = this.#mux;
      this.#bench.select(Ref && Ctr && Wrk > 0 && Wrk <= columns ? { row: 0, column: Wrk - 1 } : undefined);
      return;
    }
    // the shield connects its electrodes for a test by itself, unless it was told not to
    const { Ref, Ctr, Wrk } = this.#direct;
    const connected = (Ref && Ctr && Wrk) || (this.#testing && this.#autoConnect);
    this.#bench.select(connected ? { row: 0, column: 0 } : undefined);
  }
}

function key(message: Message, name: string): unknown {
  if (!(name in message)) throw new Error(`json does not contain key: ${name}`);
  return message[name];
}

function flag(message: Message, name: string): boolean {
  const value = key(message, name);
  if (typeof value !== "boolean") throw new Error(`unable to convert '${name}' to bool`);
  return value;
}

function channelsOf(message: Message): readonly number[] {
  const channels = key(message, "muxChannel");
  if (!Array.isArray(channels)) throw new Error("muxChannel not a JsonArray");
  if (channels.length > MUX_CHANNELS) throw new Error("muxChannel array too large");
  return channels.map((channel: unknown) => {
    if (typeof channel !== "number" || !Number.isInteger(channel)) throw new Error("muxChannel element not an int");
    if (!ALL_CHANNELS.includes(channel)) throw new Error("muxChannel element out of range");
    return channel;
  });
}
