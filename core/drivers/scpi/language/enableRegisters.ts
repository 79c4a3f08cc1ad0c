import { none, only, type ScpiCommand } from "./command.ts";
import { ScpiError } from "./scpiError.ts";

/** The enable registers of IEEE 488.2: kept and told, where nothing hangs on them. */
export function enableRegisters(): Readonly<Record<string, ScpiCommand>> {
  const register = (name: string, mask: number): Readonly<Record<string, ScpiCommand>> => {
    let value = 0;
    return {
      [name]: {
        set: (parameters) => {
          const asked = Number(only(parameters));
          if (!(Number.isInteger(asked) && asked >= 0 && asked <= 255)) throw new ScpiError(-222);
          value = asked & mask;
        },
        get: (parameters) => (none(parameters), String(value)),
      },
    };
  };
  // bit 6 of the service request enable is always 0
  return { ...register("*ESE", 0xff), ...register("*SRE", 0xbf) };
}
