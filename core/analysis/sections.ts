import type { Grid } from "../crossbar/grid.ts";
import type { RunData } from "../record/runData.ts";
import { collectMap, collectPairs, collectStates, collectTrains, describeProducts } from "./collect.ts";
import type { ConductanceMap, MapStatistics } from "./conductanceMap.ts";
import { readExperiment } from "./experiments/index.ts";
import type { ExperimentPanel, ExperimentResult } from "./experiments/experiment.ts";
import { type Cycle, type IvMetrics, lastCycle, measureCycle } from "./iv.ts";
import { classifyLoop, loopArea, type LoopStyle } from "./loop.ts";
import type { PairedPulseResult } from "./pairedPulse.ts";
import type { PlasticityResult } from "./plasticity.ts";
import type { ReservoirResult } from "./reservoir.ts";
import { numberTag, type ProtocolSteps, type RunStep } from "./runSteps.ts";
import { gatherTraces } from "./trace.ts";
import type { ProductErrors } from "./vmm.ts";

interface Section {
  /** Index into the experiment's protocol list, and the protocol's name. */
  readonly protocol: number;
  readonly name: string;
  /** What could not be used and why, for people. */
  readonly notes: readonly string[];
}

export interface LoopMetrics extends IvMetrics {
  readonly step: number;
  readonly row: number;
  readonly column: number;
  readonly frequency_Hz: number;
  readonly loopAreaPositive_W: number;
  readonly loopAreaNegative_W: number;
  readonly loopStyle: LoopStyle;
  readonly samples: number;
  readonly lost: number;
  readonly overloads: number;
}

export interface LoopSection extends Section {
  readonly kind: "loops";
  readonly loops: readonly LoopMetrics[];
}

export interface Train extends PlasticityResult {
  readonly row: number;
  readonly column: number;
  readonly read_V: number;
  /** Conductance per read, the first before any pulse where the protocol reads it; NaN where lost. */
  readonly potentiation_S: readonly number[];
  readonly depression_S: readonly number[];
}

export interface PlasticitySection extends Section {
  readonly kind: "plasticity";
  readonly trains: readonly Train[];
}

export interface PairSection extends Section {
  readonly kind: "pairs";
  readonly junctions: readonly ({ readonly row: number; readonly column: number } & PairedPulseResult)[];
}

export interface MapSection extends Section {
  readonly kind: "map";
  readonly read_V: number;
  /** rows x columns; NaN where nothing was read. */
  readonly conductance_S: readonly (readonly number[])[];
  readonly statistics: MapStatistics;
}

export interface ProductSection extends Section {
  readonly kind: "products";
  readonly vectors: number;
  readonly largest_V: number;
  /** What the products are compared with. */
  readonly reference: "conductances of the experiment" | "read map of this run" | null;
  /** null where the protocol knew no ideal product. */
  readonly errors: ProductErrors | null;
}

export interface ReservoirSection extends Section {
  readonly kind: "reservoir";
  /** Conductance where the read voltage is known, current otherwise. */
  readonly unit: "S" | "A";
  /** One ladder per junction; where each train went to a junction of its own, one ladder over all of them. */
  readonly ladders: readonly ({ readonly where: string } & ReservoirResult)[];
}

/** Figures as data, results per junction: protocols that are read by `experiments/`. */
export interface ExperimentSection extends Section {
  readonly kind: "experiment";
  readonly panels: readonly ExperimentPanel[];
  readonly results: readonly ExperimentResult[];
}

/** Steps of roles that no analysis knows. */
export interface StepSection extends Section {
  readonly kind: "steps";
  readonly roles: readonly { readonly role: string; readonly steps: number; readonly finished: number }[];
}

export type AnalysisSection =
  | LoopSection
  | PlasticitySection
  | PairSection
  | MapSection
  | ProductSection
  | ReservoirSection
  | ExperimentSection
  | StepSection;

/** A sweep of the run with the samples of its last cycle, for plots and metrics. */
export interface SweptLoop {
  readonly step: number;
  readonly row: number;
  readonly column: number;
  readonly frequency_Hz: number;
  readonly cycle: Cycle;
  /** False for an imported sweep whose file holds no times: nothing that depends on time is known. */
  readonly timed: boolean;
  readonly lost: number;
  readonly overloads: number;
}

/** Last cycles of the sweeps among these steps, one step in memory at a time; `note` hears what was left out. */
export function* sweptLoops(
  run: RunData,
  steps: readonly RunStep[],
  note: (text: string) => void = () => {},
): Generator<SweptLoop> {
  for (const { intended } of steps) {
    const traces = gatherTraces(run, intended.step);
    if (traces.length === 0) note(`step ${intended.step} (${intended.label}) left no samples`);
    const row = numberTag(intended, "row") ?? intended.targets[0]?.row ?? 0;
    const asked = numberTag(intended, "column");
    const cycles = Math.max(1, Math.round(numberTag(intended, "cycles") ?? 1));
    const frequency_Hz = numberTag(intended, "frequency_Hz") ?? cycles / intended.duration_s;
    for (const trace of traces) {
      if (asked !== undefined && trace.column !== asked) continue;
      const samplesPerCycle = 1 / (frequency_Hz * trace.samplePeriod_s);
      try {
        const cycle = lastCycle(trace, samplesPerCycle, cycles);
        yield {
          step: intended.step,
          row,
          column: trace.column,
          frequency_Hz,
          cycle,
          timed: intended.tags.times !== "unknown",
          lost: trace.lost,
          overloads: trace.overloads,
        };
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        note(`step ${intended.step} (${intended.label}): ${error.message}`);
      }
    }
  }
}

/** Conductances of the latest map among some sections, the ideal that products without one are compared with. */
export function latestMap(sections: readonly AnalysisSection[], grid: Grid): ConductanceMap | undefined {
  const section = sections.findLast((candidate) => candidate.kind === "map");
  if (section?.kind !== "map") return undefined;
  const conductance_S = Float64Array.from(section.conductance_S.flat());
  return { grid, conductance_S, reads: Uint32Array.from(conductance_S, (g) => (Number.isNaN(g) ? 0 : 1)) };
}

/** Every section of one protocol. Nothing is skipped silently: what cannot be used becomes a note. */
export function analyseProtocol(
  run: RunData,
  group: ProtocolSteps,
  grid: Grid,
  map?: ConductanceMap,
): AnalysisSection[] {
  const by = (role: string) =>
    group.steps.filter((step) => step.intended.role === role && step.intended.action === "apply");
  const sections: AnalysisSection[] = [];
  const base = { protocol: group.protocol, name: group.name };
  const used = new Set<RunStep>();
  const take = (steps: readonly RunStep[]) => {
    for (const step of steps) used.add(step);
    const unknown = steps.filter((step) => !step.reading && !step.products).length;
    return unknown === 0
      ? []
      : [`${unknown} of ${steps.length} steps have no outcome: their effect on the junctions is unknown`];
  };

  const sweeps = by("sweep");
  if (sweeps.length > 0) {
    const notes = take(sweeps);
    const loops = [...sweptLoops(run, sweeps, (text) => notes.push(text))].map(measureLoop);
    sections.push({ kind: "loops", ...base, notes, loops });
  }

  const trainReads = by("read").filter((step) => step.intended.tags.phase !== undefined);
  if (trainReads.length > 0) {
    const notes = take([...by("pulse"), ...trainReads]);
    sections.push({ kind: "plasticity", ...base, notes, trains: collectTrains(trainReads) });
  }

  // single reads, or products of unit vectors
  const mapReads = group.steps.filter(
    ({ intended: { role, action, tags } }) => role === "read" && (action === "multiply" || tags.phase === undefined),
  );
  if (mapReads.length > 0) {
    const notes = take(mapReads);
    sections.push({ kind: "map", ...base, notes, ...collectMap(mapReads, grid, notes) });
  }

  const pairs = by("pair");
  if (pairs.length > 0) sections.push({ kind: "pairs", ...base, notes: take(pairs), junctions: collectPairs(pairs) });

  const trains = by("train");
  if (trains.length > 0) sections.push({ kind: "reservoir", ...base, notes: take(trains), ...collectStates(trains) });

  // rows driven one by one tell about the lines, and are read as an experiment
  const products = group.steps.filter(
    ({ intended }) => intended.action === "multiply" && !["row-product", "read"].includes(intended.role),
  );
  if (products.length > 0) {
    const notes = take(products);
    sections.push({ kind: "products", ...base, notes, ...describeProducts(products, notes, map) });
  }

  const experiment = readExperiment(run, group);
  if (experiment) {
    const { panels, results, notes } = experiment;
    sections.push({
      kind: "experiment",
      ...base,
      panels,
      results,
      notes: [...take(group.steps.filter((step) => !used.has(step))), ...notes],
    });
  }

  const left = group.steps.filter((step) => !used.has(step));
  const roles = [...new Set(left.map((step) => step.intended.role))]
    .map((role) => {
      const steps = left.filter((step) => step.intended.role === role);
      return { role, steps: steps.length, finished: steps.filter((step) => step.reading ?? step.products).length };
    })
    // rests and resets prepare what the other sections show; alone they are all there is to say
    .filter(({ role }) => sections.length === 0 || !PREPARING.has(role));
  if (roles.length > 0) sections.push({ kind: "steps", ...base, notes: [], roles });
  return sections;
}

const PREPARING: ReadonlySet<string> = new Set(["rest", "reset", "pulse", "prepare", "hold"]);

function measureLoop(loop: SweptLoop): LoopMetrics {
  const { cycle, timed, ...rest } = loop;
  const area = loopArea(cycle.voltage_V, cycle.current_A);
  return {
    ...rest,
    ...measureCycle(cycle),
    ...(!timed && { frequency_Hz: Number.NaN, energy_J: Number.NaN }),
    loopAreaPositive_W: area.positive_W,
    loopAreaNegative_W: area.negative_W,
    loopStyle: classifyLoop(area),
    samples: cycle.current_A.length,
  };
}
