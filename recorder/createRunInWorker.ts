import { Worker } from "node:worker_threads";
import type { RunManifest } from "../core/record/runData.ts";
import type { FromRecorder, RemoteOptions } from "./recorderMessages.ts";
import { type RecorderLink, RemoteRecorder } from "./remoteRecorder.ts";
import type { Durable, RunRecorder } from "./runRecorder.ts";

/** Node runs no TypeScript: from the sources (tests) the thread runs what the build made of them. */
const ENTRY = import.meta.url.endsWith(".ts") ? "../dist/recorder/recorderWorker.js" : "./recorderWorker.js";

/**
 * `createRun` on a thread of its own: encoding, hashing and the disk never hold up whoever measures, and what was
 * handed over reaches the disk even while the caller's thread is busy.
 * @throws RecordError when the folder is taken or cannot be written; then nothing is left behind
 */
export async function createRunInWorker(
  folder: string,
  manifest: RunManifest,
  options: RemoteOptions & { readonly onDurable?: (durable: Durable) => void } = {},
): Promise<RunRecorder> {
  const { onDurable, ...rest } = options;
  const worker = new Worker(new URL(ENTRY, import.meta.url));
  worker.unref();
  const link: RecorderLink = {
    send: (message, transfer) => worker.postMessage(message, transfer),
    hold: (needed) => (needed ? worker.ref() : worker.unref()),
    release: async () => void (await worker.terminate()),
  };
  const recorder = new RemoteRecorder(link, folder, onDurable);
  worker.on("message", (message: FromRecorder) => recorder.take(message));
  worker.once("error", (error) => recorder.end(`the recorder's thread failed: ${String(error).replace(/\s+/g, " ")}`));
  worker.once("exit", () => recorder.end("the recorder's thread has ended"));
  await recorder.start(manifest, rest);
  return recorder;
}
