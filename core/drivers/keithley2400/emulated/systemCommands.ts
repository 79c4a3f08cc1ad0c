import { event, flag, none, only, query, whole, word, type ScpiCommand } from "../../scpi/language/command.ts";
import { parsePlain } from "../../scpi/language/parameters.ts";
import { ScpiError } from "../../scpi/language/scpiError.ts";
import type { Firmware } from "./firmware.ts";

type Commands = Readonly<Record<string, ScpiCommand>>;

const REGISTER = { least: 0, most: 65_535, preset: 0 };

/** Setup locations 0 to 4. @throws ScpiError -222 */
function setupOf(parameters: readonly string[]): number {
  const location = Math.round(parsePlain(only(parameters)));
  if (!(location >= 0 && location <= 4)) throw new ScpiError(-222);
  return location;
}

/** Common commands of IEEE 488.2. */
export function commonCommands(firmware: Firmware): Commands {
  const { status } = firmware;
  const byte = { least: 0, most: 255, preset: 0 };
  return {
    "*IDN": query(() => firmware.identity),
    "*RST": event(() => firmware.reset()),
    "*CLS": event(() => status.clear()),
    "*TRG": event(() => firmware.trigger()),
    "*WAI": event(() => {}),
    "*OPC": { ...event(() => status.raiseStandard(0)), ...query(() => "1") },
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
    "*SAV": { set: (parameters) => firmware.save(setupOf(parameters)) },
    "*RCL": { set: (parameters) => firmware.recall(setupOf(parameters)) },
  };
}

export function systemCommands(firmware: Firmware): Commands {
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
    ":SYSTem:ERRor:CODE[:NEXT]": query(() => errors.next().split(",", 1)[0] ?? ""),
    ":SYSTem:ERRor:CODE:ALL": query(() => errors.all().replaceAll(/,"[^"]*"/g, "")),
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
    ":SYSTem:AZERo[:STATe]": {
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
