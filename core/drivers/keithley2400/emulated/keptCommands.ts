import { event, flag, none, numeric, only, query, whole, word, type ScpiCommand } from "../../scpi/language/command.ts";
import { parseString } from "../../scpi/language/parameters.ts";
import { ScpiError } from "../../scpi/language/scpiError.ts";
import type { Firmware } from "./firmware.ts";
import { printReadings } from "./readingBuffer.ts";

type Commands = Readonly<Record<string, ScpiCommand>>;

/** Longest texts of the upper and the lower line of the display. */
const LINE_LENGTHS = [20, 32] as const;
const LARGEST_PATTERN = 15;

/**
 * Front panel, digital port, trigger link and others that move nothing at the terminals of the source: their settings are kept,
 * asked back, and gone after *RST.
 */
export function keptCommands(firmware: Firmware): Commands {
  const keep = <Kind extends string | number | boolean>(name: string, fresh: Kind) =>
    [
      () => (firmware.settings.kept.get(name) as Kind | undefined) ?? fresh,
      (value: Kind) => void firmware.settings.kept.set(name, value),
    ] as const;
  const found: Record<string, ScpiCommand> = {};
  const addFlag = (header: string, fresh: boolean) => {
    found[header] = flag(...keep(header, fresh));
  };
  const addWord = (header: string, words: readonly string[], fresh: string) => {
    found[header] = word(words, ...keep(header, fresh));
  };
  const addWhole = (header: string, most: number, fresh: number) => {
    found[header] = whole({ least: 0, most, preset: fresh }, ...keep(header, fresh));
  };

  addFlag(":SYSTem:TIME:RESet:AUTO", false);
  addFlag(":SYSTem:AZERo:CACHing[:STATe]", true);
  addWord(":SYSTem:RCMode", ["SINGle", "MULTiple"], "SING");
  addWord(":SYSTem:GUARd", ["OHMS", "CABLe"], "CABL");
  addWord(":SYSTem:POSetup", ["RST", "PRESet", "SAV0", "SAV1", "SAV2", "SAV3", "SAV4"], "RST");
  addWhole(":SYSTem:KEY", 32, 0);
  found[":SYSTem:AZERo:CACHing:RESet"] = event(() => {});
  found[":SYSTem:AZERo:CACHing:REFResh"] = event(() => {});
  found[":SYSTem:MEP[:STATe]"] = query(() => "0");

  for (const [k, length] of LINE_LENGTHS.entries()) {
    const window = k === 0 ? ":DISPlay[:WINDow[1]]" : ":DISPlay:WINDow2";
    const [text, setText] = keep<string>(`${window}:TEXT`, "");
    found[`${window}:TEXT[:DATA]`] = {
      set: (parameters) => {
        const line = parseString(only(parameters));
        if (line.length > length) throw new ScpiError(-223);
        setText(line);
      },
      get: (parameters) => (none(parameters), `"${text()}"`),
    };
    addFlag(`${window}:TEXT:STATe`, false);
  }
  found[":DISPlay[:WINDow[1]]:DATA"] = query(() => `"${firmware.shown ?? ""}"`);
  found[":DISPlay:CNDisplay"] = event(() => {});

  addWhole(":SOURce2:TTL[:LEVel][:DEFault]", LARGEST_PATTERN, LARGEST_PATTERN);
  found[":SOURce2:TTL[:LEVel]:ACTual"] = query(() =>
    String(keep(":SOURce2:TTL[:LEVel][:DEFault]", LARGEST_PATTERN)[0]()),
  );
  found[":SOURce2:CLEar[:IMMediate]"] = event(
    () => void firmware.settings.kept.delete(":SOURce2:TTL[:LEVel][:DEFault]"),
  );
  addFlag(":SOURce2:CLEar:AUTO", false);
  found[":SOURce2:CLEar:AUTO:DELay"] = numeric(
    { least: 0, most: 60, preset: 1e-4 },
    ...keep<number>("delay of TTL", 1e-4),
  );
  found[":SOURce2:BSIZe"] = whole({ least: 3, most: 4, preset: 4 }, ...keep<number>("size of TTL", 4));
  addWord(":SOURce2:TTL4:MODE", ["EOTest", "BUSY"], "EOT");
  addFlag(":OUTPut[1]:ENABle[:STATe]", false);
  found[":OUTPut[1]:ENABle:TRIPped"] = query(() => "1");

  addWord(":SOURce[1]:CLEar:AUTO:MODE", ["ALWays", "TCOunt"], "ALW");
  addFlag("[:SENSe[1]]:RESistance:OCOMpensated", false);
  addWord(":FORMat:BORDer", ["NORMal", "SWAPped"], "SWAP");
  addWord(":FORMat:SREGister", ["ASCii", "HEXadecimal", "OCTal", "BINary"], "ASC");
  addWord(":FORMat:SOURce2", ["ASCii", "HEXadecimal", "OCTal", "BINary"], "ASC");
  addWord(":ARM[:SEQuence[1]][:LAYer[1]][:TCONfigure]:DIRection", ["ACCeptor", "SOURce"], "ACC");
  addWord(":TRIGger[:SEQuence[1]][:TCONfigure]:DIRection", ["ACCeptor", "SOURce"], "ACC");
  addWord(":TRIGger[:SEQuence[1]][:TCONfigure][:ASYNchronous]:INPut", ["SOURce", "DELay", "SENSe", "NONE"], "SENS");
  return found;
}

/** What the display of the instrument shows of a reading. */
export function showReading(
  reading: Parameters<typeof printReadings>[0][number],
  functions: ReadonlySet<string>,
): string {
  const [shown = "VOLT"] = functions;
  const unit = shown === "CURR" ? "A" : shown === "RES" ? "Ohm" : "V";
  return `${printReadings([reading], new Set([shown]))} ${unit}`;
}
