import { only, type ScpiCommand, whole } from "../../scpi/language/command.ts";
import { parsePlain } from "../../scpi/language/parameters.ts";
import { ScpiError } from "../../scpi/language/scpiError.ts";
import type { Firmware } from "./firmware.ts";
import type { Settings } from "./settings.ts";

/** Source memory locations, 1-based. */
export const LOCATIONS = 100;

/** What a location holds: everything that belongs to one source-delay-measure cycle. */
type Setup = Pick<
  Settings,
  | "source"
  | "sources"
  | "senses"
  | "functions"
  | "concurrent"
  | "resistance"
  | "nplc"
  | "filter"
  | "delay_s"
  | "delayAuto"
  | "remoteSense"
  | "autoZero"
  | "calculations"
>;

/** Setups by location; they outlive *RST. */
export class SourceMemory {
  readonly #setups = new Map<number, Setup>();

  save(location: number, settings: Settings): void {
    const { source, sources, senses, functions, concurrent, resistance, nplc, filter } = settings;
    const { delay_s, delayAuto, remoteSense, autoZero, calculations } = settings;
    const cycle = { source, sources, senses, functions, concurrent, resistance, nplc, filter };
    this.#setups.set(location, structuredClone({ ...cycle, delay_s, delayAuto, remoteSense, autoZero, calculations }));
  }

  has(location: number): boolean {
    return this.#setups.has(location);
  }

  recall(location: number, settings: Settings): void {
    const setup = this.#setups.get(location);
    if (setup) Object.assign(settings, structuredClone(setup));
  }

  /** Locations of a sweep. @throws ScpiError 801 where one of them is empty */
  sweep({ memory }: Settings): readonly number[] {
    const { start, points } = memory;
    const locations = Array.from({ length: points }, (_, k) => ((start - 1 + k) % LOCATIONS) + 1);
    if (!locations.every((location) => this.#setups.has(location))) throw new ScpiError(801);
    return locations;
  }
}

/** :SOURce:MEMory */
export function memoryCommands(firmware: Firmware): Readonly<Record<string, ScpiCommand>> {
  const own = () => firmware.settings.memory;
  const range = { least: 1, most: LOCATIONS, preset: 1 };
  const location = (parameters: readonly string[]) => {
    const value = Math.round(parsePlain(only(parameters)));
    if (!(value >= 1 && value <= LOCATIONS)) throw new ScpiError(-222);
    return value;
  };
  return {
    ":SOURce[1]:MEMory:SAVE": {
      set: (parameters) => {
        // the function that the location will drive, not the sweep itself
        if (firmware.settings.source === "MEM") throw new ScpiError(-221);
        firmware.memory.save(location(parameters), firmware.settings);
      },
    },
    ":SOURce[1]:MEMory:POINts": whole(
      range,
      () => own().points,
      (points) => void (own().points = points),
    ),
    ":SOURce[1]:MEMory:STARt": whole(
      range,
      () => own().start,
      (start) => void (own().start = start),
    ),
  };
}
