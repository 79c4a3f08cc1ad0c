import { create } from "zustand";
import type { ThemeChoice } from "../theme/theme.ts";
import { recall, remember } from "./persist.ts";

/** What stands in front of the page. */
export type Overlay = "palette" | "keys" | "pulse" | "target" | "open-array";

/** What this window shows and selects. The lab's own state is in lab.ts; samples and maps live outside React. */
export interface UiState {
  readonly theme: ThemeChoice;
  readonly overlay: Overlay | undefined;
  setTheme(theme: ThemeChoice): void;
  setOverlay(overlay: UiState["overlay"]): void;
  /** The step of the tour; undefined when it is not shown. */
  readonly tour: number | undefined;
  setTour(step: number | undefined): void;
  /** What was done or went wrong a moment ago, said once to readers and shown for a while. */
  readonly said: readonly Said[];
}

export interface Said {
  readonly id: number;
  readonly kind: "info" | "warning" | "error";
  readonly text: string;
  readonly remedy: string;
}

const THEMES: readonly unknown[] = ["system", "light", "dark"] satisfies ThemeChoice[];
const storedTheme = recall("theme");

export const useUi = create<UiState>((set) => ({
  theme: THEMES.includes(storedTheme) ? (storedTheme as ThemeChoice) : "system",
  overlay: undefined,
  setTheme: (theme) => {
    remember("theme", theme);
    set({ theme });
  },
  setOverlay: (overlay) => set({ overlay }),
  tour: undefined,
  setTour: (tour) => {
    if (tour === undefined) remember("toured", true);
    set({ tour });
  },
  said: [],
}));

let number = 0;
const SHOWN_ms = { info: 4000, warning: 12_000, error: 20_000 };

/** Says something in the corner, and to readers; errors stay longest. */
export function say(kind: Said["kind"], text: string, remedy = ""): void {
  const id = ++number;
  useUi.setState(({ said }) => ({ said: [...said.slice(-3), { id, kind, text, remedy }] }));
  setTimeout(() => unsay(id), SHOWN_ms[kind]);
}

export function unsay(id: number): void {
  useUi.setState(({ said }) => ({ said: said.filter((one) => one.id !== id) }));
}

/** A refusal of the service, in its own words. */
export function sayError(error: unknown, doing?: string): void {
  const told = (error as { error?: { message: string; remedy: string } }).error;
  const text = told?.message ?? (error instanceof Error ? error.message : String(error));
  say("error", doing ? `${doing}: ${text}` : text, told?.remedy ?? "");
}
