import { lazy } from "react";
import type { Panel } from "../panel.ts";

export const overlayPanel: Panel = {
  id: "overlay",
  title: "Overlay",
  letter: "O",
  about: "Emulated against measured: two runs on one pair of axes, with their differences",
  component: lazy(() => import("./OverlayPanel.tsx").then(({ OverlayPanel }) => ({ default: OverlayPanel }))),
};
