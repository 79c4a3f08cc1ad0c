import type { Panel } from "../panel.ts";
import { QueuePanel } from "./QueuePanel.tsx";

export const queuePanel: Panel = {
  id: "queue",
  title: "Queue",
  letter: "Q",
  about: "What runs, what waits, and what it asks of you",
  component: QueuePanel,
};
