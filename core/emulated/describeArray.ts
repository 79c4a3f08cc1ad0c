import type { JunctionKernel, ParameterValue, Provenance } from "../crossbar/model.ts";
import type { ArrayEffects } from "./arrayEffects.ts";
import { findEffect } from "../crossbar/effects/index.ts";
import { fillParameters } from "../crossbar/models/parameters.ts";
import type { Circuit } from "./circuit.ts";
import type { EmulatedArrayConfig, FrontEndConfig } from "./config.ts";

/** Everything one needs to make the same array again; plain data for the run record. */
export interface ArrayDescription {
  readonly rows: number;
  readonly columns: number;
  readonly seed: number;
  readonly model: {
    readonly name: string;
    readonly grade: "quantitative" | "qualitative";
    readonly source: string;
    readonly validRange_V: readonly [number, number];
  };
  readonly parameters: readonly {
    readonly name: string;
    readonly unit: string;
    readonly value: ParameterValue;
    /** "set by user" where the value is not the model's default. */
    readonly provenance: Provenance | "set by user";
    readonly source: string;
  }[];
  readonly derived: Readonly<Record<string, number>>;
  readonly environment: Readonly<Record<string, number>>;
  readonly lines: {
    readonly rowSegment_ohm: readonly number[];
    readonly columnSegment_ohm: readonly number[];
    readonly rowSource_ohm: readonly number[];
    readonly columnSense_ohm: readonly number[];
  };
  readonly access_ohm: number;
  readonly frontEnd: FrontEndConfig;
  /** Effects that are on, every parameter with its origin, and what became of them so far. */
  readonly effects: readonly {
    readonly name: string;
    readonly source: string;
    readonly parameters: ArrayDescription["parameters"];
    readonly figures: Readonly<Record<string, number>>;
  }[];
  /** How node voltages come about. */
  readonly solver: string;
  /** How products are served; what was done so far once there were any. */
  readonly products: string;
}

export function describeArray(
  config: EmulatedArrayConfig,
  kernel: JunctionKernel,
  circuit: Circuit,
  seed: number,
  effects?: ArrayEffects,
): ArrayDescription {
  const { model } = kernel;
  const given = config.junction.parameters ?? {};
  const { rowSegment_ohm, columnSegment_ohm, rowSource_ohm, columnSense_ohm } = circuit.lines;
  return {
    rows: config.rows,
    columns: config.columns,
    seed,
    model: { name: model.name, grade: model.grade, source: model.source, validRange_V: model.validRange_V },
    parameters: model.parameters.map(({ name, unit, provenance, source, default: preset }) => {
      const value = kernel.parameters[name] ?? preset;
      const set = name in given && given[name] !== preset;
      return { name, unit, value, provenance: set ? "set by user" : provenance, source: set ? "" : source };
    }),
    derived: { ...kernel.derived },
    environment: { ...config.environment },
    lines: {
      rowSegment_ohm: [...rowSegment_ohm],
      columnSegment_ohm: [...columnSegment_ohm],
      rowSource_ohm: [...rowSource_ohm],
      columnSense_ohm: [...columnSense_ohm],
    },
    access_ohm: circuit.access_ohm,
    frontEnd: { ...config.frontEnd },
    effects: (effects?.list ?? []).map(({ name, figures }) => describeEffect(name, config, figures())),
    solver: circuit.solver,
    products: circuit.productStatistics()?.decision ?? describeProducts(kernel, circuit),
  };
}

function describeEffect(
  name: string,
  config: EmulatedArrayConfig,
  figures: Readonly<Record<string, number>>,
): ArrayDescription["effects"][number] {
  const spec = findEffect(name);
  const given = config.effects?.[name] ?? {};
  const filled = fillParameters(spec, given);
  const parameters = spec.parameters.map(({ name: parameter, unit, provenance, source, default: preset }) => {
    const set = parameter in given && given[parameter] !== preset;
    const value = filled[parameter] ?? preset;
    return {
      name: parameter,
      unit,
      value,
      provenance: set ? ("set by user" as const) : provenance,
      source: set ? "" : source,
    };
  });
  return { name, source: spec.source, parameters, figures };
}

function describeProducts(kernel: JunctionKernel, { state }: Circuit): string {
  return kernel.voltageDependent || kernel.timescales(state).min_s !== Infinity
    ? "junctions move while they are read: time steps"
    : "solved directly, compiled to one matrix after ten products of a state, patched while few junctions change";
}
