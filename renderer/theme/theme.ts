import { useUi } from "../store/ui.ts";

export type ThemeChoice = "system" | "light" | "dark";

/** Keeps `data-theme` of the document equal to the choice, following the system where nobody chose. */
export function followTheme(): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const { theme } = useUi.getState();
    const dark = theme === "dark" || (theme === "system" && system.matches);
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
    colours.clear();
    for (const listener of listeners) listener();
  };
  system.addEventListener("change", apply);
  useUi.subscribe((now, before) => {
    if (now.theme !== before.theme) apply();
  });
  apply();
}

const listeners = new Set<() => void>();
const colours = new Map<string, string>();

/** For canvases, which read their colours once: called after every change of theme. */
export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The colour behind a token such as "--accent", as canvases want it. */
export function tokenColour(token: `--${string}`): string {
  let colour = colours.get(token);
  if (colour === undefined) {
    colour = getComputedStyle(document.documentElement).getPropertyValue(token).trim();
    colours.set(token, colour);
  }
  return colour;
}
