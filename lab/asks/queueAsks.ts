import type { QUEUE_ASKS } from "../../core/labMessages/queue.ts";
import { loadExperiment } from "../../core/protocol/experiment.ts";
import { recordCalibration } from "../../recorder/makeManifest.ts";
import type { AskHandlers } from "../clientSession.ts";
import type { LabService } from "../labService.ts";
import { Refusal } from "../refusal.ts";

/** Questions about jobs, and the stops. */
export function answerQueue(lab: LabService): Pick<AskHandlers, keyof typeof QUEUE_ASKS> {
  const queue = () => ({ jobs: lab.queue.cards(), held: lab.queue.held });
  return {
    queue,
    submit: async (body, session) => {
      const { text, file, array: id, seed, run, calibration } = body;
      const array = id === null ? openOwn(lab, text, file, seed) : lab.findArray(id);
      try {
        const job = await lab.queue.submit({
          text,
          file,
          array,
          own: id === null,
          kind: "experiment",
          by: session.name,
          manyPulses: body.manyPulses ?? false,
          confirmPrompts: body.confirmPrompts ?? false,
          first: body.first ?? false,
          notes: body.notes ?? "",
          ...(seed !== undefined && { seed }),
          ...(run !== undefined && { run }),
          ...(calibration && { calibration: recordCalibration(calibration.text, calibration.file) }),
        });
        return { job };
      } catch (error) {
        if (id === null) await lab.closeArray(array);
        throw error;
      }
    },
    "move-job": ({ job, before }) => {
      lab.queue.move(job, before);
      return queue();
    },
    "cancel-job": ({ job }, session) => {
      lab.queue.cancel(job, session.name);
      return queue();
    },
    "hold-queue": ({ held }) => {
      lab.queue.hold(held);
      if (!held) lab.alarms.settle("panic");
      return queue();
    },
    "control-run": async ({ job, command }, session) => ({ job: await lab.queue.control(job, command, session.name) }),
    panic: async ({ array }, session) => {
      const unsafe = await lab.panic(array === undefined ? undefined : lab.findArray(array), session.name);
      return { unsafe: unsafe.map((one) => ({ array: one.array.id, error: one.error })) };
    },
    prompts: () => ({ prompts: lab.prompts }),
    "answer-prompt": ({ prompt, confirmed }, session) => {
      if (!lab.answerPrompt(prompt, confirmed, session.name))
        throw new Refusal(
          "UNKNOWN",
          `nobody asks ${prompt} any more`,
          "somebody else has answered, or the run has ended",
        );
      return {};
    },
  };
}

/** The file's own emulated array, for this job alone. */
function openOwn(lab: LabService, text: string, file: string, seed: number | undefined) {
  const experiment = loadExperiment(text, file);
  if (experiment.on.length > 0)
    throw new Refusal(
      "UNSUPPORTED",
      `the experiment is for ${experiment.on.join(" and ")}`,
      "open the instrument in the lab and choose it, or take `on:` out of the file",
    );
  const { array: config, limits, chip, name } = experiment;
  return lab.openEmulated({ config, limits, chip, name, seed: seed ?? experiment.seed, living: false, hidden: true });
}
