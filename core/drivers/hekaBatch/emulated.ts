import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ModeWatch, type ClampMode } from "../../patchClamp/modes.ts";
import { DeviceTime } from "../emulation/deviceTime.ts";
import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import { LineSplitter } from "../framing/lineSplitter.ts";
import { fullScale_A, GAINS, parseIndex } from "./codec.ts";
import { MOST_LEVELS } from "./sweeps.ts";

/** Sample interval of the emulated pgf sequence. */
export const SAMPLE_INTERVAL_S = 1e-3;
/** The converter has 16 bits over both signs. */
const ADC_STEPS = 32_768;
const MODES: Readonly<Record<string, ClampMode>> = { "3": "VC", "4": "IC" };
const PROTOCOL = "_update_pgf_params_";
const SEQUENCE = "crosspore";

interface Sample {
  readonly time_s: number;
  readonly current_A: number;
  readonly voltage_V: number;
}

/**
 * A PATCHMASTER in software that listens to batch communication: one amplifier, a protocol that copies the global values into the pgf
 * parameters, and a sequence `crosspore` of up to five levels. Commands are done one after the other as their lines come.
 */
export class EmulatedPatchmaster implements EmulatedInstrument {
  readonly bitsPerSecond = Infinity;
  readonly #hardware: EmulatedHardware;
  readonly #time: DeviceTime;
  readonly #lines = new LineSplitter();
  readonly #watch = new ModeWatch();
  readonly #values = new Float64Array(16);
  readonly #parameters = new Float64Array(16);
  #mode: "VC" | "CC" = "VC";
  #hold_V = 0;
  /** Since when the command has been at 0, s of the device; a switch of the mode sooner is a jump. */
  #zeroSince_s = 0;
  #gain = GAINS.find(({ gain_mV_pA }) => gain_mV_pA === 1)?.index ?? 8;
  #vmonX100 = false;
  #ccGain = 0;
  #external = false;
  #externalScale = 0.1;
  #exportTarget = "ASCII";
  #target = "1,1,1,1,2";
  #running = false;
  #stopped = false;
  #sweep: readonly Sample[] = [];
  #queue: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(hardware: EmulatedHardware) {
    this.#hardware = hardware;
    this.#time = new DeviceTime(hardware.bench, hardware.timer);
    this.#watch.see("VC", -Infinity);
    this.#zeroSince_s = hardware.timer.now_s() - 1;
  }

  /** Switches from voltage to current clamp, or back, that did not rest with nothing commanded. */
  get modeJumps(): number {
    return this.#watch.jumps;
  }

  receive(chunk: Uint8Array): void {
    for (const raw of this.#lines.append(chunk)) {
      // an aside of the person who wrote the batch
      const line = (raw.split(";")[0] ?? "").trim();
      if (line === "") continue;
      // what stops a sequence overtakes it
      if (this.#running && /^Set N (Break|Stop)\b/.test(line)) this.#stopped = true;
      this.#queue = this.#queue.then(async () => {
        if (this.#closed) return;
        const answer = await this.#answer(line);
        if (answer !== undefined) this.#hardware.send(Buffer.from(`${answer}\n`, "latin1"));
      });
    }
  }

  /** Every line that has come is done. */
  whole(): Promise<void> {
    return this.#queue;
  }

  hangUp(): void {}

  close(): void {
    this.#closed = true;
    this.#stopped = true;
  }

  async #answer(line: string): Promise<string | undefined> {
    const index = parseIndex(line);
    if (index !== undefined) return line.replace(/^-/, "+");
    const [name = "", ...rest] = line.split(/\s+/);
    const argument = line.slice(name.length).trim();
    const epc = /^GetEpcParams-(\d+)$/.exec(name);
    if (epc) return epc[1] === "1" ? this.#parameter(argument) : `error: there is no amplifier ${epc[1]}`;
    switch (name) {
      case "acknowledged":
        return undefined;
      case "Echo":
        return `Reply_Echo ${argument}`;
      case "ConnectionIdentify":
        return `Reply_ConnectionIdentify ${this.#hardware.identity ?? "PATCHMASTER SIM0001 simulated"}`;
      case "GetTime":
        return `Reply_GetTime ${this.#time.now_s().toFixed(3)}`;
      case "SetSleep":
      case "EnableUserActions":
      case "DisableUserActions":
        return undefined;
      case "SetValue": {
        const [at = Number.NaN, value = Number.NaN] = rest.map(Number);
        if (!(Number.isInteger(at) && at >= 0 && at < this.#values.length && Number.isFinite(value)))
          return `range: ${line}`;
        this.#values[at] = value;
        return undefined;
      }
      case "ListProtocols":
        return `Reply_ListProtocols "${PROTOCOL}"`;
      case "ListSequences":
        return `Reply_ListSequences "${SEQUENCE}"`;
      case "ExecuteProtocol":
        if (unquote(argument) !== PROTOCOL) return `error: there is no protocol ${argument}`;
        this.#parameters.set(this.#values);
        return undefined;
      case "ExecuteSequence":
        if (unquote(argument) !== SEQUENCE) return `error: there is no sequence ${argument}`;
        this.#begin();
        return undefined;
      case "Query":
        return this.#running ? "Query_Acquiring" : "Query_Idle";
      case "GetParameters":
        return argument.startsWith("DataFile") ? `Reply_GetParameters "C:\\Data\\simulated.dat"` : `error: ${line}`;
      case "GetTarget":
        return `Reply_GetTarget  ${this.#target}`;
      case "SetTarget":
        this.#target = argument.split(",").slice(0, 5).join(",");
        return undefined;
      case "Export":
        return this.#export(argument);
      case "Set":
        return this.#set(rest, argument);
      case "Get":
        return argument === "E TestDacToStim1" ? `TestDacToStim1 ${this.#external ? "ON" : "OFF"}` : `error: ${line}`;
      default:
        return `error: unknown command ${line.slice(0, 60)}`;
    }
  }

  #parameter(name: string): string {
    const gain_mV_pA = this.#gain_mV_pA;
    switch (name) {
      case "Mode":
        return `GetEpcParams-1 ${this.#mode}`;
      case "Gain":
        return `GetEpcParams-1 ${gain_mV_pA.toFixed(3)}mV/pA`;
      case "RealGain":
        return `GetEpcParams-1 ${(gain_mV_pA * 1e9).toExponential(5).replace("e+", "E+0").replace("E+010", "E+10")}`;
      case "VmonGain":
        return `GetEpcParams-1 ${this.#vmonX100 ? "VmonX100" : "VmonX10"}`;
      case "CCGain":
        return `GetEpcParams-1 CC${[0.1, 1, 10, 100][this.#ccGain]}pA`;
      case "ExtStim":
        return `GetEpcParams-1 ${this.#externalScale.toFixed(3)}`;
      default:
        return `error: unknown parameter ${name}`;
    }
  }

  #set([where = "", what = "", ...rest]: readonly string[], argument: string): string | undefined {
    const value = rest.join(" ");
    const number = Number(value);
    if (where === "N") {
      if (/^(Break|Stop)$/.test(what)) this.#stopped = true;
      return undefined;
    }
    if (where === "O") return undefined;
    if (where === "@") {
      if (what !== "ExportTarget") return `error: ${argument}`;
      this.#exportTarget = unquote(value);
      return undefined;
    }
    if (where !== "E") return `error: ${argument}`;
    switch (what) {
      case "Ampl1":
      case "StimFilter":
      case "Filter1":
      case "Filter2":
      case "F2Response":
      case "CFastTot":
      case "CFastTau":
      case "PipetteOffset":
        return undefined;
      case "Mode": {
        const mode = MODES[value];
        if (!mode) return `range: mode ${value}`;
        this.#switchTo(mode);
        return undefined;
      }
      case "Gain":
        if (!GAINS.some(({ index }) => index === number)) return `range: gain ${value}`;
        this.#gain = number;
        return undefined;
      case "Vhold":
        if (!(Math.abs(number) <= 1000)) return `range: Vhold ${value}`;
        this.#holdAt(number / 1000);
        return undefined;
      case "VmonX100":
        this.#vmonX100 = number === 1;
        return undefined;
      case "CCGain":
        if (!(number >= 0 && number <= 3)) return `range: CCGain ${value}`;
        this.#ccGain = number;
        return undefined;
      case "TestDacToStim1":
        this.#external = number === 2;
        return undefined;
      case "ExtScale":
        this.#externalScale = number;
        return undefined;
      default:
        return `error: unknown ${argument.slice(0, 60)}`;
    }
  }

  /** This program has no I = 0: what rests with nothing commanded rests there. */
  #switchTo(mode: ClampMode): void {
    const now_s = this.#hardware.timer.now_s();
    if (this.#hold_V === 0 && !this.#external) this.#watch.see("I=0", this.#zeroSince_s);
    this.#watch.see(mode, now_s);
    this.#mode = mode === "VC" ? "VC" : "CC";
    this.#zeroSince_s = now_s;
  }

  #holdAt(voltage_V: number): void {
    if (voltage_V === 0 && this.#hold_V !== 0) this.#zeroSince_s = this.#hardware.timer.now_s();
    this.#hold_V = voltage_V;
  }

  get #gain_mV_pA(): number {
    return GAINS.find(({ index }) => index === this.#gain)?.gain_mV_pA ?? 1;
  }

  #begin(): void {
    this.#running = true;
    this.#stopped = false;
    const { bench } = this.#hardware;
    const [least_V, most_V] = bench.array.capabilities.voltageRange_V;
    const levels = Array.from({ length: MOST_LEVELS }, (_, k) => ({
      voltage_V: this.#parameters[2 * k] ?? 0,
      duration_s: this.#parameters[2 * k + 1] ?? 0,
    }));
    void this.#run(levels, Math.max(-1, least_V), Math.min(1, most_V)).finally(() => {
      this.#running = false;
    });
  }

  async #run(
    levels: readonly { readonly voltage_V: number; readonly duration_s: number }[],
    least_V: number,
    most_V: number,
  ): Promise<void> {
    const samples: Sample[] = [];
    this.#sweep = samples;
    await this.#time.rest();
    const full_A = fullScale_A(this.#gain_mV_pA);
    let time_s = 0;
    for (const { voltage_V, duration_s } of levels) {
      const count = Math.round(duration_s / SAMPLE_INTERVAL_S);
      const held_V = Math.min(most_V, Math.max(least_V, voltage_V));
      for (let from = 0; from < count && !this.#stopped; from += 100) {
        const steps = Array.from({ length: Math.min(100, count - from) }, () => ({
          voltage_V: held_V,
          duration_s: SAMPLE_INTERVAL_S,
          aperture_s: SAMPLE_INTERVAL_S / 2,
        }));
        for (const current_A of await this.#time.play(steps)) {
          const code = Math.round((current_A / full_A) * ADC_STEPS);
          const clipped = Math.min(ADC_STEPS - 1, Math.max(-ADC_STEPS, code));
          samples.push({ time_s, current_A: (clipped / ADC_STEPS) * full_A, voltage_V: held_V });
          time_s = samples.length * SAMPLE_INTERVAL_S;
        }
      }
    }
  }

  #export(argument: string): string {
    const [how = "", file = ""] = argument.split(",").map((part) => part.trim());
    const { folder } = this.#hardware;
    if (!["overwrite", "nooverwrite"].includes(how) || !/^[\w.-]+$/.test(file)) return `syntax: Export ${argument}`;
    if (folder === undefined || this.#exportTarget !== "ASCII") return "ioerror: there is nowhere to export to";
    const rows = this.#sweep.map(({ time_s, current_A, voltage_V }, k) =>
      [k, time_s.toExponential(9), current_A.toExponential(9), voltage_V.toExponential(9)].join(", "),
    );
    writeFileSync(join(folder, file), `"Index","Time[s]","I-mon[A]","V-mon[V]"\r\n${rows.join("\r\n")}\r\n`, "latin1");
    return "Reply_Export Done";
  }
}

function unquote(text: string): string {
  return text.trim().replace(/^"|"$/g, "");
}
