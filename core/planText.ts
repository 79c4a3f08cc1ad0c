import type { Plan, ProtocolPlan } from "./plan.ts";
import type { Preview } from "./preview.ts";
import { formatSI } from "./units.ts";

/** The plan for a person at a terminal: a table, one waveform per protocol, doses and sizes. At most 80 columns wide. */
export function formatPlan(plan: Plan): string {
  const { rows, columns } = plan.grid;
  return [
    `${rows} x ${columns} junctions, ${counted(plan.steps, "step")}, nothing has been sent`,
    "",
    ...table(plan.perProtocol),
    "",
    ...plan.perProtocol.flatMap((part) => [...formatPreview(part.name, part.preview), ""]),
    `max |V|           ${formatSI(plan.largest_V, "V", 4)}, allowed ${formatSI(plan.limits.voltage_V, "V", 4)}`,
    `duration          ${formatDuration(plan.duration_s)}`,
    `half-select dose  ${formatDose(plan.halfSelectDose_Vs, columns)}`,
    `selected dose     ${formatDose(plan.selectedDose_Vs, columns)}`,
    ...(plan.floatingSteps > 0
      ? [`                  without the ${counted(plan.floatingSteps, "step")} whose unselected lines float`]
      : []),
    `samples           ${plan.samples.toLocaleString("en-US")}, about ${formatBytes(plan.bytes)} on disk`,
    ...(plan.products > 0 ? [`products          ${plan.products.toLocaleString("en-US")}`] : []),
    "",
  ].join("\n");
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en-US")} ${what}${count === 1 ? "" : "s"}`;
}

/** Columns aligned, numbers to the right. */
function table(parts: readonly ProtocolPlan[]): string[] {
  const cells = [
    ["protocol", "steps", "duration", "max |V|", "samples", "products"],
    ...parts.map((part) => [
      part.name,
      part.steps.toLocaleString("en-US"),
      formatDuration(part.duration_s),
      formatSI(part.largest_V, "V", 4),
      part.samples.toLocaleString("en-US"),
      part.products.toLocaleString("en-US"),
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, k) => Math.max(...cells.map((row) => row[k]?.length ?? 0)));
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  const lines = cells.map((row) =>
    row
      .map((cell, k) => (k === 0 ? cell.padEnd(widths[k] ?? 0) : cell.padStart(widths[k] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  return [lines[0] ?? "", rule, ...lines.slice(1)];
}

/** With a label of 10 and a space before it, within the 80 columns of a small terminal. */
const WIDTH = 68;
const HEIGHT = 5;
/** Braille dots of a cell by [column][row from the top]: U+2800 plus the sum of the bits. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** The voltage of the first target over the first steps, drawn with braille dots, 136 x 20. */
function formatPreview(name: string, { steps, duration_s, voltage_V }: Preview): string[] {
  if (voltage_V.every((voltage) => Number.isNaN(voltage))) return [`${name}: no waveform to show`];
  const finite = voltage_V.filter((voltage) => Number.isFinite(voltage));
  const top_V = finite.reduce((most, voltage) => Math.max(most, voltage), 0);
  const bottom_V = finite.reduce((least, voltage) => Math.min(least, voltage), 0);
  const span_V = top_V - bottom_V || 1;
  const canvas = Array.from({ length: HEIGHT }, () => new Uint8Array(WIDTH));
  const dotRows = HEIGHT * 4;
  const dotOf = (voltage: number) => Math.round(((top_V - voltage) / span_V) * (dotRows - 1));
  const set = (x: number, y: number) => {
    const line = canvas[y >> 2];
    if (line) line[x >> 1] = (line[x >> 1] ?? 0) | (DOTS[x & 1]?.[y & 3] ?? 0);
  };
  let previous: number | undefined;
  const points = voltage_V.length;
  for (let x = 0; x < 2 * WIDTH; x++) {
    // every sample under this dot column, so that a read of a few per cent of the width is still seen
    const part = voltage_V.subarray(
      Math.floor((x * points) / (2 * WIDTH)),
      Math.floor(((x + 1) * points) / (2 * WIDTH)),
    );
    const dots = [...part].filter((voltage) => Number.isFinite(voltage)).map(dotOf);
    if (previous !== undefined) dots.push(previous);
    for (let y = Math.min(...dots); y <= Math.max(...dots); y++) set(x, y);
    const last = part.at(-1);
    previous = last === undefined || !Number.isFinite(last) ? undefined : dotOf(last);
  }
  const labels = canvas.map((_, k) => (k === 0 ? volts(top_V) : k === HEIGHT - 1 ? volts(bottom_V) : ""));
  return [
    `${name}: what the first junction sees, ${counted(steps, "step")}`,
    ...canvas.map((line, k) => `${(labels[k] ?? "").padStart(10)} ${braille(line)}`.trimEnd()),
    `${" ".repeat(11)}0${formatDuration(duration_s).padStart(WIDTH - 1)}`,
  ];
}

function braille(line: Uint8Array): string {
  return [...line].map((bits) => String.fromCodePoint(0x2800 + bits)).join("");
}

function volts(voltage_V: number): string {
  return formatSI(voltage_V, "V", 3);
}

/** "4.5 s", "3 min 20 s", "2 h 05 min", "3 d 04 h". */
export function formatDuration(duration_s: number): string {
  if (duration_s < 99.95) return formatSI(duration_s, "s", 3);
  const seconds = Math.round(duration_s);
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  const two = (value: number) => String(value).padStart(2, "0");
  if (days > 0) return `${days} d ${two(hours)} h`;
  if (hours > 0) return `${hours} h ${two(minutes)} min`;
  return `${minutes} min ${two(seconds % 60)} s`;
}

/** Smallest, mean and largest, and where the largest is. */
function formatDose(dose_Vs: Float64Array, columns: number): string {
  let [least, most, sum, where] = [Infinity, -Infinity, 0, 0];
  dose_Vs.forEach((dose, k) => {
    sum += dose;
    least = Math.min(least, dose);
    if (dose > most) [most, where] = [dose, k];
  });
  const text = (dose: number) => formatSI(dose, "V s");
  const place = most > 0 ? ` at row ${Math.floor(where / columns)} column ${where % columns}` : "";
  return `min ${text(least)}, mean ${text(sum / dose_Vs.length)}, max ${text(most)}${place}`;
}

function formatBytes(bytes: number): string {
  return formatSI(bytes, "B", 3);
}
