import type { MessagePort } from "node:worker_threads";
import { RecordError } from "../core/errors.ts";
import { type CreateRunOptions, createRun } from "./createRun.ts";
import { type FromRecorder, type ToRecorder, unpackBlock } from "./recorderMessages.ts";
import type { RunRecorder } from "./runRecorder.ts";

/** The recorder's end of a port: one run per port. `options` are what cannot be sent through it. */
export function serveRecorder(port: MessagePort, options: CreateRunOptions = {}): void {
  let created: Promise<RunRecorder> | undefined;
  const say = (message: FromRecorder): void => port.postMessage(message);
  const answer = (id: number | undefined, work: Promise<unknown>): void => {
    const about = id === undefined ? {} : { id };
    work.then(
      () => say({ kind: "settled", ...about }),
      (error: unknown) => say({ kind: "settled", ...about, failure: describe(error) }),
    );
  };
  port.on("message", (message: ToRecorder) => {
    if (message.kind === "create") {
      const onDurable: CreateRunOptions["onDurable"] = (durable) => say({ kind: "durable", durable });
      created = createRun(message.folder, message.manifest, { ...message.options, ...options, onDurable });
      answer(undefined, created);
      return;
    }
    if (!created) return;
    // the promise of `created` is settled before the first message comes; then() keeps their order
    answer(
      message.id,
      created.then((recorder) => perform(recorder, message)),
    );
  });
}

function perform(recorder: RunRecorder, message: Exclude<ToRecorder, { kind: "create" }>): Promise<void> {
  if (message.kind === "close") return recorder.close(message.stop);
  if (message.kind === "event") return recorder.append(message.event);
  return recorder.append({ kind: "samples", step: message.step, block: unpackBlock(message.block) });
}

function describe(error: unknown): string {
  if (error instanceof RecordError) return error.message;
  return `the recorder failed (${String(error).replace(/\s+/g, " ")})`;
}
