import { readFileSync } from "node:fs";
import type { z } from "zod";
import { readDocument } from "../core/document.ts";
import { ProtocolError } from "../core/errors.ts";
import { describeSystemError } from "../runtime/systemError.ts";

/** Reads a user's file and checks it; a file that cannot be read is reported like one that is wrong (exit 2). */
export function readChecked<T>(file: string, schema: z.ZodType<T>): T {
  return readDocument(readText(file), file, schema);
}

export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ProtocolError({ file, line: 1, column: 1, path: "" }, describeSystemError(error));
  }
}
