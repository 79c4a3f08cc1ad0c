import { analysisPanel } from "./analysis/index.ts";
import { inspectorPanel } from "./inspector/index.ts";
import { instrumentsPanel } from "./instruments/index.ts";
import { keysPanel } from "./keys/index.ts";
import { logPanel } from "./log/index.ts";
import { mapPanel } from "./map/index.ts";
import { overlayPanel } from "./overlay/index.ts";
import { protocolPanel } from "./protocol/index.ts";
import { queuePanel } from "./queue/index.ts";
import { runsPanel } from "./runs/index.ts";
import { tablePanel } from "./table/index.ts";
import { tracesPanel } from "./traces/index.ts";
import type { Panel } from "./panel.ts";

/** Every panel of the window, in the order of its key: the first is 1. */
export const panels: readonly Panel[] = [
  mapPanel,
  instrumentsPanel,
  protocolPanel,
  tracesPanel,
  queuePanel,
  analysisPanel,
  runsPanel,
  overlayPanel,
  inspectorPanel,
  tablePanel,
  logPanel,
  keysPanel,
];

export function findPanel(id: string): Panel | undefined {
  return panels.find((panel) => panel.id === id);
}
