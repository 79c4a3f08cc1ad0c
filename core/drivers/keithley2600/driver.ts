import { AbortedError, InstrumentError, UnsupportedError } from "../../errors.ts";
import { type Admitted, redeem } from "../../limiter/limiter.ts";
import { formatSI } from "../../units.ts";
import type { ChannelCapabilities, ChannelPlan, ChannelPoint, Identity, Potentiostat } from "../instrument.ts";
import { LinePort } from "../linePort.ts";
import { decodeIdentity } from "../scpi/replies.ts";
import { Playing } from "../playing.ts";
import { drawNonce, findEcho, nonceWord } from "../session.ts";
import type { Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import {
  decodeError,
  decodePoint,
  DONE,
  encodeNumber,
  encodePlan,
  OUTPUT_OFF,
  POINT_BYTES,
  splitValues,
} from "./codec.ts";
import { CURRENT_RANGES } from "./ranges.ts";

const QUIET_S = 0.05;
const COMMAND_S = 1;
const LATE_S = 1;
/** Share of the shortest point that is read over which its current is averaged. */
const APERTURE = 0.25;
/** What a reading takes beside its conversion, s: a guess, on the long side. */
const READING_S = 0.5e-3;
/** No nanofluidic junction needs more, and below it the whole current is at hand. */
const LARGEST_V = 6;
/** What is allowed when nobody says how much. */
const PRESET_COMPLIANCE_A = 0.1;
const OFF = "its output is off";
const UNKNOWN = "the state of its output is not known: look at its OUTPUT lamp";

async function hello(line: LinePort, nonce = drawNonce()): Promise<Identity> {
  const word = nonceWord(nonce);
  const greet = async () => {
    await line.send("abort");
    await line.send(`print("${word}")`);
  };
  await findEcho(line, greet, (text) => text.trim() === word);
  const answer = await line.ask("*IDN?");
  const identity = decodeIdentity(answer);
  if (!identity || !/KEITHLEY/i.test(identity.manufacturer) || !/^26\d\d/.test(identity.model))
    throw new InstrumentError(line.transport.name, "be a Keithley 2600", JSON.stringify(answer), "nothing was driven");
  return identity;
}

export function identify(transport: Transport, timer: Timer): Promise<Identity> {
  return hello(new LinePort(transport, timer));
}

export async function open(transport: Transport, timer: Timer, nonce?: number): Promise<Potentiostat> {
  const line = new LinePort(transport, timer);
  const device = new Keithley2600(line, await hello(line, nonce));
  await device.start();
  return device;
}

class Keithley2600 implements Potentiostat {
  readonly identity: Identity;
  readonly port: string;
  readonly channel: ChannelCapabilities = {
    voltageRange_V: [-LARGEST_V, LARGEST_V],
    span_V: Infinity,
    // of the 1 V and 6 V ranges; 5 uV below 0.1 V
    voltageStep_V: 5e-5,
    currentRanges_A: CURRENT_RANGES.map(({ full }) => full),
    compliance: true,
    shortestMeasured_s: 4e-3,
    shortestHeld_s: 1e-3,
    mostPoints: 10_000,
    // a script goes on by itself and ends with the output off, but nothing watches the host
    safeOnSilence: false,
  };
  readonly #line: LinePort;
  #lineFrequency_Hz = 50;
  readonly #playing = new Playing();

  constructor(line: LinePort, identity: Identity) {
    this.#line = line;
    this.identity = identity;
    this.port = line.transport.name;
  }

  async start(): Promise<void> {
    await this.#do(
      [
        "errorqueue.clear()",
        "smua.reset()",
        "smua.source.func=smua.OUTPUT_DCVOLTS",
        "smua.sense=smua.SENSE_LOCAL",
        "smua.measure.autozero=smua.AUTOZERO_ONCE",
        "format.data=format.ASCII",
        "format.asciiprecision=7",
      ],
      "source voltages and measure currents",
    );
    this.#lineFrequency_Hz = Number(await this.#line.ask("print(localnode.linefreq)", COMMAND_S)) === 60 ? 60 : 50;
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
    const shortest_s = shortestMeasured(plan);
    this.#checkPace(shortest_s);
    if (stop.aborted) throw new AbortedError("Aborted before anything moved");
    try {
      const aperture_s = await this.#prepare(plan, shortest_s);
      await this.#script(plan, aperture_s + READING_S, tell, stop);
    } catch (error) {
      await this.#leaveSafe();
      throw error;
    }
  }

  /** The output is off. The limit is read back before anything is switched on. @returns the time of a conversion */
  async #prepare({ voltage_V, currentRange_A, compliance_A }: ChannelPlan, shortest_s: number): Promise<number> {
    const largest_V = voltage_V.reduce((most, voltage) => Math.max(most, Math.abs(voltage)), 0);
    const asked_A = currentRange_A === "auto" ? PRESET_COMPLIANCE_A : currentRange_A * 1.02;
    const limit_A = Math.max(1e-8, Math.min(asked_A, compliance_A));
    const cycles = Math.min(25, Math.max(0.001, shortest_s * APERTURE * this.#lineFrequency_Hz));
    const nplc = cycles >= 1 ? Math.floor(cycles) : Math.floor(cycles * 1000) / 1000;
    await this.#do(
      [
        "smua.source.levelv=0",
        `smua.source.rangev=${encodeNumber(largest_V)}`,
        `smua.source.limiti=${encodeNumber(limit_A)}`,
        currentRange_A === "auto" ? "smua.measure.autorangei=1" : `smua.measure.rangei=${encodeNumber(currentRange_A)}`,
        `smua.measure.nplc=${encodeNumber(nplc)}`,
        "smua.measure.count=1",
      ],
      `allow ${formatSI(limit_A, "A", 4)}`,
    );
    const held = await this.#line.ask("print(smua.source.limiti)", COMMAND_S);
    if (!(Math.abs(Number(held) - limit_A) <= 1e-3 * limit_A))
      throw new InstrumentError(
        this.port,
        `hold a limit of ${formatSI(limit_A, "A", 4)}`,
        `that it holds ${JSON.stringify(held)}`,
        OFF,
      );
    return nplc / this.#lineFrequency_Hz;
  }

  async #script(
    plan: ChannelPlan,
    lead_s: number,
    tell: (points: readonly ChannelPoint[]) => void,
    stop: AbortSignal,
  ): Promise<void> {
    const measured = Array.from(plan.measured.keys()).filter((point) => plan.measured[point] === 1);
    const abort = () => {
      void this.#line.send(`abort\n${OUTPUT_OFF} print("${DONE}",0)`).catch(() => {});
    };
    for (const line of encodePlan(plan, lead_s)) {
      if (stop.aborted) {
        // what is being received is dropped unfinished
        await this.#line.send("abort");
        throw new AbortedError("Aborted before anything moved");
      }
      await this.#line.send(line);
    }
    stop.addEventListener("abort", abort);
    if (stop.aborted) abort();
    let next = 0;
    try {
      for (;;) {
        const gap_s = silence(plan, measured[next - 1] ?? -1, measured[next] ?? plan.duration_s.length - 1);
        const text = await this.#line.line(gap_s * 1.5 + LATE_S);
        if (stop.aborted) throw new AbortedError("The plan was stopped");
        const [first, errors] = splitValues(text);
        if (first === DONE) {
          if (Number(errors) !== 0) await this.#complain("play its plan");
          if (next < measured.length)
            throw new InstrumentError(this.port, "play its plan", `that it is done after ${next} readings`, OFF);
          break;
        }
        const point = measured[next];
        const reading = decodePoint(text);
        if (point === undefined) continue;
        next++;
        // a line that arrived damaged keeps its place; its current is lost
        tell([{ point, current_A: reading?.current_A ?? Number.NaN, overload: reading?.overload ?? false }]);
      }
    } finally {
      stop.removeEventListener("abort", abort);
    }
  }

  /** Points must not come faster than the line carries them, or the script would wait for it. */
  #checkPace(shortest_s: number): void {
    const needed_s = (POINT_BYTES * 10) / this.#line.transport.bitsPerSecond;
    if (shortest_s < needed_s)
      throw new UnsupportedError(
        "sampling",
        `a reading every ${formatSI(shortest_s, "s", 3)} is more than ${this.port} carries (one in ${formatSI(needed_s, "s", 3)}): sample less often, or set more baud on the instrument and in the address`,
      );
  }

  async #leaveSafe(): Promise<void> {
    if (this.#line.closed) return;
    await this.#line.send("abort");
    await this.#line.send(OUTPUT_OFF);
    await this.#line.settle(QUIET_S);
    await this.#switchOff();
  }

  async #switchOff(): Promise<void> {
    const answer = await this.#line.ask(`${OUTPUT_OFF} print(smua.source.output)`, COMMAND_S);
    if (Number(answer) !== 0)
      throw new InstrumentError(this.port, "switch its output off", JSON.stringify(answer), UNKNOWN);
  }

  async #do(commands: readonly string[], intent: string): Promise<void> {
    for (const command of commands) await this.#line.send(command);
    await this.#complain(intent);
  }

  /** @throws InstrumentError with the first error of its queue */
  async #complain(intent: string): Promise<void> {
    const line = await this.#line.ask("print(errorqueue.next())", COMMAND_S);
    const error = decodeError(line);
    if (error?.tspCode === 0) return;
    await this.#line.send("errorqueue.clear()");
    const said = error ? `${error.tspCode}, ${error.meaning}` : JSON.stringify(line);
    throw new InstrumentError(this.port, intent, said.slice(0, 200), "its output is being switched off");
  }
}

function shortestMeasured({ duration_s, measured }: ChannelPlan): number {
  const shortest_s = duration_s.reduce(
    (least, one, point) => (measured[point] === 1 ? Math.min(least, one) : least),
    Infinity,
  );
  return Number.isFinite(shortest_s) ? shortest_s : 0.1;
}

/** Time from the end of one point to that of another. */
function silence({ duration_s }: ChannelPlan, from: number, upTo: number): number {
  let sum_s = 0;
  for (let point = from + 1; point <= upTo; point++) sum_s += duration_s[point] ?? 0;
  return sum_s;
}
