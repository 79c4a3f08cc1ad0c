import { record } from "../lua/library.ts";
import { type HostObject, hostObject, LuaError, LuaTable, show, toNumber, type Value } from "../lua/values.ts";

/** Entries that `dataqueue` holds. */
const CAPACITY = 128;
/** Texts that `userstring` keeps, and their length: bounds of ours. */
const MOST_STRINGS = 100;
const LONGEST_STRING = 255;

/** `dataqueue`: first in, first out, tables as copies. A full queue waits for the time-out and says false: nobody else takes from it. */
export function makeDataQueue(wait: (duration_s: number) => Promise<void>): HostObject {
  const values: Value[] = [];
  const act: Readonly<Record<string, Value>> = {
    CAPACITY,
    add: async ([value, timeout]) => {
      if (value === undefined) throw new LuaError("value expected, got nil");
      if (values.length >= CAPACITY) {
        if (timeout !== undefined) await wait(Math.max(0, toNumber(timeout)));
        return [false];
      }
      values.push(copy(value, 0));
      return [true];
    },
    next: async ([timeout]) => {
      if (values.length === 0 && timeout !== undefined) await wait(Math.max(0, toNumber(timeout)));
      return [values.shift()];
    },
    clear: async () => {
      values.length = 0;
      return [];
    },
  };
  return hostObject((key) => (key === "count" ? values.length : Object.hasOwn(act, key) ? act[key] : undefined));
}

/** Deepest table in a table: one that holds itself must not be followed for ever. */
const DEEPEST = 20;

function copy(value: Value, depth: number): Value {
  if (!(value instanceof LuaTable)) return value;
  if (depth > DEEPEST) throw new LuaError("table is nested too deep");
  const twin = new LuaTable();
  for (const [key, entry] of value.entries) twin.set(key, copy(entry, depth + 1));
  return twin;
}

/** `userstring`: texts by name that outlive a reset. */
export function makeUserStrings(): HostObject {
  const texts = new Map<string, string>();
  const nameOf = (value: Value) => {
    if (value === undefined) throw new LuaError("string expected, got nil");
    return show(value).slice(0, LONGEST_STRING);
  };
  return record({
    add: async ([name, text]) => {
      if (!texts.has(nameOf(name)) && texts.size >= MOST_STRINGS) throw new LuaError("Out of memory", -225);
      texts.set(nameOf(name), nameOf(text));
      return [];
    },
    get: async ([name]) => [texts.get(nameOf(name))],
    delete: async ([name]) => {
      if (!texts.delete(nameOf(name))) throw new LuaError("Invalid string name");
      return [];
    },
    catalog: async () => {
      const names = [...texts.keys()].sort();
      let at = 0;
      return [async () => [names[at++]]];
    },
  });
}
