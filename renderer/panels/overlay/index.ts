import { laterPanel } from "../laterPanel.ts";
import type { Panel } from "../panel.ts";

export const overlayPanel: Panel = {
  id: "overlay",
  title: "Overlay",
  letter: "O",
  about: "Emulated against measured: two runs on one pair of axes, with their differences",
  component: laterPanel(async () => (await import("./OverlayPanel.tsx")).OverlayPanel),
};
