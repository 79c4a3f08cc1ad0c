import type { Command } from "commander";
import { readChip } from "../../core/design/chip.ts";
import { designChip } from "../../core/design/designChip.ts";
import { advise, formatDesign } from "../../core/design/designText.ts";
import { readText } from "../files.ts";
import { printJson, printText } from "../terminal.ts";

/** `crosspore design CHIP.yaml [--json]`: what an array of this geometry can do. */
export function add(program: Command): void {
  program
    .command("design")
    .summary("what an array of a given geometry can do")
    .description(
      "Resistances, IR loss, sneak paths, times, noise, heating and electrode life of a chip, from its geometry.",
    )
    .argument("<file>", "chip file, for example examples/chips/wide-channels.yaml")
    .option("--json", "print the figures as JSON")
    .action((file: string, { json }: { json?: boolean }) => {
      const chip = readChip(readText(file), file);
      const design = designChip(chip);
      if (json) printJson({ ...design, notes: advise(chip, design) });
      else printText(formatDesign(chip, design));
    });
}
