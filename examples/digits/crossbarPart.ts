import {
  type ColumnCalibration,
  calibrateColumns,
  compensateDrops,
  type Compensation,
  decodeLogits,
  type DifferentialMapping,
  EmulatedArray,
  expectedCurrents,
  fitColumnCalibration,
  mapDifferential,
  measureAccuracy,
  measureProducts,
  outputLogits,
  readEffective,
  readoutLogits,
  trainOutputReadout,
  trainSoftmax,
} from "crosspore";
import { kclConductivity_S_m, segmentResistance_ohm } from "crosspore/crossbar";
import type { ImageSet } from "./handwriting.ts";

/**
 * Part (a): a softmax readout trained in float, mapped as differential pairs onto an emulated crossbar of ohmic
 * junctions, behind lines of salt water. Same images, same weights, same amplifiers; only the lines differ.
 */
export const CROSSBAR = {
  /** Junctions a nanopore membrane can offer: tens of nanometres in 10 to 100 mM. */
  range_S: [0.5e-9, 5e-9],
  read_V: 0.1,
  pitch_m: 100e-6,
  salt_mM: 100,
  /** Electrode and lead at each driven or sensed end of a line: a default of ours. */
  terminal_ohm: 100e3,
  integration_s: 0.01,
  /** Thirty time constants of the low-pass at 0 V: the images stand in order of their digit, and an amplifier that still remembered the last one would be told the answer. */
  rest_s: 0.005,
  /** White noise of a patch-clamp headstage with a 500 Mohm feedback resistor, sqrt(4 k T / R), rounded up. */
  noise_A_rtHz: 10e-15,
  bandwidth_Hz: 1e3,
  bits: 16,
  ranges_A: [200e-12, 2e-9, 20e-9, 200e-9],
  seed: 1,
} as const;

/** Cross-sections of the channels, metre; the electrolyte is the same. */
export const LINES = [
  { name: "wide", width_m: 100e-6, height_m: 100e-6 },
  { name: "medium", width_m: 50e-6, height_m: 50e-6 },
  { name: "narrow", width_m: 10e-6, height_m: 10e-6 },
] as const;

export interface Accuracies {
  /** Currents decoded with the scale of the mapping, nothing else. */
  readonly asBuilt: number;
  /** One gain and one offset per column. */
  readonly columns: number;
  /** A softmax layer from all columns to the classes. */
  readonly output: number;
  /** Junctions reprogrammed until the terminals see the wanted differences; decoded with one scale for all. */
  readonly compensated: number;
}

export interface LinesResult {
  readonly name: string;
  readonly width_m: number;
  readonly height_m: number;
  readonly segment_ohm: number;
  readonly accuracy: Accuracies;
  /** Effective over programmed conductance, mean over the columns, one per row (image pixels, then bias). */
  readonly transmission: Float64Array;
  readonly compensation: Omit<Compensation, "mapping">;
  readonly range_A: number;
  readonly largestCurrent_A: number;
  readonly overloads: number;
  /** Test images x classes. */
  readonly logits: { readonly asBuilt: Float64Array; readonly compensated: Float64Array };
}

export interface CrossbarResult {
  readonly side: number;
  readonly rows: number;
  readonly columns: number;
  readonly trainingImages: number;
  readonly testImages: number;
  readonly iterations: number;
  readonly float: number;
  readonly floatTraining: number;
  /** No lines, no amplifier. */
  readonly ideal: number;
  /** Largest |logit of the ideal array - float logit| over the largest |float logit|. */
  readonly idealError: number;
  /** No lines, but noise, low-pass and converter. */
  readonly amplified: number;
  readonly lines: readonly LinesResult[];
  readonly floatLogits: Float64Array;
}

export async function runCrossbarPart(
  training: ImageSet,
  test: ImageSet,
  tell: (text: string) => void,
): Promise<CrossbarResult> {
  tell(`training on ${training.labels.length} images of ${training.side} x ${training.side}`);
  const readout = trainSoftmax(training, { classes: 10, l2: 5e-4, iterations: 150, tolerance: 1e-4 });
  const floatLogits = readoutLogits(readout, test.features);
  const mapping = mapDifferential(readout, { range_S: CROSSBAR.range_S, read_V: CROSSBAR.read_V });
  const expected_A = expectedCurrents(mapping, training.features);

  tell("reading the test images through ideal lines");
  await using ideal = makeArray(mapping, 0, undefined);
  const idealLogits = decodeLogits(mapping, (await measureProducts(ideal, mapping, test.features)).current_A);
  await using amplified = makeArray(mapping, 0, amplifierRange(expected_A));
  const amplifiedProducts = await measureProducts(amplified, mapping, test.features, CROSSBAR);

  const lines: LinesResult[] = [];
  for (const geometry of LINES) lines.push(await runLines(geometry, mapping, training, test, expected_A, tell));

  return {
    side: training.side,
    rows: mapping.inputs + 1,
    columns: 2 * mapping.classes,
    trainingImages: training.labels.length,
    testImages: test.labels.length,
    iterations: readout.iterations,
    float: measureAccuracy(floatLogits, test.labels),
    floatTraining: measureAccuracy(readoutLogits(readout, training.features), training.labels),
    ideal: measureAccuracy(idealLogits, test.labels),
    idealError: largest(idealLogits.map((z, k) => z - (floatLogits[k] ?? NaN))) / largest(floatLogits),
    amplified: measureAccuracy(decodeLogits(mapping, amplifiedProducts.current_A), test.labels),
    lines,
    floatLogits,
  };
}

/** Resistance of one segment of a line, from electrolyte and geometry. */
export function lineSegment_ohm(geometry: { readonly width_m: number; readonly height_m: number }): number {
  return segmentResistance_ohm({
    length_m: CROSSBAR.pitch_m,
    width_m: geometry.width_m,
    height_m: geometry.height_m,
    conductivity_S_m: kclConductivity_S_m(CROSSBAR.salt_mM),
  });
}

async function runLines(
  geometry: (typeof LINES)[number],
  mapping: DifferentialMapping,
  training: ImageSet,
  test: ImageSet,
  expected_A: Float64Array,
  tell: (text: string) => void,
): Promise<LinesResult> {
  const segment_ohm = lineSegment_ohm(geometry);
  // what a lab finds by turning the range switch: a first look at the training images without any limit
  await using probe = makeArray(mapping, segment_ohm, undefined);
  const range_A = amplifierRange((await measureProducts(probe, mapping, training.features, CROSSBAR)).current_A);
  await using array = makeArray(mapping, segment_ohm, range_A);
  const columns = 2 * mapping.classes;

  tell(`${geometry.name} lines: reading ${test.labels.length} test and ${training.labels.length} training images`);
  const measured = await measureProducts(array, mapping, test.features, CROSSBAR);
  const trained = await measureProducts(array, mapping, training.features, CROSSBAR);
  const transmission = meanTransmission(await readEffective(array, CROSSBAR.read_V, CROSSBAR), mapping);
  const calibration: ColumnCalibration = fitColumnCalibration(trained.current_A, expected_A, columns);
  const output = trainOutputReadout(trained.current_A, training.labels, mapping.classes);

  tell(`${geometry.name} lines: programming against the drops`);
  const compensation = await compensateDrops(array, mapping, (map) => array.setConductance_S(map), CROSSBAR);
  const { mapping: compensated, ...report } = compensation;
  const compensatedProducts = await measureProducts(array, compensated, test.features, CROSSBAR);

  const logits = {
    asBuilt: decodeLogits(mapping, measured.current_A),
    compensated: decodeLogits(compensated, compensatedProducts.current_A),
  };
  return {
    ...geometry,
    segment_ohm,
    accuracy: {
      asBuilt: measureAccuracy(logits.asBuilt, test.labels),
      columns: measureAccuracy(decodeLogits(mapping, calibrateColumns(calibration, measured.current_A)), test.labels),
      output: measureAccuracy(outputLogits(output, measured.current_A), test.labels),
      compensated: measureAccuracy(logits.compensated, test.labels),
    },
    transmission,
    compensation: report,
    range_A,
    largestCurrent_A: largest(measured.current_A),
    overloads: measured.overloads + trained.overloads + compensatedProducts.overloads,
    logits,
  };
}

function makeArray(mapping: DifferentialMapping, segment_ohm: number, range_A: number | undefined): EmulatedArray {
  const terminal_ohm = segment_ohm === 0 ? 0 : CROSSBAR.terminal_ohm;
  const { noise_A_rtHz, bandwidth_Hz, bits } = CROSSBAR;
  const config = {
    rows: mapping.inputs + 1,
    columns: 2 * mapping.classes,
    junction: { model: "ohmic" },
    lines: {
      rowSegment_ohm: segment_ohm,
      columnSegment_ohm: segment_ohm,
      rowSource_ohm: terminal_ohm,
      columnSense_ohm: terminal_ohm,
    },
    frontEnd: range_A === undefined ? {} : { range_A, noise_A_rtHz, bandwidth_Hz, bits },
    conductance_S: mapping.conductance_S,
  };
  return new EmulatedArray(config, { seed: CROSSBAR.seed });
}

/** Smallest of the ranges of a nanopore amplifier that holds every current. */
function amplifierRange(current_A: Float64Array): number {
  const most_A = largest(current_A);
  return CROSSBAR.ranges_A.find((range_A) => range_A > most_A) ?? most_A * 1.1;
}

function meanTransmission(effective_S: Float64Array, mapping: DifferentialMapping): Float64Array {
  const columns = 2 * mapping.classes;
  return Float64Array.from({ length: mapping.inputs + 1 }, (_, row) => {
    let sum = 0;
    for (let k = row * columns; k < (row + 1) * columns; k++)
      sum += (effective_S[k] ?? 0) / (mapping.conductance_S[k] ?? NaN);
    return sum / columns;
  });
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
