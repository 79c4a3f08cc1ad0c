import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { RecordError } from "../core/errors.ts";
import { describeSystemError } from "../runtime/systemError.ts";

const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 10;
/** Longer than any line of a recorder; beyond it V8 would refuse the text anyway, and in worse words. */
export const LARGEST_LINE_BYTES = 256 * 1024 * 1024;

export interface OpenFile {
  readonly path: string;
  readonly size: number;
  /** Exactly `length` bytes. @throws RecordError when the file ends before */
  read(offset: number, length: number): Uint8Array;
}

/** Opens a file for the duration of `use`. @throws RecordError "PATH: what went wrong" */
export function withFile<T>(path: string, use: (file: OpenFile) => T): T {
  const fd = attemptSync(path, () => openSync(path, "r"));
  try {
    const stat = attemptSync(path, () => fstatSync(fd));
    if (!stat.isFile()) throw new RecordError(`${path}: is no file`);
    return use({ path, size: stat.size, read: (offset, length) => readExactly(fd, path, offset, length) });
  } finally {
    closeSync(fd);
  }
}

function readExactly(fd: number, path: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = attemptSync(path, () => readSync(fd, bytes, done, length - done, offset + done));
    if (count === 0) throw new RecordError(`${path}: ends at byte ${offset + done}, expected ${offset + length} bytes`);
    done += count;
  }
  return bytes;
}

/** The bytes of a file in chunks. */
export function readChunks(path: string, take: (chunk: Uint8Array) => void): void {
  withFile(path, (file) => {
    for (let at = 0; at < file.size; at += CHUNK_BYTES) take(file.read(at, Math.min(CHUNK_BYTES, file.size - at)));
  });
}

/** SHA-256 of a file, hexadecimal. */
export function hashFile(path: string): string {
  const hash = createHash("sha256");
  readChunks(path, (chunk) => hash.update(chunk));
  return hash.digest("hex");
}

/** One line without its newline; `whole` is false for text behind the last newline. */
export interface Line {
  readonly bytes: Uint8Array;
  readonly whole: boolean;
  readonly last: boolean;
}

/** Lines of a file; holds one chunk and one line. @throws RecordError for a line that no recorder writes */
export function readLines(path: string, take: (line: Line) => void): void {
  withFile(path, (file) => {
    let kept: Uint8Array[] = [];
    let number = 1;
    let begin = 0;
    for (let at = 0; at < file.size; at += CHUNK_BYTES) {
      const chunk = file.read(at, Math.min(CHUNK_BYTES, file.size - at));
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
        kept.push(chunk.subarray(start, end));
        take({ bytes: joinBytes(kept), whole: true, last: at + end + 1 === file.size });
        kept = [];
        start = end + 1;
        number += 1;
        begin = at + start;
      }
      if (start < chunk.length) kept.push(chunk.subarray(start));
      if (at + chunk.length - begin > LARGEST_LINE_BYTES)
        throw new RecordError(
          `${path}:${number}:1: the line has more than ${LARGEST_LINE_BYTES} bytes, none is so long`,
        );
    }
    if (kept.length > 0) take({ bytes: joinBytes(kept), whole: false, last: true });
  });
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return parts.length === 1 && only ? only : Buffer.concat(parts);
}

/** @throws RecordError "PATH: what went wrong" */
export function attemptSync<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof RecordError) throw error;
    throw new RecordError(`${path}: ${describeSystemError(error)}`, { cause: error });
  }
}
