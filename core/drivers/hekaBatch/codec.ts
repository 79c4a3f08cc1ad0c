/**
 * HEKA batch communication (PATCHMASTER, EpcMaster): text messages with an index, in files or as lines. Pure: no I/O.
 * Source: EPC9 manual pp. 84-91; commands as SECM (8d5229b) and Wavesurfer (d46676e1) send them.
 */

/** The sign and eight digits in front of a message. */
export function formatIndex(index: number): string {
  return `+${String(index).padStart(8, "0")}`;
}

/** Index of a first line; undefined for any other line. The sign says whether the message is whole. */
export function parseIndex(line: string): number | undefined {
  return /^[+-]\d{1,10}$/.test(line.trim()) ? Math.abs(Number(line)) : undefined;
}

/** A message that ends with an echo, so that whoever reads the answers knows when they are over. */
export function encodeMessage(index: number, commands: readonly string[]): string {
  return `${[formatIndex(index), ...commands, `Echo ${echoOf(index)}`].join("\n")}\n`;
}

export function echoOf(index: number): string {
  return `crosspore-${index}`;
}

/** PATCHMASTER refuses with a word in lower case: error, syntax, range, unknown, ioerror. */
export function isError(line: string): boolean {
  return /^(error|syntax|range|unknown|ioerror)\b/.test(line.trim());
}

/** Gains that `Set E Gain` counts, mV/pA; two places of the list are separators. */
export const GAINS: readonly { readonly index: number; readonly gain_mV_pA: number }[] = [
  [0.005, 0.01, 0.02, 0.05, 0.1, 0.2],
  [0.5, 1, 2, 5, 10, 20],
  [50, 100, 200, 500, 1000, 2000],
].flatMap((group, part) => group.map((gain_mV_pA, k) => ({ index: 7 * part + k, gain_mV_pA })));

/** The output of the amplifier reaches 10 V. */
export const OUTPUT_FULL_V = 10;

export function fullScale_A(gain_mV_pA: number): number {
  return (OUTPUT_FULL_V / gain_mV_pA) * 1e-9;
}

/** One exported sweep. */
export interface ExportedSweep {
  readonly time_s: Float64Array;
  readonly current_A: Float64Array;
  readonly voltage_V: Float64Array;
}

/**
 * The ASCII export: titles "Index","Time[s]","I-mon[A]","V-mon[V]", then rows with commas.
 * @throws RangeError naming the line and what is wrong with it
 */
export function parseExport(text: string): ExportedSweep {
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== "");
  const titles = (lines[0] ?? "").split(",").map((title) => title.trim().replace(/^"|"$/g, ""));
  const column = (name: string) => {
    const found = titles.indexOf(name);
    if (found < 0) throw new RangeError(`line 1: there is no column "${name}", only ${titles.join(", ") || "nothing"}`);
    return found;
  };
  const [t, i, v] = [column("Time[s]"), column("I-mon[A]"), column("V-mon[V]")];
  const rows = lines.slice(1);
  const sweep = {
    time_s: new Float64Array(rows.length),
    current_A: new Float64Array(rows.length),
    voltage_V: new Float64Array(rows.length),
  };
  rows.forEach((row, k) => {
    const fields = row.split(",");
    const number = (at: number) => {
      const value = Number((fields[at] ?? "").trim() || Number.NaN);
      if (!Number.isFinite(value))
        throw new RangeError(`line ${k + 2}: "${row.slice(0, 60)}" is no row of ${titles.length} numbers`);
      return value;
    };
    sweep.time_s[k] = number(t);
    sweep.current_A[k] = number(i);
    sweep.voltage_V[k] = number(v);
  });
  return sweep;
}
