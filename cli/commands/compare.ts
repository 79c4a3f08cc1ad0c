import { type Command, InvalidArgumentError } from "commander";
import { findModel } from "../../core/crossbar/models/registry.ts";
import { fillParameters, ParameterError } from "../../core/crossbar/models/parameters.ts";
import { ProtocolError } from "../../core/errors.ts";
import { readParameters } from "../../core/junctionParameters.ts";
import { type ClampChoice, clampSeries } from "../../core/recordings/clamp.ts";
import type { ClampPath } from "../../core/patchClamp/clampedJunction.ts";
import {
  CLAMP_PARAMETERS,
  compareWithModel,
  type Comparison,
  isClampParameter,
} from "../../core/recordings/compareModel.ts";
import { isSimulated } from "../../core/recordings/recording.ts";
import type { Feedback } from "../../core/recordings/feedback.ts";
import { plotComparison } from "../../core/report/compareFigure.ts";
import { formatSI } from "../../core/units.ts";
import { checkTarget, writeWhole } from "../files.ts";
import { clean } from "../exit.ts";
import { openRecordingFile, parseCommand, parseFeedback } from "../recordingInput.ts";
import { parseBessel, quantityOf } from "../patchFlags.ts";
import { log, printJson, printText } from "../terminal.ts";

interface CompareFlags {
  readonly model: string;
  readonly param: readonly string[];
  readonly fit: readonly string[];
  readonly current?: string;
  readonly command?: NonNullable<ClampChoice["command"]>;
  readonly feedback?: Feedback;
  readonly access?: number;
  readonly capacitance?: number;
  readonly lowPass?: LowPass;
  readonly settle?: number;
  readonly series?: string;
  readonly sweeps?: string;
  readonly every?: string;
  readonly out?: string;
  readonly partial?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

type LowPass = "recorded" | NonNullable<ClampPath["filter"]>;

/** "recorded" is what the recording says of its own filter. */
const parseLowPass = (text: string): LowPass => (text.trim() === "recorded" ? "recorded" : parseBessel(text));

const positiveOf = (unit: string) => (text: string) => {
  const value = quantityOf(unit)(text);
  if (value >= 0) return value;
  throw new InvalidArgumentError(`allowed are quantities of 0 ${unit} and more.`);
};

/** Where a search of the path begins if nobody says: usual pipettes and chips. */
const STARTS = { access: 10e6, capacitance: 20e-12 } as const;

const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];

/** `crosspore compare RECORDING --model M`: what a model makes of the command that a real junction saw. */
export function add(program: Command): void {
  program
    .command("compare")
    .description("Replay the command of a recording into a junction model, and lay its current over the measured one.")
    .argument("<recording>", "recording with current and command")
    .requiredOption("--model <name>", "junction model (crosspore models lists them)")
    .option("--param <name=value>", "a parameter of the model, e.g. conductance_S=5nS; again for more", collect, [])
    .option(
      "--fit <name>",
      "a parameter to fit, from its value on, also access or capacitance; again for more",
      collect,
      [],
    )
    .option("--access <ohms>", "resistance in series with the junction, e.g. 10Mohm", positiveOf("ohm"))
    .option("--capacitance <farads>", "of the membrane across the junction, e.g. 20pF", positiveOf("F"))
    .option(
      "--low-pass <corner>",
      'Bessel filter of the amplifier: 5kHz, with 8 poles 5kHz,8, or "recorded"',
      parseLowPass,
    )
    .option(
      "--settle <time>",
      "how long the first voltage of a sweep was there before it (default: 0 s)",
      quantityOf("s"),
    )
    .option("--current <channel>", "name or number of the channel that is the current (default: the first)")
    .option(
      "--command <what>",
      'the command: "channel 1", "output 0", "40 mV", or a recording or table (csv: t/s,V/mV) with it',
      parseCommand,
    )
    .option(
      "--feedback <value>",
      "volts of an integrating amplifier as current: 9.1Gohm,1.07pF or its state file",
      parseFeedback,
    )
    .option("--series <n>", "series of a bundle, from 1 (default: 1)")
    .option("--sweeps <list>", "sweeps to compare, e.g. 1,3,5-8 (default: all)")
    .option("--every <n>", "compare every nth sample (default: so that 20000 are left)")
    .option("--out <file>", "write the figure (.svg)")
    .option("--partial", "take what is whole of a file that was cut")
    .option("--force", "replace a file that exists")
    .option("--json", "figures as JSON on stdout")
    .action(compareCommand);
}

/** Samples that a model is run on, all sweeps together, where nobody says. */
const MOST_SAMPLES = 20_000;

async function compareCommand(file: string, flags: CompareFlags): Promise<void> {
  const refuse = (path: string, reason: string) => new ProtocolError({ file, line: 0, column: 0, path }, reason);
  if (flags.out !== undefined) {
    checkTarget(flags.out, flags.force ?? false);
    if (!/\.svg$/iu.test(flags.out)) throw refuse("--out", `is ${flags.out}, allowed are names that end with .svg`);
  }
  using opened = openRecordingFile(file, flags.feedback, flags.partial);
  const { series: list, cut, notes } = opened.recording;
  if (cut) for (const note of notes) log(`crosspore: ${clean(note)}`);
  const simulated = isSimulated(opened.recording);
  const series = list[whole(flags.series, 1, list.length, (text) => refuse("--series", text)) - 1]!;
  const attempt = <T>(path: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof ParameterError) throw refuse(`--param ${error.parameter}`, error.message);
      throw error instanceof RangeError ? refuse(path, error.message) : error;
    }
  };
  const model = attempt("--model", () => findModel(flags.model));
  const given = Object.fromEntries(
    flags.param.map((text) => {
      const match = /^([A-Za-z_]\w*)=(.+)$/u.exec(text);
      if (!match) throw refuse("--param", `is ${text}, expected NAME=VALUE`);
      return [match[1]!, readValue(match[2]!)] as const;
    }),
  );
  const parameters = attempt("--param", () => fillParameters(model, readParameters(model, given)));
  for (const name of flags.fit)
    if (!isClampParameter(name) && typeof parameters[name] !== "number")
      throw refuse(
        "--fit",
        `${model.name} has no number "${name}", allowed are ${Object.keys(parameters)
          .filter((key) => typeof parameters[key] === "number")
          .concat(CLAMP_PARAMETERS)
          .join(", ")}`,
      );
  const clamped = attempt("", () =>
    clampSeries(series, {
      ...(flags.current !== undefined && { current: flags.current }),
      ...(flags.command !== undefined && { command: flags.command }),
    }),
  );
  if (clamped.voltageFrom === "")
    throw refuse(
      "",
      'holds no command voltage; --command says it: "channel N", "output N", a voltage such as "40 mV", or a recording or table with it',
    );
  const sweeps = readSweeps(flags.sweeps, series.sweeps, (text) => refuse("--sweeps", text));
  const total = sweeps.reduce((sum, sweep) => sum + series.sweep(sweep).points, 0);
  const every =
    flags.every === undefined
      ? Math.max(1, Math.ceil(total / MOST_SAMPLES))
      : whole(flags.every, 1, total, (text) => refuse("--every", text));
  const from = (name: keyof typeof STARTS) => flags[name] || (flags.fit.includes(name) ? STARTS[name] : 0);
  const { gain } = series.channels[clamped.currents[0] ?? 0] ?? {};
  const filter = findFilter(flags.lowPass, gain?.telegraph?.lowPass_Hz || gain?.lowPass_Hz, (text) =>
    refuse("--low-pass", text),
  );
  const half_Hz = 0.5 / (every * series.samplePeriod_s);
  if (filter && !(filter.corner_Hz > 0 && filter.corner_Hz < half_Hz))
    throw refuse(
      "--low-pass",
      `is ${formatSI(filter.corner_Hz, "Hz")}, allowed are corners below ${formatSI(half_Hz, "Hz")}, half the rate of what is compared${every > 1 ? " (--every 1 takes every sample)" : ""}`,
    );
  const path: ClampPath = {
    access_ohm: from("access"),
    capacitance_F: from("capacitance"),
    settled_s: flags.settle ?? 0,
    ...(filter && { filter }),
  };
  const comparison = attempt("", () =>
    compareWithModel({ clamped, column: 0, sweeps, model: model.name, parameters, path, fit: flags.fit, every }),
  );
  if (flags.out !== undefined) {
    await writeWhole(flags.out, plotComparison(comparison, simulated));
    log(`crosspore: drawn in ${flags.out}`);
  }
  if (comparison.fitFailed !== undefined) log(`crosspore: warning: nothing was fitted: ${comparison.fitFailed}`);
  report(comparison, flags, {
    channel: series.channels[clamped.currents[0] ?? 0]?.name ?? "",
    voltageFrom: clamped.voltageFrom,
    every,
    model: model.name,
    simulated,
  });
}

function findFilter(
  asked: LowPass | undefined,
  recorded_Hz: number | undefined,
  refuse: (reason: string) => Error,
): ClampPath["filter"] {
  if (asked !== "recorded") return asked;
  if (recorded_Hz === undefined)
    throw refuse("the recording does not say its filter, allowed are corners such as 5kHz");
  return { corner_Hz: recorded_Hz, order: 4 };
}

function report(
  comparison: Comparison,
  { fit, json }: CompareFlags,
  what: { channel: string; voltageFrom: string; every: number; model: string; simulated: boolean },
): void {
  const { rms_A, nrmse, r2, samples, sweeps, parameters, path } = comparison;
  const fitted = fit.map((name, k) => ({ name, ...comparison.fit?.parameters[k] }));
  if (json)
    return printJson({
      ...what,
      sweeps: sweeps.length,
      samples,
      rms_A,
      nrmse,
      r2,
      parameters,
      path,
      ...(fit.length > 0 && { fitted }),
    });
  const rows = [
    [
      what.simulated ? "recorded" : "measured",
      `${what.channel}, ${sweeps.length} ${sweeps.length === 1 ? "sweep" : "sweeps"}, ${samples} samples${what.every > 1 ? ` (one of ${what.every})` : ""}`,
    ],
    ["command", what.voltageFrom],
    ["model", what.model],
    ...(path.access_ohm + path.capacitance_F === 0 && !path.filter
      ? []
      : [
          [
            "clamp",
            [
              `access ${formatSI(path.access_ohm, "ohm")}`,
              `capacitance ${formatSI(path.capacitance_F, "F")}`,
              ...(path.filter ? [`Bessel ${path.filter.order} poles ${formatSI(path.filter.corner_Hz, "Hz")}`] : []),
            ].join(", "),
          ],
        ]),
    ...fitted.map(({ name, value, standardError }) => [
      "fitted",
      value === undefined
        ? `${name}: no`
        : `${name} = ${Number(value.toPrecision(5))} +- ${Number((standardError ?? 0).toPrecision(2))}`,
    ]),
    ["residual", `${formatSI(rms_A, "A")} rms, ${(100 * nrmse).toPrecision(3)} % of the span`],
    ["R2", r2.toPrecision(5)],
  ];
  printText(rows.map(([name = "", text = ""]) => `${name.padEnd(11)}${text}\n`).join(""));
}

function readValue(text: string): unknown {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u.test(text) ? Number(text) : text;
}

function whole(text: string | undefined, preset: number, most: number, refuse: (reason: string) => Error): number {
  if (text === undefined) return preset;
  const value = Number(text);
  if (/^\d+$/u.test(text) && value >= 1 && value <= most) return value;
  throw refuse(`is ${text}, allowed are whole numbers from 1 to ${most}`);
}

function readSweeps(text: string | undefined, count: number, refuse: (reason: string) => Error): number[] {
  if (text === undefined) return Array.from({ length: count }, (_, k) => k);
  const sweeps = text.split(",").flatMap((part) => {
    const match = /^\s*(\d{1,7})(?:-(\d{1,7}))?\s*$/u.exec(part);
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    if (!(first >= 1 && last >= first && last <= count))
      throw refuse(`has ${part}, allowed are sweeps from 1 to ${count}, such as 1,3,5-8`);
    return Array.from({ length: last - first + 1 }, (_, k) => first - 1 + k);
  });
  return [...new Set(sweeps)];
}
