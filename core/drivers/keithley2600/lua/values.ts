/** Values of a script. Nil is undefined. */
export type Value = number | string | boolean | undefined | LuaTable | LuaFunction | HostObject;

export type LuaFunction = (parameters: readonly Value[]) => Promise<readonly Value[]>;

/** A part of the instrument: attributes that are read and written by name. */
export interface HostObject {
  readonly host: true;
  get(key: Value): Value | Promise<Value>;
  set(key: Value, value: Value): void | Promise<void>;
}

/** Most entries of one table. */
const LARGEST_TABLE = 200_000;

export class LuaTable {
  readonly #entries = new Map<Value, Value>();

  get(key: Value): Value {
    return this.#entries.get(key);
  }

  /** @throws LuaError when it grows beyond the memory of the instrument */
  set(key: Value, value: Value): void {
    if (key === undefined) throw new LuaError("table index is nil");
    if (value === undefined) this.#entries.delete(key);
    else this.#entries.set(key, value);
    if (this.#entries.size > LARGEST_TABLE) throw new LuaError("not enough memory", -225);
  }

  /** In the order in which they came. */
  get entries(): readonly (readonly [key: Value, value: Value])[] {
    return [...this.#entries];
  }

  /** Entries 1, 2, 3 ... without a gap. */
  get length(): number {
    let length = 0;
    while (this.#entries.has(length + 1)) length++;
    return length;
  }
}

/** What goes wrong in a script; ends up in the error queue. */
export class LuaError extends Error {
  override readonly name = "LuaError";
  readonly tspCode: number;

  /** @param tspCode -285 syntax, -286 run time, others as the instrument has them */
  constructor(message: string, tspCode = -286) {
    super(message);
    this.tspCode = tspCode;
  }
}

export function isHost(value: Value): value is HostObject {
  return typeof value === "object" && "host" in value;
}

/** A host object over a few attributes. */
export function hostObject(
  get: (key: string) => Value | Promise<Value>,
  set: (key: string, value: Value) => void | Promise<void> = () => {
    throw new LuaError("cannot modify a read-only attribute", -286);
  },
): HostObject {
  // names that every object of this language has are none of the instrument's
  const mine = (key: Value) => !(String(key) in Object.prototype);
  return {
    host: true,
    get: (key) => (mine(key) ? get(String(key)) : undefined),
    set: (key, value) => set(String(key), value),
  };
}

export function isTrue(value: Value): boolean {
  return value !== undefined && value !== false;
}

/** @throws LuaError when it is no number and reads like none */
export function toNumber(value: Value, what = "number"): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || Number.isNaN(number))
    throw new LuaError(`${what} expected, got ${typeName(value)}`);
  return number;
}

export function typeName(value: Value): string {
  if (value === undefined) return "nil";
  if (typeof value === "object") return value instanceof LuaTable ? "table" : "userdata";
  return typeof value;
}

/** As `print` shows it: numbers like %.5e, the format of these instruments. */
export function show(value: Value): string {
  if (value === undefined) return "nil";
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "object" || typeof value === "function") return `${typeName(value)}: 0x0`;
  return String(value);
}

/** "1.00000e-03" */
export function formatNumber(value: number, digits = 6): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-9.91000e+37" : "9.91000e+37";
  const [mantissa = "0", exponent = "+0"] = value.toExponential(digits - 1).split("e");
  return `${mantissa}e${exponent.startsWith("-") ? "-" : "+"}${exponent.slice(1).padStart(2, "0")}`;
}
