import { AbortedError, InstrumentError, TransportError } from "../../errors.ts";
import { type Admitted, redeem } from "../../limiter/limiter.ts";
import { formatSI } from "../../units.ts";
import type { ChannelCapabilities, ChannelPlan, ChannelPoint, Identity, Potentiostat } from "../instrument.ts";
import { LinePort } from "../linePort.ts";
import { Playing } from "../playing.ts";
import { drawNonce, findRegisterEcho } from "../session.ts";
import { stepLevels } from "../stepLevels.ts";
import type { Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import type { ScpiProfile } from "./profile.ts";
import { decodeError, decodeIdentity, decodeNumbers } from "./replies.ts";

const QUIET_S = 0.05;
const COMMAND_S = 1;
const FLOW = /[\u0011\u0013]/g;
const OFF = "its output is off";
const UNKNOWN = "the state of its output is not known: look at its display";
export const ENDS = { lf: "\n", cr: "\r", crlf: "\r\n" } as const;

export function openLine(transport: Transport, timer: Timer, end: string): LinePort {
  return new LinePort(transport, timer, end, (text) => text.replaceAll(FLOW, ""));
}

/** Anything that says who it is in the way of IEEE 488.2. */
export async function identify(transport: Transport, timer: Timer): Promise<Identity> {
  return hello(openLine(transport, timer, "\n"), []);
}

export async function hello(line: LinePort, words: readonly string[], nonce = drawNonce()): Promise<Identity> {
  await line.send("");
  try {
    await findRegisterEcho(line, nonce);
  } catch (error) {
    // without the registers of IEEE 488.2 only silence tells that everything old has been said
    if (!(error instanceof TransportError) || error.kind !== "timeout") throw error;
    await line.settle(QUIET_S);
  }
  const answer = await line.ask("*IDN?");
  const identity = decodeIdentity(answer);
  const missing = words.find((word) => !answer.includes(word));
  if (identity && missing === undefined) return identity;
  const asked = missing === undefined ? "say who it is" : `have "${missing}" in its identity`;
  throw new InstrumentError(line.transport.name, asked, JSON.stringify(answer.slice(0, 200)), "nothing was driven");
}

export async function open(
  transport: Transport,
  timer: Timer,
  profile: ScpiProfile,
  nonce?: number,
): Promise<Potentiostat> {
  const line = openLine(transport, timer, ENDS[profile.lineEnd]);
  if (profile.clear !== "") await transport.write(Buffer.from(profile.clear, "latin1"));
  const device = new ScpiSourceMeter(line, profile, await hello(line, profile.identity, nonce));
  await device.start();
  return device;
}

/**
 * A source-measure unit that the host steps from level to level: it has no clock of its own that we know how to use. A
 * level begins when its command has been sent; times are as good as the host and the line.
 */
class ScpiSourceMeter implements Potentiostat {
  readonly identity: Identity;
  readonly port: string;
  readonly channel: ChannelCapabilities;
  readonly #line: LinePort;
  readonly #profile: ScpiProfile;
  readonly #playing = new Playing();

  constructor(line: LinePort, profile: ScpiProfile, identity: Identity) {
    this.#line = line;
    this.#profile = profile;
    this.identity = identity;
    this.port = line.transport.name;
    this.channel = {
      voltageRange_V: profile.voltage.range_V,
      span_V: Infinity,
      voltageStep_V: profile.voltage.step_V,
      currentRanges_A: profile.current.ranges_A,
      compliance: true,
      shortestMeasured_s: profile.shortest_s,
      shortestHeld_s: profile.shortest_s,
      mostPoints: 100_000,
      // the last level stays when the host falls silent
      safeOnSilence: false,
    };
  }

  async start(): Promise<void> {
    await this.#switchOff();
    await this.#do(this.#profile.start, "take its settings");
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
    if (!(await this.#playing.stop()) && !this.#line.closed) await this.#switchOff();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.makeSafe();
    } finally {
      await this.#line.close();
    }
  }

  async #run(plan: ChannelPlan, tell: (points: readonly ChannelPoint[]) => void, stop: AbortSignal): Promise<void> {
    if (stop.aborted) throw new AbortedError("Aborted before anything moved");
    try {
      await this.#prepare(plan);
      await this.#step(plan, tell, stop);
    } catch (error) {
      await this.#leaveSafe();
      throw error;
    }
    await this.#switchOff();
    await this.#complain("play its plan");
  }

  /** The output is off. Compliance is read back before it goes on. */
  async #prepare({ currentRange_A, compliance_A }: ChannelPlan): Promise<void> {
    const { compliance, current, output } = this.#profile;
    const limit_A = Math.min(compliance.preset_A, compliance_A);
    const fixed = currentRange_A === "auto" ? undefined : current.ranges_A.find((full) => full >= currentRange_A);
    const range =
      fixed === undefined || current.setRange === undefined ? current.setAuto : fill(current.setRange, fixed);
    await this.#do(
      [
        ...(current.setAuto === undefined ? [] : [current.setAuto]),
        fill(compliance.set, limit_A),
        ...(range === undefined ? [] : [range]),
      ],
      `allow ${formatSI(limit_A, "A", 4)}`,
    );
    const held = await this.#line.ask(compliance.read, COMMAND_S);
    if (!(Math.abs(Number(held) - limit_A) <= 0.01 * limit_A))
      throw new InstrumentError(
        this.port,
        `hold a compliance of ${formatSI(limit_A, "A", 4)}`,
        `that it holds ${JSON.stringify(held)}`,
        OFF,
      );
    await this.#do([fill(this.#profile.voltage.set, 0), output.on], "switch its output on at 0 V");
  }

  async #step(plan: ChannelPlan, tell: (points: readonly ChannelPoint[]) => void, stop: AbortSignal): Promise<void> {
    const { voltage, current, reading_s } = this.#profile;
    const { timer } = this.#line;
    const set = (level_V: number) => this.#line.send(fill(voltage.set, level_V));
    const read = async (point: number) => {
      const answer = await this.#line.ask(current.read, COMMAND_S + reading_s);
      tell([{ point, ...this.#decode(answer) }]);
    };
    await stepLevels(plan, { timer, reading_s, set, read }, stop);
  }

  #decode(answer: string): Pick<ChannelPoint, "current_A" | "overload"> {
    const { field, status, overload, sign } = this.#profile.current;
    const numbers = decodeNumbers(answer);
    const current_A = sign * (numbers[field] ?? Number.NaN);
    const word = status === undefined ? 0 : (numbers[status] ?? 0);
    return { current_A, overload: (word & overload) !== 0 || Number.isNaN(current_A) };
  }

  /** The first error is what the user must hear. */
  async #leaveSafe(): Promise<void> {
    const { clear, output } = this.#profile;
    if (this.#line.closed) return;
    try {
      await this.#line.transport.write(Buffer.from(clear, "latin1"));
      await this.#line.send(output.off);
      await this.#line.settle(QUIET_S);
      await this.#switchOff();
    } catch {
      // nobody answers any more
    }
  }

  async #switchOff(): Promise<void> {
    const { output, voltage } = this.#profile;
    await this.#line.send(fill(voltage.set, 0));
    await this.#line.send(output.off);
    const answer = await this.#line.ask(output.read, COMMAND_S);
    if (!/^\s*(?:\+?0(?:\.0*)?(?:E[+-]?\d+)?|OFF)\s*$/i.test(answer))
      throw new InstrumentError(this.port, "switch its output off", JSON.stringify(answer), UNKNOWN);
  }

  async #do(commands: readonly string[], intent: string): Promise<void> {
    for (const command of commands) await this.#line.send(command);
    await this.#complain(intent);
  }

  /** @throws InstrumentError with the first error of its queue */
  async #complain(intent: string): Promise<void> {
    const answer = await this.#line.ask(this.#profile.error, COMMAND_S);
    const error = decodeError(answer);
    if (error?.scpiCode === 0) return;
    await this.#line.send("*CLS");
    const said = error ? `${error.scpiCode}, ${error.meaning}` : JSON.stringify(answer.slice(0, 200));
    throw new InstrumentError(this.port, intent, said, "its output is being switched off");
  }
}

/** The command with the number in its place. */
export function fill(command: string, value: number): string {
  return command.replaceAll("{value}", String(Number(value.toPrecision(7))));
}
