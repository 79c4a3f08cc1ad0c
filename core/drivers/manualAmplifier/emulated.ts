import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import { HeldSource } from "../emulation/heldSource.ts";
import { LineSplitter } from "../framing/lineSplitter.ts";
import { answerProgram } from "../scpi/language/answerProgram.ts";
import { event, query, type ScpiCommand } from "../scpi/language/command.ts";
import { CommandTree } from "../scpi/language/commandTree.ts";
import { ErrorQueue } from "../scpi/language/errorQueue.ts";
import { enableRegisters } from "../scpi/language/enableRegisters.ts";
import { ScpiError } from "../scpi/language/scpiError.ts";

/** 34907A: two outputs of 16 bits, -12 to 12 V; 34901A: inputs of the voltmeter. */
const OUTPUT = 304;
const OUTPUT_STEP_V = 24 / 65_536;
const LARGEST_OUTPUT_V = 12;
const INPUTS = { signal: 101, gain: 102, frequency: 103, mode: 104 } as const;
/** Input range of 10 V, 20 % beyond it, 6 1/2 digits; a reading takes one period of 50 Hz. */
const LARGEST_INPUT_V = 12;
const INPUT_STEP_V = 10e-6;
const READING_S = 0.02;

/** The panel of an Axopatch 200B as its telegraphs tell it: gain 5 mV/pA, 5 kHz, V-clamp; its output ends at 10 V. */
export interface Panel {
  gain_V_A: number;
  gain_V: number;
  frequency_V: number;
  mode_V: number;
  /** The converter's output does not move any more. */
  stuck?: boolean;
}

const COMMAND_V_V = 0.02;
const LARGEST_SIGNAL_V = 10;

/**
 * An Agilent 34970A with a 34901A and a 34907A in front of an Axopatch 200B: one output at the command input, four inputs at the
 * amplifier's output and telegraphs. Turning `panel` is turning its knobs.
 */
export class EmulatedManualAmplifier implements EmulatedInstrument {
  readonly bitsPerSecond = 57_600;
  readonly panel: Panel = { gain_V_A: 5e9, gain_V: 3.5, frequency_V: 6, mode_V: 6 };
  readonly #hardware: EmulatedHardware;
  /** The headstage: it holds its level while the host thinks. */
  readonly #headstage: HeldSource;
  readonly #lines = new LineSplitter();
  readonly #errors = new ErrorQueue(20, true);
  readonly #commands: CommandTree<ScpiCommand>;
  #command_V = 0;
  #queue: Promise<void> = Promise.resolve();
  #off = false;

  constructor(hardware: EmulatedHardware) {
    this.#hardware = hardware;
    this.#headstage = new HeldSource(hardware.bench, hardware.timer);
    this.#commands = new CommandTree<ScpiCommand>({
      "*IDN": query(() => hardware.identity ?? "HEWLETT-PACKARD,34970A,SIM0001,13-2-2"),
      "*RST": event(() => this.#set(0)),
      "*CLS": event(() => this.#errors.clear()),
      ...enableRegisters(),
      ":SYSTem:ERRor[:NEXT]": query(() => this.#errors.next()),
      ":SOURce:VOLTage": {
        set: async ([level = "", channel]) => {
          this.#checkOutput(channel);
          const volts = Number(level);
          if (!(Math.abs(volts) <= LARGEST_OUTPUT_V)) throw new ScpiError(-222);
          await this.#set(volts);
        },
        get: ([channel]) => {
          this.#checkOutput(channel);
          return formatReading(this.#command_V);
        },
      },
      ":MEASure:VOLTage[:DC]": { get: (parameters) => this.#measure(parameters.at(-1)) },
    });
  }

  receive(chunk: Uint8Array): void {
    for (const line of this.#lines.append(chunk))
      if (line.trim() !== "") this.#queue = this.#queue.then(() => this.#execute(line));
  }

  hangUp(): void {}

  close(): void {
    this.#off = true;
  }

  async #execute(line: string): Promise<void> {
    if (this.#off) return;
    const answer = await answerProgram(line, this.#commands, this.#errors);
    if (answer !== "") this.#hardware.send(Buffer.from(`${answer}\r\n`, "latin1"));
  }

  #checkOutput(channel: string | undefined): void {
    if (channelOf(channel) !== OUTPUT) throw new ScpiError(-222);
  }

  async #set(volts: number): Promise<void> {
    if (this.panel.stuck) return;
    this.#command_V = Math.round(volts / OUTPUT_STEP_V) * OUTPUT_STEP_V;
    await this.#headstage.set({ kind: "voltage", level: this.#command_V * COMMAND_V_V, limit: Infinity });
  }

  async #measure(channel: string | undefined): Promise<string> {
    const wanted = channelOf(channel);
    const { current_A } = await this.#headstage.hold(READING_S, READING_S);
    const { gain_V_A, gain_V, frequency_V, mode_V } = this.panel;
    const signal_V = Math.max(-LARGEST_SIGNAL_V, Math.min(LARGEST_SIGNAL_V, current_A * gain_V_A));
    switch (wanted) {
      case INPUTS.signal:
        return formatReading(signal_V);
      case INPUTS.gain:
        return formatReading(gain_V);
      case INPUTS.frequency:
        return formatReading(frequency_V);
      case INPUTS.mode:
        return formatReading(mode_V);
      default:
        throw new ScpiError(-222);
    }
  }
}

/** `(@101)` */
function channelOf(text: string | undefined): number {
  const match = /^\(@(\d{3})\)$/.exec(text ?? "");
  if (!match) throw new ScpiError(-109);
  return Number(match[1]);
}

/** As the voltmeter prints: `-1.04530000E+00`. */
function formatReading(volts: number): string {
  if (Math.abs(volts) > LARGEST_INPUT_V) return volts > 0 ? "+9.90000000E+37" : "-9.90000000E+37";
  const counted = Math.round(volts / INPUT_STEP_V) * INPUT_STEP_V;
  const [mantissa = "", exponent = "0"] = Math.abs(counted).toExponential(8).split("e");
  const power = Number(exponent);
  return `${counted < 0 ? "-" : "+"}${mantissa}E${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
