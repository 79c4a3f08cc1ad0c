import type { Panel } from "../panel.ts";
import { InspectorPanel } from "./InspectorPanel.tsx";

export const inspectorPanel: Panel = {
  id: "inspector",
  title: "Junction",
  letter: "J",
  about: "One junction: history, last loop, notes, comparison",
  component: InspectorPanel,
};
