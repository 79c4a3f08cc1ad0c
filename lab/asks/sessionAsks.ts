import type { SESSION_ASKS } from "../../core/labMessages/session.ts";
import type { AskHandlers } from "../clientSession.ts";
import type { LabService } from "../labService.ts";
import { Refusal } from "../refusal.ts";
import { watchMap } from "../streams/mapStream.ts";
import { watchSamples } from "../streams/sampleStream.ts";

const MOST_LINES = 1000;

/** Questions about the service itself, and what is watched. */
export function answerSession(lab: LabService): Pick<AskHandlers, keyof typeof SESSION_ASKS> {
  return {
    "set-policy": (policy, session) => {
      lab.policy = policy;
      lab.log.write("info", "client", `${session.name}: on silence ${policy.onSilence}, after ${policy.silence_s} s`);
      lab.broadcast("policy", policy);
      return policy;
    },
    log: ({ from }) => ({ lines: lab.log.read(from, MOST_LINES) }),
    alarms: () => ({ alarms: lab.alarms.open }),
    "watch-map": ({ array: id, quantity }, session) => {
      const array = lab.findArray(id);
      const values = array.map(quantity);
      if (typeof values === "string") throw new Refusal("UNSUPPORTED", `${quantity}: ${values}`);
      const stream = lab.nextStream();
      session.addStream(stream, (send) => watchMap({ stream, array, quantity, send }));
      return { stream };
    },
    "watch-samples": ({ array: id, columns, window_s, pixels }, session) => {
      const array = lab.findArray(id);
      const { columns: most } = array.parts.backend.grid;
      if (columns !== "all" && columns.some((column) => column >= most))
        throw new Refusal("MESSAGE", `columns ${columns.join(", ")}`, `allowed are 0 to ${most - 1}`);
      const stream = lab.nextStream();
      session.addStream(stream, (send) => watchSamples({ stream, array, columns, window_s, pixels, send }));
      return { stream };
    },
    unwatch: ({ stream }, session) => {
      session.removeStream(stream);
      return {};
    },
    "shut-down": ({ abort }, session) => {
      const live = lab.queue.live.length;
      if (live > 0 && !abort)
        throw new Refusal("BUSY", `${live} runs are live`, "wait, end them, or shut down with abort");
      if (!lab.options.onShutDown) throw new Refusal("UNSUPPORTED", "this service ends with its process");
      lab.log.write("warning", "client", `${session.name} ends the service`);
      lab.options.onShutDown();
      return {};
    },
  };
}
