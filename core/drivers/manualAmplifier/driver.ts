import { BehaviorSubject } from "rxjs";
import { AbortedError, InstrumentError } from "../../errors.ts";
import { type Admitted, redeemForConverter } from "../../limiter/limiter.ts";
import { type AmplifierState, decodeTelegraphs, findTelegraphed } from "../../patchClamp/telegraphs.ts";
import { formatSI } from "../../units.ts";
import type {
  ChannelCapabilities,
  ChannelPlan,
  ChannelPoint,
  Identity,
  InstrumentState,
  Potentiostat,
} from "../instrument.ts";
import type { LinePort } from "../linePort.ts";
import { leaveAtZero, Playing } from "../playing.ts";
import { ENDS, fill, hello, openLine } from "../scpi/driver.ts";
import { decodeError, decodeNumbers } from "../scpi/replies.ts";
import { stepLevels } from "../stepLevels.ts";
import type { Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import type { AmplifierProfile } from "./profile.ts";

const COMMAND_S = 1;
const SAFE = "the command output is at 0 V";
const UNKNOWN = "the state of the command output is not known: take the headstage off or look at the converter";
/** A reading this close to the end of the range is saturated. */
const FULL = 0.999;

/** A state in which a current is known: voltage clamp, with a gain. */
interface Known {
  readonly gain_V_A: number;
  readonly state: InstrumentState;
}

/** @throws TransportError, InstrumentError when the converter is another one, or the amplifier in a state that gives no current */
export async function open(
  transport: Transport,
  timer: Timer,
  profile: AmplifierProfile,
  nonce?: number,
): Promise<Potentiostat> {
  const line = openLine(transport, timer, ENDS[profile.converter.lineEnd]);
  const identity = await hello(line, profile.converter.identity, nonce);
  const device = new ManualAmplifier(line, profile, identity);
  await device.start();
  return device;
}

/**
 * An amplifier without a port: a converter drives its command input and reads its output, what its front panel is set to is
 * declared or comes from its telegraphs. Telegraphs are read before and after every plan. A gain that is not known, or a mode
 * that is no voltage clamp, is an error before anything is driven; a knob that was turned meanwhile is one afterwards.
 */
class ManualAmplifier implements Potentiostat {
  readonly identity: Identity;
  readonly port: string;
  readonly states = new BehaviorSubject<InstrumentState>({});
  readonly #line: LinePort;
  readonly #profile: AmplifierProfile;
  readonly #playing = new Playing();
  #channel: ChannelCapabilities | undefined;

  constructor(line: LinePort, profile: AmplifierProfile, converter: Identity) {
    this.#line = line;
    this.#profile = profile;
    this.port = line.transport.name;
    const { name } = profile.amplifier;
    const title = findTelegraphed(name)?.title ?? "amplifier without telegraphs";
    this.identity = { ...converter, model: `${title} behind ${converter.model}` };
  }

  get channel(): ChannelCapabilities {
    if (!this.#channel) throw new TypeError("the amplifier was not started");
    return this.#channel;
  }

  async start(): Promise<void> {
    const { amplifier, converter } = this.#profile;
    await this.#zero();
    for (const command of converter.start) await this.#line.send(command);
    await this.#complain("take its settings");
    const { gain_V_A } = await this.#look();
    const { command_V_V } = amplifier;
    const [least_V, most_V] = converter.output.range_V;
    this.#channel = {
      voltageRange_V: [least_V * command_V_V, most_V * command_V_V],
      span_V: Infinity,
      voltageStep_V: converter.output.step_V * command_V_V,
      currentRanges_A: [converter.input.range_V / gain_V_A],
      compliance: false,
      shortestMeasured_s: converter.shortest_s,
      shortestHeld_s: converter.shortest_s,
      mostPoints: 100_000,
      // a converter holds its last level
      safeOnSilence: false,
    };
  }

  async play(
    admitted: Admitted<ChannelPlan>,
    tell: (points: readonly ChannelPoint[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const plan = redeemForConverter(admitted, this.#profile.amplifier.command_V_V);
    await this.#playing.run(signal, (stop) => this.#run(plan, tell, stop));
  }

  async makeSafe(): Promise<void> {
    if (!(await this.#playing.stop()) && !this.#line.closed) await this.#zero();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.states.complete();
    try {
      await this.makeSafe();
    } finally {
      await this.#line.close();
    }
  }

  async #run(plan: ChannelPlan, tell: (points: readonly ChannelPoint[]) => void, stop: AbortSignal): Promise<void> {
    if (stop.aborted) throw new AbortedError("Aborted before anything moved");
    const { output, input, reading_s } = this.#profile.converter;
    const { gain_V_A } = await this.#look();
    const set = (level_V: number) => this.#line.send(fill(output.set, level_V));
    const read = async (point: number) => {
      const volts = await this.#volts(input.read, reading_s);
      const overload = !(Math.abs(volts) < FULL * input.range_V);
      tell([{ point, current_A: (input.sign * volts) / gain_V_A, overload }]);
    };
    const by = { timer: this.#line.timer, reading_s, set, read };
    await leaveAtZero(
      stop,
      () => stepLevels(plan, by, stop),
      async () => {
        if (!this.#line.closed) await this.#zero();
      },
    );
    await this.#complain("play its plan");
    const after = await this.#look();
    if (after.gain_V_A !== gain_V_A)
      throw new InstrumentError(
        this.port,
        "keep its gain while a plan is played",
        `${formatSI(gain_V_A, "V/A")} before and ${formatSI(after.gain_V_A, "V/A")} after it: its currents are not known`,
        SAFE,
      );
  }

  /** What the amplifier is set to now, told when it has changed. @throws InstrumentError where that gives no current */
  async #look(): Promise<Known> {
    const { amplifier } = this.#profile;
    const { name, declared, telegraphs } = amplifier;
    const table = findTelegraphed(name);
    const volts = async (query: string | undefined) =>
      query === undefined ? undefined : await this.#volts(query, this.#profile.converter.reading_s);
    const gain_V = await volts(telegraphs.gain);
    const frequency_V = await volts(telegraphs.frequency);
    const mode_V = await volts(telegraphs.mode);
    const heard: AmplifierState = table
      ? decodeTelegraphs(table, {
          ...(gain_V !== undefined && { gain_V }),
          ...(frequency_V !== undefined && { frequency_V }),
          ...(mode_V !== undefined && { mode_V }),
        })
      : { gain_V_A: "unknown", lowPass_Hz: "unknown", mode: "unknown", reasons: [] };
    // a telegraph that is wired goes before what somebody once wrote down
    const gain = telegraphs.gain === undefined ? (declared.gain_V_A ?? "unknown") : heard.gain_V_A;
    const mode = telegraphs.mode === undefined ? (declared.mode ?? "unknown") : heard.mode;
    const lowPass_Hz = telegraphs.frequency === undefined ? (declared.lowPass_Hz ?? "unknown") : heard.lowPass_Hz;
    const state = { amplifier: name, mode, gain_V_A: gain, lowPass_Hz, gainFrom: source(telegraphs.gain) };
    if (JSON.stringify(state) !== JSON.stringify(this.states.value)) this.states.next(state);
    if (mode !== "VC")
      throw new InstrumentError(
        this.port,
        "clamp the voltage",
        mode === "unknown" ? `nothing that tells its mode (${heard.reasons.join("; ")})` : `that its mode is ${mode}`,
        `${SAFE}; turn it to voltage clamp, through I = 0`,
      );
    if (gain === "unknown")
      throw new InstrumentError(
        this.port,
        "tell its gain",
        `nothing that is one (${heard.reasons.join("; ")})`,
        `${SAFE}; without a gain a current is not known`,
      );
    return { gain_V_A: gain, state };
  }

  async #volts(query: string, reading_s: number): Promise<number> {
    const answer = await this.#line.ask(query, COMMAND_S + reading_s);
    return decodeNumbers(answer)[0] ?? Number.NaN;
  }

  /** The command output at 0 V, read back. */
  async #zero(): Promise<void> {
    const { output } = this.#profile.converter;
    await this.#line.send(fill(output.set, 0));
    const answer = await this.#line.ask(output.read, COMMAND_S);
    const level_V = decodeNumbers(answer)[0] ?? Number.NaN;
    if (!(Math.abs(level_V) <= output.step_V))
      throw new InstrumentError(this.port, "put its command output to 0 V", JSON.stringify(answer), UNKNOWN);
  }

  /** @throws InstrumentError with the first error of the converter's queue */
  async #complain(intent: string): Promise<void> {
    const answer = await this.#line.ask(this.#profile.converter.error, COMMAND_S);
    const error = decodeError(answer);
    if (error?.scpiCode === 0) return;
    const said = error ? `${error.scpiCode}, ${error.meaning}` : JSON.stringify(answer.slice(0, 200));
    throw new InstrumentError(this.port, intent, said, SAFE);
  }
}

const source = (query: string | undefined) => (query === undefined ? "declared" : "telegraph");
