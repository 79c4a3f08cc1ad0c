import type { Grid } from "../crossbar/grid.ts";
import type { DisturbBooked } from "../runEvent.ts";
import { plural, quantity } from "./format.ts";
import { heatMap } from "./heatMap.ts";
import { figure, type Html, html, NOTHING, table } from "./html.ts";

const NAMES = {
  selected: "selected",
  halfSelected: "half-selected",
  unselected: "unselected",
  read: "read",
} as const;
type Exposure = keyof typeof NAMES;
const EXPOSURES = Object.keys(NAMES) as Exposure[];

/** Doses and state changes of a run: one table, and maps of what the neighbours of the targets took. */
export function renderDisturb(booked: DisturbBooked | undefined, grid: Grid | undefined): Html {
  if (!booked || !grid || Object.keys(booked.doses).length === 0) return NOTHING;
  const { doses, floatingSteps } = booked;
  const total = (exposure: Exposure, name: string): string[] => {
    const values = doses[`${exposure}.${name}`];
    const unit = name
      .slice(name.lastIndexOf("_") + 1)
      .replace("Vs", "V s")
      .replace("As", "A s");
    if (!values) return ["–"];
    const sum = values.reduce((all, value) => all + value, 0);
    return [name === "pulses" ? String(sum) : quantity(sum, unit)];
  };
  const quantities = ["voltage_Vs", "charge_As", "energy_J", "pulses", "change_S"];
  const rows = EXPOSURES.map((exposure) => [NAMES[exposure], ...quantities.flatMap((name) => total(exposure, name))]);
  const maps = EXPOSURES.flatMap((exposure) => {
    const dose = doses[`${exposure}.voltage_Vs`];
    const change = doses[`${exposure}.change_S`];
    const draw = (values: readonly number[], what: string, unit: string, diverging: boolean) => {
      const caption = `${what} while ${NAMES[exposure]}, per junction.`;
      const title = `${what}, ${NAMES[exposure]}`;
      const colours = diverging ? "diverging" : "cividis";
      const options = { title, quantity: what, unit, colours, standalone: false, description: caption } as const;
      return figure(heatMap(values, grid, options), caption);
    };
    return [
      ...(dose ? [draw(dose, "dose", "V s", false)] : []),
      ...(change ? [draw(change, "change of conductance", "S", true)] : []),
    ];
  });
  const floating =
    floatingSteps === 0
      ? NOTHING
      : html`<p class="note">${plural(floatingSteps, "step")} with floating lines: their voltages are not in the doses.</p>`;
  return html`<section><h2>Doses and disturb</h2>${floating}<div class="figures">${maps}</div>${table(
    ["sum over all junctions", "V s", "A s", "J", "pulses", "change"],
    rows,
    "Doses of all junctions together: commanded voltages; charge and energy from the conductances before and after each step.",
  )}</section>`;
}
