import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { LARGEST_FILE_BYTES } from "../core/largestFile.ts";
import { ProtocolError, RecordError } from "../core/errors.ts";
import { nodeFs } from "../runtime/nodeFs.ts";
import { describeSystemError } from "../runtime/systemError.ts";
import { writeAtomically } from "../runtime/writeAll.ts";

/**
 * The text of a user's file, pipe or terminal; an endless one is left at the largest size that is allowed.
 * @throws ProtocolError at line 1 when it cannot be read or is too large
 */
export function readText(file: string): string {
  const refuse = (reason: string) => new ProtocolError({ file, line: 1, column: 1, path: "" }, reason);
  try {
    const fd = openSync(file, "r");
    try {
      if (fstatSync(fd).isDirectory()) throw refuse("is a folder, expected a file");
      const bytes = readAtMost(fd, LARGEST_FILE_BYTES + 1);
      if (bytes.length > LARGEST_FILE_BYTES)
        throw refuse(`the file is too large, allowed are ${LARGEST_FILE_BYTES} bytes`);
      return decodeUtf8(bytes, refuse);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw error instanceof ProtocolError ? error : refuse(describeSystemError(error));
  }
}

function decodeUtf8(bytes: Uint8Array, refuse: (reason: string) => Error): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refuse("the file is not text in UTF-8");
  }
}

const CHUNK_BYTES = 65_536;

function readAtMost(fd: number, most: number): Buffer {
  const chunks: Buffer[] = [];
  for (let total = 0; total < most; ) {
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, most - total));
    const count = readSync(fd, chunk, 0, chunk.length, null);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  return Buffer.concat(chunks);
}

/**
 * A result is renamed onto its target, which would put a plain file in the place of a device or a pipe.
 * @throws RecordError when `path` is anything but a plain file or nothing, or exists and may not be replaced
 */
export function checkTarget(path: string, mayReplace: boolean): void {
  let stat: ReturnType<typeof statSync>;
  try {
    stat = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new RecordError(`${path}: ${describeSystemError(error)}`, { cause: error });
  }
  if (stat === undefined) return;
  if (stat.isDirectory()) throw new RecordError(`${path}: is a folder, expected a file`);
  if (!stat.isFile()) throw new RecordError(`${path}: is no plain file, allowed are plain files`);
  if (!mayReplace) throw new RecordError(`${path}: exists already, --force replaces it`);
}

/** A small result, whole or not there. @throws RecordError naming the file */
export async function writeWhole(path: string, text: string): Promise<void> {
  try {
    await writeAtomically(nodeFs, dirname(path), basename(path), Buffer.from(text, "utf8"));
  } catch (error) {
    throw new RecordError(`${path}: ${describeSystemError(error)}`, { cause: error });
  }
}
