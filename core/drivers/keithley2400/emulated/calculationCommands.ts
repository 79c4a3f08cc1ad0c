import { event, flag, none, numeric, only, query, type ScpiCommand, word } from "../../scpi/language/command.ts";
import { formatScpi, parseString } from "../../scpi/language/parameters.ts";
import { ScpiError } from "../../scpi/language/scpiError.ts";
import { EXPRESSIONS, type Feed, type Limit, LIMIT_NUMBERS } from "./calculations.ts";
import type { Firmware } from "./firmware.ts";

type Commands = Readonly<Record<string, ScpiCommand>>;

const LARGEST = 9.999999e20;
const RANGE = { least: -LARGEST, most: LARGEST };

/** Math, null and limit tests. Nothing is sorted here: patterns of the digital port are kept and go nowhere. */
export function calculationCommands(firmware: Firmware): Commands {
  const own = () => firmware.settings.calculations;
  const commands: Record<string, ScpiCommand> = {
    ":CALCulate[1]:STATe": flag(
      () => own().math.on,
      (on) => void (own().math.on = on),
    ),
    ":CALCulate[1]:MATH[:EXPRession]:NAME": {
      set: (parameters) => {
        const typed = parseString(only(parameters)).toUpperCase();
        const expression = EXPRESSIONS.find((name) => name === typed);
        if (!expression) throw new ScpiError(-224);
        own().math.expression = expression;
      },
      get: (parameters) => (none(parameters), `"${own().math.expression}"`),
    },
    ":CALCulate[1]:MATH[:EXPRession]:CATalog": query(() => EXPRESSIONS.map((name) => `"${name}"`).join(",")),
    ":CALCulate[1]:DATA": query(() => print(firmware.calculated.map(({ math }) => math))),
    ":CALCulate[1]:DATA:LATest": query(() => print(firmware.calculated.slice(-1).map(({ math }) => math))),
    ":CALCulate2:FEED": word(
      ["CALCulate1", "CALCulate", "VOLTage", "CURRent", "RESistance"],
      () => (own().feed === "CALC" ? "CALC1" : own().feed),
      (name) => void (own().feed = feedOf(name)),
    ),
    ":CALCulate2:NULL:STATe": flag(
      () => own().nulled.on,
      (on) => void (own().nulled.on = on),
    ),
    ":CALCulate2:NULL:OFFSet": numeric(
      { ...RANGE, preset: 0 },
      () => own().nulled.offset,
      (value) => void (own().nulled.offset = value),
    ),
    // the last reading becomes the offset
    ":CALCulate2:NULL:ACQuire": event(() => firmware.acquireNull()),
    ":CALCulate2:DATA": query(() => print(firmware.calculated.map(({ tested }) => tested))),
    ":CALCulate2:DATA:LATest": query(() => print(firmware.calculated.slice(-1).map(({ tested }) => tested))),
    ":CALCulate2:LIMit[1]:STATe": flag(
      () => own().compliance.on,
      (on) => void (own().compliance.on = on),
    ),
    ":CALCulate2:LIMit[1]:COMPliance:FAIL": word(
      ["IN", "OUT"],
      () => (own().compliance.failsIn ? "IN" : "OUT"),
      (side) => void (own().compliance.failsIn = side === "IN"),
    ),
    ":CALCulate2:LIMit[1]:FAIL": query(() => (firmware.failed(1) ? "1" : "0")),
    ":CALCulate2:CLIMits:CLEar[:IMMediate]": event(() => firmware.clearLimits()),
  };
  for (const number of LIMIT_NUMBERS) Object.assign(commands, limitCommands(firmware, number));
  return commands;
}

function limitCommands(firmware: Firmware, number: number): Commands {
  const base = `:CALCulate2:LIMit${number}`;
  const own = (): Limit => {
    const limit = firmware.settings.calculations.limits.get(number);
    if (!limit) throw new ScpiError(-113);
    return limit;
  };
  return {
    [`${base}:STATe`]: flag(
      () => own().on,
      (on) => void (own().on = on),
    ),
    [`${base}:LOWer[:DATA]`]: numeric(
      { ...RANGE, preset: -1 },
      () => own().lower,
      (value) => void (own().lower = value),
    ),
    [`${base}:UPPer[:DATA]`]: numeric(
      { ...RANGE, preset: 1 },
      () => own().upper,
      (value) => void (own().upper = value),
    ),
    [`${base}:FAIL`]: query(() => (firmware.failed(number) ? "1" : "0")),
  };
}

function feedOf(name: string): Feed {
  return name === "VOLT" || name === "CURR" || name === "RES" ? name : "CALC";
}

/** @throws ScpiError -230 where there is no result: math, null and limits were off, or nothing was read */
function print(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0 || known.length < values.length) throw new ScpiError(-230);
  return known.map((value) => formatScpi(value)).join(",");
}
