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
  focusIn(id, focus, document.activeElement, 60);
}

/** What takes the keyboard may come a moment after its panel, with an answer of the lab: looks for it a few frames long. */
function focusIn(id: string, focus: string, before: Element | null, frames: number): void {
  requestAnimationFrame(() => {
    // whoever went elsewhere in the meantime stays there
    if (document.activeElement !== before && document.activeElement !== document.body) return;
    const element = document.querySelector<HTMLElement>(`[data-panel="${id}"]`);
    const wanted = element?.querySelector<HTMLElement>(focus);
    if (wanted) wanted.focus({ preventScroll: true });
    else if (frames > 0) focusIn(id, focus, before, frames - 1);
    else element?.focus({ preventScroll: true });
  });
}

export function closePanel(id: string): void {
  const open = api?.getPanel(id);
  if (open) api?.removePanel(open);
}
