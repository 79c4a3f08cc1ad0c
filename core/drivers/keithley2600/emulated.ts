import { CrossporeError } from "../../errors.ts";
import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import { HeldSource } from "../emulation/heldSource.ts";
import { LineSplitter } from "../framing/lineSplitter.ts";
import { sleep } from "../timer.ts";
import { makeEnvironment, TspErrors } from "./emulated/environment.ts";
import { FACTORY_SCRIPTS } from "./emulated/factoryScripts.ts";
import { type ChannelOptions, SmuChannel } from "./emulated/smuChannel.ts";
import { TriggerEvents } from "./emulated/triggerEvents.ts";
import { parseChunk } from "./lua/parseChunk.ts";
import type { Scope } from "./lua/scope.ts";
import { LuaError } from "./lua/values.ts";

const BAUD = 115_200;
const LINE_FREQUENCY_HZ = 60;
/** Statements between two looks at what comes in. */
const STATEMENTS_AT_ONCE = 200;
/** Longest script that is collected, characters. */
const LARGEST_SCRIPT = 1 << 20;
const IDENTITY = "Keithley Instruments Inc., Model 2602B, SIM0001, 3.2.2";

/** A Model 2602B in software: chunks of Lua line by line or as scripts, smua wired to the bench, smub to nothing. */
export class EmulatedKeithley2600 implements EmulatedInstrument {
  readonly bitsPerSecond = BAUD;
  readonly #hardware: EmulatedHardware;
  readonly #lines = new LineSplitter();
  readonly #errors = new TspErrors();
  readonly #channels: readonly SmuChannel[];
  readonly #events: TriggerEvents;
  readonly #globals: Scope;
  /** Factory scripts are read when something is run for the first time. */
  #furnished = false;
  /** Sweeps and readings that go on beside the scripts. */
  readonly #overlapped = new Set<Promise<void>>();
  readonly #scripts = new Map<string, string>();
  /** A script that is being received. */
  #collecting: { readonly name: string; readonly runs: boolean; lines: string[]; size: number } | undefined;
  #running: AbortController | undefined;
  #statements = 0;
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  #epoch = 0;
  #closed = false;

  constructor(hardware: EmulatedHardware) {
    this.#hardware = hardware;
    const { bench, timer } = hardware;
    const now_s = () => timer.now_s();
    this.#events = new TriggerEvents(timer);
    const options: ChannelOptions = {
      lineFrequency_Hz: LINE_FREQUENCY_HZ,
      events: this.#events,
      now_s,
      stop: () => this.#running?.signal,
      overlap: (work) => this.#overlap(work),
      wait: (duration_s, signal) => sleep(timer, duration_s, signal),
    };
    const smua = new SmuChannel(new HeldSource(bench, timer), options);
    const smub = new SmuChannel(undefined, options);
    this.#channels = [smua, smub];
    const [, model = "2602B", serial = "SIM0001", version = "3.2.2"] = this.#identity
      .split(",")
      .map((part) => part.trim());
    this.#globals = makeEnvironment({
      smua,
      smub,
      errors: this.#errors,
      model: model.replace(/^Model\s+/i, ""),
      serial,
      version,
      lineFrequency_Hz: LINE_FREQUENCY_HZ,
      now_s,
      wait: async (duration_s) => {
        await sleep(timer, duration_s, this.#running?.signal);
      },
      complete: () => this.#complete(),
      reset: () => this.#reset(),
      events: this.#events,
      print: (bytes) => {
        if (!this.#closed && !this.#running?.signal.aborted) hardware.send(bytes);
      },
    });
  }

  receive(chunk: Uint8Array): void {
    for (const line of this.#lines.append(chunk)) this.#receiveLine(line.trim());
  }

  hangUp(): void {}

  close(): void {
    this.#closed = true;
    this.#abort();
  }

  get #identity(): string {
    return this.#hardware.identity ?? IDENTITY;
  }

  #receiveLine(line: string): void {
    const collecting = this.#collecting;
    if (line === "abort") {
      // overtakes whatever runs or waits
      this.#collecting = undefined;
      this.#epoch++;
      this.#abort();
      return;
    }
    if (collecting) {
      if (line === "endscript") this.#endScript();
      else if ((collecting.size += line.length + 1) <= LARGEST_SCRIPT) collecting.lines.push(line);
      return;
    }
    const begin = /^(loadscript|loadandrunscript)(?:\s+(\w+))?$/.exec(line);
    if (begin) this.#collecting = { name: begin[2] ?? "", runs: begin[1] === "loadandrunscript", lines: [], size: 0 };
    else if (line !== "") this.#enqueue(line);
  }

  #endScript(): void {
    const script = this.#collecting;
    this.#collecting = undefined;
    if (!script) return;
    if (script.size > LARGEST_SCRIPT) {
      this.#errors.push(-225, "Out of memory");
      return;
    }
    const text = script.lines.join("\n");
    if (script.name !== "" && this.#scripts.size < 100) this.#scripts.set(script.name, text);
    if (script.name !== "")
      this.#globals.declare(script.name, async () => {
        await this.#run(text);
        return [];
      });
    if (script.runs) this.#enqueue(text);
  }

  #enqueue(text: string): void {
    if (this.#waiting > 1000) {
      this.#errors.push(-363, "Input buffer over-run");
      return;
    }
    const epoch = this.#epoch;
    this.#waiting++;
    this.#queue = this.#queue.then(async () => {
      this.#waiting--;
      if (epoch === this.#epoch && !this.#closed) await this.#execute(text);
    });
  }

  async #execute(text: string): Promise<void> {
    if (text.startsWith("*")) return this.#common(text);
    this.#running = new AbortController();
    try {
      await this.#run(text);
    } catch (error) {
      this.#report(error);
    } finally {
      this.#running = undefined;
    }
  }

  #report(error: unknown): void {
    if (error instanceof LuaError) {
      if (error.tspCode !== 0) this.#errors.push(error.tspCode, error.message.slice(0, 200));
    } else if (error instanceof CrossporeError) this.#errors.push(-286, "Internal error");
    else throw error;
  }

  #abort(): void {
    this.#running?.abort();
    for (const channel of this.#channels) channel.abort();
  }

  #overlap(work: Promise<void>): void {
    const watched = work.catch((error: unknown) => this.#report(error)).finally(() => this.#overlapped.delete(watched));
    this.#overlapped.add(watched);
  }

  /** Waits for what overlaps, or for the end of the script that waits. */
  async #complete(): Promise<void> {
    const signal = this.#running?.signal;
    const ended = new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
    const aborted = () => signal?.aborted === true;
    while (this.#overlapped.size > 0 && !aborted()) await Promise.race([...this.#overlapped, ended]);
  }

  async #reset(): Promise<void> {
    for (const channel of this.#channels) await channel.reset();
    this.#events.reset();
  }

  async #run(text: string): Promise<void> {
    // "=x" is short for print(x)
    const chunk = text.startsWith("=") ? `print(${text.slice(1)})` : text;
    if (!this.#furnished) {
      this.#furnished = true;
      await parseChunk(FACTORY_SCRIPTS, () => undefined)(this.#globals);
    }
    await parseChunk(chunk, () => this.#tick())(this.#globals);
  }

  /** Every now and then the port is looked at, so that an endless loop can be aborted. */
  #tick(): Promise<void> | undefined {
    if (this.#running?.signal.aborted) throw new LuaError("script aborted", 0);
    if (++this.#statements % STATEMENTS_AT_ONCE !== 0) return undefined;
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  async #common(line: string): Promise<void> {
    const answers: Readonly<Record<string, string>> = {
      "*IDN?": this.#identity,
      "*OPC?": "1",
      "*ESR?": "0",
      "*STB?": this.#errors.count > 0 ? "4" : "0",
      "*TST?": "0",
    };
    const answer = answers[line.toUpperCase()];
    if (/^\*(?:OPC\?|WAI)$/i.test(line)) await this.#complete();
    if (answer !== undefined) this.#hardware.send(Buffer.from(`${answer}\n`, "latin1"));
    else if (/^\*RST$/i.test(line)) await this.#reset();
    else if (/^\*TRG$/i.test(line)) this.#events.command();
    else if (/^\*CLS$/i.test(line)) this.#errors.clear();
    else if (!/^\*(?:OPC|WAI|SRE\s+\d+|ESE\s+\d+)$/i.test(line)) this.#errors.push(-285, "TSP Syntax error");
  }
}
