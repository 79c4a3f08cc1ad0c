import { parseQuantity } from "../../units.ts";

export type ColumnKind = "time" | "voltage" | "current" | "row" | "column" | "step";

/** What a column of a foreign table holds: its values times `factor` are base units. */
export interface ColumnMeaning {
  readonly kind: ColumnKind;
  readonly factor: number;
}

const UNIT: Readonly<Record<ColumnKind, string>> = {
  time: "s",
  voltage: "V",
  current: "A",
  row: "",
  column: "",
  step: "",
};

/** Names that mean one thing in every lab; anything else has to be named by the user. */
const NAMES: Readonly<Record<string, ColumnKind>> = {
  t: "time",
  time: "time",
  "elapsed time": "time",
  timestamp: "time",
  v: "voltage",
  u: "voltage",
  e: "voltage",
  vm: "voltage",
  voltage: "voltage",
  potential: "voltage",
  bias: "voltage",
  "applied potential": "voltage",
  "we(1).potential": "voltage",
  ewe: "voltage",
  i: "current",
  im: "current",
  "<i>": "current",
  current: "current",
  "we(1).current": "current",
  row: "row",
  column: "column",
  step: "step",
};

/**
 * Reads the name of a column: "voltage_V", "Voltage (V)", "I [nA]", "E/V", "WE(1).Current (A)".
 * @returns undefined for a column that is none of ours; "no unit" for a quantity whose unit is not there
 */
export function readColumnName(text: string): ColumnMeaning | "no unit" | undefined {
  const name = text
    .trim()
    .replace(/^["']|["']$/gu, "")
    .trim();
  const { quantity, unit } = splitUnit(name);
  const kind = NAMES[quantity.toLowerCase().replaceAll("_", " ")];
  if (!kind) return undefined;
  if (UNIT[kind] === "") return unit === "" ? { kind, factor: 1 } : undefined;
  if (unit === "") return "no unit";
  try {
    return { kind, factor: parseQuantity(`1${unit}`, UNIT[kind]) };
  } catch {
    // "current density (A/m2)" is no current
    return undefined;
  }
}

/** The factor of a line of units below the names ("s", "mV", "nA"); undefined when it does not fit. */
export function readUnit(kind: ColumnKind, unit: string): number | undefined {
  const plain = unit.trim().replace(/^[([]|[)\]]$/gu, "");
  try {
    return UNIT[kind] === "" ? (plain === "" ? 1 : undefined) : parseQuantity(`1${plain}`, UNIT[kind]);
  } catch {
    return undefined;
  }
}

function splitUnit(name: string): { quantity: string; unit: string } {
  const bracket = /^(.*?)\s*[([]([^()[\]]*)[)\]]$/u.exec(name);
  // "WE(1)" ends in a bracket that is no unit
  if (bracket && !/^\d*$/u.test(bracket[2] ?? ""))
    return { quantity: bracket[1] ?? "", unit: (bracket[2] ?? "").trim() };
  const slash = /^([^/]+?)\s*\/\s*([^/\s]+)$/u.exec(name);
  if (slash) return { quantity: slash[1] ?? "", unit: slash[2] ?? "" };
  const suffix = /^(.+)_([^_\s]+)$/u.exec(name);
  if (suffix && readsAsUnit(suffix[2] ?? "")) return { quantity: suffix[1] ?? "", unit: suffix[2] ?? "" };
  return { quantity: name, unit: "" };
}

function readsAsUnit(text: string): boolean {
  return ["s", "V", "A"].some((unit) => {
    try {
      return Number.isFinite(parseQuantity(`1${text}`, unit));
    } catch {
      return false;
    }
  });
}
