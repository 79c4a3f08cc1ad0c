import type { DockviewApi } from "dockview-react";
import { findPanel } from "../panels/index.ts";

/** The dock of this window; one page has one. Absent until it is built. */
let api: DockviewApi | undefined;

export function setDock(next: DockviewApi | undefined): void {
  api = next;
}

export function dock(): DockviewApi | undefined {
  return api;
}

/** Brings a panel to the front, opening it where it is closed, and gives it the keyboard. */
export function showPanel(id: string): void {
  const panel = findPanel(id);
  if (!api || !panel) return;
  const open = api.getPanel(id);
  if (open) open.api.setActive();
  else api.addPanel({ id, component: id, title: panel.title, minimumWidth: 180, minimumHeight: 90 });
  requestAnimationFrame(() => {
    const element = document.querySelector<HTMLElement>(`[data-panel="${id}"]`);
    (element?.querySelector<HTMLElement>("[data-focus]") ?? element)?.focus({ preventScroll: true });
  });
}

export function closePanel(id: string): void {
  const open = api?.getPanel(id);
  if (open) api?.removePanel(open);
}
