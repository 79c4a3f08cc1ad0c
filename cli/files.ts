import { readFileSync } from "node:fs";
import type { z } from "zod";
import { readDocument } from "../core/document.ts";
import { ProtocolError } from "../core/errors.ts";

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

/** "no such file", "is a directory", "permission denied" without the errno noise. */
export function describeSystemError(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const known: Readonly<Record<string, string>> = {
    ENOENT: "no such file",
    EISDIR: "is a folder, expected a file",
    EACCES: "permission denied",
    EPERM: "operation not permitted",
    ENOSPC: "no space left on the disk",
    EROFS: "the file system is read-only",
    ENOTDIR: "a part of the path is not a folder",
    EEXIST: "exists already",
    ENAMETOOLONG: "the name is too long",
  };
  return known[code] ?? (error as Error).message;
}
