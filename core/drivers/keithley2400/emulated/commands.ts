import { CommandTree } from "../../scpi/language/commandTree.ts";
import { event, flag, none, numeric, only, query, type ScpiCommand, whole, word } from "../../scpi/language/command.ts";
import { formatScpi, parsePlain, parseString, parseWord } from "../../scpi/language/parameters.ts";
import { ScpiError } from "../../scpi/language/scpiError.ts";
import type { Firmware } from "./firmware.ts";
import { ELEMENTS, OHMS_RANGES } from "./meter.ts";
import { senseCommands, sourceCommands } from "./quantityCommands.ts";
import { MOST_READINGS } from "./triggerModel.ts";

type Commands = Readonly<Record<string, ScpiCommand>>;

const COUNT = { least: 1, most: MOST_READINGS, preset: 1 };
const LINE = { least: 1, most: 4, preset: 1 };
const REGISTER = { least: 0, most: 65_535, preset: 0 };

/** Everything that a Model 2400 is known to be asked by public clients, under the headers of its manual. */
export function makeCommands(firmware: Firmware): CommandTree<ScpiCommand> {
  return new CommandTree({
    ...commonCommands(firmware),
    ...systemCommands(firmware),
    ...sourceCommands(firmware, "VOLT"),
    ...sourceCommands(firmware, "CURR"),
    ...commonSourceCommands(firmware),
    ...senseCommands(firmware, "VOLT"),
    ...senseCommands(firmware, "CURR"),
    ...commonSenseCommands(firmware),
    ...triggerCommands(firmware),
    ...bufferCommands(firmware),
  });
}

function commonCommands(firmware: Firmware): Commands {
  const { status } = firmware;
  const byte = { least: 0, most: 255, preset: 0 };
  return {
    "*IDN": query(() => firmware.identity),
    "*RST": event(() => firmware.reset()),
    "*CLS": event(() => status.clear()),
    "*TRG": event(() => firmware.trigger()),
    "*WAI": event(() => {}),
    "*OPC": { set: event(() => status.raiseStandard(0)).set, get: query(() => "1").get },
    "*OPT": query(() => ""),
    "*TST": query(() => "0"),
    "*STB": query(() => String(status.statusByte())),
    "*ESR": query(() => String(status.readStandard())),
    "*SRE": whole(
      byte,
      () => status.serviceRequest,
      (value) => void (status.serviceRequest = value),
    ),
    "*ESE": whole(
      byte,
      () => status.eventEnable,
      (value) => void (status.eventEnable = value),
    ),
    "*SAV": { set: (p) => void only(p) },
    "*RCL": { set: (p) => void only(p) },
  };
}

function systemCommands(firmware: Firmware): Commands {
  const { status, errors } = firmware;
  const registers = (["MEASurement", "QUEStionable", "OPERation"] as const).flatMap((name) => {
    const key = name === "MEASurement" ? "MEAS" : name === "QUEStionable" ? "QUES" : "OPER";
    return [
      [`:STATus:${name}[:EVENt]`, query(() => String(status.readEvent(key)))],
      [`:STATus:${name}:CONDition`, query(() => "0")],
      [
        `:STATus:${name}:ENABle`,
        whole(
          REGISTER,
          () => status.enable[key],
          (value) => void (status.enable[key] = value),
        ),
      ],
    ] as const;
  });
  return {
    ...Object.fromEntries(registers),
    ":STATus:PRESet": event(() => status.preset()),
    ":STATus:QUEue:CLEar": event(() => errors.clear()),
    ":STATus:QUEue[:NEXT]": query(() => errors.next()),
    ":SYSTem:ERRor[:NEXT]": query(() => errors.next()),
    ":SYSTem:ERRor:ALL": query(() => errors.all()),
    ":SYSTem:ERRor:COUNt": query(() => String(errors.length)),
    ":SYSTem:VERSion": query(() => "1996.0"),
    ":SYSTem:CLEar": event(() => errors.clear()),
    ":SYSTem:PRESet": event(() => firmware.reset()),
    ":SYSTem:TIME:RESet": event(() => firmware.meter.resetTime()),
    ":SYSTem:BEEPer[:IMMediate]": {
      set(parameters) {
        const [frequency_Hz = 0, duration_s = 0] = parameters.map(parsePlain);
        if (parameters.length !== 2) throw new ScpiError(parameters.length < 2 ? -109 : -108);
        if (!(frequency_Hz >= 65 && frequency_Hz <= 2e6 && duration_s >= 0 && duration_s <= 7.9))
          throw new ScpiError(-222);
      },
    },
    ":SYSTem:BEEPer:STATe": flag(
      () => firmware.beeper,
      (on) => void (firmware.beeper = on),
    ),
    ":SYSTem:AZERo:STATe": {
      set: (parameters) => {
        // one conversion of the zero, the state stays
        if (/^ONCE$/i.test(only(parameters))) return;
        return flag(
          () => firmware.settings.autoZero,
          (on) => void (firmware.settings.autoZero = on),
        ).set?.(parameters);
      },
      get: (parameters) => (none(parameters), firmware.settings.autoZero ? "1" : "0"),
    },
    ":SYSTem:LFRequency": whole(
      { least: 50, most: 60, preset: 60 },
      () => firmware.lineFrequency_Hz,
      (value) => {
        if (value !== 50 && value !== 60) throw new ScpiError(-224);
        firmware.lineFrequency_Hz = value;
        firmware.lineFrequencyAuto = false;
      },
    ),
    ":SYSTem:LFRequency:AUTO": flag(
      () => firmware.lineFrequencyAuto,
      (on) => void (firmware.lineFrequencyAuto = on),
    ),
    ":SYSTem:RSENse": flag(
      () => firmware.settings.remoteSense,
      (on) => void (firmware.settings.remoteSense = on),
    ),
    ":SYSTem:LOCal": event(() => {}),
    ":SYSTem:REMote": event(() => {}),
    ":SYSTem:RWLock": event(() => {}),
    ":DISPlay:ENABle": flag(
      () => firmware.settings.display,
      (on) => void (firmware.settings.display = on),
    ),
    ":DISPlay:DIGits": whole(
      { least: 4, most: 7, preset: 6 },
      () => firmware.digits,
      (value) => void (firmware.digits = value),
    ),
    ":OUTPut[1][:STATe]": flag(
      () => firmware.settings.output,
      (on) => firmware.switchOutput(on),
    ),
    ":OUTPut[1]:SMODe": word(
      ["HIMPedance", "NORMal", "ZERO", "GUARd"],
      () => firmware.settings.offMode,
      (mode) => void (firmware.settings.offMode = mode),
    ),
    ":ROUTe:TERMinals": word(
      ["FRONt", "REAR"],
      () => firmware.settings.terminals,
      async (terminals) => {
        firmware.settings.terminals = terminals;
        await firmware.switchOutput(false);
      },
    ),
  };
}

function commonSourceCommands(firmware: Firmware): Commands {
  const own = () => firmware.settings;
  return {
    "[:SOURce[1]]:FUNCtion[:MODE]": word(
      ["VOLTage", "CURRent", "MEMory"],
      () => own().source,
      (name) => firmware.chooseSource(name),
    ),
    "[:SOURce[1]]:VOLTage:PROTection[:LEVel]": numeric(
      { least: -210, most: 210, preset: 210 },
      () => own().overVoltage_V,
      (value) => void (own().overVoltage_V = value),
    ),
    "[:SOURce[1]]:DELay": numeric(
      { least: 0, most: 9999.998, preset: 0 },
      () => own().delay_s,
      (value) => {
        own().delay_s = value;
        own().delayAuto = false;
      },
    ),
    "[:SOURce[1]]:DELay:AUTO": flag(
      () => own().delayAuto,
      (on) => {
        own().delayAuto = on;
        if (on) own().delay_s = 0.001;
      },
    ),
    "[:SOURce[1]]:CLEar[:IMMediate]": event(() => firmware.switchOutput(false)),
    "[:SOURce[1]]:CLEar:AUTO": flag(
      () => own().clearAuto,
      (on) => void (own().clearAuto = on),
    ),
    "[:SOURce[1]]:SWEep:POINts": whole(
      { least: 2, most: MOST_READINGS, preset: 2500 },
      () => own().sweep.points,
      (points) => {
        own().sweep.points = points;
        for (const one of Object.values(own().sources)) one.step = (one.stop - one.start) / Math.max(1, points - 1);
      },
    ),
    "[:SOURce[1]]:SWEep:SPACing": word(
      ["LINear", "LOGarithmic"],
      () => own().sweep.spacing,
      (name) => void (own().sweep.spacing = name),
    ),
    "[:SOURce[1]]:SWEep:RANGing": word(
      ["BEST", "AUTO", "FIXed"],
      () => own().sweep.ranging,
      (name) => void (own().sweep.ranging = name),
    ),
    "[:SOURce[1]]:SWEep:CABort": word(
      ["NEVer", "EARLy", "LATE"],
      () => own().sweep.abort,
      (name) => void (own().sweep.abort = name),
    ),
    "[:SOURce[1]]:SWEep:DIRection": word(
      ["UP", "DOWn"],
      () => own().sweep.direction,
      (name) => void (own().sweep.direction = name),
    ),
  };
}

function commonSenseCommands(firmware: Firmware): Commands {
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
    "[:SENSe[1]]:FUNCtion:OFF": {
      set: (parameters) =>
        firmware.chooseFunctions(
          parameters.map((text) => functionOf(parseString(text))),
          false,
        ),
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
    ":FORMat:SREGister": word(
      ["ASCii", "HEXadecimal", "OCTal", "BINary"],
      () => "ASC",
      () => {},
    ),
  };
}

function triggerCommands(firmware: Firmware): Commands {
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
    ":ARM[:SEQuence[1]][:LAYer[1]][:TCONfigure]:ILINe": whole(
      LINE,
      () => own().arm.inputLine,
      (line) => void (own().arm.inputLine = line),
    ),
    ":ARM[:SEQuence[1]][:LAYer[1]][:TCONfigure]:OLINe": whole(
      LINE,
      () => own().arm.outputLine,
      (line) => void (own().arm.outputLine = line),
    ),
    ":ARM[:SEQuence[1]][:LAYer[1]][:TCONfigure]:OUTPut": word(
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
    ":TRIGger[:SEQuence[1]][:TCONfigure]:ILINe": whole(
      LINE,
      () => own().trigger.inputLine,
      (line) => void (own().trigger.inputLine = line),
    ),
    ":TRIGger[:SEQuence[1]][:TCONfigure]:OLINe": whole(
      LINE,
      () => own().trigger.outputLine,
      (line) => void (own().trigger.outputLine = line),
    ),
    ":TRIGger[:SEQuence[1]][:TCONfigure]:OUTPut": word(
      ["SOURce", "DELay", "SENSe", "NONE"],
      () => own().trigger.output,
      (name) => void (own().trigger.output = name),
    ),
    ":TRIGger:CLEar": event(() => {}),
  };
}

function bufferCommands(firmware: Firmware): Commands {
  const { buffer } = firmware;
  const own = () => firmware.settings;
  return {
    ":TRACe:POINts": whole(
      { least: 1, most: MOST_READINGS, preset: 100 },
      () => buffer.size,
      (size) => buffer.resize(size),
    ),
    ":TRACe:POINts:ACTual": query(() => String(buffer.count)),
    ":TRACe:FREE": query(() => `${(buffer.size - buffer.count) * 64},${buffer.count * 64}`),
    ":TRACe:FEED": word(
      ["SENSe[1]", "SENSe", "SENSE1", "CALCulate", "CALC1", "CALC2"],
      () => "SENS1",
      () => {},
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
    ":CALCulate3:FORMat": word(
      ["MEAN", "SDEViation", "MAXimum", "MINimum", "PKPK"],
      () => own().statistic,
      (kind) => void (own().statistic = kind),
    ),
    ":CALCulate3:DATA": query(() => buffer.statistic(own().statistic, own().elements)),
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
