import { create } from "zustand";
import type { ThemeChoice } from "../theme/theme.ts";
import { recall, remember } from "./persist.ts";

/** What this window shows and selects. The lab's own state is in lab.ts; samples and maps live outside React. */
export interface UiState {
  readonly theme: ThemeChoice;
  readonly overlay: "palette" | "keys" | "tour" | undefined;
  setTheme(theme: ThemeChoice): void;
  setOverlay(overlay: UiState["overlay"]): void;
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
}));
