import { parentPort } from "node:worker_threads";
import { describeFailure } from "../refusal.ts";
import type { DeskAnswer, DeskRequest } from "./deskMessages.ts";
import { TASKS } from "./tasks.ts";

/** The thread's own end: one task after the other, in the order they came. */
const port = parentPort;
let before: Promise<void> = Promise.resolve();

port?.on("message", (request: DeskRequest) => {
  before = before.then(() => perform(request)).then((answer) => port.postMessage(answer));
});

async function perform({ id, task, input }: DeskRequest): Promise<DeskAnswer> {
  try {
    const act: (input: never) => unknown = TASKS[task];
    return { id, output: await act(input as never) };
  } catch (error) {
    return { id, error: describeFailure(error) };
  }
}
