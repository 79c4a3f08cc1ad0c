import { hostObject, type HostObject, LuaError, toNumber, type Value } from "../lua/values.ts";

const SETTABLE = new Set(["enable", "ntr", "ptr", "request_enable", "node_enable"]);
const SETS =
  /^(?:measurement|operation|questionable|standard|system[2-5]?|instrument|smu[ab]|user|remote|prompts|calibrating|measuring|sweeping|trigger_overrun|voltage_limit|current_limit|reading_overflow|buffer_available|output_enable|over_temperature|unstable_output|lan|digio|trigger_(?:timer|blender))$/;

/** The tree below `status`: register sets with condition, event, enable and filters. */
export function makeStatus(condition: (path: string) => number, path: readonly string[] = []): HostObject {
  const written = new Map<string, number>();
  const below = new Map<string, HostObject>();
  return hostObject(
    (key): Value => {
      if (key === "condition") return condition(path.join("."));
      if (key === "event" || key === "request_event" || key === "node_event") return 0;
      if (SETTABLE.has(key)) return written.get(key) ?? 0;
      if (key === "reset" && path.length === 0)
        return async () => {
          written.clear();
          below.clear();
          return [];
        };
      if (!SETS.test(key)) return undefined;
      const found = below.get(key) ?? makeStatus(condition, [...path, key]);
      below.set(key, found);
      return found;
    },
    (key, value) => {
      if (!SETTABLE.has(key)) throw new LuaError(`cannot modify status.${[...path, key].join(".")}`);
      written.set(key, toNumber(value));
    },
  );
}
