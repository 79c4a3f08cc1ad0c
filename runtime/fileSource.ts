import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { ProtocolError } from "../core/errors.ts";
import type { ByteSource } from "../core/recordings/byteSource.ts";
import { describeSystemError } from "./systemError.ts";

/** A file that is read where it is asked for; nothing of it stays in memory. */
export interface FileSource extends ByteSource, Disposable {}

/** @throws ProtocolError when it is no plain file or cannot be opened */
export function openFileSource(file: string): FileSource {
  const refuse = (reason: string) => new ProtocolError({ file, line: 0, column: 0, path: "" }, reason);
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch (error) {
    throw refuse(describeSystemError(error));
  }
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    closeSync(fd);
    throw refuse("is no plain file, allowed are plain files");
  }
  return {
    file,
    size: stat.size,
    read(offset, into) {
      for (let done = 0; done < into.length; ) {
        let count: number;
        try {
          count = readSync(fd, into, done, into.length - done, offset + done);
        } catch (error) {
          throw refuse(describeSystemError(error));
        }
        if (count === 0) throw refuse(`byte ${offset + done}: the file became shorter while it was read`);
        done += count;
      }
    },
    [Symbol.dispose]() {
      closeSync(fd);
    },
  };
}
