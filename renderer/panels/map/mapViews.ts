import type { MapQuantity } from "../../../core/labMessages/index.ts";
import { DOSE_QUANTITIES, EXPOSURES } from "../../../core/disturbBook.ts";
import type { MapScale } from "../../components/heatMap/mapScale.ts";

/** One way of looking at the array. */
export interface MapView {
  readonly id: string;
  /** On the choice: "G", "ΔG". */
  readonly short: string;
  readonly title: string;
  readonly quantity: MapQuantity;
  readonly unit: string;
  readonly kind: MapScale["kind"];
  /** From the quantity to what is shown. */
  readonly transform?: (value: number) => number;
  /** On the row of choices; the others are in the list beside it. */
  readonly first?: boolean;
}

const DOSE_UNITS = {
  voltage_Vs: ["∫|v| dt", "V·s"],
  charge_As: ["charge", "C"],
  energy_J: ["energy", "J"],
  pulses: ["pulses", ""],
  change_S: ["change of conductance", "S"],
} as const;

const EXPOSURE_WORDS = {
  selected: "while selected",
  halfSelected: "half-selected",
  unselected: "unselected",
  read: "by reads",
} as const;

export const mapViews: readonly MapView[] = [
  { id: "G", short: "G", title: "conductance", quantity: "conductance_S", unit: "S", kind: "log", first: true },
  {
    id: "R",
    short: "R",
    title: "resistance",
    quantity: "conductance_S",
    unit: "ohm",
    kind: "log",
    transform: (conductance_S) => 1 / conductance_S,
    first: true,
  },
  {
    id: "I",
    short: "I",
    title: "size of the current at the latest read",
    quantity: "current_A",
    unit: "A",
    kind: "log",
    transform: Math.abs,
    first: true,
  },
  {
    id: "change",
    short: "ΔG",
    title: "change of conductance",
    quantity: "change_S",
    unit: "S",
    kind: "diverging",
    first: true,
  },
  {
    id: "error",
    short: "error",
    title: "conductance minus target",
    quantity: "error_S",
    unit: "S",
    kind: "diverging",
    first: true,
  },
  {
    id: "dose",
    short: "dose",
    title: "half-select dose ∫|v| dt",
    quantity: "halfSelected.voltage_Vs",
    unit: "V·s",
    kind: "linear",
    first: true,
  },
  {
    id: "node",
    short: "node V",
    title: "voltage at the junction",
    quantity: "junctionVoltage_V",
    unit: "V",
    kind: "linear",
    first: true,
  },
  {
    id: "drop",
    short: "IR drop",
    title: "IR-drop factor, 1 = no drop",
    quantity: "dropFactor",
    unit: "",
    kind: "linear",
    first: true,
  },
  {
    id: "rowNode",
    short: "row V",
    title: "potential of the row line",
    quantity: "rowNode_V",
    unit: "V",
    kind: "linear",
  },
  {
    id: "columnNode",
    short: "column V",
    title: "potential of the column line",
    quantity: "columnNode_V",
    unit: "V",
    kind: "linear",
  },
  { id: "target", short: "target", title: "target conductance", quantity: "target_S", unit: "S", kind: "log" },
  {
    id: "readVoltage",
    short: "read V",
    title: "voltage of the latest read",
    quantity: "voltage_V",
    unit: "V",
    kind: "linear",
  },
  {
    id: "readTime",
    short: "read at",
    title: "array time of the latest read",
    quantity: "readTime_s",
    unit: "s",
    kind: "linear",
  },
  ...EXPOSURES.flatMap((exposure) =>
    DOSE_QUANTITIES.map((dose): MapView => {
      const [what, unit] = DOSE_UNITS[dose];
      return {
        id: `${exposure}.${dose}`,
        short: `${what}, ${EXPOSURE_WORDS[exposure]}`,
        title: `${what}, ${EXPOSURE_WORDS[exposure]}`,
        quantity: `${exposure}.${dose}`,
        unit,
        kind: dose === "change_S" ? "diverging" : "linear",
      };
    }),
  ).filter(({ id }) => id !== "halfSelected.voltage_Vs"),
];

export function findView(id: string): MapView {
  return mapViews.find((view) => view.id === id) ?? (mapViews[0] as MapView);
}
