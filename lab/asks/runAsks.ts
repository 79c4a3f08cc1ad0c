import type { RUN_ASKS } from "../../core/labMessages/runs.ts";
import type { AskHandlers } from "../clientSession.ts";
import type { LabService } from "../labService.ts";

/** Questions about recorded runs: all read on threads of their own. */
export function answerRuns(lab: LabService): Pick<AskHandlers, keyof typeof RUN_ASKS> {
  const parent = lab.options.runsFolder;
  return {
    "list-runs": () => lab.desk.run("list-runs", { parent }),
    "open-run": ({ run }) => lab.slowDesk.run("open-run", { parent, run }),
    "run-events": ({ run, from, count }) => lab.slowDesk.run("run-events", { parent, run, from, count }),
    "analyse-run": ({ run }) => lab.slowDesk.run("analyse-run", { parent, run }),
    "run-figures": ({ run }) => lab.slowDesk.run("run-figures", { parent, run }),
    "run-report": ({ run }) => lab.slowDesk.run("run-report", { parent, run }),
    "read-trace": (body) => lab.slowDesk.run("read-trace", { parent, ...body }),
    "trace-statistics": (body) => lab.slowDesk.run("trace-statistics", { parent, ...body }),
    "replay-map": (body) => lab.slowDesk.run("replay-map", { parent, ...body }),
    "compare-runs": ({ emulated, measured }) => lab.slowDesk.run("compare-runs", { parent, emulated, measured }),
    "export-run": ({ run, format }) => lab.slowDesk.run("export-run", { parent, run, format }),
    "verify-run": ({ run }) => lab.slowDesk.run("verify-run", { parent, run }),
  };
}
