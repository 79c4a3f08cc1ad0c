import type { Capabilities } from "../../core/arrayBackend.ts";
import { checkHold } from "../../core/checkHold.ts";
import type { Grid } from "../../core/crossbar/grid.ts";
import { makeErrorAt } from "../../core/document.ts";
import { EmulatedArray } from "../../core/emulated/emulatedArray.ts";
import { CrossporeError } from "../../core/errors.ts";
import type { Diagnostic, PlanCard } from "../../core/labMessages/protocols.ts";
import { type Limits, strictest } from "../../core/limits.ts";
import { MOST_PULSES, type Plan, planProtocols } from "../../core/plan.ts";
import { formatPlan } from "../../core/planText.ts";
import { predictRun } from "../../core/predictRun.ts";
import { type Experiment, loadExperiment } from "../../core/protocol/experiment.ts";
import { PROTOCOLS } from "../../core/protocol/library/index.ts";
import { startingPoint } from "../../core/protocol/startingPoint.ts";
import { planFigure } from "../../core/report/planFigure.ts";
import { FIRST_EXPERIMENT } from "../firstMinute.ts";
import { describeFailure } from "../refusal.ts";

/** An array of the service, as far as a plan asks. */
export interface PlanTarget {
  readonly name: string;
  readonly grid: Grid;
  readonly capabilities: Capabilities;
  /** In force there. */
  readonly limits: Limits;
  /** Junction model of an emulated array, "" otherwise. */
  readonly model: string;
  readonly canHold: boolean;
}

export interface PlanRequest {
  readonly text: string;
  readonly file: string;
  readonly target: PlanTarget | null;
  readonly seed?: number;
  readonly manyPulses?: boolean;
}

/** Points of a preview; the figure has all that a page needs, this is for the page's own drawing. */
const PREVIEW_POINTS = 600;

export function checkText({ text, file }: { readonly text: string; readonly file: string }) {
  try {
    const { name, protocols } = loadExperiment(text, file);
    return { diagnostics: [], name, protocols: protocols.map((protocol) => protocol.name) };
  } catch (error) {
    return { diagnostics: diagnose(error, "text"), name: null, protocols: [] };
  }
}

/**
 * The plan of a text on an array, for whoever runs it.
 * @throws ProtocolError | LimitError | UnsupportedError for the first step that would be refused
 */
export function planText(request: PlanRequest): { readonly plan: Plan; readonly experiment: Experiment } {
  const { text, file, target, manyPulses = false } = request;
  const experiment = loadExperiment(text, file);
  const { protocols, chip, places, hold_V, array: config } = experiment;
  const seed = request.seed ?? experiment.seed;
  if (target) checkGrid(request, target, config);
  const own = target ?? describeOwn(experiment, seed);
  const { grid, capabilities } = own;
  const limits = strictest(own.limits, experiment.limits);
  const mostPulses = manyPulses ? Infinity : MOST_PULSES;
  const plan = planProtocols({ grid, capabilities, protocols, limits, chip, seed, places, mostPulses });
  checkHold(hold_V, { capabilities, ...(own.canHold && { hold: async () => undefined }) }, plan.limits);
  return { plan, experiment };
}

/** Everything an editor shows of a text on an array. */
export async function planCard(request: PlanRequest & { readonly predict?: boolean }) {
  const diagnostics: Diagnostic[] = [];
  let planned: ReturnType<typeof planText>;
  try {
    planned = planText(request);
  } catch (error) {
    return { diagnostics: diagnose(error, stageOf(request)), plan: null, prediction: null };
  }
  const { plan, experiment } = planned;
  const { target } = request;
  if (target && target.model !== "" && target.model !== experiment.array.junction.model)
    diagnostics.push({
      severity: "warning",
      ...placeOf(request, ["array", "junction", "model"]),
      message: `the text describes ${experiment.array.junction.model}, the array "${target.name}" has ${target.model}`,
      stage: "plan",
    });
  const prediction = request.predict ? await predict(request, experiment, diagnostics) : null;
  return { diagnostics, plan: describePlan(plan, experiment), prediction };
}

/** An experiment made for the first array, where the grid is its own, then every protocol of the library. */
export function listTemplates({ grid }: { readonly grid: Grid | null }) {
  const fit = (text: string) =>
    grid
      ? text
          .replace(/^ {2}rows: 4 /m, `  rows: ${grid.rows} `)
          .replace(/^ {2}columns: 4 /m, `  columns: ${grid.columns} `)
      : text;
  return {
    templates: [
      ...(grid?.rows === 16 && grid.columns === 16 ? [FIRST_EXPERIMENT] : []),
      ...Object.entries(PROTOCOLS).map(([name, { definition }]) => ({
        name,
        title: definition.title,
        description: definition.summary,
        text: fit(startingPoint(name)),
      })),
    ],
  };
}

async function predict(request: PlanRequest, experiment: Experiment, diagnostics: Diagnostic[]) {
  const { array, protocols, limits, chip, places } = experiment;
  const seed = request.seed ?? experiment.seed;
  try {
    const predicted = await predictRun({ array, protocols, limits, chip, seed, places });
    const { steps, duration_s, samples, overloads, largestCurrent_A, column, energy_J, complianceShare } = predicted;
    const { tripped = null } = predicted;
    if (tripped !== null)
      diagnostics.push({ severity: "warning", line: 0, column: 0, field: "", message: tripped, stage: "prediction" });
    return { steps, duration_s, samples, overloads, largestCurrent_A, column, energy_J, complianceShare, tripped };
  } catch (error) {
    diagnostics.push(...diagnose(error, "prediction"));
    return null;
  }
}

function describePlan(plan: Plan, experiment: Experiment): PlanCard {
  const { steps, duration_s, largest_V, samples, bytes, products, floatingSteps, prompts, grid } = plan;
  return {
    name: experiment.name,
    grid,
    steps,
    duration_s,
    largest_V,
    samples,
    bytes,
    products,
    floatingSteps,
    prompts,
    perProtocol: plan.perProtocol.map(({ preview, ...part }, index) => {
      const line = Number(/:(\d+):\d+$/.exec(experiment.places[index] ?? "")?.[1] ?? 0);
      const every = Math.max(1, Math.ceil(preview.voltage_V.length / PREVIEW_POINTS));
      const kept = [...preview.voltage_V.keys()].filter((k) => k % every === 0);
      const step_s = preview.duration_s / Math.max(1, preview.voltage_V.length - 1);
      return {
        ...part,
        line,
        preview: {
          time_s: kept.map((k) => k * step_s),
          voltage_V: kept.map((k) => preview.voltage_V[k] ?? Number.NaN),
          duration_s: preview.duration_s,
        },
      };
    }),
    largestJunction_V: [...plan.largestJunction_V],
    selectedDose_Vs: [...plan.selectedDose_Vs],
    halfSelectDose_Vs: [...plan.halfSelectDose_Vs],
    text: formatPlan(plan),
    figure_svg: planFigure(plan, experiment.name),
  };
}

function describeOwn({ array: config, limits }: Experiment, seed: number): PlanTarget {
  const { grid, capabilities, kernel } = new EmulatedArray(config, { seed });
  return { name: "", grid, capabilities, limits, model: kernel.model.name, canHold: false };
}

/** @throws ProtocolError at `array.rows` or `array.columns` of the text */
function checkGrid({ text, file }: PlanRequest, { name, grid }: PlanTarget, own: Grid): void {
  for (const side of ["rows", "columns"] as const)
    if (own[side] !== grid[side])
      throw makeErrorAt(text, file)(
        ["array", side],
        `the text is for ${own.rows} x ${own.columns} junctions, the array "${name}" has ${grid.rows} x ${grid.columns}; write ${grid[side]}, or choose another array`,
      );
}

/** A mistake in the text itself, or in what it would do. */
function stageOf({ text, file }: PlanRequest): Diagnostic["stage"] {
  return checkText({ text, file }).diagnostics.length > 0 ? "text" : "plan";
}

function placeOf({ text, file }: PlanRequest, path: readonly PropertyKey[]) {
  const { line, column } = makeErrorAt(text, file)(path, "");
  return { line, column, field: path.join(".") };
}

/** @throws whatever is no error of a user */
function diagnose(error: unknown, stage: Diagnostic["stage"]): Diagnostic[] {
  if (!(error instanceof CrossporeError) && !(error instanceof RangeError)) throw error;
  const { message, line, column, field, file } = describeFailure(error);
  const prefix = `${file}:${line}:${column}: `;
  const sentence = file !== "" && message.startsWith(prefix) ? message.slice(prefix.length) : message;
  return [{ severity: "error", line, column, field, message: sentence, stage }];
}
