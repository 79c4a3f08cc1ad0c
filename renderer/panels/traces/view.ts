import { create } from "zustand";

/** Windows that follow the live end, seconds of array time; "run" shows the run from its start. */
export const WINDOWS = ["run", 0.1, 1, 10, 60, 600] as const;
export type Window = (typeof WINDOWS)[number];

export interface Stretch {
  readonly from_s: number;
  readonly to_s: number;
}

/** What the traces panel shows. */
export interface TraceViewState {
  readonly source: "live" | "recorded";
  /** Moves with the newest sample. */
  readonly follow: boolean;
  readonly window: Window;
  /** What is shown while it does not follow. */
  readonly shown: Stretch | undefined;
  readonly selection: Stretch | undefined;
  /** |I| and |G| on a log scale. */
  readonly log: boolean;
  /** "auto" is whichever column is being sampled. */
  readonly column: number | "auto";
}

export const useTraceView = create<TraceViewState>(() => ({
  source: "live",
  follow: true,
  window: "run",
  shown: undefined,
  selection: undefined,
  log: false,
  column: "auto",
}));

/** A stretch to look at; leaves the live end. */
export function showStretch(shown: Stretch): void {
  if (shown.to_s > shown.from_s) useTraceView.setState({ shown, follow: false });
}

export function follow(): void {
  useTraceView.setState({ follow: true, shown: undefined });
}

export function zoomToSelection(): void {
  const { selection } = useTraceView.getState();
  if (selection) showStretch(selection);
}

/** The stretch made `factor` times as long around a point of it. */
export function zoomed({ from_s, to_s }: Stretch, factor: number, around_s: number): Stretch {
  return { from_s: around_s - (around_s - from_s) * factor, to_s: around_s + (to_s - around_s) * factor };
}

export function moved({ from_s, to_s }: Stretch, by_s: number): Stretch {
  return { from_s: from_s + by_s, to_s: to_s + by_s };
}
