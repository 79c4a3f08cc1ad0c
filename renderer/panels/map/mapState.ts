import { create } from "zustand";
import { recall, remember } from "../../store/persist.ts";
import { findView, type MapView } from "./mapViews.ts";

/** How the map is drawn; remembered between visits, per view where views differ. */
export interface MapSettings {
  readonly view: string;
  readonly marginals: boolean;
  /** Ends in base units of the view; a view that is not listed follows its values. */
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
  /** Views whose logarithm is off. */
  readonly linear: readonly string[];
}

const DEFAULTS: MapSettings = { view: "G", marginals: true, ranges: {}, linear: [] };

function restore(): MapSettings {
  const stored = recall("map");
  if (typeof stored !== "object" || stored === null) return DEFAULTS;
  const { view, marginals, ranges, linear } = stored as Partial<MapSettings>;
  return {
    view: findView(String(view)).id,
    marginals: marginals !== false,
    ranges: Object.fromEntries(
      Object.entries(ranges ?? {}).filter(
        ([, range]) => Array.isArray(range) && range.length === 2 && Number.isFinite(range[0]) && range[0] < range[1],
      ),
    ),
    linear: Array.isArray(linear) ? linear.map(String) : [],
  };
}

export const useMapSettings = create<MapSettings>(restore);
useMapSettings.subscribe((settings) => remember("map", settings));

export function showView(view: string): void {
  useMapSettings.setState({ view: findView(view).id });
}

/** Undefined follows the values again. */
export function setRange(view: string, range: readonly [number, number] | undefined): void {
  const { [view]: _, ...others } = useMapSettings.getState().ranges;
  useMapSettings.setState({ ranges: range ? { ...others, [view]: range } : others });
}

export function setLinear(view: string, linear: boolean): void {
  const others = useMapSettings.getState().linear.filter((id) => id !== view);
  useMapSettings.setState({ linear: linear ? [...others, view] : others });
}

export function kindOf(view: MapView, settings: MapSettings): MapView["kind"] {
  return view.kind === "log" && settings.linear.includes(view.id) ? "linear" : view.kind;
}
