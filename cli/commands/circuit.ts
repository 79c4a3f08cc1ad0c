import type { Command } from "commander";
import { SHIPPED_CIRCUITS } from "../../core/circuit/library/index.ts";
import type { ShippedCircuit } from "../../core/circuit/library/shipped.ts";
import { runCircuitFile } from "../../core/circuit/runFile.ts";
import { nearestName } from "../../core/crossbar/nearestName.ts";
import { ProtocolError } from "../../core/errors.ts";
import { formatSI } from "../../core/units.ts";
import { readText } from "../files.ts";
import { circuitFiles } from "../shippedFiles.ts";
import { log, printJson, printText } from "../terminal.ts";

/** Beyond it the membrane leaves the voltages in which its channels are described. */
const MOST_pA = 10;

interface Options {
  readonly seed?: string;
  readonly json?: boolean;
  readonly current_pA?: string;
}

/** `crosspore circuit [NAME|FILE]`: junctions in circuits. */
export function add(program: Command): void {
  program
    .command("circuit")
    .summary("run a circuit of junctions")
    .description("Run a shipped circuit or a circuit file and print its metrics; without a name list what is shipped.")
    .argument("[circuit]", "name of a shipped circuit, or a YAML file")
    .option("--seed <N>", "seed of random junctions and input noise, an integer from 0")
    .option("--current_pA <I>", "constant stimulus of the spiking circuit, picoampere")
    .option("--json", "print the metrics as JSON")
    .action((name: string | undefined, options: Options) => runCircuit(name, options));
}

function runCircuit(name: string | undefined, options: Options): void {
  if (name === undefined) return listCircuits(options.json === true);
  const seed = readNumber("--seed", options.seed ?? "0");
  if (!Number.isInteger(seed) || seed < 0 || seed > Number.MAX_SAFE_INTEGER)
    throw usage("--seed", `${options.seed} is refused, allowed are integers from 0`);
  const shipped = SHIPPED_CIRCUITS.find((circuit) => circuit.name === name);
  if (shipped === undefined) {
    if (!/[./\\]/u.test(name)) throw unknownName(name);
    if (options.current_pA !== undefined) throw usage("--current_pA", "goes with the spiking circuit alone");
    const { file, metrics, warnings } = runCircuitFile(readText(name), name, { seed });
    for (const warning of warnings) log(`warning: ${warning}`);
    return printMetrics(file.title, metrics, options.json === true);
  }
  if (options.current_pA !== undefined && !shipped.takesCurrent)
    throw usage("--current_pA", `goes with the spiking circuit, not with ${name}`);
  const current = options.current_pA === undefined ? {} : { current_A: readCurrent(options.current_pA) };
  const { metrics } = shipped.run({ ...circuitFiles, seed, ...current });
  printMetrics(shipped.title, metrics, options.json === true);
}

function listCircuits(json: boolean): void {
  const rows = SHIPPED_CIRCUITS.map(({ name, title, source }) => ({ name, title, source }));
  if (json) return printJson(rows);
  const width = Math.max(...rows.map(({ name }) => name.length));
  printText(`${rows.map(({ name, title }) => `${name.padEnd(width)}  ${title}`).join("\n")}\n`);
}

function unknownName(name: string): ProtocolError {
  const names = SHIPPED_CIRCUITS.map((circuit: ShippedCircuit) => circuit.name);
  const near = nearestName(name, names);
  return usage(
    "circuit",
    `there is no circuit "${name}",${near === undefined ? "" : ` did you mean "${near}"?`} shipped are ${names.join(", ")}; a file's name has a dot or a slash`,
  );
}

function readNumber(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw usage(option, `"${text}" is no finite number`);
  return value;
}

function readCurrent(text: string): number {
  const current_pA = readNumber("--current_pA", text);
  if (Math.abs(current_pA) > MOST_pA)
    throw usage("--current_pA", `${text} pA is refused, allowed are -${MOST_pA} to ${MOST_pA}: it fires near 1.3`);
  return current_pA / 1e12;
}

function usage(path: string, reason: string): ProtocolError {
  return new ProtocolError({ file: "crosspore circuit", line: 0, column: 0, path }, reason);
}

function printMetrics(title: string, metrics: Readonly<Record<string, unknown>>, json: boolean): void {
  if (json) return printJson(metrics);
  printText(`${[title, ...describe(metrics, "  ")].join("\n")}\n`);
}

/** One line per number, nested records indented. */
function describe(metrics: object, indent: string): string[] {
  const entries = Object.entries(metrics);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.flatMap(([name, value]: [string, unknown]) =>
    Array.isArray(value)
      ? [`${indent}${name}`, ...value.map((row: object) => `${indent}  ${describeRow(row)}`)]
      : typeof value === "object" && value !== null
        ? [`${indent}${name}`, ...describe(value, `${indent}  `)]
        : [`${indent}${name.padEnd(width)}  ${formatMetric(name, value)}`],
  );
}

/** A record on one line. */
function describeRow(row: object): string {
  return Object.entries(row)
    .map(([name, value]: [string, unknown]) => `${name} ${formatMetric(name, value)}`)
    .join("  ");
}

function formatMetric(name: string, value: unknown): string {
  if (value === null) return "none";
  if (typeof value !== "number") return String(value);
  const unit = /_(s|V|A|W|Hz|ohm)$/u.exec(name)?.[1];
  return unit === undefined ? String(Number(value.toPrecision(6))) : formatSI(value, unit, 6);
}
