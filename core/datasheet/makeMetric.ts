import { finiteOf, mean, sampleDeviation } from "../analysis/statistics.ts";
import type { Metric } from "./datasheet.ts";
import { METRICS, type MetricName } from "./metricSpecs.ts";

/** The mean of some values with its scatter; without a finite one the metric says what is missing. */
export function makeMetric(
  name: MetricName,
  values: ArrayLike<number>,
  conditions: string,
  options: { readonly relation?: ">"; readonly reason?: string; readonly n?: number } = {},
): Metric {
  const kept = finiteOf(values);
  const [label, unit, definition] = METRICS[name];
  const deviation = sampleDeviation(kept);
  return {
    name,
    label,
    unit,
    value: kept.length === 0 ? null : mean(kept),
    relation: kept.length === 0 ? "=" : (options.relation ?? "="),
    deviation: Number.isFinite(deviation) ? deviation : null,
    n: kept.length === 0 ? 0 : (options.n ?? kept.length),
    conditions: kept.length === 0 ? "" : conditions,
    definition,
    reason: kept.length > 0 ? "" : (options.reason ?? "the values that were measured cannot be used"),
  };
}

/** Not measured, and why. */
export function missingMetric(name: MetricName, reason: string): Metric {
  return makeMetric(name, [], "", { reason });
}
