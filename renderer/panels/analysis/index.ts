import { laterPanel } from "../laterPanel.ts";
import type { Panel } from "../panel.ts";

export const analysisPanel: Panel = {
  id: "analysis",
  title: "Analysis",
  letter: "A",
  about: "Loops, potentiation, paired pulses, spectra and impedance of a run, with fits",
  component: laterPanel(async () => (await import("./AnalysisPanel.tsx")).AnalysisPanel),
};
