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
  Record<
    string,
    {
      /** Bit in the `CM` answer, from the vendor's registry. */
      readonly bit?: number;
      readonly least: number;
      readonly most: number;
      readonly block?: true;
      readonly measures?: true;
    }
  >
> = {
  var: { bit: 1, least: 1, most: 1 },
  array: { bit: 2, least: 2, most: 2 },
  store_var: { bit: 3, least: 3, most: 3 },
  copy_var: { bit: 4, least: 2, most: 2 },
  add_var: { bit: 5, least: 2, most: 2 },
  sub_var: { bit: 6, least: 2, most: 2 },
  mul_var: { bit: 7, least: 2, most: 2 },
  div_var: { bit: 8, least: 2, most: 2 },
  mod_var: { bit: 96, least: 2, most: 2 },
  pow_var: { bit: 112, least: 2, most: 2 },
  bit_and_var: { least: 2, most: 2 },
  bit_or_var: { least: 2, most: 2 },
  bit_xor_var: { least: 2, most: 2 },
  bit_lsl_var: { least: 2, most: 2 },
  bit_lsr_var: { least: 2, most: 2 },
  bit_inv_var: { least: 1, most: 1 },
  int_to_float: { bit: 71, least: 1, most: 2 },
  float_to_int: { bit: 72, least: 1, most: 2 },
  alter_vartype: { bit: 92, least: 2, most: 2 },
  array_set: { least: 3, most: 3 },
  array_get: { least: 3, most: 3 },
  set_e: { bit: 9, least: 1, most: 1 },
  set_i: { least: 1, most: 1 },
  set_int: { bit: 10, least: 1, most: 1 },
  await_int: { bit: 11, least: 0, most: 0 },
  wait: { bit: 12, least: 1, most: 1 },
  timer_start: { bit: 63, least: 0, most: 0 },
  timer_get: { bit: 64, least: 1, most: 1 },
  get_time: { bit: 20, least: 1, most: 1 },
  loop: { bit: 13, least: 3, most: 3, block: true },
  if: { bit: 16, least: 3, most: 3, block: true },
  breakloop: { bit: 15, least: 0, most: 0 },
  abort: { bit: 62, least: 0, most: 0 },
  meas: { bit: 21, least: 3, most: 3 },
  meas_loop_ca: { bit: 28, least: 5, most: 12, block: true, measures: true },
  meas_loop_lsv: { bit: 23, least: 6, most: 12, block: true, measures: true },
  meas_loop_cv: { bit: 24, least: 7, most: 13, block: true, measures: true },
  meas_loop_dpv: { bit: 25, least: 8, most: 14, block: true, measures: true },
  meas_loop_npv: { bit: 27, least: 7, most: 13, block: true, measures: true },
  meas_loop_swv: { bit: 26, least: 9, most: 15, block: true, measures: true },
  meas_loop_pad: { bit: 29, least: 8, most: 14, block: true, measures: true },
  meas_loop_acv: { bit: 93, least: 12, most: 18, block: true, measures: true },
  meas_loop_ocp: { bit: 30, least: 3, most: 9, block: true, measures: true },
  meas_loop_eis: { bit: 31, least: 8, most: 12, block: true, measures: true },
  pck_start: { bit: 33, least: 0, most: 1 },
  pck_add: { bit: 34, least: 1, most: 1 },
  pck_end: { bit: 35, least: 0, most: 0 },
  send_string: { bit: 41, least: 1, most: 1 },
  set_pgstat_chan: { bit: 42, least: 1, most: 1 },
  set_pgstat_mode: { bit: 40, least: 1, most: 1 },
  set_poly_we_mode: { bit: 49, least: 1, most: 1 },
  set_max_bandwidth: { bit: 36, least: 1, most: 1 },
  set_range: { bit: 65, least: 2, most: 2 },
  set_range_minmax: { bit: 66, least: 3, most: 3 },
  set_autoranging: { bit: 32, least: 2, most: 3 },
  set_cr: { bit: 37, least: 1, most: 1 },
  set_pot_range: { bit: 47, least: 2, most: 2 },
  set_acquisition_frac: { least: 1, most: 1 },
  set_acquisition_frac_autoadjust: { least: 1, most: 1 },
  set_ir_comp: { least: 1, most: 1 },
  set_script_output: { bit: 52, least: 1, most: 1 },
  set_channel_sync: { least: 1, most: 1 },
  cell_on: { bit: 38, least: 0, most: 1 },
  cell_off: { bit: 39, least: 0, most: 0 },
  set_gpio_cfg: { bit: 43, least: 2, most: 2 },
  set_gpio_pullup: { bit: 44, least: 1, most: 1 },
  set_gpio: { bit: 45, least: 1, most: 1 },
  get_gpio: { bit: 46, least: 1, most: 1 },
  set_gpio_msk: { bit: 84, least: 2, most: 2 },
  mux_config: { bit: 81, least: 2, most: 2 },
  mux_get_channel_count: { bit: 82, least: 1, most: 1 },
  mux_set_channel: { bit: 83, least: 1, most: 1 },
  notify_led: { bit: 97, least: 1, most: 1 },
  beep: { bit: 109, least: 2, most: 2 },
  file_open: { least: 2, most: 2 },
  file_close: { least: 0, most: 0 },
  rtc_get: { least: 1, most: 1 },
  hibernate: { least: 3, most: 3 },
};

const CLOSERS = new Set(["endloop", "endif"]);
const DEEPEST = 12;
const NAME = /^[a-z][a-z0-9_]*$/;

export function scriptCapabilities(): string {
  let field = 0n;
  for (const { bit } of Object.values(COMMANDS)) if (bit !== undefined) field |= 1n << BigInt(bit);
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
    const branches = name === "if" ? this.#branches(closer) : [];
    this.#at++;
    if (known.measures) this.#measuring = false;
    this.#depth--;
    return { name, args, line, body, ...(branches.length > 0 ? { branches } : {}) };
  }

  /** Every `elseif` and the `else` of an `if`, up to its `endif`. */
  #branches(closer: readonly string[]): Command[] {
    const branches: Command[] = [];
    for (;;) {
      const at = this.#at + 1;
      const [word, ...rest] = split(this.#lines[this.#at] ?? "");
      if (!word || word.text === "endif") return branches;
      this.#at++;
      if (word.text === "elseif" && rest.length !== 3) throw new ScriptError("4018", at, word.column);
      branches.push({ name: word.text, args: rest, line: at, body: this.block(at, closer) });
    }
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
    const needs = name.startsWith("meas_loop_acv")
      ? 6
      : name.startsWith("meas_loop_eis")
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
