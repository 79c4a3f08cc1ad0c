import type { Panel } from "../panel.ts";
import { KeysPanel } from "./KeysPanel.tsx";

export const keysPanel: Panel = {
  id: "keys",
  title: "Keys",
  letter: "?",
  about: "Every key and what it does",
  component: KeysPanel,
};
