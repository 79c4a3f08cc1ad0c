import type { RunData } from "../record/runData.ts";
import type { WriteFailure } from "./writeControl.ts";

/** What became of one junction that was to be written. */
export interface WriteOutcome {
  readonly row: number;
  readonly column: number;
  readonly target_S: number;
  /** Last read; NaN where it was lost. */
  readonly reached_S: number;
  readonly pulses: number;
  readonly reversals: number;
  /** Of all write pulses, joule; NaN where a reading was lost. */
  readonly energy_J: number;
  readonly status: "reached" | WriteFailure;
}

export interface WriteSummary {
  readonly cells: number;
  /** Part of the junctions that reached their target. */
  readonly yield: number;
  /** Of those that reached it: pulses of the middle one, of the ninetieth percentile and of the slowest; NaN for none. */
  readonly medianPulses: number;
  readonly ninetiethPulses: number;
  readonly mostPulses: number;
  /** Root mean square of (reached - target) / target over all that were read, failures included. */
  readonly relativeError: number;
  readonly energy_J: number;
  readonly failures: Readonly<Partial<Record<WriteFailure, number>>>;
}

/** The outcomes that the marks of `write-verify` tell, in order. */
export function writeOutcomes(run: RunData): WriteOutcome[] {
  return run.events.flatMap((event): WriteOutcome[] => {
    if (event.kind !== "marked" || event.label !== "write-verify") return [];
    const number = (name: string) => {
      const value = event.data[name];
      return typeof value === "number" ? value : Number.NaN;
    };
    const status = event.data["status"];
    return [
      {
        row: number("row"),
        column: number("column"),
        target_S: number("target_S"),
        reached_S: number("reached_S"),
        pulses: number("pulses"),
        reversals: number("reversals"),
        energy_J: number("energy_J"),
        status: isFailure(status) ? status : "reached",
      },
    ];
  });
}

export function summariseWrites(outcomes: readonly WriteOutcome[]): WriteSummary {
  const reached = outcomes.filter(({ status }) => status === "reached");
  const pulses = reached.map((outcome) => outcome.pulses).sort((a, b) => a - b);
  const at = (part: number) => pulses[Math.max(0, Math.ceil(part * pulses.length) - 1)] ?? Number.NaN;
  const errors = outcomes
    .map(({ reached_S, target_S }) => (reached_S - target_S) / target_S)
    .filter((error) => Number.isFinite(error));
  const failures: Partial<Record<WriteFailure, number>> = {};
  for (const { status } of outcomes) if (status !== "reached") failures[status] = (failures[status] ?? 0) + 1;
  return {
    cells: outcomes.length,
    yield: outcomes.length === 0 ? Number.NaN : reached.length / outcomes.length,
    medianPulses: at(0.5),
    ninetiethPulses: at(0.9),
    mostPulses: at(1),
    relativeError: Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length),
    energy_J: outcomes.reduce((sum, outcome) => sum + outcome.energy_J, 0),
    failures,
  };
}

const FAILURES: readonly string[] = ["pulses", "reversals", "overshoot", "stuck", "unread"] satisfies WriteFailure[];

function isFailure(status: unknown): status is WriteFailure {
  return typeof status === "string" && FAILURES.includes(status);
}
