import type { ArrayCard } from "../../../core/labMessages/index.ts";
import { lab } from "../../connection/index.ts";
import { liveJob, useLab } from "../../store/lab.ts";
import { chosenCells, currentArray, useSelection } from "../../store/selection.ts";
import { say, sayError } from "../../store/ui.ts";

/** Why nothing can be asked of the array now; undefined when it can. */
export function arrayRefusal(): string | undefined {
  const { connection } = useLab.getState();
  if (connection.phase !== "open" && connection.phase !== "silent") return "the lab service is not connected";
  return currentArray() ? undefined : "no array is open";
}

/** Why the chosen junctions cannot be read or pulsed now. */
export function driveRefusal(): string | undefined {
  const refusal = arrayRefusal();
  if (refusal !== undefined) return refusal;
  const array = currentArray() as ArrayCard;
  if (useSelection.getState().count === 0) return "no junction is selected";
  if (array.state === "latched") return "a limit tripped: rearm the array first";
  if (array.state === "vanished" || array.state === "unsafe") return array.notice || `the array is ${array.state}`;
  return liveJob(useLab.getState(), array.array) ? "a run has the array" : undefined;
}

export function readChosen(): void {
  const array = currentArray();
  if (!array) return;
  const cells = chosenCells(array.grid);
  lab.ask("read-cells", { array: array.array, cells }).then(
    () => say("info", `Reading ${cells === "all" ? "every junction" : countWords(cells.length)}`),
    (error: unknown) => sayError(error, "Not read"),
  );
}

export function countWords(count: number): string {
  return count === 1 ? "1 junction" : `${count} junctions`;
}

/** Masks what is chosen, or takes the mask away where all of it is masked already. */
export async function toggleMask(): Promise<void> {
  const array = currentArray();
  if (!array) return;
  try {
    const { maps } = await lab.ask("read-map", { array: array.array, quantities: ["mask"] });
    const mask = Uint8Array.from(maps["mask"] ?? [], (value) => (value ? 1 : 0));
    const { chosen } = useSelection.getState();
    if (!chosen || chosen.length !== mask.length) return;
    const whole = chosen.every((one, k) => !one || mask[k]);
    for (let k = 0; k < mask.length; k++) if (chosen[k]) mask[k] = whole ? 0 : 1;
    const masked: { row: number; column: number }[] = [];
    for (let k = 0; k < mask.length; k++)
      if (mask[k]) masked.push({ row: Math.floor(k / array.grid.columns), column: k % array.grid.columns });
    await lab.ask("set-mask", { array: array.array, masked });
    say("info", whole ? "Mask taken away" : `Masked: greyed out, and left out when every junction is read`);
  } catch (error) {
    sayError(error, "Mask not changed");
  }
}

/** One target for the chosen junctions, the others keep theirs; undefined takes the targets of the chosen away. */
export async function setTargetOfChosen(target_S: number | undefined): Promise<void> {
  const array = currentArray();
  const { chosen } = useSelection.getState();
  if (!array || !chosen) return;
  const count = array.grid.rows * array.grid.columns;
  const { maps } = await lab.ask("read-map", { array: array.array, quantities: ["target_S"] });
  const before = maps["target_S"] ?? [];
  const target = Array.from({ length: count }, (_, k) =>
    chosen[k] ? (target_S ?? Number.NaN) : (before[k] ?? Number.NaN),
  );
  await lab.ask("set-target", { array: array.array, target_S: target.every(Number.isNaN) ? null : target });
}

export function markMap(): void {
  const array = currentArray();
  if (!array) return;
  lab.ask("mark-map", { array: array.array }).then(
    () => say("info", "Changes count from the map as it is now"),
    (error: unknown) => sayError(error, "Not marked"),
  );
}
