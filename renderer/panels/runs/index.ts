import { refreshRuns } from "../../store/runs.ts";
import { laterPanel } from "../laterPanel.ts";
import type { Panel } from "../panel.ts";

export const runsPanel: Panel = {
  id: "runs",
  title: "Runs",
  letter: "R",
  about: "Everything recorded: find, open, replay, export",
  component: laterPanel(async () => (await import("./RunsPanel.tsx")).RunsPanel),
  commands: [{ id: "runs.refresh", title: "Read the runs folder again", group: "Runs", run: refreshRuns }],
};
