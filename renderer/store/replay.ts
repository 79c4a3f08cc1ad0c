import { create } from "zustand";
import type { Source } from "../components/SourceMark.tsx";

/** A moment of a record that the maps show instead of the live array: what the runs browser's time brush sets. */
export interface Replay {
  readonly run: string;
  /** Array time. */
  readonly time_s: number;
  readonly source: Source | "unknown";
}

interface ReplayState {
  readonly replay: Replay | undefined;
}

export const useReplay = create<ReplayState>(() => ({ replay: undefined }));

/** Undefined goes back to the live array. */
export function setReplay(replay: Replay | undefined): void {
  useReplay.setState({ replay });
}
