import type { Command } from "commander";
import type { JunctionModel, ParameterSpec, ParameterValue } from "../../core/crossbar/model.ts";
import { MODELS } from "../../core/crossbar/models/registry.ts";
import { type Driver, DRIVERS } from "../../core/crossbar/neurons/drivers.ts";
import { formatSI } from "../../core/units.ts";
import { printJson, printText } from "../terminal.ts";

/** `crosspore models [--json]`: what can sit at a crossing or drive it, and where every number comes from. */
export function add(program: Command): void {
  program
    .command("models")
    .summary("list junction models and their parameters")
    .description("List junction models with their parameters, units, defaults, provenance and source.")
    .option("--json", "print the full specifications as JSON")
    .action(({ json }: { json?: boolean }) => {
      if (json) printJson([...MODELS.map(specify), ...DRIVERS]);
      else printText(`${[...MODELS.map(describe), ...DRIVERS.map(describeDriver)].join("\n\n")}\n`);
    });
}

/** A model as data, without its functions. */
function specify(model: JunctionModel): Readonly<Record<string, unknown>> {
  const data = Object.entries(model).filter(([, value]) => typeof value !== "function");
  return { kind: "junction", ...Object.fromEntries(data) };
}

function describeDriver({ name, aliases, title, summary, grade, source, states, usage }: Driver): string {
  return [
    `${name} (${aliases.join(", ")}): ${title}`,
    `  ${summary}`,
    `  driver, no junction; ${grade}, source ${source}`,
    `  states: ${states.map((state) => state.name).join(", ")}`,
    `  in crosspore/crossbar: ${usage}`,
  ].join("\n");
}

function describe(model: JunctionModel): string {
  const [least, most] = model.validRange_V;
  const rows = model.parameters.map((spec) => [
    spec.name,
    formatValue(spec.default, spec.unit),
    spec.range === undefined
      ? ""
      : `${formatValue(spec.range[0], spec.unit)} to ${formatValue(spec.range[1], spec.unit)}`,
    spec.provenance,
    spec.source,
  ]);
  return [
    `${model.name}${model.aliases.length > 0 ? ` (${model.aliases.join(", ")})` : ""}: ${model.title}`,
    `  ${model.summary}`,
    `  ${model.grade}, ${formatSI(least, "V")} to ${formatSI(most, "V")}, source ${model.source}`,
    `  states: ${model.states.map((state) => state.name).join(", ")}`,
    ...alignColumns([["parameter", "default", "range", "provenance", "source"], ...rows]).map((line) => `    ${line}`),
  ].join("\n");
}

/** Prefixes only where a prefix of the whole unit is right: "10 µm", but "1.75e-9 m2/s". */
function formatValue(value: ParameterValue, unit: ParameterSpec["unit"]): string {
  if (typeof value !== "number") return JSON.stringify(value);
  return ["S", "m", "s", "V"].includes(unit)
    ? formatSI(value, unit, 6)
    : `${Number(value.toPrecision(6))} ${unit}`.trimEnd();
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
