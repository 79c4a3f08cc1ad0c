import type { ScpiCommand } from "../../scpi/language/command.ts";
import { CommandTree } from "../../scpi/language/commandTree.ts";
import { calculationCommands } from "./calculationCommands.ts";
import type { Firmware } from "./firmware.ts";
import { keptCommands } from "./keptCommands.ts";
import { commonSenseCommands, commonSourceCommands } from "./measureCommands.ts";
import { senseCommands, sourceCommands } from "./quantityCommands.ts";
import { memoryCommands } from "./sourceMemory.ts";
import { commonCommands, systemCommands } from "./systemCommands.ts";
import { bufferCommands, triggerCommands } from "./triggerCommands.ts";

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
    ...memoryCommands(firmware),
    ...calculationCommands(firmware),
    ...triggerCommands(firmware),
    ...bufferCommands(firmware),
    ...keptCommands(firmware),
  });
}
