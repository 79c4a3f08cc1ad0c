import { call } from "./expressions.ts";
import {
  formatNumber,
  type HostObject,
  hostObject,
  LuaError,
  LuaTable,
  show,
  toNumber,
  typeName,
  type Value,
} from "./values.ts";

/** Longest text that a script can make. */
const LONGEST_TEXT = 65_536;

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

const TABLE: Readonly<Record<string, Value>> = {
  getn: async ([table]) => [toTable(table).length],
  insert: async (values) => {
    const [table, second, third] = values;
    const list = toTable(table);
    if (values.length < 3) list.set(list.length + 1, second);
    else {
      const at = toNumber(second);
      for (let k = list.length; k >= at; k--) list.set(k + 1, list.get(k));
      list.set(at, third);
    }
    return [];
  },
  remove: async ([table, position]) => {
    const list = toTable(table);
    const { length } = list;
    const at = position === undefined ? length : toNumber(position);
    const removed = list.get(at);
    for (let k = at; k <= length; k++) list.set(k, list.get(k + 1));
    return [removed];
  },
  concat: async ([table, separator]) => {
    const list = toTable(table);
    const texts = Array.from({ length: list.length }, (_, k) => show(list.get(k + 1)));
    return [texts.join(separator === undefined ? "" : show(separator)).slice(0, LONGEST_TEXT)];
  },
};

const STRING: Readonly<Record<string, Value>> = {
  format: async (values) => [formatText(values)],
  len: async ([text]) => [show(text).length],
  upper: async ([text]) => [show(text).toUpperCase()],
  lower: async ([text]) => [show(text).toLowerCase()],
  rep: async ([text, count]) => {
    const one = show(text);
    return [one.repeat(Math.max(0, Math.min(toNumber(count), LONGEST_TEXT / Math.max(1, one.length))))];
  },
  sub: async ([text, from, to]) => {
    const whole = show(text);
    const place = (value: Value, otherwise: number) => {
      const number = value === undefined ? otherwise : toNumber(value);
      return number < 0 ? Math.max(0, whole.length + number + 1) : number;
    };
    return [whole.slice(Math.max(0, place(from, 1) - 1), place(to, whole.length))];
  },
};

/** What every script of Lua 5.0 finds, without patterns, files and metatables. */
export const LIBRARY: Readonly<Record<string, Value>> = {
  math: record(MATH),
  table: record(TABLE),
  string: record(STRING),
  os: record({ time: async () => [Math.floor(Date.now() / 1000)], clock: async () => [performance.now() / 1000] }),
  tostring: async ([value]) => [show(value)],
  tonumber: async ([value]) => [typeof value === "string" && Number.isNaN(Number(value)) ? undefined : toNumber(value)],
  type: async ([value]) => [typeName(value)],
  unpack: async ([table]) => {
    const list = toTable(table);
    return Array.from({ length: Math.min(list.length, 1000) }, (_, k) => list.get(k + 1));
  },
  next: async ([table, key]) => {
    const { entries } = toTable(table);
    const found = entries[key === undefined ? 0 : entries.findIndex(([one]) => one === key) + 1];
    return found ? [...found] : [undefined];
  },
  pairs: async ([table]) => {
    const { entries } = toTable(table);
    let at = 0;
    return [async () => [...(entries[at++] ?? [undefined])]];
  },
  ipairs: async ([table]) => {
    const list = toTable(table);
    let at = 0;
    return [async () => (list.get(++at) === undefined ? [undefined] : [at, list.get(at)])];
  },
  pcall: async ([act, ...parameters]) => {
    try {
      return [true, ...(await call(act, parameters))];
    } catch (error) {
      // code 0: somebody ends the script, which no script can prevent
      if (!(error instanceof LuaError) || error.tspCode === 0) throw error;
      return [false, error.message];
    }
  },
  error: async ([message]) => {
    throw new LuaError(show(message));
  },
};

/** A part with names that never change. */
export function record(values: Readonly<Record<string, Value>>): HostObject {
  return hostObject((key) => (Object.hasOwn(values, key) ? values[key] : undefined));
}

function toTable(value: Value): LuaTable {
  if (!(value instanceof LuaTable)) throw new LuaError(`table expected, got ${typeName(value)}`);
  return value;
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
