import type { Command } from "../../commands/commands.ts";
import { showPanel } from "../../shell/dock.ts";
import {
  currentArray,
  moveCursor,
  pinCell,
  selectAll,
  selectColumn,
  selectRow,
  useSelection,
} from "../../store/selection.ts";
import { useUi } from "../../store/ui.ts";
import type { Panel } from "../panel.ts";
import { arrayRefusal, driveRefusal, markMap, readChosen, toggleMask } from "./arrayActions.ts";
import { copyChosen } from "./copyChosen.ts";
import { MapPanel } from "./MapPanel.tsx";
import { showView } from "./mapState.ts";

const needsCell = () => arrayRefusal() ?? (useSelection.getState().cursor ? undefined : "no junction is selected");

/** Arrows belong to the map while nothing else that uses them has the focus. */
function arrowRefusal(): string | undefined {
  const focus = document.activeElement;
  const free = !focus || focus === document.body || focus.matches("[data-map], [data-panel=map]");
  return free ? arrayRefusal() : "the focus is elsewhere";
}

const withGrid = (then: (grid: { rows: number; columns: number }) => void) => () => {
  const array = currentArray();
  if (array) then(array.grid);
};

const arrow = (name: string, rows: number, columns: number): Command[] =>
  [false, true].map((extend) => ({
    id: `array.move.${name}${extend ? ".extend" : ""}`,
    title: `${extend ? "Extend the selection" : "Move"} ${name}`,
    group: "Array",
    keys: [`${extend ? "Shift+" : ""}Arrow${name[0]?.toUpperCase()}${name.slice(1)}`],
    hidden: true,
    refusal: arrowRefusal,
    run: withGrid((grid) => moveCursor(grid, rows, columns, extend)),
  }));

const view = (id: string, title: string, keys?: string[]): Command => ({
  id: `map.view.${id}`,
  title: `Show ${title}`,
  group: "View",
  ...(keys && { keys }),
  run: () => showView(id),
});

const commands: readonly Command[] = [
  {
    id: "array.read",
    title: "Read the selected junctions",
    group: "Array",
    keys: ["R"],
    refusal: driveRefusal,
    run: readChosen,
  },
  {
    id: "array.pulse",
    title: "Pulse the selected junctions…",
    group: "Array",
    keys: ["P"],
    refusal: driveRefusal,
    run: () => useUi.getState().setOverlay("pulse"),
  },
  {
    id: "array.compare",
    title: "Compare others with this junction",
    group: "Array",
    keys: ["C"],
    refusal: needsCell,
    run: () => {
      const { cursor, pinned } = useSelection.getState();
      pinCell(pinned && pinned.row === cursor?.row && pinned.column === cursor.column ? undefined : cursor);
    },
  },
  {
    id: "array.note",
    title: "Write a note on this junction",
    group: "Array",
    keys: ["N"],
    refusal: needsCell,
    run: () => showPanel("inspector", "[data-note]"),
  },
  {
    id: "array.copy",
    title: "Copy the selected figures",
    group: "Array",
    keys: ["Ctrl+C"],
    refusal: copyRefusal,
    run: copyChosen,
  },
  {
    id: "array.row",
    title: "Select this row",
    group: "Array",
    refusal: needsCell,
    run: withGrid((grid) => selectRow(grid, useSelection.getState().cursor?.row ?? 0)),
  },
  {
    id: "array.column",
    title: "Select this column",
    group: "Array",
    refusal: needsCell,
    run: withGrid((grid) => selectColumn(grid, useSelection.getState().cursor?.column ?? 0)),
  },
  {
    id: "array.all",
    title: "Select every junction",
    group: "Array",
    keys: ["Ctrl+A"],
    refusal: arrayRefusal,
    run: withGrid(selectAll),
  },
  {
    id: "array.mask",
    title: "Mask the selected junctions, or unmask them",
    group: "Array",
    keys: ["M"],
    refusal: () => arrayRefusal() ?? (useSelection.getState().count ? undefined : "no junction is selected"),
    run: () => void toggleMask(),
  },
  {
    id: "array.target",
    title: "Set a target conductance…",
    group: "Array",
    refusal: () => arrayRefusal() ?? (useSelection.getState().count ? undefined : "no junction is selected"),
    run: () => useUi.getState().setOverlay("target"),
  },
  { id: "array.mark", title: "Count changes from now", group: "Array", refusal: arrayRefusal, run: markMap },
  ...arrow("up", -1, 0),
  ...arrow("down", 1, 0),
  ...arrow("left", 0, -1),
  ...arrow("right", 0, 1),
  view("G", "conductance", ["G"]),
  view("R", "resistance", ["Shift+R"]),
  view("I", "current", ["I"]),
  view("change", "the change of conductance"),
  view("error", "the distance from the target"),
  view("dose", "the half-select dose"),
  view("node", "the voltage at the junctions"),
  view("drop", "the IR drop"),
];

/** Text that is marked with the mouse is copied by the browser, as everywhere. */
function copyRefusal(): string | undefined {
  return String(getSelection() ?? "") === "" ? needsCell() : "text is marked";
}

export const mapPanel: Panel = {
  id: "map",
  title: "Array",
  letter: "A",
  about: "The array as a map",
  component: MapPanel,
  commands,
};
