import type { z } from "zod";
import type { Grid } from "../crossbar/grid.ts";
import { checkInput, formatPath } from "../document.ts";
import { ProtocolError } from "../errors.ts";
import { type Cells, countCells, type Mistake } from "./parameters.ts";
import type { Protocol, ProtocolContext, ProtocolDefinition, Step, StepGenerator } from "./protocol.ts";

/** A protocol of the library before it is made callable: what its author writes. */
export interface ProtocolParts<Input, Parameters extends Readonly<Record<string, unknown>>> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly schema: z.ZodType<Parameters, Input>;
  /** Parameters that are sound by themselves but do not fit this grid (an address outside it). */
  findMistake?(parameters: Parameters, grid: Grid): Mistake | undefined;
  steps(parameters: Parameters, context: ProtocolContext): StepGenerator;
  /** See `Protocol.extremes`. */
  extremes?(parameters: Parameters, context: ProtocolContext): Iterable<Step>;
  /** See `Protocol.fewestSteps`; left out, a protocol with `cells` makes a step for each of them at least. */
  fewestSteps?(parameters: Parameters, context: ProtocolContext): number;
}

/** A protocol as read from a file, with its check against the grid. */
export interface FileEntry {
  readonly protocol: Protocol;
  findMistake(grid: Grid): Mistake | undefined;
}

/** The function that scripts call, `ivSweep({ amplitude_V: "1 V" })`, with the definition that files use. */
export type ProtocolFunction<Input, Parameters extends Readonly<Record<string, unknown>>> = ((
  input?: Input,
) => Protocol) & {
  readonly definition: ProtocolDefinition<Input, Parameters>;
  readonly fileEntry: z.ZodType<FileEntry>;
};

/**
 * One protocol, two ways in: a file's parameters pass `definition.schema` and go to `definition.create`, a script calls
 * the function, which does exactly that.
 * @throws ProtocolError (from the returned function) naming the field and what is allowed
 */
export function defineProtocol<Input, Parameters extends Readonly<Record<string, unknown>>>(
  parts: ProtocolParts<Input, Parameters>,
): ProtocolFunction<Input, Parameters> {
  const { extremes } = parts;
  const definition: ProtocolDefinition<Input, Parameters> = {
    name: parts.name,
    title: parts.title,
    summary: parts.summary,
    schema: parts.schema,
    findMistake: (parameters, grid) => parts.findMistake?.(parameters, grid),
    create: (parameters) => ({
      name: parts.name,
      parameters,
      steps(context) {
        const mistake = parts.findMistake?.(parameters, context.grid);
        if (mistake)
          throw new ProtocolError(
            { file: parts.name, line: 0, column: 0, path: formatPath(mistake.path) },
            mistake.reason,
          );
        return parts.steps(parameters, context);
      },
      fewestSteps: (context) =>
        parts.fewestSteps?.(parameters, context) ?? countCells(context.grid, parameters["cells"] as Cells | undefined),
      ...(extremes && { extremes: (context: ProtocolContext) => extremes(parameters, context) }),
    }),
  };
  const make = (input?: Input) => definition.create(checkInput(input ?? {}, parts.name, parts.schema));
  const fileEntry = parts.schema.transform(
    (parameters): FileEntry => ({
      protocol: definition.create(parameters),
      findMistake: (grid) => definition.findMistake(parameters, grid),
    }),
  );
  return Object.assign(make, { definition, fileEntry });
}
