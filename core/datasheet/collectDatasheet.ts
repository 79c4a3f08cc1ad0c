import { analyseRun } from "../analysis/summary.ts";
import { numberTag } from "../analysis/runSteps.ts";
import { mean, sampleDeviation } from "../analysis/statistics.ts";
import { gatherTraces } from "../analysis/trace.ts";
import { ProtocolError } from "../errors.ts";
import type { RunData } from "../record/runData.ts";
import { formatSI } from "../units.ts";
import { DATASHEET_SCHEMA, type Curves, type Datasheet, type Metric } from "./datasheet.ts";
import { makeMetric, missingMetric } from "./makeMetric.ts";
import { METRICS, type MetricName } from "./metricSpecs.ts";
import { measurePulses } from "./pulseMetrics.ts";
import { stepsByRole } from "./sheetSteps.ts";
import { measureSweeps, measureTemperature, short } from "./sweepMetrics.ts";
import { measureDisturb, measureEndurance, measureRetention } from "./wearMetrics.ts";

/**
 * The datasheet of a model or a device from any runs of it: every metric that the runs hold an experiment for, and for
 * each other the reason why it is absent.
 * @throws ProtocolError when emulated and measured runs are mixed, or nothing was ever started
 */
export function collectDatasheet(
  name: string,
  runs: readonly RunData[],
  about: { readonly crosspore: string; readonly device?: Datasheet["device"]; readonly notes?: readonly string[] },
): Datasheet {
  const analyses = runs.map((run) => analyseRun(run));
  const sources = new Set(analyses.map(({ source }) => source).filter((source) => source !== "unknown"));
  const refuse = (reason: string) => new ProtocolError({ file: name, line: 0, column: 0, path: "" }, reason);
  if (sources.size > 1)
    throw refuse("runs of emulated and of measured arrays do not share a datasheet; make one of each and compare them");
  const [source] = sources;
  if (source === undefined) throw refuse("none of the runs ever started");
  // figures at other temperatures belong to the temperature metric alone
  const reference = temperatureOf(runs[0]);
  const main = runs.filter((run) => temperatureOf(run) === reference);
  const by = stepsByRole(main);
  const sweeps = measureSweeps(main);
  const retention = measureRetention(by);
  const endurance = measureEndurance(by, missingSpread(main, source));
  const temperature = measureTemperature(runs, temperatureOf);
  const plasticity = measurePlasticity(main);
  const pairs = measurePairs(main);
  const measured = new Map<string, Metric>(
    [
      ...sweeps.metrics,
      ...measurePulses(by),
      retention.metric,
      ...endurance.metrics,
      temperature.metric,
      ...measureDisturb(by),
      ...plasticity.metrics,
      ...pairs.metrics,
      measureNoise(by),
    ].map((metric) => [metric.name, metric]),
  );
  return {
    schema: DATASHEET_SCHEMA,
    kind: "crosspore-datasheet",
    name,
    source,
    crosspore: about.crosspore,
    device: about.device ? [...about.device] : [],
    runs: runs.map((run, k) => ({
      name: run.manifest.name,
      created: run.manifest.created,
      backend: analyses[k]?.backend ?? "",
      sha256: run.manifest.experiment.sha256,
      status: analyses[k]?.status ?? "interrupted",
    })),
    notes: [...(about.notes ?? []), ...new Set(analyses.flatMap(({ warnings }) => warnings))],
    metrics: Object.keys(METRICS).map((key) => {
      const metric = measured.get(key) ?? missingMetric(key as MetricName, "not measured");
      return {
        ...metric,
        value: metric.value === null ? null : short(metric.value),
        deviation: metric.deviation === null ? null : short(metric.deviation),
      };
    }),
    curves: {
      loops: sweeps.curves,
      ...plasticity.curves,
      pairs: pairs.curve,
      retention: retention.curve.map(({ time_s, remaining }) => ({
        time_s: short(time_s),
        remaining: short(remaining),
      })),
      endurance: endurance.curve.map(({ cycle, n, on_S, off_S, onDeviation_S, offDeviation_S }) => ({
        cycle,
        n,
        on_S: short(on_S),
        off_S: short(off_S),
        onDeviation_S: short(onDeviation_S),
        offDeviation_S: short(offDeviation_S),
      })),
      temperature: temperature.curve,
    },
  };
}

/** The temperature of a run as its record says it; undefined where it does not. */
export function temperatureOf(run: RunData | undefined): number | undefined {
  const array = field(run?.manifest.resolved, "array");
  const value = field(field(array, "environment"), "temperature_K");
  return typeof value === "number" ? value : undefined;
}

function field(owner: unknown, name: string): unknown {
  return typeof owner === "object" && owner !== null && name in owner
    ? (owner as Record<string, unknown>)[name]
    : undefined;
}

/** Why an emulated array can have no scatter: nothing in it scatters. */
function missingSpread(runs: readonly RunData[], source: "emulated" | "measured"): { cycle: string; device: string } {
  if (source === "measured") return { cycle: "", device: "" };
  const effects = runs.map((run) => field(field(run.manifest.resolved, "array"), "effects"));
  const has = (...names: string[]) => effects.some((effect) => names.some((name) => field(effect, name) !== undefined));
  return {
    cycle: has("noise", "endurance", "variability")
      ? ""
      : "the emulated junctions are without noise: nothing scatters from cycle to cycle (effects in an experiment file add it)",
    device: has("variability")
      ? ""
      : "the emulated junctions are identical (effects.variability in an experiment file tells them apart)",
  };
}

/** Scatter of the current at held voltages, of every record with a current. */
function measureNoise(by: ReturnType<typeof stepsByRole>): Metric {
  const records = by("noise").filter(({ intended }) => (numberTag(intended, "voltage_V") ?? 0) !== 0);
  const first = records[0]?.intended;
  if (!first) return missingMetric("readNoise", "no noise experiment at a voltage other than 0 V in the runs");
  const values = records.flatMap(({ run, intended }) =>
    gatherTraces(run, intended.step).map(({ current_A, samplePeriod_s }) => {
      const kept = current_A.subarray(Math.round((numberTag(intended, "settle_s") ?? 0) / samplePeriod_s));
      return (100 * sampleDeviation(kept)) / Math.abs(mean(kept));
    }),
  );
  const voltages = [...new Set(records.map(({ intended }) => formatSI(numberTag(intended, "voltage_V") ?? 0, "V")))];
  return makeMetric(
    "readNoise",
    values,
    `${voltages.join(", ")}, to ${formatSI((numberTag(first, "sampling_Hz") ?? 0) / 2, "Hz")}`,
  );
}

function measurePlasticity(runs: readonly RunData[]): {
  metrics: Metric[];
  curves: Pick<Curves, "potentiation_S" | "depression_S">;
} {
  const trains = runs.flatMap((run) =>
    analyseRun(run).sections.flatMap((section) => (section.kind === "plasticity" ? section.trains : [])),
  );
  const [first] = trains;
  if (!first) {
    const reason = "no pulse train in the runs";
    return {
      metrics: (["range", "nonlinearityUp", "nonlinearityDown"] as const).map((name) => missingMetric(name, reason)),
      curves: { potentiation_S: [], depression_S: [] },
    };
  }
  const pulses = (values: readonly number[]) => Math.max(0, values.length - 1);
  const read = `read at ${formatSI(first.read_V, "V")}`;
  const up = trains.map(({ potentiation }) => potentiation?.nonlinearity ?? Number.NaN);
  const down = trains.map(({ depression }) => depression?.nonlinearity ?? Number.NaN);
  return {
    metrics: [
      makeMetric(
        "range",
        trains.map(({ potentiation_S }) => Math.max(...potentiation_S) / Math.min(...potentiation_S)),
        `${pulses(first.potentiation_S)} pulses, ${read}`,
      ),
      makeMetric("nonlinearityUp", up, `${pulses(first.potentiation_S)} pulses, ${read}`, {
        reason: "the train does not change the conductance",
      }),
      makeMetric("nonlinearityDown", down, `${pulses(first.depression_S)} pulses, ${read}`, {
        reason: "the train does not change the conductance",
      }),
    ],
    curves: {
      potentiation_S: first.potentiation_S.filter(Number.isFinite).map(short),
      depression_S: first.depression_S.filter(Number.isFinite).map(short),
    },
  };
}

function measurePairs(runs: readonly RunData[]): { metrics: Metric[]; curve: Curves["pairs"] } {
  const junctions = runs.flatMap((run) =>
    analyseRun(run).sections.flatMap((section) => (section.kind === "pairs" ? section.junctions : [])),
  );
  const [first] = junctions;
  if (!first)
    return {
      metrics: (["pairedIndex", "pairedTau_s"] as const).map((name) =>
        missingMetric(name, "no paired pulses in the runs"),
      ),
      curve: [],
    };
  const shortest = first.indices[0];
  const taus = junctions.map(({ fit }) => (fit.kind === "fit" ? fit.tau : Number.NaN));
  const reason = first.fit.kind === "fit" ? "" : first.fit.reason;
  const gaps = first.indices.map(({ gap_s }) => gap_s);
  return {
    metrics: [
      makeMetric(
        "pairedIndex",
        junctions.map(({ indices }) => indices[0]?.index ?? Number.NaN),
        `gap ${formatSI(shortest?.gap_s ?? 0, "s")}, ${first.behaviour}`,
      ),
      makeMetric(
        "pairedTau_s",
        taus,
        `gaps ${formatSI(Math.min(...gaps), "s")} to ${formatSI(Math.max(...gaps), "s")}`,
        reason === "" ? {} : { reason },
      ),
    ],
    curve: first.indices.map(({ gap_s, index, deviation, n }) => ({
      gap_s: short(gap_s),
      index: short(index),
      deviation: short(deviation) || 0,
      n,
    })),
  };
}
