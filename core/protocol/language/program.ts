import type { Grid } from "../../crossbar/grid.ts";
import type { ProtocolError } from "../../errors.ts";
import type { Protocol, ProtocolContext } from "../protocol.ts";
import type { Variables } from "./compileExpression.ts";
import { Compiler, type Path } from "./compiler.ts";
import { dimensionOfField } from "./dimension.ts";
import { fewestSteps } from "./fewestSteps.ts";
import { Machine, type Operation } from "./machine.ts";
import { Scope } from "./scope.ts";
import { STATEMENTS } from "./statements/index.ts";
import { VERBS } from "./verbs/index.ts";
import { numberOf } from "./value.ts";

/** Keys that begin a statement or a verb. */
export const LANGUAGE_KEYS = [...Object.keys(STATEMENTS), ...Object.keys(VERBS)];

/** Whether a list item needs the language: a statement, a verb, or a protocol with an expression in its parameters. */
export function needsLanguage(item: unknown): boolean {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return false;
  return Object.keys(item).some((key) => LANGUAGE_KEYS.includes(key)) || hasExpression(item);
}

function hasExpression(value: unknown): boolean {
  if (typeof value === "string") return value.trimStart().startsWith("=");
  return typeof value === "object" && value !== null && Object.values(value).some(hasExpression);
}

/** Statements that stand one after the other in a file, with their index there. */
export interface Passage {
  readonly first: number;
  readonly items: readonly unknown[];
}

/** Names that every program has; readings have no value before the first step that reads. */
function makeGlobals(): Scope {
  const globals = new Scope();
  const noRead = "no read comes before";
  globals.declare("current", numberOf(dimensionOfField("current_A")), noRead);
  globals.declare("voltage", numberOf(dimensionOfField("voltage_V")), noRead);
  globals.declare("elapsed", numberOf(dimensionOfField("elapsed_s")));
  return globals;
}

/**
 * Compiles the passages of a file into one protocol each, so that protocols between them stay sections of their own.
 * Variables live through all of them: a passage begins with what the one before left, in the same run or dry run.
 * @param errorAt the error for a path below `protocol`
 * @throws ProtocolError at the first mistake that needs no run
 */
export function compileProgram(
  passages: readonly Passage[],
  grid: Grid,
  errorAt: (path: Path, reason: string) => ProtocolError,
): Protocol[] {
  const compiler = new Compiler(grid, errorAt);
  const scope = new Scope(makeGlobals());
  const left: { planning: boolean; variables: Variables }[] = [];
  return passages.map(({ first, items }, passage) => {
    const operations = items.map((item, k): Operation => compiler.statement(item, [first + k], scope));
    return {
      name: "program",
      parameters: { statements: items },
      fewestSteps: () => fewestSteps(items, grid),
      *steps(context: ProtocolContext) {
        const planning = context.planning ?? false;
        const before = left[passage - 1];
        if (passage > 0 && before?.planning !== planning)
          throw errorAt([first], "this part of a program runs after the one before it, in the same run");
        const machine = new Machine(context, before?.variables ?? []);
        for (const operation of operations) yield* operation(machine);
        left[passage] = { planning, variables: machine.variables };
      },
    };
  });
}
