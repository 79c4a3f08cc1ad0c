import type { Clock } from "../../../clock.ts";
import { sleep, type Timer } from "../../timer.ts";
import { encodeField, encodeInteger, encodeValue } from "../packages.ts";
import { parseLiteral } from "./literals.ts";
import type { Argument, Command, Script } from "./parseScript.ts";
import { measurementPoints } from "./techniques.ts";
import { type Measured, type Potentiostat, RunError } from "./runtime.ts";

/** What stops a script from outside; looked at between commands and points. */
export interface Interrupts {
  /** `Z`: end with `on_finished:`. */
  readonly abort: AbortSignal;
  /** `Y`: end the measurement loop under way. */
  skip: boolean;
  /** `h`: wait here until `H`. */
  halted: Promise<void> | undefined;
}

interface Value {
  readonly value: number;
  readonly integer: boolean;
  /** Two letters. */
  readonly type: string;
  readonly status?: number;
  readonly range?: number;
}

type Flow = "on" | "break" | "abort";

/** Shortest time a command takes, s; a `loop` without waits must not stop the world. */
const COMMAND_S = 20e-6;

/**
 * Executes a script as the firmware does: line by line, telling each line of output as it is due.
 * @throws RunError with the device's code and the script's line
 */
export class ScriptRun {
  readonly #potentiostat: Potentiostat;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #say: (line: string) => void;
  readonly #interrupts: Interrupts;
  readonly #values = new Map<string, Value>();
  readonly #arrays = new Map<string, (Value | undefined)[]>();
  /** Signal of what waits: aborted together with the script. */
  readonly #signal: AbortSignal;
  #package: string[] | undefined;
  #interval_s = 0;
  #nextInterval_s = 0;
  #timerStart_s = 0;
  readonly #start_s: number;
  #muxChannels = 0;
  #commands = 0;

  /** @param clock the device's own, for intervals and timers; @param timer the machine's, to let others have a turn */
  constructor(
    potentiostat: Potentiostat,
    clock: Clock,
    timer: Timer,
    say: (line: string) => void,
    interrupts: Interrupts,
  ) {
    this.#potentiostat = potentiostat;
    this.#clock = clock;
    this.#timer = timer;
    this.#say = say;
    this.#interrupts = interrupts;
    this.#signal = interrupts.abort;
    this.#start_s = clock.now_s();
  }

  async run({ body, onFinished }: Script): Promise<void> {
    await this.#block(body);
    await this.#block(onFinished, true);
  }

  async #block(commands: readonly Command[], finishing = false): Promise<Flow> {
    for (const command of commands) {
      if (!finishing && this.#signal.aborted) return "abort";
      await this.#interrupts.halted;
      try {
        const flow = await this.#command(command, finishing);
        if (flow !== "on") return flow;
      } catch (error) {
        if (error instanceof RunError && error.line === 0) error.line = command.line;
        throw error;
      }
      // the event loop breathes, and other ports are heard
      if (++this.#commands % 256 === 0) await sleep(this.#timer, COMMAND_S);
    }
    return "on";
  }

  async #command(command: Command, finishing: boolean): Promise<Flow> {
    const { name, args } = command;
    if (name.startsWith("meas_loop_")) return this.#measureLoop(command, finishing);
    switch (name) {
      case "loop": {
        this.#say("L");
        let flow: Flow = "on";
        while (flow === "on" && this.#compares(args)) flow = await this.#block(command.body ?? [], finishing);
        this.#say("+");
        return flow === "break" ? "on" : flow;
      }
      case "if": {
        if (this.#compares(args)) return this.#block(command.body ?? [], finishing);
        for (const { name: kind, args: condition, body = [] } of command.branches ?? [])
          if (kind === "else" || this.#compares(condition)) return this.#block(body, finishing);
        return "on";
      }
      case "breakloop":
        return "break";
      case "abort":
        return "abort";
      case "wait":
        await this.#potentiostat.hold(this.#number(args[0]), this.#signal);
        return "on";
      case "set_int":
        this.#interval_s = this.#number(args[0]);
        this.#nextInterval_s = this.#clock.now_s() + this.#interval_s;
        return "on";
      case "await_int":
        await this.#potentiostat.hold(this.#nextInterval_s - this.#clock.now_s(), this.#signal);
        this.#nextInterval_s = Math.max(this.#nextInterval_s, this.#clock.now_s()) + this.#interval_s;
        return "on";
      case "meas": {
        const duration_s = this.#number(args[0]);
        const type = args[2]?.text ?? "ba";
        this.#store(args[1], await this.#measure(type, duration_s));
        return "on";
      }
      default:
        this.#immediate(name, args);
        return "on";
    }
  }

  /** Commands that take no time. */
  #immediate(name: string, args: readonly Argument[]): void {
    const [a, b, c] = args;
    const device = this.#potentiostat;
    switch (name) {
      case "var":
        this.#values.set(a?.text ?? "", { value: Number.NaN, integer: false, type: "aa" });
        return;
      case "array":
        this.#arrays.set(
          a?.text ?? "",
          Array.from({ length: this.#number(b) }, () => undefined),
        );
        return;
      case "store_var": {
        const { value, integer } = this.#value(b);
        this.#store(a, { value, integer, type: c?.text ?? "aa" });
        return;
      }
      case "copy_var":
        this.#store(b, this.#value(a));
        return;
      case "array_set":
        this.#element(a, b).set(this.#value(c));
        return;
      case "array_get":
        this.#store(c, this.#element(a, b).get());
        return;
      case "int_to_float":
      case "float_to_int": {
        const from = this.#value(a);
        const integer = name === "float_to_int";
        this.#store(b ?? a, { ...from, value: integer ? Math.trunc(from.value) : from.value, integer });
        return;
      }
      case "alter_vartype":
        this.#store(a, { ...this.#value(a), type: b?.text ?? "aa" });
        return;
      case "timer_start":
        this.#timerStart_s = this.#clock.now_s();
        return;
      case "timer_get":
        this.#store(a, { value: this.#clock.now_s() - this.#timerStart_s, integer: false, type: "eb" });
        return;
      case "get_time":
      case "rtc_get":
        this.#store(a, { value: this.#clock.now_s() - this.#start_s, integer: false, type: "eb" });
        return;
      case "pck_start":
        if (this.#package) throw new RunError("401B");
        this.#package = [];
        return;
      case "pck_add": {
        if (!this.#package) throw new RunError("401B");
        if (this.#package.length >= 40) throw new RunError("401C");
        this.#package.push(encode(this.#value(a)));
        return;
      }
      case "pck_end":
        if (!this.#package) throw new RunError("401B");
        this.#say(`P${this.#package.join(";")}`);
        this.#package = undefined;
        return;
      case "send_string":
        this.#say(`T${this.#text(a?.text ?? "")}`);
        return;
      case "set_pgstat_mode":
        device.setMode(this.#number(a));
        return;
      case "set_e":
        device.setPotential(this.#number(a));
        return;
      case "set_i":
        throw new RunError("0021");
      case "set_range":
        if (a?.text === "ba") device.setRange(this.#number(b));
        return;
      case "set_cr":
        device.setRange(this.#number(a));
        return;
      case "set_autoranging": {
        const currents = args.length === 3 ? [b, c] : [a, b];
        if (args.length === 2 || a?.text === "ba")
          device.setAutoranging(this.#number(currents[0]), this.#number(currents[1]));
        return;
      }
      case "set_range_minmax":
        if (a?.text === "da") device.setSpan(this.#number(b), this.#number(c));
        return;
      case "set_pot_range":
        device.setSpan(this.#number(a), this.#number(b));
        return;
      case "cell_on":
        device.cell(true);
        return;
      case "cell_off":
        device.cell(false);
        return;
      case "set_gpio_cfg":
        device.configurePins(this.#number(a), this.#number(b));
        return;
      case "set_gpio":
        device.setPins(this.#number(a), -1);
        return;
      case "set_gpio_msk":
        device.setPins(this.#number(b), this.#number(a));
        return;
      case "get_gpio":
        this.#store(a, { value: device.pins, integer: true, type: "ec" });
        return;
      case "mux_config":
        if (this.#number(a) !== 4 || device.profile.gpioPins < 10) throw new RunError("0046");
        this.#muxChannels = 16;
        device.configurePins(0x3ff, 1);
        return;
      case "mux_get_channel_count":
        if (this.#muxChannels === 0) throw new RunError("4021");
        this.#store(a, { value: this.#muxChannels, integer: true, type: "ea" });
        return;
      case "mux_set_channel": {
        if (this.#muxChannels === 0) throw new RunError("4021");
        const channel = this.#number(a);
        if (!(channel >= 1 && channel <= this.#muxChannels)) throw new RunError("0007");
        device.setPins((channel - 1) * 0x11, -1);
        return;
      }
      case "bit_inv_var":
        this.#store(a, { ...this.#value(a), value: ~this.#number(a) });
        return;
      default:
        if (name.endsWith("_var")) this.#arithmetic(name, a, b);
      // the rest is accepted and changes nothing here: bandwidth, channel, LED, beeper, files ...
    }
  }

  #arithmetic(name: string, target: Argument | undefined, operand: Argument | undefined): void {
    const left = this.#value(target);
    const right = this.#number(operand);
    if ((name === "div_var" || name === "mod_var") && right === 0) throw new RunError("0028");
    const result = OPERATIONS[name]?.(left.value, right) ?? Number.NaN;
    this.#store(target, { value: left.integer ? Math.trunc(result) : result, integer: left.integer, type: left.type });
  }

  async #measureLoop(command: Command, finishing: boolean): Promise<Flow> {
    const { technique, outputs, points } = measurementPoints(command, (argument) => this.#number(argument));
    const device = this.#potentiostat;
    if (technique === 0x000b ? device.cellOn : !device.cellOn)
      throw new RunError(technique === 0x000b ? "0014" : "4027");
    this.#interrupts.skip = false;
    this.#say(`M${technique.toString(16).toUpperCase().padStart(4, "0")}`);
    let flow: Flow = "on";
    let scan = -1;
    for (const point of points) {
      if (this.#interrupts.skip || flow !== "on") break;
      if (!finishing && this.#signal.aborted) {
        flow = "abort";
        break;
      }
      await this.#interrupts.halted;
      if (point.scan !== undefined && point.scan !== scan) {
        if (scan >= 0) this.#say("-");
        scan = point.scan;
        this.#say(`C${String(scan).padStart(4, "0")}`);
      }
      const values = await point.measure(device, this.#signal);
      outputs.forEach((name, k) => {
        const value = values[k];
        if (value && "type" in value) this.#values.set(name, value);
        else if (value) value.forEach((one, at) => this.#element(named(name), named(`${at}i`)).set(one));
      });
      flow = await this.#block(command.body ?? [], finishing);
    }
    if (scan >= 0) this.#say("-");
    this.#say("*");
    return flow === "break" ? "on" : flow;
  }

  async #measure(type: string, duration_s: number): Promise<Value> {
    const reading: Measured = await this.#potentiostat.measure(duration_s, duration_s, this.#signal);
    if (type === "ba")
      return { value: reading.current_A, integer: false, type, status: reading.status, range: reading.range };
    if (["ab", "da", "af", "ag", "ac"].includes(type)) {
      const value = this.#potentiostat.cellOn ? this.#potentiostat.potential_V : 0;
      return { value, integer: false, type, status: 0 };
    }
    return { value: 0, integer: false, type, status: 0 };
  }

  #compares([left, operator, right]: readonly Argument[]): boolean {
    const a = this.#number(left);
    const b = this.#number(right);
    switch (operator?.text) {
      case "==":
        return a === b;
      case "!=":
        return a !== b;
      case ">":
        return a > b;
      case "<":
        return a < b;
      case ">=":
        return a >= b;
      case "<=":
        return a <= b;
      case "&":
        return (a & b) !== 0;
      case "|":
        return (a | b) !== 0;
      default:
        throw new RunError("4004");
    }
  }

  #number(argument: Argument | undefined): number {
    return this.#value(argument).value;
  }

  #value(argument: Argument | undefined): Value {
    const text = argument?.text ?? "";
    const literal = parseLiteral(text);
    if (literal) return { ...literal, type: "aa" };
    const element = /^([a-z][a-z0-9_]*)\[(.+)\]$/.exec(text);
    if (element)
      return this.#element({ text: element[1] ?? "", column: 0 }, { text: element[2] ?? "", column: 0 }).get();
    const value = this.#values.get(text);
    if (!value) throw new RunError("420B");
    return value;
  }

  #store(argument: Argument | undefined, value: Value): void {
    const text = argument?.text ?? "";
    const element = /^([a-z][a-z0-9_]*)\[(.+)\]$/.exec(text);
    if (element) this.#element({ text: element[1] ?? "", column: 0 }, { text: element[2] ?? "", column: 0 }).set(value);
    else if (this.#values.has(text)) this.#values.set(text, value);
    else throw new RunError("420B");
  }

  #element(name: Argument | undefined, index: Argument | undefined) {
    const array = this.#arrays.get(name?.text ?? "");
    const at = this.#number(index);
    if (!array) throw new RunError("420B");
    if (!(Number.isInteger(at) && at >= 0 && at < array.length)) throw new RunError("400F");
    return {
      get: (): Value => array[at] ?? { value: Number.NaN, integer: false, type: "aa" },
      set: (value: Value) => {
        array[at] = value;
      },
    };
  }

  /** `"text"`, or `f"text {x}"` with values put in. */
  #text(quoted: string): string {
    const inner = /^f?"(.*)"$/.exec(quoted)?.[1] ?? quoted;
    if (!quoted.startsWith("f")) return inner;
    return inner.replace(/\{([a-z][a-z0-9_[\]]*)\}/g, (_, name: string) =>
      String(this.#number({ text: name, column: 0 })),
    );
  }
}

const named = (text: string): Argument => ({ text, column: 0 });

const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  add_var: (a, b) => a + b,
  sub_var: (a, b) => a - b,
  mul_var: (a, b) => a * b,
  div_var: (a, b) => a / b,
  mod_var: (a, b) => a % b,
  pow_var: (a, b) => a ** b,
  bit_and_var: (a, b) => a & b,
  bit_or_var: (a, b) => a | b,
  bit_xor_var: (a, b) => a ^ b,
  bit_lsl_var: (a, b) => a << b,
  bit_lsr_var: (a, b) => a >>> b,
};

function encode({ type, value, integer, status, range }: Value): string {
  const text = integer ? encodeInteger(value) : encodeValue(value);
  return encodeField(type, text, {
    ...(status === undefined ? {} : { status }),
    ...(range === undefined ? {} : { range }),
  });
}
