import { exportOne } from "./exportTask.ts";
import { checkText, listTemplates, planCard, type PlanRequest, planText } from "./planTasks.ts";
import {
  analyse,
  compare,
  figures,
  listAll,
  measureTrace,
  openCard,
  readEvents,
  readTrace,
  replay,
  report,
  summariseOne,
  verify,
} from "./runTasks.ts";

/** What the thread can do. Inputs and outputs are plain data. */
export const TASKS = {
  "check-text": checkText,
  plan: planCard,
  /** The plan alone, for a job. */
  "plan-job": (request: PlanRequest) => {
    const { plan, experiment } = planText(request);
    return { plan, name: experiment.name };
  },
  templates: listTemplates,
  "list-runs": listAll,
  "summarise-run": summariseOne,
  "open-run": openCard,
  "run-events": readEvents,
  "analyse-run": analyse,
  "run-figures": figures,
  "run-report": report,
  "read-trace": readTrace,
  "trace-statistics": measureTrace,
  "replay-map": replay,
  "compare-runs": compare,
  "export-run": exportOne,
  "verify-run": verify,
} as const;
