import { event, flag, none, numeric, only, query, whole, word, type ScpiCommand } from "../../scpi/language/command.ts";
import { parseString, parseWord } from "../../scpi/language/parameters.ts";
import { ScpiError } from "../../scpi/language/scpiError.ts";
import type { Firmware } from "./firmware.ts";
import { ELEMENTS, OHMS_RANGES } from "./meter.ts";
import { MOST_READINGS } from "./triggerModel.ts";

type Commands = Readonly<Record<string, ScpiCommand>>;

/** Over-voltage protection goes in steps; above them it is off. */
const PROTECTIONS_V = [20, 40, 60, 80, 100, 120, 160];
const NO_PROTECTION_V = 210;

/** What voltage and current have in common on the source side. */
export function commonSourceCommands(firmware: Firmware): Commands {
  const own = () => firmware.settings;
  return {
    ":SOURce[1]:FUNCtion[:MODE]": word(
      ["VOLTage", "CURRent", "MEMory"],
      () => own().source,
      (name) => firmware.chooseSource(name),
    ),
    ":SOURce[1]:VOLTage:PROTection[:LEVel]": numeric(
      { least: -NO_PROTECTION_V, most: NO_PROTECTION_V, preset: NO_PROTECTION_V },
      () => own().overVoltage_V,
      (value) => {
        own().overVoltage_V = PROTECTIONS_V.find((level_V) => Math.abs(value) <= level_V) ?? NO_PROTECTION_V;
        return firmware.applyIf(own().source === "CURR" ? "CURR" : "VOLT");
      },
    ),
    ":SOURce[1]:VOLTage:PROTection:TRIPped": query(() => (firmware.overVoltage ? "1" : "0")),
    ":SOURce[1]:DELay": numeric(
      { least: 0, most: 9999.998, preset: 0 },
      () => own().delay_s,
      (value) => {
        own().delay_s = value;
        own().delayAuto = false;
      },
    ),
    ":SOURce[1]:DELay:AUTO": flag(
      () => own().delayAuto,
      (on) => {
        own().delayAuto = on;
        if (on) own().delay_s = 0.001;
      },
    ),
    ":SOURce[1]:CLEar[:IMMediate]": event(() => firmware.switchOutput(false)),
    ":SOURce[1]:CLEar:AUTO": flag(
      () => own().clearAuto,
      (on) => void (own().clearAuto = on),
    ),
    ":SOURce[1]:SWEep:POINts": whole(
      { least: 2, most: MOST_READINGS, preset: 2500 },
      () => own().sweep.points,
      (points) => {
        own().sweep.points = points;
        for (const one of Object.values(own().sources)) one.step = (one.stop - one.start) / Math.max(1, points - 1);
      },
    ),
    ":SOURce[1]:SWEep:SPACing": word(
      ["LINear", "LOGarithmic"],
      () => own().sweep.spacing,
      (name) => void (own().sweep.spacing = name),
    ),
    ":SOURce[1]:SWEep:RANGing": word(
      ["BEST", "AUTO", "FIXed"],
      () => own().sweep.ranging,
      (name) => void (own().sweep.ranging = name),
    ),
    ":SOURce[1]:SWEep:CABort": word(
      ["NEVer", "EARLy", "LATE"],
      () => own().sweep.abort,
      (name) => void (own().sweep.abort = name),
    ),
    ":SOURce[1]:SWEep:DIRection": word(
      ["UP", "DOWn"],
      () => own().sweep.direction,
      (name) => void (own().sweep.direction = name),
    ),
  };
}

export function commonSenseCommands(firmware: Firmware): Commands {
  const own = () => firmware.settings;
  const functions = {
    set(parameters: readonly string[]) {
      if (parameters.length === 0) throw new ScpiError(-109);
      firmware.chooseFunctions(
        parameters.map((text) => functionOf(parseString(text))),
        true,
      );
    },
    get: (parameters: readonly string[]) => (none(parameters), printFunctions(own().functions)),
  };
  const unchosen = () => new Set((["VOLT", "CURR", "RES"] as const).filter((name) => !own().functions.has(name)));
  const measure = (name: "VOLT" | "CURR" | "RES"): ScpiCommand => query(() => firmware.measure(name));
  const anyMeasure: ScpiCommand = {
    get: (parameters) =>
      firmware.measure(
        parameters.length === 0
          ? undefined
          : functionOf(parseWord(only(parameters), ["VOLTage", "CURRent", "RESistance"])),
      ),
  };
  return {
    "[:SENSe[1]]:FUNCtion[:ON]": functions,
    "[:SENSe[1]]:FUNCtion[:ON]:ALL": event(() => firmware.chooseFunctions(["VOLT", "CURR", "RES"], true)),
    "[:SENSe[1]]:FUNCtion[:ON]:COUNt": query(() => String(own().functions.size)),
    "[:SENSe[1]]:FUNCtion:OFF": {
      set: (parameters) =>
        firmware.chooseFunctions(
          parameters.map((text) => functionOf(parseString(text))),
          false,
        ),
      get: (parameters) => (none(parameters), printFunctions(unchosen())),
    },
    "[:SENSe[1]]:FUNCtion:OFF:COUNt": query(() => String(unchosen().size)),
    "[:SENSe[1]]:FUNCtion:STATe": {
      get: (parameters) => (own().functions.has(functionOf(parseString(only(parameters)))) ? "1" : "0"),
    },
    "[:SENSe[1]]:FUNCtion:OFF:ALL": event(() => firmware.chooseFunctions(["VOLT", "CURR", "RES"], false)),
    "[:SENSe[1]]:FUNCtion:CONCurrent": flag(
      () => own().concurrent,
      (on) => void (own().concurrent = on),
    ),
    "[:SENSe[1]]:RESistance:MODE": word(
      ["MANual", "AUTO"],
      () => own().resistance.mode,
      (mode) => void (own().resistance.mode = mode),
    ),
    "[:SENSe[1]]:RESistance:RANGe[:UPPer]": numeric(
      { least: 0, most: 2.1e8, preset: 2.1e5 },
      () => own().resistance.range * 1.05,
      (value) => {
        own().resistance.range = OHMS_RANGES.find((full) => value <= full * 1.05 * (1 + 1e-9)) ?? 2e8;
        own().resistance.auto = false;
      },
    ),
    "[:SENSe[1]]:RESistance:RANGe:AUTO": flag(
      () => own().resistance.auto,
      (on) => void (own().resistance.auto = on),
    ),
    "[:SENSe[1]]:RESistance:NPLCycles": firmware.nplcCommand(),
    "[:SENSe[1]]:AVERage[:STATe]": flag(
      () => own().filter.on,
      (on) => void (own().filter.on = on),
    ),
    "[:SENSe[1]]:AVERage:TCONtrol": word(
      ["REPeat", "MOVing"],
      () => own().filter.control,
      (name) => void (own().filter.control = name),
    ),
    "[:SENSe[1]]:AVERage:COUNt": whole(
      { least: 1, most: 100, preset: 10 },
      () => own().filter.count,
      (count) => void (own().filter.count = count),
    ),
    "[:SENSe[1]]:DATA[:LATest]": query(() => firmware.latest()),
    ":MEASure": anyMeasure,
    ":MEASure:VOLTage[:DC]": measure("VOLT"),
    ":MEASure:CURRent[:DC]": measure("CURR"),
    ":MEASure:RESistance": measure("RES"),
    ":CONFigure:VOLTage[:DC]": event(() => firmware.configure("VOLT")),
    ":CONFigure:CURRent[:DC]": event(() => firmware.configure("CURR")),
    ":CONFigure:RESistance": event(() => firmware.configure("RES")),
    ":READ": query(() => firmware.read()),
    ":FETCh": query(() => firmware.fetch()),
    ":FORMat[:DATA]": {
      set: (parameters) => {
        if (/^(?:REAL|SRE(?:AL)?)$/i.test(parameters[0] ?? "")) throw new ScpiError(701);
        parseWord(parameters[0] ?? "", ["ASCii"]);
      },
      get: (parameters) => (none(parameters), "ASC"),
    },
    ":FORMat:ELEMents[:SENSe[1]]": {
      set: (parameters) => {
        if (parameters.length === 0) throw new ScpiError(-109);
        own().elements = new Set(
          parameters.map((text) => parseWord(text, ["VOLTage", "CURRent", "RESistance", "TIME", "STATus"])),
        );
      },
      get: (parameters) => (none(parameters), ELEMENTS.filter((element) => own().elements.has(element)).join(",")),
    },
  };
}

function functionOf(name: string): "VOLT" | "CURR" | "RES" {
  const short = parseWord(name.replace(/:DC$/i, "").trim(), ["VOLTage", "CURRent", "RESistance"]);
  return short === "VOLT" ? "VOLT" : short === "CURR" ? "CURR" : "RES";
}

function printFunctions(functions: ReadonlySet<string>): string {
  const names = { VOLT: "VOLT:DC", CURR: "CURR:DC", RES: "RES" } as const;
  return (["VOLT", "CURR", "RES"] as const)
    .filter((name) => functions.has(name))
    .map((name) => `"${names[name]}"`)
    .join(",");
}
