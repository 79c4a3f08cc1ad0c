import type { PROTOCOL_ASKS } from "../../core/labMessages/protocols.ts";
import type { AskHandlers } from "../clientSession.ts";
import type { LabService } from "../labService.ts";
import { targetOf } from "../queue/jobQueue.ts";

/** Questions about texts: everything is thought through on a thread of its own. */
export function answerProtocols(lab: LabService): Pick<AskHandlers, keyof typeof PROTOCOL_ASKS> {
  return {
    "check-protocol": ({ text, file }) => lab.desk.run("check-text", { text, file }),
    "plan-protocol": ({ text, file, array, seed, predict = false }) => {
      const target = array === null ? null : targetOf(lab.findArray(array));
      const request = { text, file, target, predict, ...(seed !== undefined && { seed }) };
      return (predict ? lab.slowDesk : lab.desk).run("plan", request);
    },
    templates: ({ array }) =>
      lab.desk.run("templates", { grid: array === null ? null : lab.findArray(array).parts.backend.grid }),
  };
}
