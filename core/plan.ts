import type { Capabilities, Reading, Products } from "./arrayBackend.ts";
import type { Grid } from "./crossbar/grid.ts";
import { DoseBook } from "./doseBook.ts";
import { LimitError, ProtocolError, UnsupportedError } from "./errors.ts";
import { groupLines } from "./limiter/groupLines.ts";
import { Limiter, type StepFigures } from "./limiter/limiter.ts";
import { type ChipLimits, type Limits, limitsInForce } from "./limits.ts";
import { PeakBook } from "./peakBook.ts";
import { type Preview, PreviewMaker } from "./preview.ts";
import type { Protocol, ProtocolContext, Step, StepResult } from "./protocol/protocol.ts";
import { BYTES_PER_SAMPLE } from "./record/bytesPerSample.ts";
import type { Readout, Stimulus } from "./stimulus.ts";

/** More pulses than this are a mistake in a loop, not an experiment, unless somebody says otherwise. */
export const MOST_PULSES = 10_000_000;

/** What a run would do: every step generated and checked with neutral readings, nothing sent. */
export interface Plan {
  readonly steps: number;
  readonly duration_s: number;
  readonly largest_V: number;
  readonly samples: number;
  /** Size of the recorded samples. */
  readonly bytes: number;
  readonly products: number;
  readonly grid: Grid;
  /** The limits in force. */
  readonly limits: Limits;
  readonly perProtocol: readonly ProtocolPlan[];
  /** Integral of |v| dt per junction, row-major, while it was a target and while it was not. */
  readonly selectedDose_Vs: Float64Array;
  readonly halfSelectDose_Vs: Float64Array;
  /** Largest |V| of each junction, row-major. */
  readonly largestJunction_V: Float64Array;
  /** Steps with floating lines: what their junctions see depends on the array and is in no dose. */
  readonly floatingSteps: number;
  /** What operators will be asked to do, and where that is written. */
  readonly prompts: readonly { readonly prompt: string; readonly place: string }[];
}

export interface ProtocolPlan {
  readonly name: string;
  readonly steps: number;
  readonly duration_s: number;
  readonly largest_V: number;
  readonly samples: number;
  readonly products: number;
  readonly preview: Preview;
}

export interface PlanOptions {
  readonly protocols: readonly Protocol[];
  readonly grid: Grid;
  readonly capabilities: Capabilities;
  readonly limits: Limits;
  readonly chip?: ChipLimits;
  readonly seed: number;
  /** Where each protocol stands in its file ("x.yaml:12:5"), for refusals. */
  readonly places?: readonly string[];
  /** Refused above it; Infinity lets everything pass. */
  readonly mostPulses?: number;
  /** What the array itself would refuse of a stimulus: `rehearse` of ArrayBackend. */
  readonly rehearse?: ((stimulus: Stimulus, readout: Readout) => void) | undefined;
}

/**
 * Generates and checks every step of a run without an array.
 * @throws LimitError | UnsupportedError | ProtocolError for the first step that would be refused
 */
export function planProtocols(options: PlanOptions): Plan {
  const {
    protocols,
    grid,
    capabilities,
    limits,
    chip,
    seed,
    places = [],
    mostPulses = MOST_PULSES,
    rehearse,
  } = options;
  const inForce = limitsInForce(limits, capabilities, chip);
  const limiter = new Limiter(grid, capabilities, inForce);
  const dose = new DoseBook(grid, { above_V: inForce.dwellAbove_V, duty: inForce.duty });
  const peaks = new PeakBook(grid, { above_V: inForce.dwellAbove_V, duty: inForce.duty });
  let steps = 0;
  let pulses = 0;
  const prompts: Plan["prompts"][number][] = [];
  refuseTooMany(protocols, { grid, capabilities, limits: inForce, seed, planning: true }, places, mostPulses);
  const perProtocol = protocols.map((protocol, index): ProtocolPlan => {
    const total = { steps: 0, duration_s: 0, largest_V: 0, samples: 0, products: 0 };
    const preview = new PreviewMaker();
    const generator = protocol.steps({ grid, capabilities, limits: inForce, seed, planning: true });
    let result: StepResult;
    for (;;) {
      const { done, value: step } = generator.next(result);
      if (done) break;
      steps += 1;
      pulses += countPulses(step, grid);
      if (pulses > mostPulses)
        throw new ProtocolError(
          { file: protocol.name, line: 0, column: 0, path: "" },
          `${placeOf(places, index)}the protocols expand to more than ${mostPulses} pulses; --many-pulses (mostPulses in a script) allows that`,
        );
      const where = describeStep(protocol, total.steps, step, places[index]);
      const figures = limiter.judge(step, where);
      if (step.kind === "apply" && rehearse) naming(where, () => rehearse(step.stimulus, step.readout));
      total.steps++;
      total.duration_s += figures.duration_s;
      total.largest_V = Math.max(total.largest_V, figures.largest_V);
      total.samples += figures.samples;
      total.products += figures.products;
      if (step.kind === "mark" && step.prompt)
        prompts.push({ prompt: step.label, place: step.place ?? places[index] ?? protocol.name });
      if (step.kind === "apply") {
        dose.add(step.stimulus);
        peaks.add(step.stimulus);
        preview.add(step);
      } else if (step.kind === "multiply") {
        dose.addVectors(step);
        peaks.addVectors(step);
      }
      result = neutralResult(step, figures, grid);
    }
    // one at a time: they follow upon readings, not upon one another
    for (const step of protocol.extremes?.({ grid, capabilities, limits: inForce, seed }) ?? [])
      new Limiter(grid, capabilities, inForce).judge(step, describeStep(protocol, total.steps, step, places[index]));
    return { name: protocol.name, ...total, preview: preview.finish() };
  });
  const sum = (of: (part: ProtocolPlan) => number) => perProtocol.reduce((total, part) => total + of(part), 0);
  const samples = sum((part) => part.samples);
  return {
    steps,
    duration_s: sum((part) => part.duration_s),
    largest_V: perProtocol.reduce((largest, part) => Math.max(largest, part.largest_V), 0),
    samples,
    bytes: samples * BYTES_PER_SAMPLE,
    products: sum((part) => part.products),
    grid,
    limits: inForce,
    perProtocol,
    selectedDose_Vs: dose.selected_Vs,
    halfSelectDose_Vs: dose.halfSelect_Vs(),
    largestJunction_V: peaks.largest_V,
    floatingSteps: dose.floatingSteps,
    prompts,
  };
}

/**
 * Refuses what is too much before a step of it is made: each costs time that grows with the lines of the array, and 10^7 of
 * them on thousands of lines would take hours.
 */
function refuseTooMany(
  protocols: readonly Protocol[],
  context: ProtocolContext,
  places: readonly string[],
  mostPulses: number,
): void {
  let fewest = 0;
  for (const [index, protocol] of protocols.entries()) {
    fewest += protocol.fewestSteps?.(context) ?? 0;
    if (fewest <= mostPulses) continue;
    const advice = protocol.name === "read-map" ? ", or whole: true or parallel: true, which read many together" : "";
    throw new ProtocolError(
      { file: protocol.name, line: 0, column: 0, path: "" },
      `${placeOf(places, index)}${protocol.name} on ${context.grid.rows} x ${context.grid.columns} junctions brings the run to ${fewest} steps or more, allowed are ${mostPulses} pulses; choose fewer cells${advice}; --many-pulses (mostPulses in a script) allows that`,
    );
  }
}

/** The array knows the lines that it would drive, not the step. */
function naming(where: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (error instanceof LimitError)
      throw new LimitError(error.quantity, error.asked, error.allowed, [where, error.where].filter(Boolean).join(", "));
    if (error instanceof UnsupportedError) throw new UnsupportedError(error.capability, `${where}: ${error.message}`);
    throw error;
  }
}

const placeOf = (places: readonly string[], index: number) => (places[index] === undefined ? "" : `${places[index]}: `);

/** "x.yaml:12:5: iv-sweep step 3 (r0 c1, 40 Hz)", for messages. */
export function describeStep(protocol: Protocol, number: number, step: Step, place?: string): string {
  const label = step.label === "" ? "" : ` (${step.label})`;
  const at = step.place ?? place;
  return `${at === undefined ? "" : `${at}: `}${protocol.name} step ${number}${label}`;
}

/** Pieces of the longest waveform of a step, or its read vectors; at least 1, so that endless protocols end. */
function countPulses(step: Step, { rows }: Grid): number {
  if (step.kind === "mark") return 1;
  if (step.kind === "multiply") return Math.max(1, step.inputs_V.length / rows);
  let most = 1;
  for (const drives of [step.stimulus.rows, step.stimulus.columns])
    for (const drive of groupLines(drives).keys()) if (drive !== "floating" && drive.length > most) most = drive.length;
  return most;
}

/** What an array of no conductance would answer, for protocols that decide by readings. */
function neutralResult(step: Step, { duration_s }: StepFigures, { rows }: Grid): Reading | Products | undefined {
  if (step.kind === "mark") return undefined;
  const { columns } = step.readout;
  const zeros = (length: number) => new Float64Array(length);
  if (step.kind === "multiply") {
    const current_A = zeros((step.inputs_V.length / rows) * columns.length);
    return { startTime_s: 0, endTime_s: duration_s, columns, overloads: 0, current_A, method: "direct" };
  }
  const windows = step.readout.windows.map(({ label = "" }) => ({
    label,
    voltage_V: zeros(columns.length),
    current_A: zeros(columns.length),
    samples: 0,
    overload: false,
  }));
  return { startTime_s: 0, endTime_s: duration_s, columns, overloads: 0, windows, samples: 0, lost: 0 };
}
