import { createConnection } from "node:net";
import { RecordError, TransportError } from "../../core/errors.ts";
import { findAddress } from "./controlAddress.ts";
import {
  type ControlAnswer,
  type ControlCommand,
  formatRequest,
  LONGEST_ANSWER_BYTES,
  parseAnswer,
} from "./controlMessages.ts";
import { LineSplitter } from "./lineSplitter.ts";

/**
 * Asks a live run.
 * @param longest_s how long an answer may take
 * @throws RecordError when nobody listens there, TransportError when the run does not answer, or not with an answer
 */
export async function askControl(folder: string, command: ControlCommand, longest_s: number): Promise<ControlAnswer> {
  const path = findAddress(folder);
  if (path === undefined) throw new RecordError(`${folder}: no live run listens there`);
  return await new Promise<ControlAnswer>((resolve, reject) => {
    const splitter = new LineSplitter(LONGEST_ANSWER_BYTES);
    const socket = createConnection(path);
    const settle = (outcome: ControlAnswer | Error) => {
      clearTimeout(timer);
      socket.destroy();
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    const fail = (kind: TransportError["kind"], what: string) =>
      settle(new TransportError(kind, `${folder}: ${what}, what the outputs do is UNKNOWN`));
    const timer = setTimeout(() => fail("timeout", `the run has not answered for ${longest_s} s`), longest_s * 1000);
    socket.on("connect", () => socket.write(formatRequest(command)));
    socket.on("data", (chunk: Buffer) => {
      const [line] = splitter.append(chunk);
      if (line === undefined && !splitter.overflowed) return;
      const answer = line === undefined ? undefined : parseAnswer(line);
      if (answer) settle(answer);
      else fail("disconnected", "what answers is no run of this version");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT")
        settle(new RecordError(`${folder}: no live run listens there`));
      else fail("disconnected", `the run cannot be asked (${error.code ?? error.message})`);
    });
    socket.on("close", () => fail("disconnected", "the run went away without an answer"));
  });
}
