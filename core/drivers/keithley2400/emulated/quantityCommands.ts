import { flag, none, numeric, type ScpiCommand, word } from "../../scpi/language/command.ts";
import { formatScpi, parsePlain } from "../../scpi/language/parameters.ts";
import { ScpiError } from "../../scpi/language/scpiError.ts";
import { CURRENT_RANGES_A, findRange, OVERRANGE, POWER_CORNER, type Quantity, VOLTAGE_RANGES_V } from "../ranges.ts";
import type { Firmware } from "./firmware.ts";
import { isAutoOhms, MOST_READINGS } from "./triggerModel.ts";

/** Numbers that one command takes. */
const LIST_AT_ONCE = 100;
const LARGEST = { VOLT: 200 * OVERRANGE, CURR: 1 * OVERRANGE } as const;
const LONG = { VOLT: "VOLTage", CURR: "CURRent" } as const;
const OTHER = { VOLT: "CURR", CURR: "VOLT" } as const;

type Commands = Readonly<Record<string, ScpiCommand>>;

/** :SOURce:VOLTage and :SOURce:CURRent */
export function sourceCommands(firmware: Firmware, quantity: Quantity): Commands {
  const base = `:SOURce[1]:${LONG[quantity]}`;
  const list = `:SOURce[1]:LIST:${LONG[quantity]}`;
  const own = () => firmware.settings.sources[quantity];
  const bounds = { least: -LARGEST[quantity], most: LARGEST[quantity], preset: 0 };
  const guarded = (act: () => void) => {
    if (isAutoOhms(firmware.settings)) throw new ScpiError(825);
    const before = { ...own() };
    act();
    try {
      checkPower(firmware, quantity);
    } catch (error) {
      Object.assign(own(), before);
      throw error;
    }
    return firmware.applyIf(quantity);
  };
  const setLevel = (value: number) =>
    guarded(() => {
      const range = findRange(quantity, value);
      if (range === undefined || (!own().auto && Math.abs(value) > own().range * OVERRANGE * (1 + 1e-9)))
        throw new ScpiError(-222);
      own().level = value;
      if (own().auto) own().range = range;
    });
  const stairs = () => {
    own().step = (own().stop - own().start) / Math.max(1, firmware.settings.sweep.points - 1);
  };
  const addToList = (parameters: readonly string[], before: readonly number[]) => {
    if (parameters.length === 0) throw new ScpiError(-109);
    if (parameters.length > LIST_AT_ONCE || before.length + parameters.length > MOST_READINGS)
      throw new ScpiError(-223);
    const values = parameters.map(parsePlain);
    if (values.some((value) => findRange(quantity, value) === undefined)) throw new ScpiError(-222);
    own().list = [...before, ...values];
  };
  return {
    [`${base}[:LEVel][:IMMediate][:AMPLitude]`]: numeric(bounds, () => own().level, setLevel),
    [`${base}[:LEVel]:TRIGgered[:AMPLitude]`]: numeric(bounds, () => own().level, setLevel),
    [`${base}:MODE`]: word(
      ["FIXed", "LIST", "SWEep"],
      () => own().mode,
      (mode) => {
        own().mode = mode === "LIST" ? "LIST" : mode === "SWE" ? "SWE" : "FIX";
      },
    ),
    [`${base}:RANGe`]: numeric(
      bounds,
      () => own().range * OVERRANGE,
      (value) =>
        guarded(() => {
          const range = findRange(quantity, value);
          if (range === undefined) throw new ScpiError(-222);
          if (Math.abs(own().level) > range * OVERRANGE * (1 + 1e-9)) throw new ScpiError(-221);
          own().range = range;
          own().auto = false;
        }),
    ),
    [`${base}:RANGe:AUTO`]: flag(
      () => own().auto,
      (on) => {
        own().auto = on;
        // after a reset the range stands higher than 0 V needs; it moves with the next level
        if (on && own().level !== 0) own().range = findRange(quantity, own().level) ?? own().range;
      },
    ),
    [`${base}:STARt`]: numeric(
      bounds,
      () => own().start,
      (value) => {
        own().start = value;
        stairs();
      },
    ),
    [`${base}:STOP`]: numeric(
      bounds,
      () => own().stop,
      (value) => {
        own().stop = value;
        stairs();
      },
    ),
    [`${base}:STEP`]: numeric(
      bounds,
      () => own().step,
      (value) => {
        own().step = value;
        const points = Math.floor(Math.abs((own().stop - own().start) / value) + 1 + 1e-9);
        if (!(points >= 2 && points <= MOST_READINGS)) throw new ScpiError(-222);
        firmware.settings.sweep.points = points;
      },
    ),
    [`${base}:CENTer`]: numeric(
      bounds,
      () => (own().start + own().stop) / 2,
      (value) => {
        const half = (own().stop - own().start) / 2;
        own().start = value - half;
        own().stop = value + half;
      },
    ),
    [`${base}:SPAN`]: numeric(
      { ...bounds, least: -2 * bounds.most, most: 2 * bounds.most },
      () => own().stop - own().start,
      (value) => {
        const centre = (own().start + own().stop) / 2;
        own().start = centre - value / 2;
        own().stop = centre + value / 2;
      },
    ),
    [list]: {
      set: (parameters) => addToList(parameters, []),
      get: (parameters) => (
        none(parameters),
        own()
          .list.map((value) => formatScpi(value))
          .join(",")
      ),
    },
    [`${list}:APPend`]: { set: (parameters) => addToList(parameters, own().list) },
    [`${list}:POINts`]: { get: (parameters) => (none(parameters), String(own().list.length)) },
  };
}

/** :SENSe:VOLTage and :SENSe:CURRent */
export function senseCommands(firmware: Firmware, quantity: Quantity): Commands {
  const base = `[:SENSe[1]]:${LONG[quantity]}[:DC]`;
  const own = () => firmware.settings.senses[quantity];
  const bounds = { least: -LARGEST[quantity], most: LARGEST[quantity], preset: quantity === "VOLT" ? 21 : 1.05e-4 };
  return {
    [`${base}:RANGe[:UPPer]`]: numeric(
      bounds,
      () => own().range * OVERRANGE,
      (value) => {
        const range = findRange(quantity, value) ?? own().range;
        // what is sourced is read on the source's range; the other side no further than its compliance
        const measured = firmware.settings.source !== quantity;
        const widest = findRange(quantity, own().protection) ?? Infinity;
        if (measured && range > widest * (1 + 1e-9)) throw new ScpiError(824);
        own().range = range;
        own().auto = false;
        return firmware.applyIf(OTHER[quantity]);
      },
    ),
    [`${base}:RANGe:AUTO`]: flag(
      () => own().auto,
      (on) => {
        own().auto = on;
        return firmware.applyIf(OTHER[quantity]);
      },
    ),
    [`${base}:PROTection[:LEVel]`]: numeric(
      bounds,
      () => own().protection,
      (value) => {
        const limit = Math.abs(value);
        const ranges: readonly number[] = quantity === "VOLT" ? VOLTAGE_RANGES_V : CURRENT_RANGES_A;
        const smallest = own().auto ? (ranges[0] ?? 0) : own().range;
        // no compliance below a thousandth of the measurement range
        if (limit < smallest * 1e-3 * (1 - 1e-9)) throw new ScpiError(822);
        const before = own().protection;
        own().protection = limit;
        try {
          checkPower(firmware, OTHER[quantity]);
        } catch (error) {
          own().protection = before;
          throw error;
        }
        return firmware.applyIf(OTHER[quantity]);
      },
    ),
    [`${base}:PROTection:TRIPped`]: { get: (parameters) => (none(parameters), firmware.tripped(quantity) ? "1" : "0") },
    [`${base}:RANGe:AUTO:LLIMit`]: numeric(
      { least: 0, most: LARGEST[quantity], preset: 0 },
      () => own().lowest,
      (value) => void (own().lowest = findRange(quantity, value) ?? 0),
    ),
    [`${base}:RANGe:AUTO:ULIMit`]: {
      get: (parameters) => (none(parameters), formatScpi(findRange(quantity, own().protection) ?? 0)),
    },
    [`${base}:PROTection:RSYNchronize`]: flag(
      () => false,
      () => {},
    ),
    [`${base}:NPLCycles`]: firmware.nplcCommand(),
  };
}

/** 22 W: above 21 V no more than 105 mA, of source level and compliance. @throws ScpiError 826 */
function checkPower({ settings }: Firmware, sourced: Quantity): void {
  const source = settings.sources[sourced];
  const level = source.auto ? Math.abs(source.level) : source.range * OVERRANGE;
  const limit = settings.senses[OTHER[sourced]].protection;
  const [voltage_V, current_A] = sourced === "VOLT" ? [level, limit] : [limit, level];
  if (voltage_V > POWER_CORNER.voltage_V * (1 + 1e-9) && current_A > POWER_CORNER.current_A * (1 + 1e-9))
    throw new ScpiError(826);
}
