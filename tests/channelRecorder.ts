import { MessageChannel } from "node:worker_threads";
import type { RunManifest } from "../core/record/runData.ts";
import type { CreateRunOptions } from "../recorder/createRun.ts";
import type { FromRecorder, RemoteOptions } from "../recorder/recorderMessages.ts";
import { RemoteRecorder } from "../recorder/remoteRecorder.ts";
import { serveRecorder } from "../recorder/serveRecorder.ts";

/**
 * The recorder behind its message port, as on its own thread, but with a file system and clocks of the test: functions
 * cannot be sent to a thread.
 */
export async function createRunOverChannel(
  folder: string,
  manifest: RunManifest,
  options: CreateRunOptions = {},
  remote: RemoteOptions = {},
): Promise<RemoteRecorder> {
  const { port1, port2 } = new MessageChannel();
  serveRecorder(port2, options);
  const recorder = new RemoteRecorder(
    {
      send: (message, transfer) => port1.postMessage(message, transfer),
      hold: () => undefined,
      release: () => {
        port1.close();
        return Promise.resolve();
      },
    },
    folder,
    options.onDurable,
  );
  port1.on("message", (message: FromRecorder) => recorder.take(message));
  await recorder.start(manifest, remote);
  return recorder;
}
