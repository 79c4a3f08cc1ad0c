import type { Products, Reading } from "../../arrayBackend.ts";
import { LimitError, type ProtocolError } from "../../errors.ts";
import { Limiter } from "../../limiter/limiter.ts";
import { type Limits, strictest } from "../../limits.ts";
import { formatSI } from "../../units.ts";
import { restStep } from "../makeSteps.ts";
import type { Protocol, ProtocolContext, Step, StepGenerator, StepResult } from "../protocol.ts";
import type { Variables } from "./compileExpression.ts";
import { add, ANYTHING, exactly } from "./interval.ts";
import { join, type Value } from "./value.ts";

/** A statement ready to run: the steps it takes on a machine. */
export type Operation = (machine: Machine) => StepGenerator;

/** Slots that every program has. */
export const SLOT = { current: 0, voltage: 1, elapsed: 2 } as const;

/** So many statements without a step that drives, and so many at all, are a mistake in a loop. */
const MOST_IDLE = 100_000;
const MOST_STATEMENTS = 20_000_000;

/**
 * A program under way: its variables, the block limits in force and what it may still spend. In a dry run readings are
 * unknown (`planning`): their variables then are intervals, and statements follow every way that a condition may lead.
 */
export class Machine {
  readonly context: ProtocolContext;
  readonly planning: boolean;
  variables: Variables = [];
  readonly #limiters: Limiter[] = [];
  readonly #limits: Limits[] = [];
  #idle = 0;
  #statements = 0;

  constructor(context: ProtocolContext, variables: Variables) {
    this.context = context;
    this.planning = context.planning ?? false;
    this.variables = [...variables];
    this.variables[SLOT.elapsed] ??= { kind: "number", ...exactly(0) };
  }

  /** The limits of the run, or of the block. */
  get limits(): Limits {
    return this.#limits.at(-1) ?? this.context.limits;
  }

  /** Counts a statement: every program ends. @param fail makes the refusal */
  spend(fail: (reason: string) => ProtocolError): void {
    if (++this.#idle > MOST_IDLE)
      throw fail(`${MOST_IDLE} statements without driving anything, the loop around this never ends or does nothing`);
    if (++this.#statements > MOST_STATEMENTS)
      throw fail(`more than ${MOST_STATEMENTS} statements, allowed are no more`);
  }

  /** One step out, its result in: `current` and `voltage` are those of its last window. */
  *perform(step: Step, place: string): StepGenerator {
    const placed = step.place === undefined ? { ...step, place } : step;
    const where = `${placed.place}: ${step.label}`;
    for (const limiter of this.#limiters) limiter.judge(placed, where);
    const result = yield placed;
    if (step.kind === "mark") return;
    this.#idle = 0;
    this.#note(step, result, where);
  }

  /** Every step of another protocol. */
  *performAll(protocol: Protocol, place: string): StepGenerator {
    const context = { ...this.context, limits: this.limits };
    if (this.planning) this.#judgeExtremes(protocol, context, place);
    const steps = protocol.steps(context);
    let result: StepResult;
    for (;;) {
      const { done, value: step } = steps.next(result);
      if (done) return;
      result = undefined;
      const one = this.perform(step, place);
      for (let next = one.next(); !next.done; next = one.next(result)) result = yield next.value;
    }
  }

  *rest(rest_s: number, place: string): StepGenerator {
    if (rest_s > 0) yield* this.perform(restStep(this.context.grid, rest_s), place);
  }

  /** Runs `inner` under limits that are at most those around it. */
  *within(limits: Partial<Limits>, inner: () => StepGenerator): StepGenerator {
    const { grid, capabilities } = this.context;
    const tightened = strictest(this.limits, limits);
    this.#limits.push(tightened);
    this.#limiters.push(new Limiter(grid, capabilities, tightened));
    try {
      yield* inner();
    } finally {
      this.#limits.pop();
      this.#limiters.pop();
    }
  }

  /** In a dry run: what is known after either of two ways. */
  joinWith(other: Variables): void {
    const length = Math.max(other.length, this.variables.length);
    this.variables = Array.from({ length }, (_, slot) => join(this.variables[slot], other[slot]));
  }

  /** What readings may lead a protocol to, one step at a time, as the plan does for a protocol by itself. */
  #judgeExtremes(protocol: Protocol, context: ProtocolContext, place: string): void {
    for (const step of protocol.extremes?.(context) ?? [])
      new Limiter(context.grid, context.capabilities, context.limits).judge(step, `${place}: ${step.label}`);
  }

  #note(step: Exclude<Step, { kind: "mark" }>, result: StepResult, where: string): void {
    const duration_s =
      step.kind === "apply"
        ? step.stimulus.duration_s
        : (step.inputs_V.length / this.context.grid.rows) * (step.readout.integration_s + step.readout.rest_s);
    const elapsed = this.variables[SLOT.elapsed];
    if (elapsed?.kind === "number")
      this.variables[SLOT.elapsed] = { kind: "number", ...add(elapsed, exactly(duration_s)) };
    if (step.kind === "multiply" || step.readout.windows.length === 0) return;
    const [current, voltage] = this.planning ? [undefined, step.tags["voltage_V"]] : readLast(step, result);
    if (current !== undefined && Math.abs(current) > this.limits.current_A && this.#limits.length > 0)
      throw new LimitError("current", formatSI(current, "A", 6), `±${formatSI(this.limits.current_A, "A", 6)}`, where);
    this.variables[SLOT.current] = { kind: "number", ...(current === undefined ? ANYTHING : exactly(current)) };
    this.variables[SLOT.voltage] = {
      kind: "number",
      ...(typeof voltage === "number" ? exactly(voltage) : ANYTHING),
    } satisfies Value;
  }
}

/** Current and voltage of the last window, of the column that the step is meant for. */
function readLast(
  step: Extract<Step, { kind: "apply" }>,
  result: Reading | Products | undefined,
): readonly [current_A: number, voltage_V: number] {
  const window = result && "windows" in result ? result.windows.at(-1) : undefined;
  const column = step.stimulus.targets[0]?.column ?? step.readout.columns[0];
  const at = Math.max(0, (result?.columns ?? []).indexOf(column ?? -1));
  return [window?.current_A[at] ?? Number.NaN, window?.voltage_V[at] ?? Number.NaN];
}
