import type { Panel } from "../panel.ts";
import { LogPanel } from "./LogPanel.tsx";

export const logPanel: Panel = {
  id: "log",
  title: "Log",
  letter: "L",
  about: "What the service, arrays and runs have said",
  component: LogPanel,
};
