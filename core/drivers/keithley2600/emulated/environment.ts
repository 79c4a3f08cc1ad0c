import { Scope } from "../lua/scope.ts";
import { formatNumber, hostObject, type HostObject, LuaError, show, toNumber, type Value } from "../lua/values.ts";
import { LIBRARY, record } from "../lua/library.ts";
import { columnOf } from "./readingBuffer.ts";
import { silent } from "./silent.ts";
import type { SmuChannel } from "./smuChannel.ts";
import { makeDataQueue, makeUserStrings } from "./stores.ts";
import { makeStatus } from "./statusRegisters.ts";
import { act, type TriggerEvents } from "./triggerEvents.ts";

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
  /** Whatever runs beside the scripts has ended. */
  complete(): Promise<void>;
  reset(): Promise<void>;
  readonly events: TriggerEvents;
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
  const node = { prompts: 0, prompts4882: 1, showerrors: 0, autolinefreq: 1, linefreq: options.lineFrequency_Hz };
  const localnode: HostObject = hostObject(
    (key) => {
      const fixed: Readonly<Record<string, Value>> = {
        model: options.model,
        serialno: options.serial,
        revision: options.version,
        description: `Keithley Instruments ${options.model} - ${options.serial}`,
      };
      return fixed[key] ?? (key in node ? node[key as keyof typeof node] : globals[key]);
    },
    (key, value) => {
      if (!(key in node)) throw new LuaError(`cannot modify localnode.${key}`);
      if (key !== "linefreq")
        node[key as keyof typeof node] = typeof value === "boolean" ? Number(value) : toNumber(value);
    },
  );
  const globals: Readonly<Record<string, Value>> = {
    smua: smua.object,
    smub: smub.object,
    print: async (values) => (say(values.map(shown).join("\t")), []),
    printnumber: async (values) => (
      print(
        encodeNumbers(
          values.map((value) => toNumber(value)),
          format,
        ),
      ),
      []
    ),
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
    waitcomplete: act(options.complete),
    opc: async () => [],
    reset: act(options.reset),
    exit: async () => {
      throw new LuaError("exit", 0);
    },
    timer: record({
      reset: act(() => void (zero_s = now_s())),
      measure: record({ t: async () => [now_s() - zero_s] }),
    }),
    errorqueue: hostObject((key) => {
      if (key === "count") return errors.count;
      if (key === "next") return async () => errors.next();
      if (key === "clear") return async () => (errors.clear(), []);
      return undefined;
    }),
    trigger: options.events.object,
    status: makeStatus((path) => {
      if (path === "measurement.instrument.smua") return smua.condition;
      if (path === "measurement.instrument.smub") return smub.condition;
      // bit 1 of a summary is smua, bit 2 smub
      if (path === "operation.sweeping" || path === "operation.measuring")
        return (smua.sweeping ? 2 : 0) + (smub.sweeping ? 4 : 0);
      return 0;
    }),
    localnode,
    node: hostObject((key) => (Number(key) === 1 ? localnode : undefined)),
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
    display: silent(DISPLAY_CONSTANTS),
    dataqueue: makeDataQueue(wait),
    userstring: makeUserStrings(),
    beeper: silent({ ON: 1, OFF: 0 }),
    digio: silent(),
    lan: silent(),
    eventlog: silent(),
    ...LIBRARY,
  };
  const scope = new Scope();
  for (const [name, value] of Object.entries(globals)) scope.declare(name, value);
  return scope;
}

const DISPLAY_CONSTANTS: Readonly<Record<string, number>> = {
  SMUA: 0,
  SMUB: 1,
  SMUA_SMUB: 2,
  USER: 3,
  MEASURE_DCAMPS: 0,
  MEASURE_DCVOLTS: 1,
  MEASURE_OHMS: 2,
  MEASURE_WATTS: 3,
  DIGITS_4_5: 4,
  DIGITS_5_5: 5,
  DIGITS_6_5: 6,
};

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
