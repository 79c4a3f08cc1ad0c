import { AbortedError, InstrumentError, UnsupportedError } from "../../errors.ts";
import type { Address } from "../../stimulus.ts";
import { type Admitted, redeem } from "../../limiter/limiter.ts";
import type { OpenInstrument } from "../driver.ts";
import type {
  ChannelCapabilities,
  ChannelPlan,
  ChannelPoint,
  Identity,
  Potentiostat,
  Selector,
} from "../instrument.ts";
import { ANSWER_TIMEOUT_S, LinePort } from "../linePort.ts";
import { Playing } from "../playing.ts";
import { drawNonce, findEcho, nonceWord } from "../session.ts";
import { sleep, type Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { CURRENT_RANGES, decodeLine, encodeCommand, MUX_CHANNELS, parseVariant, type Variant } from "./codec.ts";
import { stepPlan } from "./steps.ts";

/** Relays and the first sample of the amplifier. */
const MUX_SETTLE_S = 0.01;
/** Samples come this much later than their time, at most. */
const LATE_S = 0.4;

/** Says hello, stops whatever runs, sets 0 V. */
export async function open(transport: Transport, timer: Timer, nonce?: number): Promise<OpenInstrument> {
  const device = new Rodeostat(new LinePort(transport, timer), timer);
  const selector = await device.start(nonce);
  return { instrument: device, selector };
}

export async function identify(transport: Transport, timer: Timer): Promise<Identity> {
  const device = new Rodeostat(new LinePort(transport, timer), timer);
  await device.hello();
  return device.identity;
}

class Rodeostat implements Potentiostat {
  readonly port: string;
  readonly #line: LinePort;
  readonly #timer: Timer;
  #identity: Identity = { manufacturer: "IO Rodeo", model: "Rodeostat", serial: "", firmware: "" };
  #variant: Variant = "microAmp";
  readonly #playing = new Playing();

  constructor(line: LinePort, timer: Timer) {
    this.#line = line;
    this.#timer = timer;
    this.port = line.transport.name;
  }

  get identity(): Identity {
    return this.#identity;
  }

  get channel(): ChannelCapabilities {
    return {
      voltageRange_V: [-10, 10],
      span_V: Infinity,
      // 12 bits over the 1 V range; coarser in the wider ranges that it takes by itself
      voltageStep_V: 2 / 4095,
      currentRanges_A: Object.values(CURRENT_RANGES[this.#variant]),
      compliance: false,
      shortestMeasured_s: 2e-3,
      shortestHeld_s: 1e-3,
      mostPoints: 1_000_000,
      // a test ends by itself, but nothing watches the host
      safeOnSilence: false,
    };
  }

  /** Whatever ran is stopped and what it still says is thrown away: no stale sample survives. */
  async hello(nonce = drawNonce()): Promise<void> {
    const word = nonceWord(nonce);
    const greet = async () => {
      await this.#line.send("");
      await this.#line.send(encodeCommand("stopTest"));
      // a command that is none is refused by its name
      await this.#line.send(encodeCommand(word));
    };
    await findEcho(this.#line, greet, (text) => {
      const said = decodeLine(text);
      return said.kind === "answer" && !said.answer.success && (said.answer.message ?? "").includes(word);
    });
    const variantText = String((await this.#ask("getVariant", {}, "name its variant")).variant);
    const variant = parseVariant(variantText);
    if (!variant)
      throw new InstrumentError(
        this.port,
        "name its variant",
        JSON.stringify(variantText),
        "the output was not touched",
      );
    this.#variant = variant;
    const { version } = await this.#ask("getVersion", {}, "name its firmware");
    const { deviceId } = await this.#ask("getDeviceId", {}, "name itself");
    this.#identity = {
      manufacturer: "IO Rodeo",
      model: `Rodeostat ${variantText}`,
      serial: String(deviceId),
      firmware: String(version),
    };
  }

  async start(nonce?: number): Promise<Selector> {
    await this.hello(nonce);
    await this.#ask("setVolt", { v: 0 }, "set 0 V");
    await this.#ask("setMuxEnabled", { muxEnabled: true }, "enable its multiplexer");
    await this.#ask("disconnectAllMuxElect", {}, "disconnect all electrodes");
    return {
      grid: { rows: 1, columns: MUX_CHANNELS },
      // electrodes that are not read lie on ground
      unselectedLines: "grounded",
      select: (address) => this.#select(address),
      open: async () => void (await this.#ask("disconnectAllMuxElect", {}, "disconnect all electrodes")),
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async play(
    admitted: Admitted<ChannelPlan>,
    tell: (points: readonly ChannelPoint[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const plan = redeem(admitted);
    await this.#playing.run(signal, (stop) => this.#run(plan, tell, stop));
  }

  async makeSafe(): Promise<void> {
    if (!(await this.#playing.stop()) && !this.#line.closed) await this.#ask("setVolt", { v: 0 }, "set 0 V");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.makeSafe();
    } finally {
      await this.#line.close();
    }
  }

  async #run(plan: ChannelPlan, tell: (points: readonly ChannelPoint[]) => void, stop: AbortSignal): Promise<void> {
    const stepped = stepPlan(plan);
    const param = { quietValue: 0, quietTime: 0, step: stepped.steps };
    await this.#ask("setCurrRange", { currRange: this.#rangeFor(plan.currentRange_A) }, "set its current range");
    await this.#ask("setSamplePeriod", { samplePeriod: stepped.samplePeriod_ms }, "set its sample period");
    await this.#ask("setParam", { test: "multiStep", param }, `take ${stepped.steps.length} steps`);
    if (stop.aborted) throw new AbortedError("Aborted before anything moved");
    await this.#ask("runTest", { test: "multiStep" }, "run the steps");
    let halting = false;
    const halt = () => {
      halting = true;
      void this.#line.send(encodeCommand("stopTest")).catch(() => {});
    };
    stop.addEventListener("abort", halt);
    if (stop.aborted) halt();
    try {
      for (;;) {
        const line = decodeLine(await this.#line.line(stepped.samplePeriod_ms / 1000 + LATE_S));
        if (line.kind === "done") break;
        if (line.kind === "answer") {
          // of stopTest; samples that were on their way may follow
          if (!line.answer.success && !halting) throw this.#refused("run the steps", line.answer.message);
          continue;
        }
        if (line.kind === "garbage" || halting) continue;
        const { t, i, le = false } = line.sample;
        const point = stepped.pointOf.get(Math.round(t / stepped.samplePeriod_ms));
        // the working electrode is the column: what flows into it left the row with the other sign
        if (point !== undefined) tell([{ point, current_A: i === null ? Number.NaN : -i * 1e-6, overload: le }]);
      }
    } finally {
      stop.removeEventListener("abort", halt);
    }
    await this.#ask("setVolt", { v: 0 }, "set 0 V");
    if (halting) throw new AbortedError("The plan was stopped, the output is at 0 V");
  }

  async #select({ row, column }: Address): Promise<void> {
    if (row !== 0 || !(column >= 0 && column < MUX_CHANNELS))
      throw new RangeError(`row ${row}, column ${column}: a Rodeostat has row 0 and columns 0 to ${MUX_CHANNELS - 1}`);
    await this.#ask("disconnectAllMuxElect", {}, "disconnect all electrodes");
    // a test visits every enabled channel in turn, and connects the first of them by itself
    await this.#ask("setEnabledMuxChannels", { muxChannel: [column + 1] }, `enable working electrode ${column + 1}`);
    await this.#ask("setMuxRefElectConnected", { connected: true }, "connect the reference");
    await this.#ask("setMuxCtrElectConnected", { connected: true }, "connect the counter electrode");
    await this.#ask("setMuxWrkElectConnected", { connected: column + 1 }, `connect working electrode ${column + 1}`);
    await sleep(this.#timer, MUX_SETTLE_S);
  }

  /** The narrowest range that holds what was asked; "auto" is the widest, the instrument changes none by itself. */
  #rangeFor(asked_A: number | "auto"): string {
    const ranges = Object.entries(CURRENT_RANGES[this.#variant]).sort(([, a], [, b]) => a - b);
    const found = asked_A === "auto" ? undefined : ranges.find(([, full_A]) => full_A >= asked_A * (1 - 1e-9));
    const [name] = found ?? ranges.at(-1) ?? [];
    if (name === undefined) throw new UnsupportedError("current range", `${this.port} has no current ranges`);
    return name;
  }

  /** Sends a command and waits for its own answer; late ones of others are passed over. */
  async #ask(
    command: string,
    fields: Readonly<Record<string, unknown>>,
    intent: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    await this.#line.send(encodeCommand(command, fields));
    for (;;) {
      const line = decodeLine(await this.#line.line(ANSWER_TIMEOUT_S));
      if (line.kind !== "answer") continue;
      const { answer } = line;
      if (!answer.success) throw this.#refused(intent, answer.message);
      if (answer.response.command === command) return answer.response;
    }
  }

  #refused(intent: string, message = "no reason"): InstrumentError {
    return new InstrumentError(this.port, intent, JSON.stringify(message), "its output is as it was, at most 0 V");
  }
}
