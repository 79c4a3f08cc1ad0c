import type { DockviewApi } from "dockview-react";

/** The dock of this window; one page has one. Absent until it is built. */
let api: DockviewApi | undefined;
let titleOf: (id: string) => string | undefined = () => undefined;

/** @param titles of the panels that there are: commands of panels reach the dock, which must not import them back */
export function setDock(next: DockviewApi, titles: (id: string) => string | undefined): void {
  api = next;
  titleOf = titles;
}

export function dock(): DockviewApi | undefined {
  return api;
}

/** Brings a panel to the front, opening it where it is closed, and gives it the keyboard (or its `focus`). */
export function showPanel(id: string, focus = "[data-focus]"): void {
  const title = titleOf(id);
  if (!api || title === undefined) return;
  const open = api.getPanel(id);
  if (open) open.api.setActive();
  else api.addPanel({ id, component: id, title, minimumWidth: 180, minimumHeight: 90 });
  requestAnimationFrame(() => {
    const element = document.querySelector<HTMLElement>(`[data-panel="${id}"]`);
    (element?.querySelector<HTMLElement>(focus) ?? element)?.focus({ preventScroll: true });
  });
}

export function closePanel(id: string): void {
  const open = api?.getPanel(id);
  if (open) api?.removePanel(open);
}
