import { dirname, resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import { compileEffective } from "../core/crossbar/solve/compiled/compileEffective.ts";
import { connectedEnds, sameEnds } from "../core/crossbar/solve/connectedEnds.ts";
import { nearestName } from "../core/crossbar/nearestName.ts";
import { RecordError, UnsupportedError } from "../core/errors.ts";
import { csvLines } from "../core/matrixFiles/csv.ts";
import { makeMatrix, type Matrix } from "../core/matrixFiles/matrix.ts";
import { writeNpy } from "../core/matrixFiles/npy.ts";
import { nodeFs } from "../runtime/nodeFs.ts";
import { describeSystemError } from "../runtime/systemError.ts";
import { writeAll } from "../runtime/writeAll.ts";
import type { Solved } from "./answerRequest.ts";
import { checkTarget } from "./files.ts";

/** What can be written, in base SI. A batch has one line per vector; node voltages one array after another. */
export const EXPORTS = [
  "conductance_S",
  "effective_S",
  "row_V",
  "column_V",
  "columnCurrent_A",
  "rowCurrent_A",
  "rowNode_V",
  "columnNode_V",
] as const;
type ExportName = (typeof EXPORTS)[number];

export interface Export {
  readonly name: ExportName;
  readonly path: string;
}

/** "columnCurrent_A=currents.npy". @throws InvalidArgumentError saying what is allowed */
export function parseExport(text: string): Export {
  const [given = "", ...rest] = text.split("=");
  const path = rest.join("=");
  const name = EXPORTS.find((candidate) => candidate === given);
  if (name === undefined) {
    const near = nearestName(given, EXPORTS);
    throw new InvalidArgumentError(
      `"${given}" is no quantity,${near === undefined ? "" : ` did you mean "${near}"?`} allowed are ${EXPORTS.join(", ")}.`,
    );
  }
  if (!/\.(npy|csv)$/i.test(path))
    throw new InvalidArgumentError(`expected ${name}=FILE with a file that ends in .npy or .csv.`);
  return { name, path };
}

/** Before anything is solved. @throws RecordError when a file must not be replaced or is named twice */
export function checkExports(exports: readonly Export[], mayReplace: boolean): void {
  const seen = new Map<string, ExportName>();
  for (const { name, path } of exports) {
    const before = seen.get(resolve(path));
    if (before !== undefined) throw new RecordError(`${path}: is to hold ${before} and ${name}, allowed is one`);
    seen.set(resolve(path), name);
    checkTarget(path, mayReplace);
  }
}

/** All files or none: written beside their places, synced, then renamed. @throws RecordError, UnsupportedError */
export async function writeExports(exports: readonly Export[], solved: Solved): Promise<void> {
  const tables = exports.map(({ name }) => tableOf(name, solved));
  const temporaries = exports.map(({ path }) => `${path}.${process.pid}.tmp`);
  let current = "";
  try {
    for (const [k, table] of tables.entries()) {
      current = exports[k]?.path ?? "";
      await writeTable(temporaries[k] ?? "", /\.npy$/i.test(current) ? [writeNpy(table)] : encode(csvLines(table)));
    }
    for (const [k, temporary] of temporaries.entries()) {
      current = exports[k]?.path ?? "";
      await nodeFs.rename(temporary, current);
      await nodeFs.syncFolder(dirname(current));
    }
  } catch (error) {
    for (const temporary of temporaries) await nodeFs.removeFile(temporary).catch(() => undefined);
    throw new RecordError(`${current}: ${describeSystemError(error)}`, { cause: error });
  }
}

async function writeTable(path: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const file = await nodeFs.create(path);
  try {
    for (const piece of pieces) await writeAll(file, piece);
    await file.dataSync();
  } finally {
    await file.close();
  }
}

function* encode(lines: Iterable<string>): Generator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  let text = "";
  for (const line of lines) {
    text += line;
    if (text.length < 1_048_576) continue;
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(text);
}

function tableOf(name: ExportName, { network, law, drives, answers }: Solved): Matrix {
  const { rows, columns, conductance_S } = network;
  const stack = (width: number, lists: readonly (Float64Array | undefined)[]): Matrix => {
    const length = lists[0]?.length ?? 0;
    const values = new Float64Array(length * lists.length);
    lists.forEach((list, p) => {
      if (!list)
        throw new UnsupportedError(
          `export ${name}`,
          `--export ${name}: the method "effective" gives column currents alone; allowed are "auto", "iterative" and "elimination"`,
        );
      values.set(list, p * length);
    });
    return makeMatrix(values.length / width, width, values);
  };
  switch (name) {
    case "conductance_S":
      return makeMatrix(rows, columns, conductance_S);
    case "effective_S": {
      if (law.kind !== "ohmic")
        throw new UnsupportedError(
          "export effective_S",
          `--export effective_S: junctions of law "${law.kind}" have no effective matrix; allowed is "ohmic"`,
        );
      const [ends, ...others] = drives.map((drive) => connectedEnds(network, drive));
      if (!ends || others.some((other) => !sameEnds(other, ends)))
        throw new UnsupportedError(
          "export effective_S",
          "--export effective_S: the vectors of the batch leave different lines open, and each pattern has a matrix of its own",
        );
      return makeMatrix(rows, columns, compileEffective(network, ends));
    }
    case "row_V":
      return stack(
        rows,
        drives.map(({ row_V }) => row_V),
      );
    case "column_V":
      return stack(
        columns,
        drives.map(({ column_V }) => column_V),
      );
    case "columnCurrent_A":
      return stack(
        columns,
        answers.map(({ columnCurrent_A }) => columnCurrent_A),
      );
    case "rowCurrent_A":
      return stack(
        rows,
        answers.map(({ rowCurrent_A }) => rowCurrent_A),
      );
    case "rowNode_V":
      return stack(
        columns,
        answers.map(({ rowNode_V }) => rowNode_V),
      );
    case "columnNode_V":
      return stack(
        columns,
        answers.map(({ columnNode_V }) => columnNode_V),
      );
  }
}
