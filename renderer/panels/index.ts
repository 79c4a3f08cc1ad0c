import { inspectorPanel } from "./inspector/index.ts";
import { instrumentsPanel } from "./instruments/index.ts";
import { keysPanel } from "./keys/index.ts";
import { mapPanel } from "./map/index.ts";
import type { Panel } from "./panel.ts";
import { tablePanel } from "./table/index.ts";

/** Every panel of the window, in the order of its key: the first is 1. */
export const panels: readonly Panel[] = [mapPanel, instrumentsPanel, inspectorPanel, tablePanel, keysPanel];

export function findPanel(id: string): Panel | undefined {
  return panels.find((panel) => panel.id === id);
}
