import type { DockviewApi, SerializedDockview } from "dockview-react";
import { findPanel } from "../panels/index.ts";
import { recall, remember } from "../store/persist.ts";

/** Where a panel goes in a fresh layout: beside or inside the group of an earlier one. */
interface Place {
  readonly id: string;
  readonly beside?: { readonly id: string; readonly direction: "left" | "right" | "above" | "below" | "within" };
  readonly width?: number;
  readonly height?: number;
}

/** Panels that are not built are left out, so a layout may name what another branch brings. */
const BUILT_IN: Readonly<Record<string, (narrow: boolean) => readonly Place[]>> = {
  Bench: (narrow) => [
    { id: "map" },
    { id: "instruments", beside: { id: "map", direction: "left" }, width: narrow ? 210 : 250 },
    { id: "queue", beside: { id: "instruments", direction: "below" }, height: 230 },
    { id: "log", beside: { id: "queue", direction: "within" } },
    { id: "protocol", beside: { id: "map", direction: "right" }, width: narrow ? 300 : 380 },
    { id: "inspector", beside: { id: "protocol", direction: "within" } },
    { id: "analysis", beside: { id: "protocol", direction: "within" } },
    { id: "traces", beside: { id: "map", direction: "below" }, height: narrow ? 210 : 260 },
    { id: "runs", beside: { id: "traces", direction: "within" } },
  ],
  Analysis: (narrow) => [
    { id: "analysis" },
    { id: "map", beside: { id: "analysis", direction: "left" }, width: narrow ? 420 : 560 },
    { id: "overlay", beside: { id: "analysis", direction: "below" } },
    { id: "runs", beside: { id: "map", direction: "below" }, height: 280 },
    { id: "inspector", beside: { id: "runs", direction: "within" } },
    { id: "table", beside: { id: "map", direction: "within" } },
  ],
  Array: (narrow) => [
    { id: "map" },
    { id: "inspector", beside: { id: "map", direction: "right" }, width: narrow ? 300 : 360 },
    { id: "table", beside: { id: "map", direction: "below" }, height: 240 },
  ],
};

export const builtInLayouts: readonly string[] = Object.keys(BUILT_IN);

export function applyBuiltIn(api: DockviewApi, name: string): void {
  const places = BUILT_IN[name] ?? BUILT_IN["Bench"];
  if (!places) return;
  api.clear();
  const narrow = window.innerWidth < 1200;
  for (const place of places(narrow)) {
    const panel = findPanel(place.id);
    if (!panel) continue;
    const beside = place.beside && api.getPanel(place.beside.id);
    api.addPanel({
      id: panel.id,
      component: panel.id,
      title: panel.title,
      minimumWidth: 180,
      minimumHeight: 90,
      ...(place.beside && beside ? { position: { referencePanel: beside.id, direction: place.beside.direction } } : {}),
      ...(place.width ? { initialWidth: place.width } : {}),
      ...(place.height ? { initialHeight: place.height } : {}),
      ...(place.beside?.direction === "within" ? { inactive: true } : {}),
    });
  }
  api.getPanel("map")?.api.setActive();
}

/** Names of the layouts that the user saved. */
export function savedLayouts(): string[] {
  const saved = recall("layouts");
  return typeof saved === "object" && saved !== null ? Object.keys(saved) : [];
}

export function saveLayout(api: DockviewApi, name: string): void {
  remember("layouts", { ...(recall("layouts") as object | undefined), [name]: api.toJSON() });
}

export function deleteLayout(name: string): void {
  const { [name]: _, ...rest } = (recall("layouts") ?? {}) as Record<string, unknown>;
  remember("layouts", rest);
}

export function applySaved(api: DockviewApi, name: string): void {
  restore(api, (recall("layouts") as Record<string, unknown> | undefined)?.[name]);
}

/** The layout of the last visit, or the bench. */
export function applyLast(api: DockviewApi): void {
  const last = recall("layout");
  if (last === undefined) applyBuiltIn(api, "Bench");
  else restore(api, last);
}

export function rememberLast(api: DockviewApi): void {
  remember("layout", api.toJSON());
}

/** A stored layout may come from an older version, with panels that are gone: then the bench is shown instead. */
function restore(api: DockviewApi, layout: unknown): void {
  try {
    const { panels } = layout as SerializedDockview;
    if (!Object.keys(panels).every((id) => findPanel(id))) throw new Error("unknown panel");
    api.fromJSON(layout as SerializedDockview);
  } catch {
    applyBuiltIn(api, "Bench");
  }
}
