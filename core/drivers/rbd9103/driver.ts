import { BehaviorSubject } from "rxjs";
import { AbortedError, InstrumentError, TransportError, UnsupportedError } from "../../errors.ts";
import { type Admitted, redeem } from "../../limiter/limiter.ts";
import { formatSI } from "../../units.ts";
import type {
  ChannelCapabilities,
  ChannelPlan,
  ChannelPoint,
  Identity,
  InstrumentState,
  Potentiostat,
} from "../instrument.ts";
import { LinePort } from "../linePort.ts";
import { Playing } from "../playing.ts";
import { sleep, type Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { decodeSample, decodeStatus, RANGES } from "./codec.ts";

/** One sample is slow: the filter runs over many. */
const SAMPLE_S = 1;
const SHORTEST_S = 0.05;

export async function identify(transport: Transport, timer: Timer): Promise<Identity> {
  return new Rbd9103(new LinePort(transport, timer), timer, 0).hello();
}

/** @param bias_V what the user says that the bias output gives; 0 = it stays off */
export async function open(transport: Transport, timer: Timer, bias_V: number): Promise<Rbd9103> {
  const device = new Rbd9103(new LinePort(transport, timer), timer, bias_V);
  await device.hello();
  await device.makeSafe();
  return device;
}

/** A picoammeter whose only voltage is a bias that is on or off: levels are 0 V and that one. */
export class Rbd9103 implements Potentiostat {
  readonly port: string;
  readonly channel: ChannelCapabilities;
  readonly states = new BehaviorSubject<InstrumentState>({ mode: "picoammeter", bias: "off" });
  readonly #line: LinePort;
  readonly #timer: Timer;
  readonly #bias_V: number;
  readonly #playing = new Playing();
  #identity: Identity = { manufacturer: "RBD Instruments", model: "9103", serial: "", firmware: "" };

  constructor(line: LinePort, timer: Timer, bias_V: number) {
    this.#line = line;
    this.#timer = timer;
    this.#bias_V = bias_V;
    this.port = line.transport.name;
    this.channel = {
      voltageRange_V: [Math.min(0, bias_V), Math.max(0, bias_V)],
      span_V: Infinity,
      voltageStep_V: Math.abs(bias_V),
      currentRanges_A: RANGES.map(({ full_A }) => full_A),
      compliance: false,
      shortestMeasured_s: SHORTEST_S,
      shortestHeld_s: SHORTEST_S,
      mostPoints: 100_000,
      safeOnSilence: false,
    };
  }

  get identity(): Identity {
    return this.#identity;
  }

  async hello(): Promise<Identity> {
    await this.#line.send("&I0000");
    await this.#line.settle(0.05);
    await this.#line.send("&Q");
    const status = new Map<string, string>();
    for (;;) {
      let line: string;
      try {
        line = await this.#line.line(status.size === 0 ? 0.25 : 0.1);
      } catch (error) {
        if (status.size > 0 && error instanceof TransportError && error.kind === "timeout") break;
        throw error;
      }
      const pair = decodeStatus(line);
      if (pair) status.set(...pair);
      if (status.size > 40) break;
    }
    const firmware = status.get("Firmware Version");
    if (firmware === undefined || !status.has("BIAS"))
      throw new InstrumentError(
        this.port,
        "tell its status",
        JSON.stringify([...status.keys()].slice(0, 4)),
        "its bias was not touched",
      );
    this.#identity = { ...this.#identity, serial: status.get("PID") ?? "", firmware };
    return this.#identity;
  }

  async play(
    admitted: Admitted<ChannelPlan>,
    tell: (points: readonly ChannelPoint[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const plan = redeem(admitted);
    await this.#playing.run(signal, async (stop) => {
      plan.voltage_V.forEach((voltage_V, point) => {
        if (Math.abs(voltage_V) > 1e-12 && Math.abs(voltage_V - this.#bias_V) > 1e-9)
          throw new UnsupportedError(
            "level",
            `point ${point} is at ${formatSI(voltage_V, "V", 4)}; a picoammeter switches a bias of ${formatSI(this.#bias_V, "V", 4)} on and off, nothing between`,
          );
      });
      await this.#setRange(plan.currentRange_A);
      try {
        await this.#run(plan, tell, stop);
      } finally {
        if (!this.#line.closed) await this.#setBias(false);
      }
    });
  }

  async makeSafe(): Promise<void> {
    if (!(await this.#playing.stop()) && !this.#line.closed) await this.#setBias(false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.makeSafe();
    } finally {
      this.states.complete();
      await this.#line.close();
    }
  }

  async #run(plan: ChannelPlan, tell: (points: readonly ChannelPoint[]) => void, stop: AbortSignal): Promise<void> {
    let on: boolean | undefined;
    for (let point = 0; point < plan.voltage_V.length; point++) {
      if (stop.aborted) throw new AbortedError("The plan was stopped, the bias is off");
      const wanted = plan.voltage_V[point] !== 0;
      if (wanted !== on) await this.#setBias((on = wanted));
      const end_s = this.#timer.now_s() + (plan.duration_s[point] ?? 0);
      if (plan.measured[point] === 1) {
        await sleep(this.#timer, (plan.duration_s[point] ?? 0) / 2, stop);
        tell([{ point, ...(await this.#sample()) }]);
      }
      await sleep(this.#timer, end_s - this.#timer.now_s(), stop);
    }
  }

  async #sample(): Promise<Omit<ChannelPoint, "point">> {
    await this.#line.send("&S");
    for (;;) {
      const sample = decodeSample(await this.#line.line(SAMPLE_S));
      if (!sample) continue;
      const { quality, current_A } = sample;
      return { current_A: quality === "over" ? Number.NaN : current_A, overload: quality === "over" };
    }
  }

  /** It answers none of its settings: what is sent is what holds. */
  async #setRange(asked_A: number | "auto"): Promise<void> {
    const range =
      asked_A === "auto" ? undefined : (RANGES.find(({ full_A }) => full_A >= asked_A * (1 - 1e-9)) ?? RANGES.at(-1));
    await this.#line.send(`&R${range?.code ?? 0}`);
    this.states.next({ ...this.states.value, currentRange_A: range?.full_A ?? "auto" });
  }

  async #setBias(on: boolean): Promise<void> {
    await this.#line.send(on ? "&B1" : "&B0");
    const bias = on ? "on" : "off";
    if (this.states.value.bias !== bias) this.states.next({ ...this.states.value, bias });
  }
}
