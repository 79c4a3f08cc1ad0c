import { keysPanel } from "./keys/index.ts";
import type { Panel } from "./panel.ts";

/** Every panel of the window, in the order of its key: the first is 1. */
export const panels: readonly Panel[] = [keysPanel];

export function findPanel(id: string): Panel | undefined {
  return panels.find((panel) => panel.id === id);
}
