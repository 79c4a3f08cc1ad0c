import { Scope } from "../lua/scope.ts";
import {
  formatNumber,
  hostObject,
  type HostObject,
  LuaError,
  LuaTable,
  show,
  toNumber,
  typeName,
  type Value,
} from "../lua/values.ts";
import { columnOf } from "./readingBuffer.ts";
import type { SmuChannel } from "./smuChannel.ts";

/** Errors as `errorqueue.next()` gives them. */
export class TspErrors {
  #entries: { readonly code: number; readonly message: string }[] = [];

  push(code: number, message: string): void {
    if (this.#entries.length < 100) this.#entries.push({ code, message });
    else this.#entries[99] = { code: -350, message: "Queue overflow" };
  }

  clear(): void {
    this.#entries = [];
  }

  get count(): number {
    return this.#entries.length;
  }

  next(): readonly Value[] {
    const entry = this.#entries.shift();
    return entry ? [entry.code, entry.message, 20, 1] : [0, "Queue Is Empty", 0, 1];
  }
}

export interface EnvironmentOptions {
  readonly smua: SmuChannel;
  readonly smub: SmuChannel;
  readonly errors: TspErrors;
  readonly model: string;
  readonly serial: string;
  readonly version: string;
  readonly lineFrequency_Hz: number;
  now_s(): number;
  wait(duration_s: number): Promise<void>;
  print(bytes: Uint8Array): void;
}

/** Settings of `format`. */
interface Format {
  data: number;
  asciiprecision: number;
  byteorder: number;
}

/** Everything that a script finds under a global name. */
export function makeEnvironment(options: EnvironmentOptions): Scope {
  const { smua, smub, errors, print, now_s, wait } = options;
  const format: Format = { data: 1, asciiprecision: 6, byteorder: 1 };
  let zero_s = now_s();
  const say = (text: string) => print(Buffer.from(`${text}\n`, "latin1"));
  const shown = (value: Value) =>
    typeof value === "number" ? formatNumber(value, format.asciiprecision) : show(value);
  const globals: Readonly<Record<string, Value>> = {
    smua: smua.object,
    smub: smub.object,
    print: async (values) => (say(values.map(shown).join("\t")), []),
    printnumber: async (values) => (say(values.map((value) => shown(toNumber(value))).join(", ")), []),
    printbuffer: async (values) => {
      const [first, last, ...buffers] = values;
      const columns = buffers.map(columnOf);
      const numbers: number[] = [];
      for (let k = toNumber(first); k <= toNumber(last); k++)
        for (const column of columns) {
          const found = column[k - 1];
          if (found === undefined) throw new LuaError("Invalid index", 1109);
          numbers.push(found);
        }
      print(encodeNumbers(numbers, format));
      return [];
    },
    delay: async ([duration]) => (await wait(Math.max(0, toNumber(duration))), []),
    waitcomplete: async () => [],
    opc: async () => [],
    reset: async () => {
      await smua.reset();
      await smub.reset();
      return [];
    },
    exit: async () => {
      throw new LuaError("exit", 0);
    },
    tostring: async ([value]) => [show(value)],
    tonumber: async ([value]) => [
      typeof value === "string" && Number.isNaN(Number(value)) ? undefined : toNumber(value),
    ],
    type: async ([value]) => [typeName(value)],
    timer: record({
      reset: async () => ((zero_s = now_s()), []),
      measure: record({ t: async () => [now_s() - zero_s] }),
    }),
    errorqueue: hostObject((key) => {
      if (key === "count") return errors.count;
      if (key === "next") return async () => errors.next();
      if (key === "clear") return async () => (errors.clear(), []);
      return undefined;
    }),
    status: record({
      reset: async () => [],
      condition: 0,
      measurement: record({
        instrument: record({
          smua: hostObject((key) => (key === "condition" ? smua.condition : 0)),
          smub: hostObject((key) => (key === "condition" ? smub.condition : 0)),
        }),
      }),
    }),
    localnode: hostObject(
      (key) =>
        ({
          model: options.model,
          serialno: options.serial,
          revision: options.version,
          linefreq: options.lineFrequency_Hz,
          prompts: 0,
          showerrors: 0,
        })[key],
      () => {},
    ),
    format: hostObject(
      (key) => FORMAT_CONSTANTS[key] ?? (key in format ? format[key as keyof Format] : undefined),
      (key, value) => {
        if (key === "data") format.data = toNumber(value);
        else if (key === "byteorder") format.byteorder = toNumber(value);
        else if (key === "asciiprecision") {
          const digits = toNumber(value);
          if (!(digits >= 1 && digits <= 16)) throw new LuaError("Parameter out of range", 1102);
          format.asciiprecision = Math.round(digits);
        } else throw new LuaError(`cannot modify format.${key}`);
      },
    ),
    display: silent(),
    beeper: silent(),
    digio: silent(),
    math: record(MATH),
    table: record({
      getn: async ([table]) => [table instanceof LuaTable ? table.length : 0],
      insert: async ([table, value]) => {
        if (!(table instanceof LuaTable)) throw new LuaError("table expected");
        table.set(table.length + 1, value);
        return [];
      },
    }),
    string: record({ format: async (values) => [formatText(values)], len: async ([text]) => [show(text).length] }),
  };
  const scope = new Scope();
  for (const [name, value] of Object.entries(globals)) scope.declare(name, value);
  return scope;
}

const FORMAT_CONSTANTS: Readonly<Record<string, number>> = {
  ASCII: 1,
  SREAL: 2,
  REAL32: 2,
  REAL: 3,
  REAL64: 3,
  DREAL: 3,
  NORMAL: 0,
  NETWORK: 0,
  BIGENDIAN: 0,
  SWAPPED: 1,
  LITTLEENDIAN: 1,
};

function record(values: Readonly<Record<string, Value>>): HostObject {
  return hostObject((key) => (Object.hasOwn(values, key) ? values[key] : undefined));
}

/** Front panel and digital port: everything is accepted, nothing happens. */
function silent(): HostObject {
  const nothing = async () => [];
  return hostObject(
    (key) => (/^[A-Z]/.test(key) ? 0 : nothing),
    () => {},
  );
}

const numeric =
  (act: (...numbers: number[]) => number) =>
  async (values: readonly Value[]): Promise<readonly Value[]> => [act(...values.map((value) => toNumber(value)))];

const MATH: Readonly<Record<string, Value>> = {
  pi: Math.PI,
  abs: numeric(Math.abs),
  floor: numeric(Math.floor),
  ceil: numeric(Math.ceil),
  sqrt: numeric(Math.sqrt),
  sin: numeric(Math.sin),
  cos: numeric(Math.cos),
  exp: numeric(Math.exp),
  log: numeric(Math.log),
  log10: numeric(Math.log10),
  max: numeric(Math.max),
  min: numeric(Math.min),
  mod: numeric((a, b) => a % b),
  pow: numeric((a, b) => a ** b),
};

/** Comma separated, or a block of binary numbers behind "#0". */
function encodeNumbers(numbers: readonly number[], { data, asciiprecision, byteorder }: Format): Uint8Array {
  if (data === 1)
    return Buffer.from(`${numbers.map((one) => formatNumber(one, asciiprecision)).join(", ")}\n`, "latin1");
  const width = data === 2 ? 4 : 8;
  const block = Buffer.alloc(numbers.length * width);
  const view = new DataView(block.buffer, block.byteOffset);
  numbers.forEach((one, k) => {
    if (width === 4) view.setFloat32(k * width, one, byteorder === 1);
    else view.setFloat64(k * width, one, byteorder === 1);
  });
  return Buffer.concat([Buffer.from("#0"), block, Buffer.from("\n")]);
}

/** %d, %g, %f, %e, %s with digits. */
function formatText([pattern, ...values]: readonly Value[]): string {
  let next = 0;
  return show(pattern).replaceAll(
    /%(?:%|[-+ 0]*\d*(?:\.(\d+))?([dgfeis]))/g,
    (all, digits: string | undefined, kind?: string) => {
      if (kind === undefined) return all === "%%" ? "%" : all;
      const value = values[next++];
      if (kind === "s") return show(value);
      const number = toNumber(value);
      const places = Math.min(16, Number(digits ?? 6));
      if (kind === "d" || kind === "i") return String(Math.trunc(number));
      if (kind === "f") return number.toFixed(places);
      return kind === "e" ? formatNumber(number, places + 1) : String(Number(number.toPrecision(Math.max(1, places))));
    },
  );
}
