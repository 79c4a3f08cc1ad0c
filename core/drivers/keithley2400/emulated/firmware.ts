import { CrossporeError } from "../../../errors.ts";
import type { HeldSource } from "../../emulation/heldSource.ts";
import { numeric, type ScpiCommand } from "../../scpi/language/command.ts";
import type { CommandTree } from "../../scpi/language/commandTree.ts";
import { ErrorQueue } from "../../scpi/language/errorQueue.ts";
import { parseProgram } from "../../scpi/language/program.ts";
import { ScpiError } from "../../scpi/language/scpiError.ts";
import type { Timer } from "../../timer.ts";
import type { Quantity } from "../ranges.ts";
import { STATUS } from "../statusWord.ts";
import { type Calculated, calculate } from "./calculations.ts";
import { makeCommands } from "./commands.ts";
import { showReading } from "./keptCommands.ts";
import { Meter, type MeterReading } from "./meter.ts";
import { printReadings, ReadingBuffer } from "./readingBuffer.ts";
import { resetSettings, type Settings } from "./settings.ts";
import { SourceMemory } from "./sourceMemory.ts";
import { MEASUREMENT_EVENT, StatusModel } from "./statusModel.ts";
import { TriggerModel } from "./triggerModel.ts";

/** What lies behind the commands: settings, source and meter, trigger model, buffer, status. */
export class Firmware {
  readonly identity: string;
  readonly errors = new ErrorQueue(10);
  readonly status = new StatusModel(this.errors);
  readonly buffer = new ReadingBuffer();
  readonly meter: Meter;
  readonly memory = new SourceMemory();
  settings: Settings = resetSettings();
  lineFrequency_Hz = 60;
  lineFrequencyAuto = true;
  beeper = true;
  digits = 6;
  readonly #triggers: TriggerModel;
  readonly #commands: CommandTree<ScpiCommand>;
  /** Readings since the last :INITiate. */
  #sample: MeterReading[] = [];
  /** What was made of each of them. */
  #calculated: Calculated[] = [];
  /** Setups of *SAV. */
  readonly #saved = new Map<number, Settings>();
  #initiated: Promise<void> | undefined;

  constructor(identity: string, source: HeldSource, timer: Timer) {
    this.identity = identity;
    const settings = () => this.settings;
    this.meter = new Meter(
      source,
      settings,
      () => this.lineFrequency_Hz,
      () => timer.now_s(),
    );
    this.#triggers = new TriggerModel(this.meter, settings, this.memory, timer, (reading) => this.#take(reading));
    this.#commands = makeCommands(this);
  }

  get running(): boolean {
    return this.#triggers.running;
  }

  /** Does a program message; the answers of its queries, joined, or undefined when there are none. */
  async execute(message: string): Promise<string | undefined> {
    const answers: string[] = [];
    for (const unit of parseProgram(message)) {
      try {
        if ("error" in unit) throw new ScpiError(unit.error);
        const command = this.#commands.find(unit.header);
        const act = unit.query ? command?.get : command?.set;
        if (!act) throw new ScpiError(-113);
        // only a few commands are heard while readings are taken
        if (!unit.query || unit.header[0] !== "*STB") await this.#settled(unit.header);
        const answer = await act(unit.parameters);
        if (unit.query && typeof answer === "string") answers.push(answer);
      } catch (error) {
        // what the device under test refuses is an internal error to the instrument
        const scpiCode =
          error instanceof ScpiError ? error.scpiCode : error instanceof CrossporeError ? 900 : undefined;
        if (scpiCode === undefined) throw error;
        this.status.raiseError(scpiCode);
        // what follows a command that cannot be read is not read either
        if (scpiCode <= -100 && scpiCode > -200) break;
      }
    }
    return answers.length > 0 ? answers.join(";") : undefined;
  }

  /** Commands that overtake a running sweep. */
  async #settled([first = ""]: readonly string[]): Promise<void> {
    if (/^(?:\*TRG|ABOR|ABORT)$/.test(first)) return;
    await this.#initiated;
  }

  async reset(): Promise<void> {
    this.#triggers.abort();
    this.settings = resetSettings();
    await this.meter.apply();
  }

  /** Device clear: whatever runs ends, settings and output stay. */
  async clear(): Promise<void> {
    this.#triggers.abort();
    await this.#initiated;
  }

  trigger(): void {
    this.#triggers.trigger();
  }

  abort(): void {
    this.#triggers.abort();
  }

  async switchOutput(on: boolean): Promise<void> {
    this.settings.output = on;
    await this.meter.apply();
  }

  /** A new source function switches the output off. */
  async chooseSource(name: string): Promise<void> {
    const source = name === "CURR" ? "CURR" : name === "MEM" ? "MEM" : "VOLT";
    if (source === this.settings.source) return;
    this.settings.source = source;
    await this.switchOutput(false);
  }

  chooseFunctions(names: readonly (Quantity | "RES")[], on: boolean): void {
    const { functions, concurrent } = this.settings;
    // one at a time: the last one counts
    if (on && !concurrent) functions.clear();
    for (const name of on && !concurrent ? names.slice(-1) : names) {
      if (on) functions.add(name);
      else functions.delete(name);
    }
  }

  setCounts(arm: number, trigger: number): void {
    if (arm !== Infinity && arm * trigger > 2500) throw new ScpiError(-221);
    this.settings.arm.count = arm;
    this.settings.trigger.count = trigger;
  }

  nplcCommand(): ScpiCommand {
    return numeric(
      { least: 0.01, most: 10, preset: 1 },
      () => this.settings.nplc,
      (value) => void (this.settings.nplc = value),
    );
  }

  /** A setting of what is sourced, or of the limit on it, takes effect at once. */
  async applyIf(sourced: Quantity): Promise<void> {
    if (this.settings.output && (this.settings.source === "CURR" ? "CURR" : "VOLT") === sourced)
      await this.meter.apply();
  }

  tripped(quantity: Quantity): boolean {
    const last = this.#sample.at(-1);
    const measured = this.settings.source === "CURR" ? "VOLT" : "CURR";
    return quantity === measured && ((last?.STAT ?? 0) & (STATUS.compliance | STATUS.rangeCompliance)) !== 0;
  }

  get overVoltage(): boolean {
    return ((this.#sample.at(-1)?.STAT ?? 0) & STATUS.overVoltage) !== 0;
  }

  get calculated(): readonly Calculated[] {
    return this.#calculated;
  }

  /** Of the last reading. @param limit number of the test, 1 is compliance */
  failed(limit: number): boolean {
    return this.#calculated.at(-1)?.failed.has(limit) ?? false;
  }

  /** Results of limit tests go, their settings stay. */
  clearLimits(): void {
    this.#calculated = this.#calculated.map((one) => ({ ...one, failed: new Map() }));
  }

  /** @throws ScpiError -230 where nothing was read */
  acquireNull(): void {
    const last = this.#sample.at(-1);
    const { feed, nulled } = this.settings.calculations;
    const value = feed === "CALC" ? this.#calculated.at(-1)?.math : last?.[feed];
    if (value === undefined) throw new ScpiError(-230);
    nulled.offset = value;
  }

  /** *SAV */
  save(location: number): void {
    this.#saved.set(location, structuredClone(this.settings));
  }

  /** *RCL: the output is off whatever was saved; an empty location is the state after a reset. */
  async recall(location: number): Promise<void> {
    this.#triggers.abort();
    this.settings = { ...structuredClone(this.#saved.get(location) ?? resetSettings()), output: false };
    await this.meter.apply();
  }

  /** Goes on by itself; later commands wait for its end. @throws ScpiError when it cannot begin */
  async initiate(): Promise<void> {
    if (this.running) throw new ScpiError(-213);
    this.#sample = [];
    this.#calculated = [];
    const run = this.#triggers.run();
    // a refusal comes before anything is driven, in this turn
    const refused = await Promise.race([
      run.then(
        () => undefined,
        (error: unknown) => error,
      ),
      turn(),
    ]);
    if (refused instanceof ScpiError) throw refused;
    this.#initiated = run
      .catch((error: unknown) => {
        if (error instanceof ScpiError) this.status.raiseError(error.scpiCode);
        else if (error instanceof CrossporeError) this.status.raiseError(900);
        else throw error;
      })
      .finally(() => (this.#initiated = undefined));
  }

  async read(): Promise<string> {
    if (this.settings.arm.count === Infinity) throw new ScpiError(830);
    await this.initiate();
    await this.#initiated;
    return this.fetch();
  }

  fetch(): string {
    if (this.#sample.length === 0) throw new ScpiError(-230);
    return printReadings(this.#sample, this.settings.elements);
  }

  /** What the upper line of the display shows, undefined before the first reading. */
  get shown(): string | undefined {
    const last = this.#sample.at(-1);
    return last && showReading(last, this.settings.functions);
  }

  latest(): string {
    const last = this.#sample.at(-1);
    if (!last) throw new ScpiError(-230);
    return printReadings([last], this.settings.elements);
  }

  /** :CONFigure: one function, one reading. */
  async configure(name: Quantity | "RES"): Promise<void> {
    const { arm, trigger, senses, resistance } = this.settings;
    this.settings.functions = new Set([name]);
    arm.count = trigger.count = 1;
    arm.source = trigger.source = "IMM";
    if (name === "RES") resistance.mode = "AUTO";
    else senses[name].auto = true;
    await this.switchOutput(true);
  }

  async measure(name: Quantity | "RES" | undefined): Promise<string> {
    if (name !== undefined) await this.configure(name);
    return this.read();
  }

  #take(measured: MeterReading): void {
    const { calculations } = this.settings;
    const calculated = calculate(calculations, measured, this.#sample.at(-1));
    const reading = { ...measured, STAT: measured.STAT | calculated.status };
    this.#sample.push(reading);
    this.#calculated.push(calculated);
    this.status.raise("MEAS", MEASUREMENT_EVENT.reading | limitEvents(calculated));
    if (reading.STAT & STATUS.overflow) this.status.raise("MEAS", MEASUREMENT_EVENT.readingOverflow);
    if (reading.STAT & STATUS.overVoltage) this.status.raise("MEAS", MEASUREMENT_EVENT.overVoltage);
    if (reading.STAT & (STATUS.compliance | STATUS.rangeCompliance))
      this.status.raise("MEAS", MEASUREMENT_EVENT.compliance);
    if (this.buffer.feeding) {
      const filled = this.buffer.take(reading, calculated);
      this.status.raise("MEAS", MEASUREMENT_EVENT.bufferAvailable | (filled ? MEASUREMENT_EVENT.bufferFull : 0));
    }
  }
}

/** Bits of the tests that failed; where all that are on have passed, the bit for that. */
function limitEvents({ failed, status }: Calculated): number {
  if (!(status & STATUS.limitTest)) return 0;
  if (failed.size === 0) return MEASUREMENT_EVENT.limitsPass;
  const { lowLimit2, highLimit2, lowLimit3, highLimit3, limit1 } = MEASUREMENT_EVENT;
  return (
    (failed.has(1) ? limit1 : 0) |
    (failed.get(2) === "low" ? lowLimit2 : failed.has(2) ? highLimit2 : 0) |
    (failed.get(3) === "low" ? lowLimit3 : failed.has(3) ? highLimit3 : 0)
  );
}

function turn(): Promise<undefined> {
  return new Promise((resolve) => {
    setImmediate(() => {
      resolve(undefined);
    });
  });
}
