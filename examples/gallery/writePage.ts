import { formatSI } from "crosspore";
import type { JunctionModel, ParameterValue } from "crosspore/crossbar";
import type { Drive } from "./chooseDrive.ts";
import { describeDrive } from "./drawModel.ts";
import { formatQuantity } from "./formatQuantity.ts";
import { type Acceptance, agrees, measure } from "./measure.ts";

const COMMAND = "`npm run gallery`";

/** The page of one model as Markdown. */
export function writePage(model: JunctionModel, head: string, acceptance: readonly Acceptance[], drive: Drive): string {
  const captions = describeDrive(drive);
  const changed = Object.keys(drive.parameters);
  const lines = [
    `# ${model.title}`,
    "",
    `\`${model.name}\`${model.aliases.length > 0 ? `, also ${model.aliases.map((alias) => `\`${alias}\``).join(", ")}` : ""}. ${model.summary}`,
    "",
    `![Loops and pulse response](${model.name}.svg)`,
    "",
    `Left: ${captions.loops}. Right: ${captions.pulses}. ${changed.length === 0 ? "Default parameters." : `Parameters as by default but ${changed.join(", ")}.`}`,
    "",
    ...table(
      ["", ""],
      [
        [
          "grade",
          model.grade === "quantitative"
            ? "quantitative"
            : "qualitative: the literature gives a mechanism, not all numbers",
        ],
        ["kind", describePlug(model)],
        ["holds", validity(model)],
        ["steps", drive.kernel.stepRule],
        ["source", model.source],
      ],
    ),
    "",
    "## Equations",
    "",
    "```text",
    head,
    "```",
    "",
    "## Parameters",
    "",
    ...parameterTable(model),
    "",
    "## States",
    "",
    ...table(
      ["name", "unit", "what"],
      model.states.map(({ name, unit, description }) => [`\`${name}\``, unit === "" ? "1" : unit, description]),
    ),
    ...acceptanceSection(acceptance),
    "",
    `Written by ${COMMAND}; all models: [index](index.md).`,
    "",
  ];
  return lines.join("\n");
}

export function parameterTable(model: JunctionModel): string[] {
  return table(
    ["name", "unit", "default", "range", "provenance", "source", "what"],
    model.parameters.map((spec) => [
      `\`${spec.name}\``,
      spec.unit === "" ? "1" : spec.unit,
      formatValue(spec.default),
      spec.range === undefined ? "" : `${formatValue(spec.range[0])} to ${formatValue(spec.range[1])}`,
      spec.provenance,
      spec.source,
      spec.validRange === undefined
        ? spec.description
        : `${spec.description} (holds from ${formatValue(spec.validRange[0])} to ${formatValue(spec.validRange[1])})`,
    ]),
  );
}

function acceptanceSection(acceptance: readonly Acceptance[]): string[] {
  if (acceptance.length === 0) return [];
  const rows = acceptance.map((entry) => {
    const ours = measure(entry);
    const { expected, unit } = entry;
    const shown = (value: number) => formatQuantity(value, unit);
    const reference = typeof expected === "number" ? shown(expected) : `${shown(expected[0])} to ${shown(expected[1])}`;
    const difference =
      typeof expected === "number" ? formatDifference(ours / expected - 1) : agrees(entry, ours) ? "within" : "outside";
    return [String(entry.test), entry.quantity, reference, shown(ours), difference, `${entry.kind}: ${entry.source}`];
  });
  return [
    "",
    "## Acceptance numbers",
    "",
    ...table(["test", "quantity", "known", "here", "relative difference", "known from"], rows),
  ];
}

/** The list of all models. */
export function writeIndex(models: readonly JunctionModel[]): string {
  const lines = [
    "# Junction models",
    "",
    `${models.length} models, each with its equations, parameters, figure and acceptance numbers. \`crosspore models\` prints the same parameters;`,
    "every one runs in `crosspore simulate` and in every experiment.",
    "",
    "A parameter is **published** where the source named states it, **derived** where it follows from one by computation, and a",
    "**default of ours** otherwise. *Qualitative* models have a published mechanism and not all of its numbers.",
    "",
    ...table(
      ["model", "title", "kind", "grade", "holds", "parameters published / derived / ours"],
      models.map((model) => [
        `[\`${model.name}\`](${model.name}.md)${model.aliases.length > 0 ? ` ${model.aliases.map((alias) => `\`${alias}\``).join(" ")}` : ""}`,
        model.title,
        describePlug(model),
        model.grade,
        validity(model),
        ["published", "derived", "default of ours"]
          .map((grade) => model.parameters.filter(({ provenance }) => provenance === grade).length)
          .join(" / "),
      ]),
    ),
    "",
    "## Figures",
    "",
    "Left: a sine a decade below, at and above the frequency of the largest loop. Right: five pulses of each sign, one time",
    "constant long.",
    "",
    ...table(["", ""], pairUp(models.map(({ name, title }) => `[![${title}](${name}.svg) ${name}](${name}.md)`))),
    "",
    "## Not junctions",
    "",
    "- **Release of ions to living cells** (bio-hybrid synapses): a junction releases |q|/F mol of ions for the charge q that",
    "  passed. That is a coupling, not a mechanism of the junction: integrate `current_A` and give the receiver its",
    "  concentration, another junction as `environment.neighbourSalt_mM`.",
    "- **Living neurons** (`hh`, `tm`): Hodgkin and Huxley's soma and Tsodyks and Markram's synapse drive junctions, in",
    "  `core/crossbar/neurons`. **Electrodes** are in series with a junction and no junction.",
    "- **Oscillating neurons** (brushes, gels and cones with batteries) are circuits of these junctions.",
    "",
    `Written by ${COMMAND}.`,
    "",
  ];
  return lines.join("\n");
}

function pairUp(cells: readonly string[]): string[][] {
  return cells.flatMap((cell, k) => (k % 2 === 0 ? [[cell, cells[k + 1] ?? ""]] : []));
}

function describePlug({ plug, claims }: JunctionModel): string {
  return [plug, ...(claims.passive ? ["passive"] : []), ...(claims.pinched ? ["pinched"] : [])].join(", ");
}

function validity({ validRange_V: [least, most] }: JunctionModel): string {
  return least === -most ? `±${formatSI(most, "V")}` : `${formatSI(least, "V")} to ${formatSI(most, "V")}`;
}

function formatValue(value: ParameterValue): string {
  if (typeof value === "number") return formatQuantity(value, "", 6);
  return `\`${JSON.stringify(value)}\``;
}

/** Below 1e-9 it is rounding, which differs from machine to machine. */
function formatDifference(relative: number): string {
  if (Math.abs(relative) < 1e-9) return "below 1e-9";
  return relative.toExponential(1);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), `|${header.map(() => "---").join("|")}|`, ...rows.map(line)];
}
