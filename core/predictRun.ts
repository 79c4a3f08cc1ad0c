import type { Capabilities } from "./arrayBackend.ts";
import { DisturbBook, EXPOSURES } from "./disturbBook.ts";
import { runProtocols, type RunOptions } from "./engine.ts";
import { LimitError } from "./errors.ts";
import type { EmulatedArrayConfig } from "./emulated/config.ts";
import { EmulatedArray } from "./emulated/emulatedArray.ts";

/** What the emulated array says that a run will give: the experiment as it is, run to its end. */
export interface Prediction {
  readonly steps: number;
  readonly duration_s: number;
  readonly samples: number;
  readonly overloads: number;
  /** Largest |I| of a sample or product, ampere, and its column. */
  readonly largestCurrent_A: number;
  readonly column: number;
  /** Sum over all junctions, and per junction row-major: integral of G v^2, as the disturb book counts it. */
  readonly energy_J: number;
  readonly junctionEnergy_J: Float64Array;
  /** |I| over the smallest of current limit and amplifier range; 1 and more is a trip or an overload. */
  readonly complianceShare: number;
  /** The limit that ended the prediction before the experiment. */
  readonly tripped?: string;
}

export interface PredictOptions extends Pick<RunOptions, "protocols" | "limits" | "chip" | "places" | "mostPulses"> {
  readonly array: EmulatedArrayConfig;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Runs the experiment on its emulated array; prompts are taken as confirmed. @throws as `runProtocols`, but for trips */
export async function predictRun({ array: config, signal, ...options }: PredictOptions): Promise<Prediction> {
  await using array = new EmulatedArray(config, { seed: options.seed });
  const book = new DisturbBook(array.grid, (into) => array.conductance_S(into));
  let [largest, column, steps, duration_s, samples, overloads] = [0, 0, 0, 0, 0, 0];
  const look = (current: number, of: number) => {
    if (Math.abs(current) > largest) [largest, column] = [Math.abs(current), of];
  };
  let tripped: string | undefined;
  try {
    await runProtocols({
      ...options,
      array,
      book,
      signal: signal ?? new AbortController().signal,
      askOperator: () => Promise.resolve("the prediction"),
      emit: (event) => {
        if (event.kind === "samples") for (const current of event.block.current_A) look(current, event.block.channel);
        if (event.kind === "products-taken") {
          const { current_A, columns } = event.products;
          current_A.forEach((current, k) => look(current, columns[k % columns.length] ?? 0));
        }
        if (event.kind === "run-stopped") ({ steps, samples, overloads, time_s: duration_s } = event);
      },
    });
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    tripped = error.message;
  }
  const junctionEnergy_J = new Float64Array(array.grid.rows * array.grid.columns);
  for (const exposure of EXPOSURES)
    book.doses[exposure].energy_J.forEach((energy, k) => (junctionEnergy_J[k] = (junctionEnergy_J[k] ?? 0) + energy));
  const ceiling_A = Math.min(options.limits.current_A, config.frontEnd?.range_A ?? largestRange(array.capabilities));
  return {
    steps,
    duration_s,
    samples,
    overloads,
    largestCurrent_A: largest,
    column,
    energy_J: junctionEnergy_J.reduce((sum, energy) => sum + energy, 0),
    junctionEnergy_J,
    complianceShare: largest / ceiling_A,
    ...(tripped !== undefined && { tripped }),
  };
}

function largestRange({ currentRanges_A }: Capabilities): number {
  return currentRanges_A.at(-1) ?? Infinity;
}
