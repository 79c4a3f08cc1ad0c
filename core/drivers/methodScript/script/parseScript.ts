import { parseLiteral } from "./literals.ts";

/** One command of a script. */
export interface Command {
  readonly name: string;
  readonly args: readonly Argument[];
  /** 1-based, counted from the line after `e` or `l`. */
  readonly line: number;
  /** Commands of a block: `loop`, `if` and measurement loops. */
  readonly body?: readonly Command[];
  /** `elseif` and `else` of an `if`, in order; an `else` has no arguments. */
  readonly branches?: readonly Command[];
}

export interface Argument {
  readonly text: string;
  readonly column: number;
}

export interface Script {
  readonly body: readonly Command[];
  readonly onFinished: readonly Command[];
}

/** What the device answers to a script that it cannot take: code, line and column. */
export class ScriptError extends Error {
  readonly code: string;
  readonly line: number;
  readonly column: number;

  constructor(code: string, line: number, column: number) {
    super(`${code}: Line ${line}, Col ${column}`);
    this.code = code;
    this.line = line;
    this.column = column;
  }
}

/** Least and most arguments that must be given; optional ones in brackets follow. Measurement loops end with `endloop`. */
const COMMANDS: Readonly<
  Record<string, { readonly least: number; readonly most: number; readonly block?: true; readonly measures?: true }>
> = {
  var: { least: 1, most: 1 },
  array: { least: 2, most: 2 },
  store_var: { least: 3, most: 3 },
  copy_var: { least: 2, most: 2 },
  add_var: { least: 2, most: 2 },
  sub_var: { least: 2, most: 2 },
  mul_var: { least: 2, most: 2 },
  div_var: { least: 2, most: 2 },
  mod_var: { least: 2, most: 2 },
  pow_var: { least: 2, most: 2 },
  bit_and_var: { least: 2, most: 2 },
  bit_or_var: { least: 2, most: 2 },
  bit_xor_var: { least: 2, most: 2 },
  bit_lsl_var: { least: 2, most: 2 },
  bit_lsr_var: { least: 2, most: 2 },
  bit_inv_var: { least: 1, most: 1 },
  int_to_float: { least: 1, most: 2 },
  float_to_int: { least: 1, most: 2 },
  alter_vartype: { least: 2, most: 2 },
  array_set: { least: 3, most: 3 },
  array_get: { least: 3, most: 3 },
  set_e: { least: 1, most: 1 },
  set_i: { least: 1, most: 1 },
  set_int: { least: 1, most: 1 },
  await_int: { least: 0, most: 0 },
  wait: { least: 1, most: 1 },
  timer_start: { least: 0, most: 0 },
  timer_get: { least: 1, most: 1 },
  get_time: { least: 1, most: 1 },
  loop: { least: 3, most: 3, block: true },
  if: { least: 3, most: 3, block: true },
  breakloop: { least: 0, most: 0 },
  abort: { least: 0, most: 0 },
  meas: { least: 3, most: 3 },
  meas_loop_ca: { least: 5, most: 12, block: true, measures: true },
  meas_loop_lsv: { least: 6, most: 12, block: true, measures: true },
  meas_loop_cv: { least: 7, most: 13, block: true, measures: true },
  meas_loop_dpv: { least: 8, most: 14, block: true, measures: true },
  meas_loop_npv: { least: 7, most: 13, block: true, measures: true },
  meas_loop_swv: { least: 9, most: 15, block: true, measures: true },
  meas_loop_ocp: { least: 3, most: 9, block: true, measures: true },
  meas_loop_eis: { least: 8, most: 12, block: true, measures: true },
  pck_start: { least: 0, most: 1 },
  pck_add: { least: 1, most: 1 },
  pck_end: { least: 0, most: 0 },
  send_string: { least: 1, most: 1 },
  set_pgstat_chan: { least: 1, most: 1 },
  set_pgstat_mode: { least: 1, most: 1 },
  set_poly_we_mode: { least: 1, most: 1 },
  set_max_bandwidth: { least: 1, most: 1 },
  set_range: { least: 2, most: 2 },
  set_range_minmax: { least: 3, most: 3 },
  set_autoranging: { least: 2, most: 3 },
  set_cr: { least: 1, most: 1 },
  set_pot_range: { least: 2, most: 2 },
  set_acquisition_frac: { least: 1, most: 1 },
  set_acquisition_frac_autoadjust: { least: 1, most: 1 },
  set_ir_comp: { least: 1, most: 1 },
  set_script_output: { least: 1, most: 1 },
  set_channel_sync: { least: 1, most: 1 },
  cell_on: { least: 0, most: 1 },
  cell_off: { least: 0, most: 0 },
  set_gpio_cfg: { least: 2, most: 2 },
  set_gpio_pullup: { least: 1, most: 1 },
  set_gpio: { least: 1, most: 1 },
  get_gpio: { least: 1, most: 1 },
  set_gpio_msk: { least: 2, most: 2 },
  mux_config: { least: 2, most: 2 },
  mux_get_channel_count: { least: 1, most: 1 },
  mux_set_channel: { least: 1, most: 1 },
  notify_led: { least: 1, most: 1 },
  beep: { least: 2, most: 2 },
  file_open: { least: 2, most: 2 },
  file_close: { least: 0, most: 0 },
  rtc_get: { least: 1, most: 1 },
  hibernate: { least: 3, most: 3 },
};

const CLOSERS = new Set(["endloop", "endif"]);
const DEEPEST = 12;
const NAME = /^[a-z][a-z0-9_]*$/;

/** Bit numbers of the commands that are understood, for the `CM` answer; from the vendor's registry. */
const BITS: Readonly<Record<string, number>> = {
  ...{ var: 1, array: 2, store_var: 3, copy_var: 4, add_var: 5, sub_var: 6, mul_var: 7, div_var: 8, set_e: 9 },
  ...{ set_int: 10, await_int: 11, wait: 12, loop: 13, breakloop: 15, if: 16, get_time: 20, meas: 21 },
  ...{ meas_loop_lsv: 23, meas_loop_cv: 24, meas_loop_dpv: 25, meas_loop_swv: 26, meas_loop_npv: 27, meas_loop_ca: 28 },
  ...{ meas_loop_ocp: 30, meas_loop_eis: 31, set_autoranging: 32, pck_start: 33, pck_add: 34, pck_end: 35 },
  ...{ set_max_bandwidth: 36, set_cr: 37, cell_on: 38, cell_off: 39, set_pgstat_mode: 40, send_string: 41 },
  ...{ set_pgstat_chan: 42, set_gpio_cfg: 43, set_gpio_pullup: 44, set_gpio: 45, get_gpio: 46, set_pot_range: 47 },
  ...{ set_poly_we_mode: 49, set_script_output: 52, abort: 62, timer_start: 63, timer_get: 64, set_range: 65 },
  ...{ set_range_minmax: 66, int_to_float: 71, float_to_int: 72, mux_config: 81, mux_get_channel_count: 82 },
  ...{ mux_set_channel: 83, set_gpio_msk: 84, alter_vartype: 92, mod_var: 96, notify_led: 97, pow_var: 112, beep: 109 },
};

export function scriptCapabilities(): string {
  let field = 0n;
  for (const bit of Object.values(BITS)) field |= 1n << BigInt(bit);
  // their closers
  for (const bit of [14, 17, 18, 19]) field |= 1n << BigInt(bit);
  return field.toString(16).toUpperCase().padStart(64, "0");
}

/** @throws ScriptError with the device's code, line and column */
export function parseScript(lines: readonly string[]): Script {
  const parser = new Parser(lines);
  const body = parser.block(0, []);
  return { body, onFinished: parser.finished() };
}

class Parser {
  readonly #lines: readonly string[];
  #at = 0;
  #declared = new Set<string>();
  #depth = 0;
  #measuring = false;
  #sawFinished = false;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  finished(): readonly Command[] {
    return this.#sawFinished ? this.block(0, []) : [];
  }

  /** Commands up to one of the closers, which is consumed by the caller. */
  block(openedAt: number, until: readonly string[]): Command[] {
    const commands: Command[] = [];
    while (this.#at < this.#lines.length) {
      const line = this.#at + 1;
      const words = split(this.#lines[this.#at] ?? "");
      const [first] = words;
      if (!first) {
        this.#at++;
        continue;
      }
      if (first.text === "on_finished:" && until.length === 0) {
        this.#at++;
        this.#sawFinished = true;
        return commands;
      }
      if (until.includes(first.text)) return commands;
      if (CLOSERS.has(first.text) || first.text === "else" || first.text === "elseif")
        throw new ScriptError("400E", line, first.column);
      this.#at++;
      commands.push(this.#command(words, line));
    }
    if (until.length > 0) throw new ScriptError("4018", openedAt, 1);
    return commands;
  }

  #command(words: readonly Argument[], line: number): Command {
    const [head, ...args] = words;
    const name = head?.text ?? "";
    const known = COMMANDS[name];
    if (!head || !known) throw new ScriptError("4001", line, head?.column ?? 1);
    if (args.length < known.least) throw new ScriptError("4018", line, (args.at(-1) ?? head).column);
    const extra = args[known.most];
    if (extra) throw new ScriptError("420A", line, extra.column);
    this.#checkNames(name, args, line);
    if (!known.block) return { name, args, line };
    if (++this.#depth > DEEPEST) throw new ScriptError("400D", line, 1);
    if (known.measures) {
      if (this.#measuring) throw new ScriptError("400B", line, 1);
      this.#measuring = true;
    }
    const closer = name === "if" ? ["elseif", "else", "endif"] : ["endloop"];
    const body = this.block(line, closer);
    const branches: Command[] = [];
    while (name === "if") {
      const at = this.#at + 1;
      const [word, ...rest] = split(this.#lines[this.#at] ?? "");
      if (!word || word.text === "endif") break;
      this.#at++;
      if (word.text === "elseif" && rest.length !== 3) throw new ScriptError("4018", at, word.column);
      branches.push({ name: word.text, args: rest, line: at, body: this.block(at, closer) });
    }
    this.#at++;
    if (known.measures) this.#measuring = false;
    this.#depth--;
    return { name, args, line, body, ...(branches.length > 0 ? { branches } : {}) };
  }

  #checkNames(name: string, args: readonly Argument[], line: number): void {
    const [first] = args;
    if (name === "var" || name === "array") {
      if (!first || !NAME.test(first.text)) throw new ScriptError("402B", line, first?.column ?? 1);
      if (this.#declared.has(first.text)) throw new ScriptError("4026", line, first.column);
      this.#declared.add(first.text);
      return;
    }
    if (name === "send_string" || name === "file_open") return;
    for (const { text, column } of args) {
      // numbers with a decimal point are no literals here
      if (/^[+-]?[\d.]/.test(text) && !parseLiteral(text)) throw new ScriptError("4004", line, column);
      const base = /^([a-z][a-z0-9_]*)\[/.exec(text)?.[1];
      if (base !== undefined && !this.#declared.has(base)) throw new ScriptError("420B", line, column);
    }
    // measured into, or counted with: these must be variables
    const needs = name.startsWith("meas_loop_eis")
      ? 3
      : name.startsWith("meas_loop_ocp")
        ? 1
        : name.startsWith("meas_loop")
          ? 2
          : 0;
    const direct = /^(store|copy|add|sub|mul|div|mod|pow|bit_\w+)_var$|^pck_add$|^timer_get$|^get_/.test(name) ? 1 : 0;
    for (const { text, column } of args.slice(0, Math.max(needs, direct)))
      if (NAME.test(text) && !this.#declared.has(text)) throw new ScriptError("420B", line, column);
  }
}

/** Words with their columns; quotes and brackets hold together, `#` begins a comment. */
function split(line: string): Argument[] {
  const words: Argument[] = [];
  const pattern = /f?"[^"]*"|[^\s"#(]+\([^)]*\)|[^\s"#]+|#.*/g;
  for (const match of line.matchAll(pattern)) {
    if (match[0].startsWith("#")) break;
    words.push({ text: match[0], column: match.index + 1 });
  }
  return words;
}
