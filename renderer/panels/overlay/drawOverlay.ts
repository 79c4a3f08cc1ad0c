import type { Comparison } from "../../../core/labMessages/index.ts";
import { stackPlots } from "../../../core/report/panel.ts";

type Overlay = Comparison["overlays"][number];
type Source = "emulated" | "measured" | "unknown";

/** Both curves on one pair of axes, and below them what is left when the reference is taken away. */
export function drawOverlay(overlay: Overlay, sources: { readonly reference: Source; readonly other: Source }): string {
  const { x, y, emulated, measured, residual, title } = overlay;
  const twins = sources.reference !== "measured" && sources.other !== "measured";
  const axis = { quantity: x.label, unit: x.unit };
  const points = measured.x.length < 40;
  return stackPlots(
    [
      {
        height: 300,
        panel: {
          x: axis,
          y: { quantity: y.label, unit: y.unit },
          zeroLines: "both",
          series: [
            {
              ...measured,
              kind: points ? "points" : "line",
              tone: twins ? "emulated-1" : "measured",
              label: twins ? "other" : "measured",
            },
            { ...emulated, kind: "line", tone: "emulated", dashed: true, label: twins ? "reference" : "emulated" },
          ],
        },
      },
      {
        height: 150,
        panel: {
          x: axis,
          y: { quantity: "difference", unit: y.unit },
          zeroLines: "x",
          series: [{ ...residual, kind: points ? "points" : "line", tone: "ink", width: points ? 2.4 : 1 }],
        },
      },
    ],
    { title, description: "Two runs on one pair of axes, and their difference." },
  );
}
