import { lazy } from "react";
import type { Panel } from "../panel.ts";

export const analysisPanel: Panel = {
  id: "analysis",
  title: "Analysis",
  letter: "A",
  about: "Loops, potentiation, paired pulses, spectra and impedance of a run, with fits",
  component: lazy(() => import("./AnalysisPanel.tsx").then(({ AnalysisPanel }) => ({ default: AnalysisPanel }))),
};
