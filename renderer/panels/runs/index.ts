import { lazy } from "react";
import { refreshRuns } from "../../store/runs.ts";
import type { Panel } from "../panel.ts";

export const runsPanel: Panel = {
  id: "runs",
  title: "Runs",
  letter: "R",
  about: "Everything recorded: find, open, replay, export",
  component: lazy(() => import("./RunsPanel.tsx").then(({ RunsPanel }) => ({ default: RunsPanel }))),
  commands: [{ id: "runs.refresh", title: "Read the runs folder again", group: "Runs", run: refreshRuns }],
};
