import { AbortedError, InstrumentError, TransportError } from "../../errors.ts";
import { type Admitted, redeem } from "../../limiter/limiter.ts";
import { formatSI } from "../../units.ts";
import type { ChannelCapabilities, ChannelPlan, ChannelPoint, Identity, Potentiostat } from "../instrument.ts";
import { ANSWER_TIMEOUT_S, LinePort } from "../linePort.ts";
import { decodeError, decodeIdentity } from "../scpi/replies.ts";
import { Playing } from "../playing.ts";
import { drawNonce, findRegisterEcho } from "../session.ts";
import type { Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { decodeReadings, encodeList, encodeNumber, READING_BYTES, READING_ELEMENTS } from "./codec.ts";
import { listPlan, type ListPlan, type ListSweep, SHORTEST_S } from "./listPlan.ts";
import { CURRENT_RANGES_A, findRange, OVERRANGE } from "./ranges.ts";

/** ^X: ends whatever runs and empties what waits, both ways. */
const DEVICE_CLEAR = "\u0018";
const FLOW = /[\u0011\u0013]/g;
const QUIET_S = 0.05;
/** A command that sets something is done within this. */
const COMMAND_S = 1;
/** No nanofluidic junction needs more, and below it the whole current is at hand. */
const LARGEST_V = 21;
/** What is allowed when nobody says how much: fits every voltage of the instrument. */
const PRESET_COMPLIANCE_A = 0.105;
const OFF = "its output is off";
const UNKNOWN = "the state of its output is not known: look at its OUTPUT lamp";

function openLine(transport: Transport, timer: Timer): LinePort {
  return new LinePort(transport, timer, "\n", (text) => text.replaceAll(FLOW, ""));
}

async function hello(line: LinePort, nonce = drawNonce()): Promise<Identity> {
  const port = line.transport.name;
  await line.send(DEVICE_CLEAR);
  await findRegisterEcho(line, nonce);
  const answer = await line.ask("*IDN?");
  const identity = decodeIdentity(answer);
  if (!identity || !/KEITHLEY/i.test(identity.manufacturer) || !/^24[0-4]\d/.test(identity.model))
    throw new InstrumentError(port, "be a Keithley 2400", JSON.stringify(answer), "nothing was driven");
  return identity;
}

export function identify(transport: Transport, timer: Timer): Promise<Identity> {
  return hello(openLine(transport, timer));
}

/** @param overhead_s what a source-measure cycle takes beside delay and conversion */
export async function open(
  transport: Transport,
  timer: Timer,
  overhead_s: number,
  nonce?: number,
): Promise<Potentiostat> {
  const line = openLine(transport, timer);
  const device = new Keithley2400(line, await hello(line, nonce), overhead_s);
  await device.start();
  return device;
}

class Keithley2400 implements Potentiostat {
  readonly identity: Identity;
  readonly port: string;
  readonly channel: ChannelCapabilities = {
    voltageRange_V: [-LARGEST_V, LARGEST_V],
    span_V: Infinity,
    // of the 2 V range; 5 uV below 0.21 V, 0.5 mV above 2.1 V
    voltageStep_V: 5e-5,
    currentRanges_A: CURRENT_RANGES_A,
    compliance: true,
    shortestMeasured_s: SHORTEST_S,
    shortestHeld_s: SHORTEST_S,
    mostPoints: 100_000,
    // a sweep under way ends by itself at 0 V and off, but nothing watches the host between two sweeps of a long plan
    safeOnSilence: false,
  };
  readonly #line: LinePort;
  readonly #overhead_s: number;
  #lineFrequency_Hz = 50;
  readonly #playing = new Playing();

  constructor(line: LinePort, identity: Identity, overhead_s: number) {
    this.#line = line;
    this.identity = identity;
    this.port = line.transport.name;
    this.#overhead_s = overhead_s;
  }

  async start(): Promise<void> {
    await this.#do(["*RST", "*CLS"], "forget its settings");
    await this.#do(
      [
        ":SYST:BEEP:STAT 0",
        ":SENS:FUNC:OFF:ALL",
        ":SENS:FUNC 'CURR'",
        `:FORM:ELEM ${READING_ELEMENTS}`,
        ":SOUR:FUNC VOLT",
        ":SOUR:CLE:AUTO 0",
        ":SYST:AZER:STAT ONCE",
        ":SYST:AZER:STAT 0",
      ],
      "source voltages and measure currents",
    );
    this.#lineFrequency_Hz = Number(await this.#line.ask(":SYST:LFR?", COMMAND_S)) === 60 ? 60 : 50;
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
    const lists = listPlan(plan, this.#lineFrequency_Hz, this.#overhead_s);
    if (stop.aborted) throw new AbortedError("Aborted before anything moved");
    try {
      await this.#prepare(plan, lists);
      for (const [index, sweep] of lists.sweeps.entries()) {
        await this.#load(sweep, stop);
        if (index === 0) await this.#do([":OUTP 1"], "switch its output on");
        await this.#sweep(sweep, lists.unit_s, index === lists.sweeps.length - 1, tell, stop);
      }
    } catch (error) {
      await this.#leaveSafe(error);
      throw error;
    }
    await this.#switchOff();
  }

  /** The output is off. Compliance is read back before anything is switched on. */
  async #prepare({ voltage_V, currentRange_A, compliance_A }: ChannelPlan, lists: ListPlan): Promise<void> {
    const largest_V = voltage_V.reduce((most, voltage) => Math.max(most, Math.abs(voltage)), 0);
    const asked_A = currentRange_A === "auto" ? PRESET_COMPLIANCE_A : currentRange_A * OVERRANGE;
    const limit_A = Math.max(1e-9, Math.min(asked_A, compliance_A));
    const full_A = findRange("CURR", currentRange_A === "auto" ? limit_A : Math.min(currentRange_A, limit_A));
    await this.#do(
      [
        ":SOUR:VOLT:MODE FIX",
        ":SOUR:VOLT:RANG:AUTO 1",
        ":SOUR:VOLT 0",
        ":SENS:CURR:RANG:AUTO 1",
        `:SENS:CURR:PROT ${encodeNumber(limit_A)}`,
        `:SOUR:VOLT:RANG ${encodeNumber(largest_V)}`,
        ":SOUR:SWE:RANG FIX",
        ...(currentRange_A === "auto" ? [] : [`:SENS:CURR:RANG ${encodeNumber(full_A ?? limit_A)}`]),
        `:SENS:CURR:NPLC ${encodeNumber(lists.nplc)}`,
        `:SOUR:DEL ${lists.delay_s.toFixed(5)}`,
        ":ARM:COUN 1",
        ":TRIG:DEL 0",
      ],
      `allow ${formatSI(limit_A, "A", 4)} and hold levels of ${formatSI(lists.unit_s, "s", 4)}`,
    );
    const held = await this.#line.ask(":SENS:CURR:PROT?", COMMAND_S);
    if (!(Math.abs(Number(held) - limit_A) <= 1e-3 * limit_A))
      throw new InstrumentError(
        this.port,
        `hold a compliance of ${formatSI(limit_A, "A", 4)}`,
        `that it holds ${JSON.stringify(held)}`,
        OFF,
      );
  }

  async #load({ levels_V }: ListSweep, stop: AbortSignal): Promise<void> {
    for (const command of encodeList(levels_V)) {
      if (stop.aborted) throw new AbortedError("The plan was stopped");
      await this.#do([command], `take ${levels_V.length} levels`);
    }
    await this.#do([":SOUR:VOLT:MODE LIST", `:TRIG:COUN ${levels_V.length}`], "play its list");
  }

  /** Starts a sweep and, at once, says what comes after it: behind the last one the output goes off whatever becomes of us. */
  async #sweep(
    { levels_V, readings }: ListSweep,
    unit_s: number,
    last: boolean,
    tell: (points: readonly ChannelPoint[]) => void,
    stop: AbortSignal,
  ): Promise<void> {
    if (stop.aborted) throw new AbortedError("The plan was stopped");
    const clear = () => {
      void this.#line.transport.write(Buffer.from(`${DEVICE_CLEAR}:OUTP 0;*OPC?\n`, "latin1")).catch(() => {});
    };
    stop.addEventListener("abort", clear);
    let answer: string;
    try {
      await this.#line.send(":READ?");
      if (last) await this.#line.send(":SOUR:VOLT:MODE FIX;:SOUR:VOLT 0;:OUTP 0");
      const transfer_s = (levels_V.length * READING_BYTES * 10) / this.#line.transport.bitsPerSecond;
      answer = await this.#line.line(levels_V.length * unit_s * 1.5 + 2 * transfer_s + COMMAND_S);
    } catch (error) {
      // a refused READ? is answered by silence; the reason waits in the queue
      if (error instanceof TransportError && error.kind === "timeout" && !stop.aborted) {
        await this.#line.send(`${DEVICE_CLEAR}:OUTP 0`);
        await this.#complain(`read ${levels_V.length} currents`);
      }
      throw error;
    } finally {
      stop.removeEventListener("abort", clear);
    }
    if (stop.aborted) throw new AbortedError("The plan was stopped");
    const found = decodeReadings(answer);
    if (found.length !== levels_V.length) await this.#complain(`read ${levels_V.length} currents`, answer);
    const points = readings.map(([reading, point]) => {
      const { current_A, overload } = found[reading] ?? { current_A: Number.NaN, overload: false };
      return { point, current_A, overload };
    });
    if (points.length > 0) tell(points);
  }

  /** After a failure: clear, off, and what waits is thrown away. The first error is what the user must hear. */
  async #leaveSafe(cause: unknown): Promise<void> {
    if (this.#line.closed) return;
    try {
      await this.#line.send(`${DEVICE_CLEAR}:OUTP 0`);
      await this.#line.settle(QUIET_S);
      await this.#switchOff();
    } catch (error) {
      if (cause instanceof InstrumentError || cause instanceof AbortedError) throw error;
    }
  }

  async #switchOff(): Promise<void> {
    const answer = await this.#line.ask(":SOUR:VOLT:MODE FIX;:SOUR:VOLT 0;:OUTP 0;:OUTP?", COMMAND_S);
    if (answer !== "0") throw new InstrumentError(this.port, "switch its output off", JSON.stringify(answer), UNKNOWN);
  }

  /** Each command by itself, so that none is lost behind one that is refused; then its errors. */
  async #do(commands: readonly string[], intent: string): Promise<void> {
    for (const command of commands) {
      await this.#line.send(command);
      // its answer says that the line has been done: nothing can overrun the input buffer
      const answer = await this.#line.ask("*OPC?", COMMAND_S);
      if (answer !== "1") throw new InstrumentError(this.port, intent, JSON.stringify(answer), UNKNOWN);
    }
    await this.#complain(intent);
  }

  /** @throws InstrumentError with the first error of its queue, or, when there is none, with `otherwise` */
  async #complain(intent: string, otherwise?: string): Promise<void> {
    const line = await this.#line.ask(":SYST:ERR?", COMMAND_S + ANSWER_TIMEOUT_S);
    const error = decodeError(line);
    if (error?.scpiCode === 0 && otherwise === undefined) return;
    const said =
      error?.scpiCode === 0 || !error ? JSON.stringify(otherwise ?? line) : `${error.scpiCode}, ${error.meaning}`;
    await this.#line.send("*CLS");
    throw new InstrumentError(this.port, intent, said.slice(0, 200), "its output is being switched off");
  }
}
