import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import { LineSplitter } from "../framing/lineSplitter.ts";
import { answerProgram } from "../scpi/language/answerProgram.ts";
import { event, flag, none, only, query, type ScpiCommand } from "../scpi/language/command.ts";
import { CommandTree } from "../scpi/language/commandTree.ts";
import { ErrorQueue } from "../scpi/language/errorQueue.ts";
import { enableRegisters } from "../scpi/language/enableRegisters.ts";
import { parseString } from "../scpi/language/parameters.ts";
import { ScpiError } from "../scpi/language/scpiError.ts";
import { sleep } from "../timer.ts";
import { encodeChannels, parseChannels } from "./channelList.ts";
import { AGILENT_34970A, allChannels, findJunction, type MatrixModel, PRESET_SLOTS } from "./matrix.ts";

/** Factory settings of the ports. */
const BAUD = { agilent: 57_600, keithley: 4800 };

/** Characters of the display of a 2700. */
const LONGEST_TEXT = 12;

/** A mainframe with a matrix card in slots 1 and 2; the junction that its closed crosspoints connect is the bench's. */
export class EmulatedSwitchMatrix implements EmulatedInstrument {
  readonly bitsPerSecond: number;
  readonly #hardware: EmulatedHardware;
  readonly #model: MatrixModel;
  readonly #lines = new LineSplitter();
  readonly #errors: ErrorQueue;
  readonly #commands: CommandTree<ScpiCommand>;
  readonly #known: ReadonlySet<number>;
  readonly #closed = new Set<number>();
  #queue: Promise<void> = Promise.resolve();
  #off = false;

  constructor(model: MatrixModel, hardware: EmulatedHardware) {
    this.#model = model;
    this.#hardware = hardware;
    const agilent = model === AGILENT_34970A;
    this.bitsPerSecond = agilent ? BAUD.agilent : BAUD.keithley;
    this.#errors = new ErrorQueue(agilent ? 20 : 10, agilent);
    this.#known = new Set([...allChannels(model, PRESET_SLOTS)].sort((a, b) => a - b));
    this.#commands = new CommandTree<ScpiCommand>({
      ...this.#common(),
      ...this.#routes(agilent),
      ...(agilent ? {} : this.#frontPanel()),
    });
    this.#show();
  }

  receive(chunk: Uint8Array): void {
    const text = Buffer.from(chunk.map((byte) => (byte === 0x0d ? 0x0a : byte)));
    for (const line of this.#lines.append(text)) {
      // ^C clears the port
      const command = line.slice(line.lastIndexOf("\u0003") + 1);
      if (command.trim() !== "") this.#queue = this.#queue.then(() => this.#execute(command));
    }
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

  #common(): Readonly<Record<string, ScpiCommand>> {
    return {
      "*IDN": query(() => this.#hardware.identity ?? this.#model.emulatedIdentity),
      "*RST": event(() => this.#open(this.#known)),
      ...enableRegisters(),
      "*CLS": event(() => this.#errors.clear()),
      "*OPC": { set: none, get: (parameters) => (none(parameters), "1") },
      "*WAI": event(() => {}),
      "*OPT": query(() => `${this.#model.card},${this.#model.card}`),
      ":SYSTem:ERRor[:NEXT]": query(() => this.#errors.next()),
      ":SYSTem:REMote": event(() => {}),
      ":SYSTem:LOCal": event(() => {}),
      ":SYSTem:RWLock": event(() => {}),
      ":SYSTem:CPON": { set: () => this.#open(this.#known) },
      ":SYSTem:CTYPe": {
        get: (parameters) => {
          const slot = Number(only(parameters));
          if (![100, 200, 300].includes(slot)) throw new ScpiError(-222);
          return slot === 300 ? "HEWLETT-PACKARD,0,0,0" : `HEWLETT-PACKARD,${this.#model.card},0,1.0`;
        },
      },
    };
  }

  /** What a 2700 is told beside its switches: kept where it can be asked back. */
  #frontPanel(): Readonly<Record<string, ScpiCommand>> {
    let text = "";
    let shown = false;
    return {
      ":DISPlay[:WINDow[1]]:TEXT[:DATA]": {
        set: (parameters) => {
          const line = parseString(only(parameters));
          if (line.length > LONGEST_TEXT) throw new ScpiError(-223);
          text = line;
        },
        get: (parameters) => (none(parameters), `"${text}"`),
      },
      ":DISPlay[:WINDow[1]]:TEXT:STATe": flag(
        () => shown,
        (on) => void (shown = on),
      ),
      // frequency and duration, or on and off
      ":SYSTem:BEEPer[:IMMediate]": { set: () => {} },
      ":SYSTem:BEEPer:STATe": { set: (parameters) => void only(parameters) },
      ":STATus:PRESet": event(() => {}),
      ":STATus:QUEue:CLEar": event(() => this.#errors.clear()),
      ":STATus:QUEue[:NEXT]": query(() => this.#errors.next()),
    };
  }

  #routes(agilent: boolean): Readonly<Record<string, ScpiCommand>> {
    const parse = (parameters: readonly string[]) => parseChannels(only(parameters), this.#known);
    const closedOf = (channels: readonly number[]) =>
      channels.map((one) => (this.#closed.has(one) ? "1" : "0")).join(",");
    const listed = () => encodeChannels([...this.#closed].sort((a, b) => a - b));
    const close: ScpiCommand = {
      set: (parameters) => this.#close(parse(parameters)),
      get: (parameters) => (parameters.length === 0 && !agilent ? listed() : closedOf(parse(parameters))),
    };
    const open: ScpiCommand = {
      set: (parameters) => this.#open(parse(parameters)),
      get: (parameters) =>
        parse(parameters)
          .map((one) => (this.#closed.has(one) ? "0" : "1"))
          .join(","),
    };
    return {
      ":ROUTe:CLOSe": close,
      ":ROUTe:CLOSe:EXCLusive": {
        set: async (parameters) => {
          const channels = parse(parameters);
          await this.#open(this.#known);
          await this.#close(channels);
        },
      },
      ":ROUTe:MULTiple:CLOSe": close,
      ...(agilent
        ? {}
        : { ":ROUTe:MULTiple:STATe": { get: (parameters: readonly string[]) => closedOf(parse(parameters)) } }),
      ":ROUTe:MULTiple:OPEN": open,
      ":ROUTe:OPEN": open,
      ":ROUTe:OPEN:ALL": event(() => this.#open(this.#known)),
      ":ROUTe:DONE": query(() => "1"),
    };
  }

  async #close(channels: Iterable<number>): Promise<void> {
    for (const channel of channels) this.#closed.add(channel);
    await this.#switched();
  }

  async #open(channels: Iterable<number>): Promise<void> {
    for (const channel of channels) this.#closed.delete(channel);
    await this.#switched();
  }

  async #switched(): Promise<void> {
    this.#show();
    await sleep(this.#hardware.timer, this.#model.settle_s);
  }

  /** Several junctions at once, or a crosspoint that joins the wrong bus, are no junction of the bench: it reads open. */
  #show(): void {
    const { bench } = this.#hardware;
    const { rows, columns } = bench.array.grid;
    const found = findJunction(this.#model, PRESET_SLOTS, this.#closed);
    bench.select(found && found.row < rows && found.column < columns ? found : undefined);
  }
}
