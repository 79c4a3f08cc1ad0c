import { showPanel } from "../../commands/showPanel.ts";
import { laterPanel } from "../laterPanel.ts";
import type { Panel } from "../panel.ts";
import { follow, useTraceView, zoomToSelection } from "./view.ts";

export const tracesPanel: Panel = {
  id: "traces",
  title: "Traces",
  letter: "T",
  about: "Voltage, current and conductance as they are sampled",
  component: laterPanel(async () => (await import("./TracesPanel.tsx")).TracesPanel),
  commands: [
    {
      id: "traces.follow",
      title: "Follow the newest samples",
      group: "View",
      keys: ["F"],
      run: () => (useTraceView.getState().follow ? useTraceView.setState({ follow: false }) : follow()),
    },
    {
      id: "traces.zoom",
      title: "Zoom the traces to the selection",
      group: "View",
      keys: ["Alt+Z"],
      inFields: true,
      refusal: () =>
        useTraceView.getState().selection ? undefined : "nothing is selected: drag over a trace to select a stretch",
      run: zoomToSelection,
    },
    {
      id: "traces.log",
      title: "Current and conductance on a log scale",
      group: "View",
      keys: ["Y"],
      run: () => {
        showPanel("traces");
        useTraceView.setState(({ log }) => ({ log: !log }));
      },
    },
  ],
};
