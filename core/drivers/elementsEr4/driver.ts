import { BehaviorSubject } from "rxjs";
import { AbortedError, ArmError, InstrumentError, TransportError, UnsupportedError } from "../../errors.ts";
import type { Arming, ArmToken } from "../../limiter/arming.ts";
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
import { leaveAtZero, Playing } from "../playing.ts";
import { sleep, type Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { encodeMessage, type Er4Settings, type Info, powerOnSettings, presetProtocols } from "./codec.ts";
import { chooseRate, compilePlan } from "./compilePlan.ts";
import { SIMULATED_BANNER } from "./emulated.ts";
import { ER4_MODELS, type Er4Model, PACKETS_PER_FRAME, VOLTAGE_WORD_V } from "./models.ts";
import { PlanPlayer } from "./planPlayer.ts";
import { ON_BOARD } from "./protocols.ts";
import { countInputs, FrameStream, SILENCE_S } from "./stream.ts";

/** The FPGA is out of its reset. */
const WAKE_S = 0.01;
/** An emulated amplifier has said that it is one. */
const SAY_S = 0.3;
/** What was set takes effect, and what was sampled before has left the amplifier. */
const SETTLE_S = 5e-3;
/** An output that should be at 0 V and is not after so many seconds of samples, is not; a computer may be behind by less. */
const LONGEST_TO_ZERO_S = 10;
/** The digital compensation of electrode offsets has found them. */
const COMPENSATION_S = 1;
const KNOWN_INPUTS = [...new Set(ER4_MODELS.map(({ inputs }) => inputs))].sort((a, b) => b - a);
const OFFSET_STEP_V = 0.1 / 1023;
const isKnown = (bytes: Buffer) => countInputs(bytes, KNOWN_INPUTS) !== undefined;

/** Its title without the manufacturer. */
function nameOf({ title }: Er4Model): string {
  return title.replace(/^Elements /, "");
}

/** Listens to what streams without sending anything; an amplifier that nobody woke says nothing. */
export async function identify(transport: Transport, timer: Timer): Promise<Identity> {
  const stream = new FrameStream(transport, timer, 1);
  const bytes = await stream.sniff(SILENCE_S, isKnown);
  const inputs = countInputs(bytes, KNOWN_INPUTS);
  if (inputs === undefined)
    throw new InstrumentError(
      transport.name,
      "stream frames of an er4 amplifier",
      bytes.length === 0 ? "nothing" : `${bytes.length} bytes without such frames`,
      "nothing was sent",
    );
  const models = ER4_MODELS.filter((model) => model.inputs === inputs);
  return {
    manufacturer: "Elements",
    model: models.map(nameOf).join(" or "),
    serial: "not told over this port",
    firmware: `er4, ${inputs} ${inputs === 1 ? "input" : "inputs"}`,
  };
}

/**
 * Wakes the amplifier as its vendor's client does and leaves it streaming at 0 V.
 * @throws InstrumentError when another model streams on this port (nothing was sent then), TransportError when nothing does
 */
export async function open(transport: Transport, timer: Timer, model: Er4Model): Promise<ElementsEr4> {
  const device = new ElementsEr4(transport, timer, model);
  await device.start();
  return device;
}

export class ElementsEr4 implements Potentiostat {
  readonly port: string;
  readonly model: Er4Model;
  readonly states: BehaviorSubject<InstrumentState>;
  readonly #stream: FrameStream;
  readonly #timer: Timer;
  readonly #playing = new Playing();
  #settings: Er4Settings;
  #identity: Identity;
  /** Low and high bytes of the measured offsets, as the info bytes of the frames bring them. */
  readonly #table: Uint8Array;
  #failure: Error | undefined;
  /** Waking tears the frames of before. */
  #woken: FrameStream["figures"] = { frames: 0, lost: 0, resyncs: 0 };

  constructor(transport: Transport, timer: Timer, model: Er4Model) {
    this.port = transport.name;
    this.model = model;
    this.#timer = timer;
    this.#table = new Uint8Array(model.infoBytes);
    this.#stream = new FrameStream(transport, timer, model.inputs, (info) => this.#note(info));
    this.#settings = powerOnSettings(model);
    this.states = new BehaviorSubject(this.#describe());
    this.#identity = { manufacturer: "Elements", model: nameOf(model), serial: "not told", firmware: "er4" };
  }

  get identity(): Identity {
    return this.#identity;
  }

  get channel(): ChannelCapabilities {
    const { model } = this;
    const widest_V = model.voltageRanges.at(-1)?.full_V ?? 0;
    const fastest_Hz = model.rates.at(-1)?.rate_Hz ?? 1;
    return {
      voltageRange_V: [-widest_V, widest_V],
      span_V: Infinity,
      voltageStep_V: model.voltageStep_V,
      currentRanges_A: model.currentRanges.map(({ full_A }) => full_A),
      compliance: false,
      shortestMeasured_s: 1 / fastest_Hz,
      shortestHeld_s: 1 / fastest_Hz,
      mostPoints: 20_000_000,
      // pulses and ramps end by themselves; a level that the computer times does not
      safeOnSilence: false,
      ...(model.inputs > 1 && { inputs: model.inputs }),
    };
  }

  /** Frames since it was woken, lost ones, and how often the sync word was lost. */
  get figures(): FrameStream["figures"] {
    const { frames, lost, resyncs } = this.#stream.figures;
    const { frames: first, lost: torn, resyncs: found } = this.#woken;
    return { frames: frames - first, lost: lost - torn, resyncs: resyncs - found };
  }

  async start(): Promise<void> {
    const { model } = this;
    await this.#stream.transport.discardInput();
    await this.#refuseOthers(await this.#stream.sniff(0.05, isKnown));
    await this.#send({ ...powerOnSettings(model), reset: true });
    await this.#send({ reset: false });
    // what is on its way was sampled before; an emulated amplifier says so in front of what comes after
    const saying = this.#stream.sniff(SAY_S, (bytes) => bytes.includes(SIMULATED_BANNER));
    await sleep(this.#timer, WAKE_S);
    const said = await saying;
    const bytes = isKnown(said) ? said : Buffer.concat([said, await this.#stream.sniff(SILENCE_S, isKnown)]);
    await this.#refuseOthers(bytes);
    if (countInputs(bytes, KNOWN_INPUTS) === undefined)
      throw new TransportError(
        "timeout",
        `${this.port} sends no frames of an er4 amplifier (${bytes.length} bytes came): not powered, or the other port of its USB chip`,
      );
    if (bytes.includes(SIMULATED_BANNER))
      this.#identity = { ...this.#identity, serial: "SIM0001", firmware: "er4 simulated" };
    await this.#send({ ...presetProtocols(model) });
    await this.#goToZero();
    this.#woken = this.#stream.figures;
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
    if (!(await this.#playing.stop()) && !this.#stream.closed) await this.#goToZero();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.makeSafe();
    } finally {
      this.states.complete();
      await this.#stream.transport.close();
    }
  }

  /**
   * Breaks through a membrane with the amplifier's own high-voltage pulse, once.
   * @throws ArmError unless `token` is that of the armed array, UnsupportedError where the amplifier has none
   */
  async zap(input: number, arming: Arming, token: ArmToken): Promise<void> {
    const { fields, inputs, title } = this.model;
    if (!fields.zap) throw new UnsupportedError("zap", `${title} has no zap`);
    if (!(Number.isInteger(input) && input >= 0 && input < inputs))
      throw new RangeError(`input is ${input}, allowed are 0 to ${inputs - 1}`);
    if (!arming.holds(token))
      throw new ArmError([{ code: "disarmed", reason: "a zap goes out of an armed array only" }]);
    // the bit acts when it turns
    await this.#send({ zap: this.#settings.zap ^ (1 << input) });
  }

  /**
   * Takes electrode offsets away digitally, with nothing but the electrodes in the bath.
   * @returns what the amplifier found, volt per input; empty where it does not tell
   */
  compensateOffsets(signal: AbortSignal = new AbortController().signal): Promise<readonly number[]> {
    return this.#playing.run(signal, async (stop) => {
      const { model } = this;
      await this.#goToZero();
      await this.#send({ offsetCompensation: 2 ** model.inputs - 1 });
      await this.#pass(COMPENSATION_S * this.#rate_Hz, stop);
      await this.#send({ offsetCompensation: 0 });
      if (model.infoBytes < 2 * model.inputs) return [];
      return Array.from({ length: model.inputs }, (_, input) => {
        const steps = ((this.#table[2 * input] ?? 0) | ((this.#table[2 * input + 1] ?? 0) << 8)) << 16;
        return (steps >> 16) * OFFSET_STEP_V;
      });
    });
  }

  async #run(plan: ChannelPlan, tell: (points: readonly ChannelPoint[]) => void, stop: AbortSignal): Promise<void> {
    const { model } = this;
    const jobs = compilePlan(plan, model);
    const rate = chooseRate(plan, model);
    const range = this.#rangeFor(plan.currentRange_A);
    const largest_V = plan.voltage_V.reduce((most, voltage_V) => Math.max(most, Math.abs(voltage_V)), 0);
    const voltageRange = model.voltageRanges.find(({ full_V }) => full_V >= largest_V - 1e-9);
    if (!range || !voltageRange)
      throw new UnsupportedError("range", `${model.title} has no range for ${formatSI(largest_V, "V")}`);
    if (stop.aborted) throw new AbortedError("Aborted before anything moved");
    await this.#configure({
      samplingRate: rate.code,
      currentRange: range.code,
      ...(voltageRange.code !== undefined && { voltageRange: voltageRange.code }),
    });
    this.#failure = undefined;
    const player = new PlanPlayer({
      plan,
      jobs,
      inputs: model.inputs,
      rate_Hz: rate.rate_Hz,
      full_A: range.full_A,
      wordsPerStep: this.#wordsPerStep,
      settleSamples: this.#settleSamples,
      start: (job) => {
        void this.#send({ ...jobs[job]?.settings, start: true }).catch((error: Error) => (this.#failure = error));
      },
      tell,
    });
    const drive = () =>
      this.#stream.follow((run) => {
        player.take(run);
        if (this.#failure) throw this.#failure;
        const { late } = player;
        if (late) {
          const asked_V = late.begins.level * model.voltageStep_V;
          throw new InstrumentError(
            this.port,
            `put out ${formatSI(asked_V, "V", 6)}`,
            "nothing: its own voltage samples never showed it",
            "it was told to go to 0 V",
          );
        }
        return player.state === "done";
      }, stop);
    await leaveAtZero(stop, drive, async () => {
      if (!this.#stream.closed) await this.#goToZero();
    });
  }

  /** Tells the amplifier what differs. The output is at 0 V; frames of before are thrown away by whoever follows. */
  async #configure(wanted: Partial<Er4Settings>): Promise<void> {
    const changed = Object.entries(wanted).some(([name, value]) => this.#settings[name as keyof Er4Settings] !== value);
    if (!changed) return;
    await this.#send({ ...wanted, protocol: ON_BOARD.constant, hold: 0 });
    if (wanted.samplingRate !== undefined) this.#stream.restart(this.#rate_Hz);
    this.states.next(this.#describe());
  }

  /** Ends every protocol and waits until the amplifier's own voltage has been 0 for a while. */
  async #goToZero(): Promise<void> {
    await this.#send({ protocol: ON_BOARD.constant, hold: 0, start: true });
    const needed = this.#settleSamples;
    let [quiet, waited] = [0, 0];
    await this.#stream.follow(({ frames, words }) => {
      const stride = 1 + this.model.inputs;
      for (let k = 0; k < frames * PACKETS_PER_FRAME; k++) quiet = words[k * stride] === 0 ? quiet + 1 : 0;
      waited += frames * PACKETS_PER_FRAME;
      if (quiet === 0 && waited > needed + LONGEST_TO_ZERO_S * this.#rate_Hz) {
        const last_V = (words.at(-stride) ?? 0) * VOLTAGE_WORD_V;
        throw new InstrumentError(
          this.port,
          "go to 0 V",
          `${formatSI(last_V, "V", 4)} in its voltage samples`,
          "its output is NOT at 0 V",
        );
      }
      return quiet >= needed;
    });
  }

  async #pass(samples: number, stop: AbortSignal): Promise<void> {
    let passed = 0;
    await this.#stream.follow((run) => (passed += run.frames * PACKETS_PER_FRAME) >= samples, stop);
  }

  /** Frames carry no mark of what was set when they were sampled: so many samples may be older. */
  get #settleSamples(): number {
    return Math.ceil(SETTLE_S * this.#rate_Hz + 2 * PACKETS_PER_FRAME + this.#stream.backlog);
  }

  get #rate_Hz(): number {
    const { rates } = this.model;
    return (rates.find(({ code }) => code === this.#settings.samplingRate) ?? rates[0])?.rate_Hz ?? 1;
  }

  get #wordsPerStep(): number {
    return Math.round(this.model.voltageStep_V / VOLTAGE_WORD_V);
  }

  /** The narrowest range that holds what was asked; "auto" is the widest, the amplifier changes none by itself. */
  #rangeFor(asked_A: number | "auto"): Er4Model["currentRanges"][number] | undefined {
    const { currentRanges } = this.model;
    const found = asked_A === "auto" ? undefined : currentRanges.find(({ full_A }) => full_A >= asked_A * (1 - 1e-9));
    return found ?? currentRanges.at(-1);
  }

  /** Every message holds the whole state. The start bit goes out once. */
  async #send(changes: Partial<Er4Settings>): Promise<void> {
    const settings = { ...this.#settings, start: false, insertionPulseApply: false, ...changes };
    this.#settings = settings;
    await this.#stream.transport.write(encodeMessage(this.model, settings));
  }

  #describe(): InstrumentState {
    const { model } = this;
    const { fields } = model;
    const settings = this.#settings;
    const range = model.currentRanges.find(({ code }) => code === settings.currentRange);
    const volts =
      model.voltageRanges.length > 1
        ? model.voltageRanges.find(({ code }) => code === settings.voltageRange)
        : model.voltageRanges[0];
    return {
      mode: "VC",
      currentRange_A: range?.full_A ?? Number.NaN,
      voltageRange_V: volts?.full_V ?? Number.NaN,
      samplingRate_Hz: this.#rate_Hz,
      ...(fields.dacInternalFilter && { commandFilter_Hz: settings.dacInternalFilter === 1 ? 1e3 : 1e4 }),
      ...(fields.dacExternalFilter && { commandOutputFilter_Hz: settings.dacExternalFilter === 1 ? 180e3 : 3 }),
    };
  }

  #note([index, value]: Info): void {
    if (index < this.#table.length) this.#table[index] = value;
  }

  /** @throws InstrumentError when frames of another length stream here */
  async #refuseOthers(bytes: Buffer): Promise<void> {
    const inputs = countInputs(bytes, KNOWN_INPUTS);
    if (inputs === undefined || inputs === this.model.inputs) return;
    const names = ER4_MODELS.filter((one) => one.inputs === inputs).map(
      ({ name, title }) => `${title} (model=${name})`,
    );
    throw new InstrumentError(
      this.port,
      `be an ${this.model.title}`,
      `frames of ${inputs} ${inputs === 1 ? "input" : "inputs"}, those of an ${names.join(" or ")}`,
      "its output was not moved",
    );
  }
}
