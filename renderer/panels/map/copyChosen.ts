import { lab } from "../../connection/index.ts";
import { chosenCells, currentArray } from "../../store/selection.ts";
import { say, sayError } from "../../store/ui.ts";
import { countWords } from "./arrayActions.ts";
import { useMapSettings } from "./mapState.ts";
import { findView } from "./mapViews.ts";

/** Row, column and figure of the chosen junctions as lines with tabs, base SI, for a spreadsheet. */
export function copyChosen(): void {
  const array = currentArray();
  if (!array) return;
  const view = findView(useMapSettings.getState().view);
  const { rows, columns } = array.grid;
  const chosen = chosenCells(array.grid);
  lab
    .ask("read-map", { array: array.array, quantities: [view.quantity] })
    .then(({ maps }) => {
      const values = maps[view.quantity] ?? [];
      const cells =
        chosen === "all"
          ? Array.from({ length: rows * columns }, (_, k) => ({ row: Math.floor(k / columns), column: k % columns }))
          : chosen;
      const lines = cells.map(
        ({ row, column }) => `${row}\t${column}\t${values[row * columns + column] ?? Number.NaN}`,
      );
      return navigator.clipboard
        .writeText([`row\tcolumn\t${view.quantity}`, ...lines].join("\n"))
        .then(() => say("info", `Copied ${countWords(cells.length)}: ${view.quantity}`));
    })
    .catch((error: unknown) => sayError(error, "Not copied"));
}
