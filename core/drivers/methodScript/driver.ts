import { AbortedError, InstrumentError, TransportError } from "../../errors.ts";
import { type Admitted, redeem } from "../../limiter/limiter.ts";
import type { OpenInstrument } from "../driver.ts";
import type {
  ChannelCapabilities,
  ChannelPlan,
  ChannelPoint,
  Identity,
  ImpedanceAnalyser,
  Potentiostat,
  Selector,
} from "../instrument.ts";
import type { ImpedanceResult, SineRequest } from "../../stimulus.ts";
import { ANSWER_TIMEOUT_S, LinePort } from "../linePort.ts";
import { Playing } from "../playing.ts";
import { drawNonce, findEcho, nonceWord } from "../session.ts";
import { sleep, type Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { compilePlan } from "./compilePlan.ts";
import type { DeviceProfile } from "./devices.ts";
import { describeScriptError } from "./errorCodes.ts";
import { compileImpedance, decodeImpedance, longestImpedance_s } from "./impedance.ts";
import { encodeMux16, MUX16_GRID, MUX16_OPEN, MUX16_PINS } from "./mux16.ts";
import { decodePackage } from "./packages.ts";

/** Software flow control leaves its characters in the stream where the operating system does not take them. */
const FLOW = /[\u0011\u0013]/g;
/** A line after another, so that a receiver without flow control is not overrun. */
const LINE_GAP_S = 2e-3;
/** What the multiplexer and its wires need after switching. */
const MUX_SETTLE_S = 5e-3;
/** Bits of the status of a current: overload. */
const OVERLOAD = 2;
/** Output may come later than its time by so much; with the settling behind it a silence is told within half a second. */
const LATE_S = 0.3;
const SETTLE_S = 0.1;
/** Slowest sine of its impedance measurements. */
const SLOWEST_HZ = 0.016;
/** After an error reply. */
const DEAF_S = 0.12;

/**
 * Ends whatever runs, makes sure that what comes is said in this session, and asks who it is.
 * @throws InstrumentError for another device, TransportError when nobody answers
 */
async function hello(line: LinePort, profile: DeviceProfile, nonce = drawNonce()): Promise<Identity> {
  const { timer } = line;
  const port = line.transport.name;
  const word = nonceWord(nonce);
  const greet = async () => {
    await line.send("");
    await line.send("Z");
    // after an error (there was nothing to end) it does not listen for a while
    await sleep(timer, DEAF_S);
    for (const text of ["e", `send_string "${word}"`, ""]) await line.send(text);
  };
  await findEcho(line, greet, (text) => text === `T${word}`);
  // the blank line at the end of the script
  await line.line();
  const version = await askFor(line, "t");
  const match = /^t([a-z0-9_]{6})(\d{2,4})#(.*)$/.exec(version);
  if (!match?.[1]?.startsWith(profile.id))
    throw new InstrumentError(
      port,
      `be an ${profile.title} (${profile.id})`,
      JSON.stringify(version),
      "nothing was driven",
    );
  await line.line();
  const [, id = "", digits = "", date = ""] = match;
  const serial = await askFor(line, "i");
  await sleep(timer, 0);
  return {
    manufacturer: "PalmSens",
    model: `${profile.title} (${id})`,
    serial: serial.startsWith("i") && !serial.includes("!") ? serial.slice(1) : "unknown",
    firmware: `${digits} ${date}`.trim(),
  };
}

/** Late lines of whatever ran before that may still come. */
const MOST_STALE_LINES = 50;

/** The answer to a command of one letter, which begins with it; stale lines before it are passed over. */
async function askFor(line: LinePort, command: string): Promise<string> {
  let heard = await line.ask(command);
  for (let k = 0; k < MOST_STALE_LINES && !heard.startsWith(command); k++) heard = await line.line();
  return heard;
}

function openLine(transport: Transport, timer: Timer): LinePort {
  return new LinePort(transport, timer, "\n", (text) => text.replaceAll(FLOW, ""));
}

export function identify(transport: Transport, timer: Timer, profile: DeviceProfile): Promise<Identity> {
  return hello(openLine(transport, timer), profile);
}

/** @param mux whether a MUX16 hangs on its GPIO pins */
export async function open(
  transport: Transport,
  timer: Timer,
  profile: DeviceProfile,
  mux: boolean,
  nonce?: number,
): Promise<OpenInstrument> {
  const line = openLine(transport, timer);
  const device = new MethodScriptDevice(line, profile, await hello(line, profile, nonce));
  if (!mux) return { instrument: device };
  const selector = device.selector();
  await selector.open();
  return { instrument: device, selector };
}

class MethodScriptDevice implements Potentiostat {
  readonly identity: Identity;
  readonly port: string;
  readonly channel: ChannelCapabilities;
  readonly #line: LinePort;
  readonly #profile: DeviceProfile;
  readonly #playing = new Playing();

  constructor(line: LinePort, profile: DeviceProfile, identity: Identity) {
    this.#line = line;
    this.#profile = profile;
    this.identity = identity;
    this.port = line.transport.name;
    this.channel = {
      voltageRange_V: profile.potential_V,
      span_V: profile.window_V,
      voltageStep_V: profile.potentialStep_V,
      currentRanges_A: profile.ranges.map(({ largest_A }) => largest_A),
      compliance: false,
      // a script's time resolution is milliseconds
      shortestMeasured_s: 4e-3,
      shortestHeld_s: 1e-3,
      mostPoints: 100_000,
      safeOnSilence: false,
    };
  }

  get impedance(): ImpedanceAnalyser {
    const { fastest_Hz, largestSine_Vrms } = this.#profile;
    return {
      frequency_Hz: [SLOWEST_HZ, fastest_Hz],
      amplitude_V: largestSine_Vrms * Math.SQRT2,
      measure: (plan, sine, signal) => this.#measureImpedance(redeem(plan), sine, signal),
    };
  }

  async #measureImpedance(
    { currentRange_A }: ChannelPlan,
    sine: SineRequest,
    signal: AbortSignal,
  ): Promise<ImpedanceResult> {
    let found: ImpedanceResult | undefined;
    const script = compileImpedance(sine, currentRange_A, this.#profile);
    await this.#playing.run(signal, (stop) =>
      this.#script(script, "measure an impedance", longestImpedance_s(sine), stop, (line) => {
        found ??= decodeImpedance(line);
      }),
    );
    // a package that arrived damaged is lost like a sample
    const { frequency_Hz } = sine;
    return found ?? { frequency_Hz, real_ohm: Number.NaN, imaginary_ohm: Number.NaN, overload: false };
  }

  selector(): Selector {
    const set = async (pins: number) => {
      await this.#script(
        [`set_gpio_cfg 0x${MUX16_PINS.toString(16)}i 1`, `set_gpio 0x${pins.toString(16)}i`],
        "set its multiplexer",
        0,
      );
    };
    return {
      grid: MUX16_GRID,
      unselectedLines: "floating",
      select: async (address) => {
        const pins = encodeMux16(address);
        await set(MUX16_OPEN);
        await set(pins);
        await sleep(this.#line.timer, MUX_SETTLE_S);
      },
      open: () => set(MUX16_OPEN),
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async play(
    admitted: Admitted<ChannelPlan>,
    tell: (points: readonly ChannelPoint[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const plan = redeem(admitted);
    const measured = Array.from(plan.measured.keys()).filter((point) => plan.measured[point] === 1);
    const longest_s = plan.duration_s.reduce((most, duration_s) => Math.max(most, duration_s), 0);
    const gap_s = longestGap(plan) + longest_s;
    let next = 0;
    const hear = (text: string) => {
      const field = decodePackage(text)?.[0];
      const point = measured[next];
      // a package that arrived damaged keeps its place; its current is lost
      if (!text.startsWith("P") || point === undefined) return;
      next++;
      tell([{ point, current_A: field?.value ?? Number.NaN, overload: ((field?.status ?? 0) & OVERLOAD) !== 0 }]);
    };
    const script = compilePlan(plan, this.#profile);
    await this.#playing.run(signal, (stop) => this.#script(script, "play its plan", gap_s, stop, hear));
  }

  /** `Z` ends a script with its `on_finished:`, which switches the cell off. */
  async makeSafe(): Promise<void> {
    await this.#playing.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.makeSafe();
    } finally {
      await this.#line.close();
    }
  }

  /**
   * Loads and runs a script and hands on its lines, up to the blank line at its end.
   * @param gap_s longest silence that the script makes by itself
   */
  async #script(
    lines: readonly string[],
    intent: string,
    gap_s: number,
    stop?: AbortSignal,
    tell: (line: string) => void = () => {},
  ): Promise<void> {
    const paced = Number.isFinite(this.#line.transport.bitsPerSecond);
    if (stop?.aborted) throw new AbortedError("Aborted before anything moved");
    for (const text of ["e", ...lines, ""]) {
      await this.#line.send(text);
      if (paced && text !== "") await sleep(this.#line.timer, LINE_GAP_S);
    }
    const accepted = await this.#hear(ANSWER_TIMEOUT_S + 1, intent);
    if (accepted !== "e") {
      await sleep(this.#line.timer, SETTLE_S);
      const said = describeScriptError(accepted, lines, this.identity.firmware);
      throw new InstrumentError(this.port, intent, said, "the cell is off, nothing was driven");
    }
    let halting = false;
    const halt = () => {
      halting = true;
      void this.#line.send("Z").catch(() => {});
    };
    stop?.addEventListener("abort", halt);
    if (stop?.aborted) halt();
    try {
      for (;;) {
        const text = await this.#hear(gap_s + LATE_S, intent);
        if (text === "") break;
        if (text.startsWith("!")) {
          // whether a blank line follows is not written anywhere
          await this.#line.settle(SETTLE_S);
          await this.#script(["cell_off"], "switch the cell off", 0);
          const said = describeScriptError(text, lines, this.identity.firmware);
          throw new InstrumentError(this.port, intent, said, "the cell was switched off");
        }
        tell(text);
      }
    } finally {
      stop?.removeEventListener("abort", halt);
    }
    if (halting) {
      // a script that had just ended answers the late Z with an error
      await this.#line.settle(SETTLE_S);
      throw new AbortedError("The plan was stopped, the cell is off");
    }
  }

  /**
   * The next line of a script. After a silence the script is ended: whatever it still says would pass for the answer to what is
   * asked next.
   */
  async #hear(timeout_s: number, intent: string): Promise<string> {
    try {
      return await this.#line.line(timeout_s);
    } catch (error) {
      if (!(error instanceof TransportError && error.kind === "timeout")) throw error;
      try {
        await this.#line.send("Z");
        await this.#line.settle(SETTLE_S);
      } catch {
        // the silence is what the user must hear of
      }
      throw new TransportError(
        "timeout",
        `${error.message} while it was to ${intent}; it was told to end its script (Z), which switches the cell off if it still hears`,
      );
    }
  }
}

/** Longest time without a measured point. */
function longestGap({ measured, duration_s }: ChannelPlan): number {
  let longest_s = 0;
  let quiet_s = 0;
  duration_s.forEach((length_s, point) => {
    quiet_s = measured[point] === 1 ? 0 : quiet_s + length_s;
    longest_s = Math.max(longest_s, quiet_s);
  });
  return longest_s;
}
