import { hostObject, type HostObject, type Value } from "../lua/values.ts";

/** Parts of parts of the front panel and of the ports; everything else that is called is a function. */
const NESTED = /^(?:smua|smub|trigger|measure|source|limit|status|config|\d+)$/;

/** Front panel, beeper, digital port: settings are kept, functions do nothing. */
export function silent(constants: Readonly<Record<string, number>> = {}): HostObject {
  const kept = new Map<string, Value>();
  const nothing = async (): Promise<readonly Value[]> => [];
  return hostObject(
    (key) => {
      if (Object.hasOwn(constants, key)) return constants[key];
      if (!kept.has(key)) kept.set(key, NESTED.test(key) ? silent(constants) : /^[A-Z]/.test(key) ? 0 : nothing);
      return kept.get(key);
    },
    (key, value) => void kept.set(key, value),
  );
}
