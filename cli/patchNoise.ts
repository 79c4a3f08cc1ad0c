import type { Command } from "commander";
import type { BesselOrder } from "../core/patchClamp/bessel.ts";
import {
  BESIDE_TERMS,
  compareNoise,
  conductanceOf,
  findNoiseRecords,
  type NoiseBeside,
  type NoiseRecord,
} from "../core/patchClamp/noiseBeside.ts";
import { NOISE_TERMS, type NoiseParts, noiseRms, QUIET } from "../core/patchClamp/noiseFormula.ts";
import { plotNoise } from "../core/report/noiseFigure.ts";
import { formatSI } from "../core/units.ts";
import { checkTarget, writeWhole } from "./files.ts";
import { openRecorded } from "./openRecorded.ts";
import { parseBessel, quantityOf, refusePatch } from "./patchFlags.ts";
import { log, printJson, printText } from "./terminal.ts";

interface NoiseFlags {
  readonly resistance?: number;
  readonly feedback: number;
  readonly current?: number;
  readonly flicker: number;
  readonly relativeFlicker: number;
  readonly capacitance: number;
  readonly voltageNoise: number;
  readonly dissipation: number;
  readonly lowPass?: { readonly corner_Hz: number; readonly order: BesselOrder };
  readonly from?: number;
  readonly to?: number;
  readonly out?: string;
  readonly force?: boolean;
  readonly partial?: boolean;
  readonly json?: boolean;
}

/** `crosspore patch noise [RUN]`: the formula, alone or beside what a run measured. */
export function addNoise(patch: Command): void {
  patch
    .command("noise")
    .description(
      "The current noise that must be, term by term: 4kT/Rf + 4kT/R + 2qI + A/f + 8 pi kTDC f + (2 pi f en C)^2; with a run folder beside what was measured.",
    )
    .argument("[run]", "run folder with steps at constant voltages (protocol noise, or an imported recording)")
    .option("--resistance <ohms>", "of the junction (default: V/I of the run)", quantityOf("ohm"))
    .option("--feedback <ohms>", "resistor of the amplifier", quantityOf("ohm"), Infinity)
    .option("--current <amperes>", "through the junction (default: the mean of the run)", quantityOf("A"))
    .option("--flicker <A2>", "A of A/f, A^2", Number, 0)
    .option("--relative-flicker <part>", "the same over the square of the current, alpha/N of Hooge", Number, 0)
    .option("--capacitance <farads>", "of everything at the input", quantityOf("F"), 0)
    .option("--voltage-noise <nV>", "of the amplifier's input, nV/sqrt(Hz)", Number, 0)
    .option("--dissipation <factor>", "of the capacitance", Number, 0)
    .option(
      "--low-pass <corner>",
      "Bessel filter of the amplifier: 5kHz, with 8 poles 5kHz,8 (with a run)",
      parseBessel,
    )
    .option("--from <hertz>", "lower edge of the band (default: 0.1 Hz, or the lowest of the run)", quantityOf("Hz"))
    .option("--to <hertz>", "upper edge (default: 10 kHz, or half the sampling rate of the run)", quantityOf("Hz"))
    .option("--out <file>", "write the spectra beside the formula (.svg, with a run)")
    .option("--force", "replace a file that exists")
    .option("--partial", "take what is left of a damaged run")
    .option("--json", "as JSON on stdout")
    .action(async (run: string | undefined, flags: NoiseFlags) => {
      if (run === undefined) showFormula(flags);
      else await showBeside(run, flags);
    });
}

function partsOf(flags: NoiseFlags, conductance_S: number, current_A: number): NoiseParts {
  return {
    ...QUIET,
    conductance_S,
    current_A,
    feedback_ohm: flags.feedback,
    flicker_A2: flags.flicker + flags.relativeFlicker * current_A ** 2,
    dissipation: flags.dissipation,
    dielectric_F: flags.capacitance,
    voltageNoise_V_rtHz: flags.voltageNoise * 1e-9,
    capacitance_F: flags.capacitance,
  };
}

function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof RangeError ? refusePatch(error.message) : error;
  }
}

function showFormula(flags: NoiseFlags): void {
  const { from = 0.1, to = 10e3, resistance = Infinity, current = 0 } = flags;
  for (const [name, given] of [
    ["--low-pass", flags.lowPass],
    ["--out", flags.out],
  ] as const)
    if (given !== undefined) throw refusePatch(`${name} needs a run folder`);
  const rms = refusing(() => noiseRms(partsOf(flags, 1 / resistance, current), from, to));
  if (flags.json) return printJson({ from_Hz: from, to_Hz: to, rms_A: rms });
  printText(`rms from ${formatSI(from, "Hz")} to ${formatSI(to, "Hz")}, 25 C\n`);
  for (const term of [...NOISE_TERMS, "total"] as const)
    if (rms[term] > 0) printText(`  ${term.padEnd(11)} ${formatSI(rms[term], "A")}\n`);
}

interface Compared {
  readonly record: NoiseRecord;
  readonly resistance_ohm: number;
  readonly beside: NoiseBeside;
}

async function showBeside(folder: string, flags: NoiseFlags): Promise<void> {
  if (flags.out !== undefined) {
    checkTarget(flags.out, flags.force ?? false);
    if (!/\.svg$/iu.test(flags.out)) throw refusePatch(`--out is ${flags.out}, allowed are names that end with .svg`);
  }
  const run = openRecorded(folder, flags.partial ?? false);
  const records = refusing(() => findNoiseRecords(run));
  const compared = records.map((record): Compared => {
    const conductance_S = flags.resistance === undefined ? conductanceOf(record, records) : 1 / flags.resistance;
    if (conductance_S === undefined)
      log(
        `crosspore: step ${record.step}: no resistance is known (no voltage, or no current against it); --resistance says it, without it there is no thermal noise`,
      );
    const parts = partsOf(flags, conductance_S ?? 0, flags.current ?? record.current_A);
    const { from, to, lowPass } = flags;
    const band = { ...(from !== undefined && { from_Hz: from }), ...(to !== undefined && { to_Hz: to }) };
    const beside = refusing(() => compareNoise(record, parts, { ...band, ...(lowPass && { filter: lowPass }) }));
    return { record, resistance_ohm: conductance_S === undefined ? Number.NaN : 1 / conductance_S, beside };
  });
  if (flags.out !== undefined) {
    const source = run.events.find((event) => event.kind === "run-started")?.capabilities.source;
    await writeWhole(flags.out, plotNoise(compared, source === "measured" ? "measured" : "emulated"));
    log(`crosspore: drawn in ${flags.out}${compared.length > 4 ? " (the first 4 records)" : ""}`);
  }
  if (flags.json)
    return printJson(
      compared.map(({ record, resistance_ohm, beside }) => {
        // curves are in the figure
        const { spectrum: _spectrum, ...told } = record;
        const { density: _density, ...levels } = beside;
        return { ...told, resistance_ohm, ...levels, ratio: beside.measured_A / beside.formula_A.total };
      }),
    );
  printText(compared.map(describe).join("\n"));
}

function describe({ record, resistance_ohm, beside }: Compared): string {
  const { row, column, voltage_V, current_A, samples, samplePeriod_s, lost, overloads, quantum_A } = record;
  const { from_Hz, to_Hz, measured_A, formula_A } = beside;
  const at = Number.isFinite(voltage_V) ? ` at ${formatSI(voltage_V, "V")}` : "";
  const known = Number.isFinite(resistance_ohm) ? `, R = ${formatSI(resistance_ohm, "ohm")}` : "";
  const faults = [
    ...(lost > 0 ? [`${lost} lost`] : []),
    ...(overloads > 0 ? [`${overloads} saturated`] : []),
    ...(quantum_A > 0 ? [`converter steps of ${formatSI(quantum_A, "A")}`] : []),
  ];
  const rows = [
    ["measured", formatSI(measured_A, "A")],
    [
      "formula",
      `${formatSI(formula_A.total, "A")}, measured is ${(measured_A / formula_A.total).toPrecision(3)} of it`,
    ],
    ...BESIDE_TERMS.filter((term) => formula_A[term] > 0).map((term) => [`  ${term}`, formatSI(formula_A[term], "A")]),
  ];
  return `row ${row} column ${column}${at}: mean ${formatSI(current_A, "A")}${known}, ${samples} samples at ${formatSI(1 / samplePeriod_s, "Hz", 6)}${faults.length > 0 ? ` (${faults.join(", ")})` : ""}
  rms from ${formatSI(from_Hz, "Hz")} to ${formatSI(to_Hz, "Hz")}, 25 C
${rows.map(([name = "", text = ""]) => `  ${name.padEnd(13)} ${text}\n`).join("")}`;
}
