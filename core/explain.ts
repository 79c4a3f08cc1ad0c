import type { Plan } from "./plan.ts";
import { formatDuration } from "./planText.ts";
import { PROTOCOLS } from "./protocol/library/index.ts";
import type { Protocol, ProtocolContext, Step } from "./protocol/protocol.ts";
import { junctionDrive } from "./limiter/junctionDrive.ts";
import { groupLines } from "./limiter/groupLines.ts";
import type { Stimulus } from "./stimulus.ts";
import { formatSI } from "./units.ts";
import { largestMagnitude_V } from "./waveform.ts";

/**
 * What an experiment will do, in plain sentences: per protocol and kind of step how many, on which junctions, which
 * voltages for how long, and what junctions see that nobody meant.
 */
export function explainPlan(plan: Plan, protocols: readonly Protocol[], context: ProtocolContext): string {
  const { rows, columns } = plan.grid;
  const adaptive = protocols.some(({ parameters }) => decides(parameters));
  const parts = protocols.map((protocol, k) => {
    const title = Object.values(PROTOCOLS).find(({ definition }) => definition.name === protocol.name)?.definition;
    const head = `${k + 1}. ${title ? `${title.title} (${protocol.name}). ${title.summary}` : "A program of single steps."}`;
    const groups = new Map<string, Group>();
    for (const step of protocol.steps({ ...context, planning: true })) collect(groups, step);
    return [head, ...[...groups.values()].map((group) => `   - ${describe(group)}`)].join("\n");
  });
  return `${[
    `The array has ${rows} rows and ${columns} columns. Everything takes ${adaptive ? "at most " : ""}${formatDuration(plan.duration_s)} in ${plan.steps} steps; no junction sees more than ${formatSI(plan.largest_V, "V", 4)}.`,
    ...(adaptive
      ? ["Readings decide how it goes on: what follows counts every round and both ways of each decision."]
      : []),
    ...parts,
    ...plan.prompts.map(({ prompt }) => `The run waits for an operator: ${prompt}.`),
    "Between and after the steps every line is at 0 V.",
  ].join("\n")}\n`;
}

interface Group {
  readonly role: string;
  count: number;
  duration_s: number;
  readonly voltages: Set<string>;
  readonly widths: Set<string>;
  readonly cells: Set<string>;
  neighbours: string;
}

function collect(groups: Map<string, Group>, step: Step): void {
  const role = step.kind === "mark" ? "note" : step.role;
  let group = groups.get(role);
  if (!group) {
    group = { role, count: 0, duration_s: 0, voltages: new Set(), widths: new Set(), cells: new Set(), neighbours: "" };
    groups.set(role, group);
  }
  group.count++;
  if (step.kind === "mark") return;
  if (step.kind === "multiply") {
    group.duration_s += step.readout.integration_s * (step.inputs_V.length / Math.max(1, step.readout.columns.length));
    group.voltages.add(
      formatSI(
        step.inputs_V.reduce((most, v) => Math.max(most, Math.abs(v)), 0),
        "V",
        4,
      ),
    );
    return;
  }
  const { stimulus } = step;
  group.duration_s += stimulus.duration_s;
  if (group.widths.size < 8) group.widths.add(formatDuration(stimulus.duration_s));
  for (const { row, column } of stimulus.targets) group.cells.add(`r${row} c${column}`);
  const [target] = stimulus.targets;
  if (!target) return;
  const own_V = seen(stimulus, target.row, target.column);
  if (group.voltages.size < 8) group.voltages.add(formatSI(own_V, "V", 4));
  if (group.neighbours === "") group.neighbours = describeNeighbours(stimulus, own_V);
}

function describe({ role, count, duration_s, voltages, widths, cells, neighbours }: Group): string {
  const times = count === 1 ? "once" : `${count.toLocaleString("en-US")} times`;
  if (role === "note") return `${count} ${count === 1 ? "note" : "notes"} in the record`;
  if (role === "rest") return `rest at 0 V, ${times}, ${formatDuration(duration_s)} in all`;
  const where =
    cells.size === 0
      ? ""
      : `, on ${cells.size === 1 ? `junction ${[...cells][0]}` : `${cells.size} junctions (${[...cells].slice(0, 3).join(", ")}${cells.size > 3 ? ", ..." : ""})`}`;
  const peak = voltages.size === 0 ? "" : `, peak |V| ${shorten(voltages)}`;
  const each = widths.size === 0 ? "" : `, each ${shorten(widths)}`;
  return `${role}: ${times}${where}${peak}${each}. ${neighbours}`.trimEnd();
}

function shorten(values: ReadonlySet<string>): string {
  const list = [...values];
  if (list.length <= 3) return list.join(" or ");
  return `${list[0]}, ${list[1]} ... ${list.length >= 8 ? "and more" : list.at(-1)}`;
}

/** What the other junctions of the target's row and column, and the rest, are commanded to. */
function describeNeighbours(stimulus: Stimulus, own_V: number): string {
  const { rows, columns, targets } = stimulus;
  if (groupLines(rows).has("floating") || groupLines(columns).has("floating"))
    return "Unselected lines float: the other junctions see what sneak paths give.";
  const [target] = targets;
  if (!target) return "";
  const targeted = new Set(targets.map(({ row, column }) => `${row} ${column}`));
  const most = { row: 0, column: 0, rest: 0 };
  for (const [rowDrive, rowLines] of groupLines(rows))
    for (const [columnDrive, columnLines] of groupLines(columns)) {
      const volts = junctionDrive(rowDrive, columnDrive, stimulus.duration_s, 0).largest_V;
      for (const row of rowLines)
        for (const column of columnLines) {
          if (targeted.has(`${row} ${column}`)) continue;
          const kind = row === target.row ? "row" : column === target.column ? "column" : "rest";
          most[kind] = Math.max(most[kind], volts);
        }
    }
  const share = (volts: number) =>
    volts === 0 ? "0 V" : `${formatSI(volts, "V", 3)} (${Number(((100 * volts) / own_V).toPrecision(3))} %)`;
  return `During the first, others in its row see ${share(most.row)}, in its column ${share(most.column)}, elsewhere ${share(most.rest)}.`;
}

function seen(stimulus: Stimulus, row: number, column: number): number {
  const [high, low] = [stimulus.rows[row], stimulus.columns[column]];
  if (!high || !low) return 0;
  if (high === "floating" || low === "floating")
    return [high, low].reduce((most, drive) => Math.max(most, drive === "floating" ? 0 : largestMagnitude_V(drive)), 0);
  return junctionDrive(high, low, stimulus.duration_s, 0).largest_V;
}

/** Whether a program's statements ask readings. */
function decides(parameters: Readonly<Record<string, unknown>>): boolean {
  const { statements } = parameters;
  return Array.isArray(statements) && /"(?:until|if)":/.test(JSON.stringify(statements));
}
