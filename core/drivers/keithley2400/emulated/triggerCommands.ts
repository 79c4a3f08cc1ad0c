import { event, none, numeric, only, query, whole, word, type ScpiCommand } from "../../scpi/language/command.ts";
import { formatScpi } from "../../scpi/language/parameters.ts";
import type { Firmware } from "./firmware.ts";
import { MOST_READINGS } from "./triggerModel.ts";

type Commands = Readonly<Record<string, ScpiCommand>>;

const COUNT = { least: 1, most: MOST_READINGS, preset: 1 };
const LINE = { least: 1, most: 4, preset: 1 };

/** Arm and trigger layers. */
export function triggerCommands(firmware: Firmware): Commands {
  const own = () => firmware.settings;
  const sources = ["IMMediate", "TIMer", "MANual", "BUS", "TLINk", "NSTest", "PSTest", "BSTest"];
  return {
    ":INITiate[:IMMediate]": event(() => firmware.initiate()),
    ":ABORt": event(() => firmware.abort()),
    ":ARM[:SEQuence[1]][:LAYer[1]]:COUNt": {
      set: (parameters) => {
        if (/^INF(?:inite)?$/i.test(only(parameters))) own().arm.count = Infinity;
        else
          return whole(
            COUNT,
            () => 1,
            (count) => firmware.setCounts(count, own().trigger.count),
          ).set?.(parameters);
      },
      get: (parameters) => (
        none(parameters), own().arm.count === Infinity ? formatScpi(Infinity) : String(own().arm.count)
      ),
    },
    ":ARM[:SEQuence[1]][:LAYer[1]]:SOURce": word(
      sources,
      () => own().arm.source,
      (name) => void (own().arm.source = name),
    ),
    ":ARM[:SEQuence[1]][:LAYer[1]]:TIMer": numeric(
      { least: 0.001, most: 99_999.99, preset: 0.1 },
      () => own().arm.timer_s,
      (value) => void (own().arm.timer_s = value),
    ),
    ":ARM[:SEQuence[1]][:LAYer[1]][:TCONfigure][:ASYNchronous]:ILINe": whole(
      LINE,
      () => own().arm.inputLine,
      (line) => void (own().arm.inputLine = line),
    ),
    ":ARM[:SEQuence[1]][:LAYer[1]][:TCONfigure][:ASYNchronous]:OLINe": whole(
      LINE,
      () => own().arm.outputLine,
      (line) => void (own().arm.outputLine = line),
    ),
    ":ARM[:SEQuence[1]][:LAYer[1]][:TCONfigure][:ASYNchronous]:OUTPut": word(
      ["TENTer", "TEXit", "NONE"],
      () => own().arm.output,
      (name) => void (own().arm.output = name),
    ),
    ":TRIGger[:SEQuence[1]]:COUNt": whole(
      COUNT,
      () => own().trigger.count,
      (count) => firmware.setCounts(own().arm.count, count),
    ),
    ":TRIGger[:SEQuence[1]]:SOURce": word(
      ["IMMediate", "TLINk"],
      () => own().trigger.source,
      (name) => void (own().trigger.source = name),
    ),
    ":TRIGger[:SEQuence[1]]:DELay": numeric(
      { least: 0, most: 999.9999, preset: 0 },
      () => own().trigger.delay_s,
      (value) => void (own().trigger.delay_s = value),
    ),
    ":TRIGger[:SEQuence[1]][:TCONfigure][:ASYNchronous]:ILINe": whole(
      LINE,
      () => own().trigger.inputLine,
      (line) => void (own().trigger.inputLine = line),
    ),
    ":TRIGger[:SEQuence[1]][:TCONfigure][:ASYNchronous]:OLINe": whole(
      LINE,
      () => own().trigger.outputLine,
      (line) => void (own().trigger.outputLine = line),
    ),
    ":TRIGger[:SEQuence[1]][:TCONfigure][:ASYNchronous]:OUTPut": word(
      ["SOURce", "DELay", "SENSe", "NONE"],
      () => own().trigger.output,
      (name) => void (own().trigger.output = name),
    ),
    ":TRIGger:CLEar": event(() => {}),
  };
}

export function bufferCommands(firmware: Firmware): Commands {
  const { buffer } = firmware;
  const own = () => firmware.settings;
  const trace: Record<string, ScpiCommand> = {
    ":TRACe:POINts": whole(
      { least: 1, most: MOST_READINGS, preset: 100 },
      () => buffer.size,
      (size) => buffer.resize(size),
    ),
    ":TRACe:POINts:ACTual": query(() => String(buffer.count)),
    ":TRACe:FREE": query(() => `${(buffer.size - buffer.count) * 64},${buffer.count * 64}`),
    ":TRACe:FEED": word(
      ["SENSe1", "SENSe", "CALCulate1", "CALCulate", "CALCulate2"],
      () => buffer.source,
      (name) => buffer.choose(name === "CALC2" ? "CALC2" : name.startsWith("CALC") ? "CALC1" : "SENS1"),
    ),
    ":TRACe:FEED:CONTrol": word(
      ["NEXT", "NEVer"],
      () => (buffer.feeding ? "NEXT" : "NEV"),
      (name) => buffer.feed(name === "NEXT"),
    ),
    ":TRACe:DATA": query(() => buffer.print(own().elements)),
    ":TRACe:CLEar": event(() => buffer.clear()),
    ":TRACe:TSTamp:FORMat": word(
      ["ABSolute", "DELTa"],
      () => "ABS",
      () => {},
    ),
  };
  return {
    ...trace,
    // the same under its other name
    ...Object.fromEntries(
      Object.entries(trace).map(([header, command]) => [header.replace(":TRACe", ":DATA"), command]),
    ),
    ":CALCulate3:FORMat": word(
      ["MEAN", "SDEViation", "MAXimum", "MINimum", "PKPK"],
      () => own().statistic,
      (kind) => void (own().statistic = kind),
    ),
    ":CALCulate3:DATA": query(() => buffer.statistic(own().statistic, own().elements)),
  };
}
