import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BehaviorSubject } from "rxjs";
import { AbortedError, InstrumentError, UnsupportedError } from "../../errors.ts";
import { type Admitted, redeem } from "../../limiter/limiter.ts";
import { type ClampMode, planModeSwitch } from "../../patchClamp/modes.ts";
import type {
  ChannelCapabilities,
  ChannelPlan,
  ChannelPoint,
  Identity,
  InstrumentState,
  Potentiostat,
} from "../instrument.ts";
import { planStarts } from "../planStarts.ts";
import { leaveAtZero, Playing } from "../playing.ts";
import { sleep, type Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { Batch } from "./batch.ts";
import { fullScale_A, GAINS, parseExport } from "./codec.ts";
import { cutSweeps, MOST_LEVELS, type Sweep } from "./sweeps.ts";

const POLL_S = 0.02;
/** A sequence that has not ended so long after its time never will. */
const LATE_S = 5;
/** PATCHMASTER and the EPC 10 hold +-1 V and less. */
const LARGEST_V = 1;
const SATURATED_PART = 1 - 2 / 32_768;

export interface HekaSettings {
  /** Number of the amplifier, from 1. */
  readonly amplifier: number;
  /** Sample interval of the pgf sequence. */
  readonly interval_s: number;
  readonly sequence: string;
  /** Name of the export as the program is told it, and where this computer finds it. */
  readonly exportAs: string;
  readonly exported: string | undefined;
}

const MODE_COMMANDS: Readonly<Partial<Record<ClampMode, string>>> = { VC: "Set E Mode 3", IC: "Set E Mode 4" };

export async function identify(transport: Transport, timer: Timer): Promise<Identity> {
  return new Batch(transport, timer).identify();
}

/** @throws InstrumentError when the amplifier is not in voltage clamp: nothing is switched behind anybody's back */
export async function open(transport: Transport, timer: Timer, settings: HekaSettings): Promise<HekaBatch> {
  const device = await openInAnyMode(transport, timer, settings);
  await device.start();
  return device;
}

/** For who asks for its state, or switches its mode: nothing is commanded. */
export async function openInAnyMode(transport: Transport, timer: Timer, settings: HekaSettings): Promise<HekaBatch> {
  const device = new HekaBatch(new Batch(transport, timer), timer, settings);
  await device.greet();
  return device;
}

export class HekaBatch implements Potentiostat {
  readonly port: string;
  readonly states = new BehaviorSubject<InstrumentState>({});
  readonly #batch: Batch;
  readonly #timer: Timer;
  readonly #settings: HekaSettings;
  readonly #playing = new Playing();
  #identity: Identity = { manufacturer: "HEKA", model: "PATCHMASTER", serial: "", firmware: "" };
  #gain_mV_pA = Number.NaN;

  constructor(batch: Batch, timer: Timer, settings: HekaSettings) {
    this.port = batch.name;
    this.#batch = batch;
    this.#timer = timer;
    this.#settings = settings;
  }

  get identity(): Identity {
    return this.#identity;
  }

  get channel(): ChannelCapabilities {
    return {
      voltageRange_V: [-LARGEST_V, LARGEST_V],
      span_V: Infinity,
      // SECM passes tenths of a millivolt
      voltageStep_V: 1e-4,
      currentRanges_A: GAINS.map(({ gain_mV_pA }) => fullScale_A(gain_mV_pA)).reverse(),
      compliance: false,
      shortestMeasured_s: this.#settings.interval_s,
      shortestHeld_s: this.#settings.interval_s,
      mostPoints: 1_000_000,
      // a sweep ends by itself at Vhold, Vhold stays
      safeOnSilence: false,
    };
  }

  async greet(): Promise<void> {
    this.#identity = await this.#batch.identify();
    await this.#batch.exchange([`Set E Ampl${this.#settings.amplifier} TRUE`]);
    const [modeLine = "", gainLine = ""] = await this.#batch.exchange(this.#questions);
    this.#gain_mV_pA = readGain(gainLine) ?? Number.NaN;
    await this.#tell(this.#readMode(modeLine));
  }

  async start(): Promise<void> {
    await this.#look();
    await this.#batch.exchange(["Set E Vhold 0"]);
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
    if (!(await this.#playing.stop()) && !this.#batch.port.closed) await this.#idle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.makeSafe();
    } finally {
      this.states.complete();
      await this.#batch.port.close();
    }
  }

  /** Lets go of it as it is, without a command. */
  async release(): Promise<void> {
    this.states.complete();
    await this.#batch.port.close();
  }

  /** Through I = 0 alone: here that is nothing commanded, and time to settle. */
  async setMode(mode: ClampMode): Promise<void> {
    for (const step of planModeSwitch(await this.#mode(), mode)) {
      if (step.kind === "zero") await this.#batch.exchange(["Set E TestDacToStim1 0", "Set E Vhold 0"]);
      else if (step.kind === "settle") await sleep(this.#timer, step.duration_s);
      else {
        const command = MODE_COMMANDS[step.mode];
        if (command !== undefined) await this.#batch.exchange([command]);
      }
    }
    const found = await this.#mode();
    if (mode !== "I=0" && found !== mode)
      throw new InstrumentError(this.port, `go to ${mode}`, `that it is in ${found}`, "nothing is commanded");
    await this.#tell(found);
  }

  async #run(plan: ChannelPlan, tell: (points: readonly ChannelPoint[]) => void, stop: AbortSignal): Promise<void> {
    const sweeps = cutSweeps(plan);
    await this.#look();
    await this.#setGain(plan.currentRange_A);
    if (stop.aborted) throw new AbortedError("Aborted before anything moved");
    const starts_s = planStarts(plan);
    let next = 0;
    const drive = async () => {
      for (const sweep of sweeps) {
        const found = await this.#perform(sweep, stop);
        const points: ChannelPoint[] = [];
        const first = next;
        for (; next < plan.duration_s.length && (starts_s[next] ?? 0) < sweep.end_s - 1e-9; next++) {
          if (plan.measured[next] !== 1) continue;
          const [from_s, to_s] = [(starts_s[next] ?? 0) - sweep.start_s, (starts_s[next + 1] ?? 0) - sweep.start_s];
          const stays = next > first && plan.voltage_V[next] === plan.voltage_V[next - 1];
          points.push({ point: next, ...this.#mean(found, stays ? from_s : (from_s + to_s) / 2, from_s, to_s) });
        }
        if (points.length > 0) tell(points);
      }
    };
    await leaveAtZero(stop, drive, async () => {
      if (!this.#batch.port.closed) await this.#idle();
    });
  }

  /** Runs the sequence once and fetches what it recorded. */
  async #perform(
    { hold_V, levels, start_s, end_s }: Sweep,
    stop: AbortSignal,
  ): Promise<ReturnType<typeof parseExport>> {
    const { sequence, exportAs } = this.#settings;
    const values = Array.from({ length: MOST_LEVELS }, (_, k) => [
      `SetValue ${2 * k} ${plain(levels[k]?.voltage_V ?? 0)}`,
      `SetValue ${2 * k + 1} ${plain(levels[k]?.duration_s ?? 0)}`,
    ]).flat();
    this.#stopIf(stop);
    // one message: the program looks for one each 50 to 100 ms
    await this.#batch.exchange([
      ...values,
      `ExecuteProtocol "_update_pgf_params_"`,
      `Set E Vhold ${plain(hold_V * 1000)}`,
      `ExecuteSequence "${sequence}"`,
    ]);
    const end = this.#timer.now_s() + (end_s - start_s) + LATE_S;
    for (;;) {
      await sleep(this.#timer, POLL_S, stop);
      this.#stopIf(stop);
      const [state = ""] = await this.#batch.exchange(["Query"]);
      if (state === "Query_Idle") break;
      if (this.#timer.now_s() > end)
        throw new InstrumentError(this.port, `run the sequence ${sequence}`, state, "it is told to stop and go to 0 V");
    }
    this.#stopIf(stop);
    const file = this.#exported;
    // of an old export nothing may be taken for the new one
    rmSync(file, { force: true });
    const [done = ""] = await this.#batch.exchange([`Set @  ExportTarget "ASCII"`, `Export overwrite,${exportAs}`]);
    if (done !== "Reply_Export Done" || !existsSync(file))
      throw new InstrumentError(
        this.port,
        `export to ${exportAs}`,
        done === "" ? "nothing" : done,
        `there is no ${file}; its output is at Vhold`,
      );
    try {
      return parseExport(readFileSync(file, "latin1"));
    } catch (error) {
      throw new InstrumentError(
        this.port,
        `export to ${exportAs}`,
        `a file that is none: ${error instanceof Error ? error.message : String(error)}`,
        "its output is at Vhold",
      );
    }
  }

  /** Mean of a stretch from when the current has settled: its later half behind a step, all of it where the voltage stays. */
  #mean(
    { time_s, current_A, voltage_V }: ReturnType<typeof parseExport>,
    settled_s: number,
    from_s: number,
    to_s: number,
  ): Omit<ChannelPoint, "point"> {
    const full_A = fullScale_A(this.#gain_mV_pA);
    let [sum_A, sum_V, count, overload] = [0, 0, 0, false];
    let first = lowerBound(time_s, settled_s - 1e-9);
    // a stretch of one sample has it at its begin
    if ((time_s[first] ?? Infinity) >= to_s - 1e-9) first = lowerBound(time_s, from_s - 1e-9);
    for (let k = first; k < time_s.length && (time_s[k] ?? 0) < to_s - 1e-9; k++) {
      sum_A += current_A[k] ?? 0;
      sum_V += voltage_V[k] ?? 0;
      count++;
      if (Math.abs(current_A[k] ?? 0) >= full_A * SATURATED_PART) overload = true;
    }
    if (count === 0) return { current_A: Number.NaN, overload };
    return { current_A: sum_A / count, voltage_V: sum_V / count, overload };
  }

  get #exported(): string {
    const { exported, exportAs } = this.#settings;
    const folder = this.port.startsWith("folder:") ? this.port.slice("folder:".length) : undefined;
    const found = exported ?? (folder === undefined ? undefined : join(folder, exportAs));
    if (found === undefined)
      throw new UnsupportedError(
        "export",
        `${this.port} carries no files: say where the export appears, exported=PATH`,
      );
    return found;
  }

  #stopIf(stop: AbortSignal): void {
    if (stop.aborted) throw new AbortedError("The plan was stopped");
  }

  async #idle(): Promise<void> {
    await this.#batch.exchange(["Set N Break 1", "Set N Stop 1", "Set E Vhold 0"]);
  }

  async #setGain(asked_A: number | "auto"): Promise<void> {
    // "auto" is the widest range: the lowest gain
    const fits =
      asked_A === "auto" ? [] : GAINS.filter(({ gain_mV_pA }) => fullScale_A(gain_mV_pA) >= asked_A * (1 - 1e-9));
    const wanted = fits.at(-1) ?? GAINS[0];
    if (!wanted || wanted.gain_mV_pA === this.#gain_mV_pA) return;
    const answers = await this.#batch.exchange([`Set E Gain ${wanted.index}`, ...this.#questions]);
    await this.#take(answers);
    if (this.#gain_mV_pA !== wanted.gain_mV_pA)
      throw new InstrumentError(
        this.port,
        `take the gain ${wanted.gain_mV_pA} mV/pA`,
        `${this.#gain_mV_pA} mV/pA`,
        "its output is at 0 V",
      );
  }

  get #questions(): readonly string[] {
    return ["Mode", "Gain"].map((name) => `GetEpcParams-${this.#settings.amplifier} ${name}`);
  }

  async #mode(): Promise<ClampMode> {
    const [line = ""] = await this.#batch.exchange(this.#questions);
    return this.#readMode(line);
  }

  #readMode(line: string): ClampMode {
    const word = line.split(/\s+/).at(-1);
    if (word === "VC") return "VC";
    if (word === "CC") return "IC";
    throw new InstrumentError(this.port, "tell its mode", line === "" ? "nothing" : line, "nothing was driven");
  }

  async #look(): Promise<void> {
    await this.#take(await this.#batch.exchange(this.#questions));
  }

  /** @throws InstrumentError unless it clamps the voltage, and tells its gain */
  async #take([modeLine = "", gainLine = ""]: readonly string[]): Promise<void> {
    const mode = this.#readMode(modeLine);
    if (mode !== "VC") {
      await this.#tell(mode);
      throw new InstrumentError(
        this.port,
        "be in voltage clamp",
        `that amplifier ${this.#settings.amplifier} is in current clamp`,
        "nothing was driven; switch it to voltage clamp, through I = 0 (crosspore patch mode PORT VC --arm)",
      );
    }
    const gain = readGain(gainLine);
    if (gain === undefined)
      throw new InstrumentError(
        this.port,
        "tell its gain",
        gainLine === "" ? "nothing" : gainLine,
        "nothing was driven, no current is guessed",
      );
    this.#gain_mV_pA = gain;
    await this.#tell(mode);
  }

  async #tell(mode: ClampMode): Promise<void> {
    const known = Number.isFinite(this.#gain_mV_pA);
    const state = {
      mode,
      ...(known && { gain_V_A: this.#gain_mV_pA * 1e9, currentRange_A: fullScale_A(this.#gain_mV_pA) }),
    };
    if (JSON.stringify(state) !== JSON.stringify(this.states.value)) this.states.next(state);
  }
}

/** mV/pA; in current clamp it is told in other units, and no current is guessed from those. */
function readGain(line: string): number | undefined {
  const gain = /([\d.]+)\s*mV\/pA$/.exec(line)?.[1];
  return gain === undefined ? undefined : Number(gain);
}

/** First place whose value is not below. */
function lowerBound(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** No exponents: old programs read none. */
function plain(value: number): string {
  return value.toFixed(9).replace(/\.?0+$/, "");
}
