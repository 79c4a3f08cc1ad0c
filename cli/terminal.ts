import { writeSync } from "node:fs";
import { RecordError } from "../core/errors.ts";
import { describeSystemError } from "../runtime/systemError.ts";
import { clean } from "./exit.ts";

/** Results go to stdout as JSON; short writes to a pipe are finished, a reader that closed early is not an error. */
export function printJson(value: unknown): void {
  printText(`${JSON.stringify(value)}\n`);
}

/** False when the reader of stdout is gone, so that a long table can stop. */
export function printText(text: string): boolean {
  const bytes = Buffer.from(text, "utf8");
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += writeSync(1, bytes, offset);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") continue;
      // a terminal that was closed (SIGHUP) answers EIO
      if (code === "EPIPE" || (code === "EIO" && process.stdout.isTTY)) return false;
      throw new RecordError(`standard output: ${describeSystemError(error)}`, { cause: error });
    }
  }
  return true;
}

const survive = () => undefined;

/** A terminal that was closed must not end a run before its outputs are safe. May be asked for again. */
export function surviveLostTerminal(): void {
  for (const stream of [process.stdout, process.stderr])
    if (!stream.listeners("error").includes(survive)) stream.on("error", survive);
}

/** Logs and progress go to stderr; what files, labels and instruments say cannot steer the terminal. */
export function log(text: string): void {
  process.stderr.write(`${clean(text)}\n`);
}
