import type { Capabilities } from "../arrayBackend.ts";
import type { Grid } from "../crossbar/grid.ts";
import { ArmError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { ApplyStep, MarkStep, MultiplyStep, Step } from "../protocol/protocol.ts";
import type { Stimulus } from "../stimulus.ts";
import type { Arming, ArmToken } from "./arming.ts";
import { APPLY_CHECKS, type Checks, MULTIPLY_CHECKS } from "./commandChecks.ts";
import { type Foreseen, foreseeJunctions } from "./foreseeJunctions.ts";
import { groupLines } from "./groupLines.ts";
import { JUNCTION_CHECKS, LINE_CHECKS, PAST_CHECKS } from "./junctionChecks.ts";
import { JunctionHistory } from "./junctionHistory.ts";
import { type JunctionDrive, junctionDrive } from "./junctionDrive.ts";
import { PLAN_CHECKS } from "./planChecks.ts";
import { sealStep } from "./sealStep.ts";
import { vectorDrives } from "./vectorDrives.ts";

/** Exists for the compiler alone. A private field: neither a literal nor a spread copy has one. */
declare class AdmittedMark {
  private readonly admitted: "by a limiter";
}

/**
 * A command that a limiter has admitted; nobody else can make one. What drives outputs takes nothing else, and asks
 * `redeem` when it sends: the type holds for who compiles, `redeem` also for who does not.
 */
export type Admitted<Command extends object> = Command & AdmittedMark;

export type AdmittedStep =
  | MarkStep
  | (Omit<ApplyStep, "stimulus"> & { readonly stimulus: Admitted<Stimulus> })
  | (Omit<MultiplyStep, "inputs_V"> & { readonly inputs_V: Admitted<Float64Array> });

/** What a step will do, as far as its commands tell. */
export interface StepFigures {
  readonly duration_s: number;
  /** Largest |V| between a row and a column. */
  readonly largest_V: number;
  /** Samples over all channels. */
  readonly samples: number;
  /** Products (vectors x columns). */
  readonly products: number;
}

/** Whether the arming under which a command was admitted still holds. */
const issued = new WeakMap<object, () => boolean>();

function issue<Command extends object>(command: Command, stillArmed: () => boolean): Admitted<Command> {
  issued.set(command, stillArmed);
  return command as Admitted<Command>;
}

/** Whether a limiter admitted this very object, and nobody has redeemed it. */
export function isAdmitted<Command extends object>(command: Command): command is Admitted<Command> {
  return issued.has(command);
}

/**
 * Called by what drives outputs, right before it does: a command is good once, and only while its run is armed.
 * @throws ArmError when no limiter admitted it, when it was redeemed already, or when its run has disarmed or tripped
 */
export function redeem<Command extends object>(command: Admitted<Command>): Command {
  const stillArmed = issued.get(command);
  if (!stillArmed)
    throw new ArmError([{ code: "not-admitted", reason: "no limiter admitted this command, or it was sent already" }]);
  issued.delete(command);
  if (!stillArmed()) throw new ArmError([{ code: "disarmed", reason: "the run that wanted this command is over" }]);
  return command;
}

/** A driver's own form of an admitted command: voltages that it will put out, one after the other. */
interface DriverPlan {
  readonly voltage_V: Float64Array;
}

/**
 * Redeems a command for an array that plays it as one or several plans of its instrument. Each plan is good once, while the
 * run is armed, and holds no voltage beyond what was judged.
 * @param largest_V largest |V_row - V_column| of the command
 * @throws ArmError as `redeem` does; the answer throws LimitError when a plan holds more
 */
export function redeemForPlans(command: Admitted<object>, largest_V: number) {
  const stillArmed = issued.get(command) ?? (() => false);
  redeem(command);
  return <Plan extends DriverPlan>(plan: Plan, where: string): Admitted<Plan> => {
    run(PLAN_CHECKS, { voltage_V: plan.voltage_V, largest_V, where });
    return issue(plan, stillArmed);
  };
}

/**
 * A converter's plan for the plan of the amplifier behind it: it puts out so much more as the amplifier takes away, so that the
 * junction sees what was judged.
 * @param command_V_V volts at the junction per volt of the converter, above 0
 * @throws ArmError as `redeem` does
 */
export function redeemForConverter<Plan extends DriverPlan>(plan: Admitted<Plan>, command_V_V: number): Plan {
  return { ...redeem(plan), voltage_V: plan.voltage_V.map((level_V) => level_V / command_V_V) };
}

/**
 * The choke point: every command of every path passes `admit` before an output moves, in the order in which commands
 * are sent, or is refused; it is never clipped. What the checks are stands in commandChecks.ts and junctionChecks.ts.
 * It remembers what each junction has borne, because some limits are over the whole run.
 */
export class Limiter {
  readonly #grid: Grid;
  readonly #can: Capabilities;
  readonly #limits: Limits;
  readonly #arming: Arming | undefined;
  readonly #history: JunctionHistory;
  /** Whether a limit over time is in force, and whether one over steps is. */
  readonly #timed: boolean;
  readonly #remembers: boolean;
  /** Drives that no junction is refused by itself. */
  readonly #passed = new WeakSet<JunctionDrive>();

  /**
   * @param limits the limits in force
   * @param arming absent: a dry run, which can judge but not admit
   */
  constructor(grid: Grid, capabilities: Capabilities, limits: Limits, arming?: Arming) {
    this.#grid = grid;
    this.#can = capabilities;
    this.#limits = limits;
    this.#arming = arming;
    this.#history = new JunctionHistory(limits);
    const { slew_V_s, dwell_s, duty, charge_C, energy_J } = limits;
    this.#remembers = dwell_s !== Infinity || duty !== 1 || charge_C !== Infinity || energy_J !== Infinity;
    this.#timed = this.#remembers || slew_V_s !== Infinity;
  }

  /**
   * @param token of whoever armed
   * @param where for the message, e.g. "iv-sweep step 3 (r0 c1)"
   * @returns the step as it may be sent: a frozen copy, so that what was checked is what is sent
   * @throws LimitError beyond a limit, UnsupportedError beyond the array's capabilities, ProtocolError for what no array
   * could do (wrong sizes, NaN), ArmError when the token is not that of an armed array
   */
  admit(step: Step, token: ArmToken, where: string): { readonly step: AdmittedStep; readonly figures: StepFigures } {
    const arming = this.#arming;
    const stillArmed = () => arming?.holds(token) === true;
    if (!stillArmed()) throw new ArmError([{ code: "disarmed", reason: `${where}: the array is not armed` }]);
    const sealed = sealStep(step);
    const figures = this.judge(sealed, where);
    if (sealed.kind === "mark") return { step: sealed, figures };
    if (sealed.kind === "apply") return { step: { ...sealed, stimulus: issue(sealed.stimulus, stillArmed) }, figures };
    return { step: { ...sealed, inputs_V: issue(sealed.inputs_V, stillArmed) }, figures };
  }

  /** The same checks without an array: what a dry run asks. @throws as `admit` does, but for arming */
  judge(step: Step, where: string): StepFigures {
    if (step.kind === "mark") return { duration_s: 0, largest_V: 0, samples: 0, products: 0 };
    return step.kind === "apply" ? this.#judgeApply(step, where) : this.#judgeMultiply(step, where);
  }

  #judgeApply(step: ApplyStep, where: string): StepFigures {
    const { stimulus, readout } = step;
    const { duration_s } = stimulus;
    const [rows, columns] = [groupLines(stimulus.rows), groupLines(stimulus.columns)];
    run(APPLY_CHECKS, { grid: this.#grid, can: this.#can, step, rows, columns, where });
    const { dwellAbove_V: above_V, duty } = this.#limits;
    if (this.#timed)
      for (const line of new Set([...rows.keys(), ...columns.keys()]))
        run(LINE_CHECKS, {
          drive: junctionDrive(line, NO_VOLTS, duration_s, above_V, duty),
          limits: this.#limits,
          where,
        });
    const largest_V = this.#judgeJunctions(foreseeJunctions(rows, columns, duration_s, { above_V, duty }), where);
    this.#history.elapse(duration_s);
    // both ends are sampled; periods that are whole but for rounding count as whole
    const perChannel = Math.floor((duration_s / readout.samplePeriod_s) * (1 + 1e-12)) + 1;
    return { duration_s, largest_V, samples: perChannel * readout.columns.length, products: 0 };
  }

  #judgeMultiply(step: MultiplyStep, where: string): StepFigures {
    run(MULTIPLY_CHECKS, { grid: this.#grid, can: this.#can, step, where });
    const { rows, columns: count } = this.#grid;
    const { integration_s, rest_s } = step.readout;
    const { dwellAbove_V: above_V, duty } = this.#limits;
    const columns = Array.from({ length: count }, (_, column) => column);
    const drives = [...vectorDrives(step, rows, this.#timed, { above_V, duty })];
    const largest_V = this.#judgeJunctions(
      drives.map((drive, row) => ({ rows: [row], columns, drive })),
      where,
    );
    const batch = step.inputs_V.length / rows;
    this.#history.elapse(batch * (integration_s + rest_s));
    // what cannot be driven at once is superposed row by row, which lasts longer
    const passes = this.#can.products === "superposed" ? rows : 1;
    return {
      duration_s: batch * passes * (integration_s + rest_s),
      largest_V,
      samples: 0,
      products: batch * step.readout.columns.length,
    };
  }

  /** Judges every junction, then books all: a refused command leaves no trace. @returns largest |V| */
  #judgeJunctions(foreseen: readonly Foreseen[], where: string): number {
    const limits = this.#limits;
    let largest_V = 0;
    for (const { rows, columns, drive } of foreseen) {
      largest_V = Math.max(largest_V, drive.largest_V);
      // the same waveforms in every cell are one drive, and these checks look at nothing else
      if (this.#passed.has(drive)) continue;
      run(JUNCTION_CHECKS, { drive, limits, where: `${where}, row ${rows[0]} column ${columns[0]}` });
      this.#passed.add(drive);
    }
    if (!this.#remembers) return largest_V;
    const concerned = foreseen.filter(({ drive }) => this.#history.concerns(drive));
    for (const { row, column, drive } of each(concerned)) {
      const past = this.#history.past(row * this.#grid.columns + column);
      run(PAST_CHECKS, { drive, limits, past, where: `${where}, row ${row} column ${column}` });
    }
    for (const { row, column, drive } of each(concerned)) this.#history.book(row * this.#grid.columns + column, drive);
    return largest_V;
  }
}

/** Rest. */
const NO_VOLTS = Object.freeze([]);

function run<Facts>(checks: Checks<Facts>, facts: Facts): void {
  for (const name in checks) checks[name]?.(facts);
}

function* each(foreseen: readonly Foreseen[]) {
  for (const { rows, columns, drive } of foreseen)
    for (const row of rows) for (const column of columns) yield { row, column, drive };
}
