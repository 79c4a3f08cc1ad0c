import type { JunctionModel, ParameterValue } from "../model.ts";
import { suggestName } from "../nearestName.ts";
import { fillParameters, numberOf, ParameterError } from "./parameters.ts";
import { CONDUCTANCE_STATE, makeRelaxer } from "../engines/relaxation.ts";

/**
 * Simple volatile memristor with any activation: i = g v, dg/dt = (g_0 r(v) - g) / tau.
 * Robin et al. 2023, 10.1126/science.adc9931 (eq. 4 is its kernel form).
 *
 *   g_0   S      conductance_S
 *   tau   s      tau_s
 *   r     -      activation: linear 1 + s v | quadratic 1 + b v^2 | table, linear between its points and flat outside
 *   s     1/V    slope_perV
 *   b     1/V^2  coefficient_perV2
 *
 * r is cut at 0: the straight line would make the junction active. Temperature does not act: no mechanism is assumed.
 */
export const svm: JunctionModel = {
  name: "svm",
  aliases: ["simple-volatile-memristor"],
  title: "Simple volatile memristor",
  summary: "Conductance relaxes to g_0 r(v) with one time constant; r is a line, a parabola or a measured table.",
  source: "10.1126/science.adc9931",
  grade: "quantitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-10, 10],
  states: [CONDUCTANCE_STATE],
  parameters: [
    {
      name: "conductance_S",
      unit: "S",
      description: "conductance g_0 that the activation multiplies",
      default: 1e-9,
      range: [0, 1],
      provenance: "default of ours",
      source: "scale only",
    },
    {
      name: "tau_s",
      unit: "s",
      description: "relaxation time; the loop is largest at omega tau = 1 (asymmetric) or 1/2 (symmetric r)",
      default: 1,
      range: [1e-12, 1e9],
      provenance: "default of ours",
      source: "scale only",
    },
    {
      name: "activation",
      unit: "",
      description:
        "{kind: linear, slope_perV} | {kind: quadratic, coefficient_perV2} | {kind: table, voltage_V, ratio}",
      default: { kind: "linear", slope_perV: -0.3 },
      provenance: "default of ours",
      source: "moderate rectification, r(-1 V) / r(1 V) = 1.86",
    },
  ],

  resolve(given, environment) {
    const parameters = fillParameters(svm, given);
    return makeRelaxer({
      model: svm,
      parameters,
      environment,
      derived: {},
      zeroConductance_S: numberOf(parameters, "conductance_S"),
      tau_s: numberOf(parameters, "tau_s"),
      ratio: makeActivation(parameters.activation),
    });
  },
};

const KEYS = {
  linear: ["slope_perV"],
  quadratic: ["coefficient_perV2"],
  table: ["voltage_V", "ratio"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** @throws ParameterError for another shape than the three kinds */
function makeActivation(activation: ParameterValue): (voltage_V: number) => number {
  if (typeof activation === "number") return fail(`is ${activation}, expected a record with a kind`);
  const { kind } = activation;
  if (kind !== "linear" && kind !== "quadratic" && kind !== "table")
    return fail(`has kind "${String(kind)}", ${suggestName(String(kind), Object.keys(KEYS))}`);
  const allowed: readonly string[] = KEYS[kind];
  for (const key of Object.keys(activation))
    if (key !== "kind" && !allowed.includes(key)) fail(`of kind ${kind} has no "${key}", ${suggestName(key, allowed)}`);
  if (kind === "linear") {
    const slope = coefficientOf(activation, "slope_perV");
    return (v) => Math.max(0, 1 + slope * v);
  }
  if (kind === "quadratic") {
    const coefficient = coefficientOf(activation, "coefficient_perV2");
    return (v) => Math.max(0, 1 + coefficient * v * v);
  }
  const voltage = listOf(activation, "voltage_V");
  const ratio = listOf(activation, "ratio");
  if (voltage.length !== ratio.length)
    fail(`table has ${voltage.length} voltages and ${ratio.length} ratios, they must be equal`);
  for (let k = 0; k < voltage.length; k++) {
    if (k > 0 && !(voltage[k] > voltage[k - 1]))
      fail(`table: voltage_V[${k}] is ${voltage[k]}, must be above ${voltage[k - 1]}`);
    if (ratio[k] < 0) fail(`table: ratio[${k}] is ${ratio[k]}, allowed are values from 0`);
  }
  return (v) => interpolate(voltage, ratio, v);
}

/** Linear between the points, flat outside. */
function interpolate(x: Float64Array, y: Float64Array, at: number): number {
  let low = 0;
  let high = x.length - 1;
  if (at <= x[low]) return y[low];
  if (at >= x[high]) return y[high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= at) low = middle;
    else high = middle;
  }
  return y[low] + ((y[high] - y[low]) * (at - x[low])) / (x[high] - x[low]);
}

function coefficientOf(activation: Readonly<Record<string, unknown>>, key: string): number {
  const value = activation[key];
  if (typeof value !== "number" || !Number.isFinite(value))
    return fail(`needs ${key}, a finite number, found ${String(value)}`);
  return value;
}

function listOf(activation: Readonly<Record<string, unknown>>, key: string): Float64Array {
  const list = activation[key];
  if (
    !Array.isArray(list) ||
    list.length < 1 ||
    !list.every((value) => typeof value === "number" && Number.isFinite(value))
  )
    return fail(`table needs ${key}, a list of finite numbers`);
  return Float64Array.from(list);
}

function fail(message: string): never {
  throw new ParameterError("activation", `svm: activation ${message}`);
}
