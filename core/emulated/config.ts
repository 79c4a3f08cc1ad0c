import { ENVIRONMENT_RANGES, type Environment } from "../crossbar/environment.ts";
import type { EffectsConfig } from "../crossbar/effects/index.ts";
import { type Grid, makeGrid } from "../crossbar/grid.ts";
import type { ParameterValue } from "../crossbar/model.ts";

/**
 * What an emulated array is made of. Everything that makes a real array worse than its junctions is off unless asked
 * for: lines without resistance, no access resistance, an amplifier without range, noise, filter or quantisation.
 */
export interface EmulatedArrayConfig {
  readonly rows: number;
  readonly columns: number;
  readonly junction: {
    /** Name or alias of a junction model. */
    readonly model: string;
    readonly parameters?: Readonly<Record<string, ParameterValue>>;
  };
  readonly lines?: LineConfig;
  /** Resistance in series with every junction (pore mouths, electrodes), ohm. */
  readonly access_ohm?: number;
  readonly frontEnd?: FrontEndConfig;
  readonly environment?: Environment;
  /** What the array adds to its junctions, by name (core/crossbar/effects); none unless asked for. */
  readonly effects?: EffectsConfig;
  /**
   * Largest |V| of a line, and between any two driven lines, volt.
   * Absent: the range in which the junction model is valid.
   */
  readonly voltageRange_V?: number;
  /** Initial conductance map, siemens, row by row or rows * columns row-major; for models that can be set. */
  readonly conductance_S?: readonly (readonly number[])[] | Float64Array;
  /** What happens to lines that nobody asked for; "floating" makes products meaningless and `multiply` refuse. */
  readonly unselectedLines?: "biased" | "grounded" | "floating";
}

/** One number for all lines, or one per line. Rows have segments and a source, columns segments and an amplifier. */
export interface LineConfig {
  readonly rowSegment_ohm?: number | readonly number[];
  readonly columnSegment_ohm?: number | readonly number[];
  readonly rowSource_ohm?: number | readonly number[];
  readonly columnSense_ohm?: number | readonly number[];
}

/** The transimpedance amplifier behind every column. */
export interface FrontEndConfig {
  /** Full scale, ampere: currents beyond are clipped and flagged. Absent: unlimited. */
  readonly range_A?: number;
  /** Corner frequency of a single-pole low-pass, hertz. Absent: no filter. */
  readonly bandwidth_Hz?: number;
  /** Resolution of the converter over -range..+range; needs `range_A`. Absent: not quantised. */
  readonly bits?: number;
  /**
   * White input current noise, one-sided density, A/sqrt(Hz). A sample's rms is the density times the root of the
   * noise bandwidth: pi/2 bandwidth_Hz behind the single pole, else the Nyquist frequency 1/(2 samplePeriod_s).
   */
  readonly noise_A_rtHz?: number;
  /** Errors that a calibration finds: shown = polarity gain I + offset. Absent: +1, 1, 0. */
  readonly gain?: number;
  readonly offset_A?: number;
  /** -1: the leads are swapped. */
  readonly polarity?: 1 | -1;
}

/** Resistances with one value per line. */
export interface Lines {
  readonly rowSegment_ohm: Float64Array;
  readonly columnSegment_ohm: Float64Array;
  readonly rowSource_ohm: Float64Array;
  readonly columnSense_ohm: Float64Array;
  /** No resistance anywhere. */
  readonly ideal: boolean;
}

/** @throws RangeError naming the field, what was asked and what is allowed */
export function checkGrid(config: EmulatedArrayConfig): Grid {
  return makeGrid(config.rows, config.columns);
}

/** @throws RangeError naming the field and the line */
export function resolveLines(grid: Grid, lines: LineConfig = {}): Lines {
  const rowSegment_ohm = perLine("lines.rowSegment_ohm", lines.rowSegment_ohm, grid.rows);
  const columnSegment_ohm = perLine("lines.columnSegment_ohm", lines.columnSegment_ohm, grid.columns);
  const rowSource_ohm = perLine("lines.rowSource_ohm", lines.rowSource_ohm, grid.rows);
  const columnSense_ohm = perLine("lines.columnSense_ohm", lines.columnSense_ohm, grid.columns);
  const all = [rowSegment_ohm, columnSegment_ohm, rowSource_ohm, columnSense_ohm];
  const ideal = all.every((values) => values.every((value) => value === 0));
  return { rowSegment_ohm, columnSegment_ohm, rowSource_ohm, columnSense_ohm, ideal };
}

function perLine(name: string, value: number | readonly number[] = 0, count: number): Float64Array {
  if (typeof value !== "number" && value.length !== count)
    throw new RangeError(`${name} has ${value.length} values, allowed are one number or ${count} (one per line)`);
  const values = typeof value === "number" ? new Float64Array(count).fill(value) : Float64Array.from(value);
  values.forEach((ohm, line) => {
    checkNumber(`${name}[${line}]`, ohm, 0, Number.MAX_VALUE);
  });
  return values;
}

/** @throws RangeError naming the field */
export function checkFrontEnd(config: FrontEndConfig): FrontEndConfig {
  const { range_A, bandwidth_Hz, bits, noise_A_rtHz, gain, offset_A, polarity } = config;
  if (gain !== undefined) checkNumber("frontEnd.gain", gain, Number.MIN_VALUE, Number.MAX_VALUE);
  if (offset_A !== undefined) checkNumber("frontEnd.offset_A", offset_A, -Number.MAX_VALUE, Number.MAX_VALUE);
  if (polarity !== undefined && Math.abs(polarity) !== 1)
    throw new RangeError(`frontEnd.polarity is ${String(polarity)}, allowed are 1 and -1`);
  if (range_A !== undefined) checkNumber("frontEnd.range_A", range_A, Number.MIN_VALUE, Number.MAX_VALUE);
  if (bandwidth_Hz !== undefined)
    checkNumber("frontEnd.bandwidth_Hz", bandwidth_Hz, Number.MIN_VALUE, Number.MAX_VALUE);
  if (noise_A_rtHz !== undefined) checkNumber("frontEnd.noise_A_rtHz", noise_A_rtHz, 0, Number.MAX_VALUE);
  if (bits !== undefined) {
    if (!Number.isInteger(bits) || bits < 1 || bits > 32)
      throw new RangeError(`frontEnd.bits is ${bits}, allowed are integers from 1 to 32`);
    if (range_A === undefined)
      throw new RangeError(`frontEnd.bits is ${bits} without frontEnd.range_A, a converter needs a full scale`);
  }
  return config;
}

/** @throws RangeError naming the quantity */
export function checkEnvironment(environment: Environment): Environment {
  for (const name of Object.keys(ENVIRONMENT_RANGES) as (keyof Environment)[]) {
    const value = environment[name];
    if (value !== undefined) checkNumber(`environment.${name}`, value, ...ENVIRONMENT_RANGES[name]);
  }
  return environment;
}

/** Row-major copy of a map given as rows or flat. @throws RangeError naming the row or the junction */
export function flattenMap(grid: Grid, map: readonly (readonly number[])[] | Float64Array): Float64Array {
  const { rows, columns } = grid;
  const flat = map instanceof Float64Array ? Float64Array.from(map) : Float64Array.from(map.flat());
  if (!(map instanceof Float64Array)) {
    if (map.length !== rows) throw new RangeError(`conductance_S has ${map.length} rows, allowed are ${rows}`);
    map.forEach((row, index) => {
      if (row.length !== columns)
        throw new RangeError(`conductance_S[${index}] has ${row.length} values, allowed are ${columns}`);
    });
  }
  if (flat.length !== rows * columns)
    throw new RangeError(`conductance_S has ${flat.length} values, allowed are ${rows * columns}`);
  flat.forEach((value, junction) => {
    checkNumber(`conductance_S[${Math.floor(junction / columns)}][${junction % columns}]`, value, 0, Number.MAX_VALUE);
  });
  return flat;
}

export function checkNumber(name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most))
    throw new RangeError(`${name} is ${value}, allowed are finite numbers from ${least} to ${most}`);
}
