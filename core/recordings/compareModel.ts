import { type CurveFit, fitCurve } from "../analysis/fit/curveFit.ts";
import type { Environment } from "../crossbar/environment.ts";
import type { Parameters } from "../crossbar/model.ts";
import { resolveJunction } from "../crossbar/models/registry.ts";
import { type ClampPath, IDEAL_CLAMP, recordClamped } from "../patchClamp/clampedJunction.ts";
import type { ClampedSeries } from "./clamp.ts";

/**
 * A junction model beside what was measured: the command is replayed into it, sweep by sweep, through what lies between an
 * amplifier and its junction.
 */
export interface CompareRequest {
  readonly clamped: ClampedSeries;
  readonly column: number;
  /** From 0. */
  readonly sweeps: readonly number[];
  readonly model: string;
  readonly parameters: Parameters;
  readonly environment?: Environment;
  /** Absent: an ideal clamp. */
  readonly path?: ClampPath;
  /** Names of number parameters that are fitted, from `parameters` on, and of `CLAMP_PARAMETERS`, from `path` on. */
  readonly fit: readonly string[];
  /** Every nth sample is compared and fitted; the model sees the command at these. */
  readonly every: number;
}

/** What of the path may be fitted beside parameters of a model. */
export const CLAMP_PARAMETERS = ["access", "capacitance"] as const;
type ClampParameter = (typeof CLAMP_PARAMETERS)[number];
const FIELDS = { access: "access_ohm", capacitance: "capacitance_F" } as const;

export function isClampParameter(name: string): name is ClampParameter {
  return CLAMP_PARAMETERS.some((own) => own === name);
}

export interface ComparedSweep {
  readonly sweep: number;
  readonly time_s: Float64Array;
  readonly voltage_V: Float64Array;
  readonly measured_A: Float64Array;
  readonly model_A: Float64Array;
}

export interface Comparison {
  readonly sweeps: readonly ComparedSweep[];
  readonly parameters: Parameters;
  readonly path: ClampPath;
  /** Of all compared samples: root of the mean square difference; over the span of what was measured; 1 - SSE/SST. */
  readonly rms_A: number;
  readonly nrmse: number;
  readonly r2: number;
  readonly samples: number;
  readonly fit?: CurveFit;
  readonly fitFailed?: string;
}

/** @throws RangeError for a model, a parameter or a command that cannot be replayed */
export function compareWithModel(request: CompareRequest): Comparison {
  const { clamped, column, model, parameters, path = IDEAL_CLAMP, environment, fit, every } = request;
  const sweeps = request.sweeps.map((sweep) => readSweep(clamped, sweep, column, every));
  for (const { sweep, voltage_V } of sweeps)
    if (voltage_V.some((v) => !Number.isFinite(v)))
      throw new RangeError(
        `sweep ${sweep + 1} has no command voltage; --command says it: "channel N", "output N", a voltage such as "40 mV", or a recording or table (csv) with it`,
      );
  const dt_s = every * clamped.series.samplePeriod_s;
  const simulate = (own: Parameters, ownPath: ClampPath) => {
    const kernel = resolveJunction(model, own, environment);
    return sweeps.map(({ voltage_V }) => recordClamped(kernel, voltage_V, dt_s, ownPath));
  };
  const samples = sweeps.reduce((sum, { time_s }) => sum + time_s.length, 0);
  const scale_A = spanOf(sweeps) || 1;
  let fitted: CurveFit | undefined;
  let fitFailed: string | undefined;
  let final = { parameters, path };
  if (fit.length > 0) {
    const withValues = (values: ArrayLike<number>): typeof final => {
      const named = fit.map((name, k) => [name, values[k] ?? Number.NaN] as const);
      return {
        parameters: { ...parameters, ...Object.fromEntries(named.filter(([name]) => !isClampParameter(name))) },
        path: {
          ...path,
          ...Object.fromEntries(
            named.flatMap(([name, value]) => (isClampParameter(name) ? [[FIELDS[name], value]] : [])),
          ),
        },
      };
    };
    const start = fit.map((name) => (isClampParameter(name) ? path[FIELDS[name]] : Number(parameters[name])));
    const answer = fitCurve(
      (values, out) => {
        try {
          let at = 0;
          const own = withValues(values);
          simulate(own.parameters, own.path).forEach((current_A, k) => {
            for (let n = 0; n < current_A.length; n++)
              out[at++] = ((current_A[n] ?? 0) - (sweeps[k]?.measured_A[n] ?? 0)) / scale_A;
          });
        } catch (error) {
          // outside what a parameter may be: the search turns back
          if (!(error instanceof RangeError)) throw error;
          out.fill(Number.NaN);
        }
      },
      samples,
      start,
      { positive: start.map((value) => value > 0) },
    );
    if (answer.kind === "fit") {
      fitted = answer;
      final = withValues(answer.parameters.map(({ value }) => value));
    } else fitFailed = answer.reason;
  }
  const modelled = simulate(final.parameters, final.path);
  const compared = sweeps.map((sweep, k) => ({ ...sweep, model_A: modelled[k] ?? new Float64Array() }));
  return {
    sweeps: compared,
    ...final,
    ...qualityOf(compared, scale_A),
    samples,
    ...(fitted && { fit: fitted }),
    ...(fitFailed !== undefined && { fitFailed }),
  };
}

const CHUNK = 1 << 15;

function readSweep(clamped: ClampedSeries, sweep: number, column: number, every: number) {
  const { series } = clamped;
  const { points } = series.sweep(sweep);
  const count = Math.floor((points - 1) / every) + 1;
  const thin = (read: (from: number, into: Float64Array) => void): Float64Array => {
    const out = new Float64Array(count);
    const chunk = new Float64Array(Math.min(CHUNK, points));
    for (let from = 0; from < points; from += CHUNK) {
      const part = chunk.subarray(0, Math.min(CHUNK, points - from));
      read(from, part);
      for (let k = Math.ceil(from / every); k * every < from + part.length; k++)
        out[k] = part[k * every - from] ?? Number.NaN;
    }
    return out;
  };
  return {
    sweep,
    time_s: Float64Array.from({ length: count }, (_, k) => k * every * series.samplePeriod_s),
    voltage_V: thin((from, into) => clamped.readVoltage(sweep, column, from, into)),
    measured_A: thin((from, into) => clamped.readCurrent(sweep, column, from, into)),
  };
}

function spanOf(sweeps: readonly { readonly measured_A: Float64Array }[]): number {
  let [low, high] = [Infinity, -Infinity];
  for (const { measured_A } of sweeps)
    for (const value of measured_A) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return high - low;
}

function qualityOf(sweeps: readonly ComparedSweep[], span_A: number) {
  let [count, sum, error] = [0, 0, 0];
  for (const { measured_A, model_A } of sweeps)
    measured_A.forEach((value, n) => {
      if (!Number.isFinite(value)) return;
      count++;
      sum += value;
      error += (value - (model_A[n] ?? 0)) ** 2;
    });
  const mean = sum / count;
  let total = 0;
  for (const { measured_A } of sweeps)
    for (const value of measured_A) if (Number.isFinite(value)) total += (value - mean) ** 2;
  const rms_A = Math.sqrt(error / count);
  return { rms_A, nrmse: rms_A / span_A, r2: 1 - error / total };
}
