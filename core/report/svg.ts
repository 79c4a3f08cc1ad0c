/** Text for XML and HTML. Characters that no XML document may hold, and direction overrides, become U+FFFD. */
export function escapeText(text: string): string {
  return text
    .replace(UNPRINTABLE, "\ufffd")
    .replace(/[\ud800-\udfff]/gu, "\ufffd")
    .replace(/[&<>"']/gu, (character) => ENTITY[character] ?? character);
}

/** The words of markup that was made here, without its tags. */
export function readText(markup: string): string {
  const text = markup.replace(/<[^>]*>/gu, "");
  return Object.entries(ENTITY).reduce((read, [character, entity]) => read.replaceAll(entity, character), text);
}

// oxlint-disable-next-line no-control-regex -- taking them out is the purpose
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;
const ENTITY: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A coordinate with the hundredth of a pixel that an eye can see. */
export function px(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return Object.is(rounded, -0) ? "0" : String(rounded);
}

/** What a curve stands for: measured is teal, emulated purple, the rest is ink. A number picks a shade of a family. */
export type Tone =
  | "measured"
  | "emulated"
  | "ink"
  | "mute"
  | "warn"
  | `measured-${1 | 2 | 3}`
  | `emulated-${1 | 2 | 3}`;

export function shade(source: "measured" | "emulated", index: number, count: number): Tone {
  if (count <= 1) return source;
  // from dark to light; the lightest only where four are needed
  const shades = [`${source}-1`, source, `${source}-2`, `${source}-3`] as const;
  return shades[Math.min(index, 3)] ?? source;
}

const LIGHT = {
  bg: "#f6f7f8",
  panel: "#fff",
  ink: "#1b2327",
  mute: "#5b676e",
  line: "#dfe4e7",
  axis: "#8b979d",
  measured: "#0b6e8a",
  "measured-1": "#064656",
  "measured-2": "#2f9ab8",
  "measured-3": "#79b9cb",
  emulated: "#7a4fb5",
  "emulated-1": "#452577",
  "emulated-2": "#a17cd6",
  "emulated-3": "#bfa5e2",
  warn: "#b25c00",
  ok: "#2f7d4f",
  stop: "#b3261e",
  empty: "#eceff1",
};

const DARK: Readonly<Record<keyof typeof LIGHT, string>> = {
  bg: "#12181b",
  panel: "#1a2226",
  ink: "#e4eaed",
  mute: "#9caab1",
  line: "#2b363b",
  axis: "#64727a",
  measured: "#5cc0dc",
  "measured-1": "#b5e6f3",
  "measured-2": "#2f93b0",
  "measured-3": "#237085",
  emulated: "#b995f0",
  "emulated-1": "#e3d5fa",
  "emulated-2": "#8f67cf",
  "emulated-3": "#6c4ba6",
  warn: "#f0a44b",
  ok: "#6cc58f",
  stop: "#ff7a70",
  empty: "#232d32",
};

function variables(colours: Readonly<Record<string, string>>): string {
  return Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(";");
}

const FONTS =
  '--sans:Inter,"DejaVu Sans",system-ui,sans-serif;--mono:"JetBrains Mono","DejaVu Sans Mono",ui-monospace,monospace';

/** The colours and letters of every figure and report, light and dark, on the elements that match `where`. Paper is light. */
export function themeCss(where: string): string {
  return (
    `${where}{${variables(LIGHT)};${FONTS}}` +
    `@media screen and (prefers-color-scheme:dark){${where}{${variables(DARK)}}}`
  );
}

/** Rules for what figures are made of. */
export const FIGURE_CSS =
  ".fig text{font:11px var(--sans);fill:var(--mute)}.fig .n{font:10.5px var(--mono)}.fig .t{fill:var(--ink)}" +
  ".fig .ax{stroke:var(--axis);stroke-width:1;fill:none}.fig .zero{stroke:var(--line);stroke-width:1}" +
  ".fig .lead{stroke:var(--axis);stroke-width:.6;fill:none}.fig .halo{paint-order:stroke;stroke:var(--panel);stroke-width:3px}";

const OWN_STYLE = `<style>${themeCss(".fig")}${FIGURE_CSS}.fig{background:var(--panel)}</style>`;

/** A figure of a page as a file of its own. */
export function standAlone(svg: string): string {
  return svg.includes("<style>") ? svg : svg.replace("</desc>", () => `</desc>${OWN_STYLE}`);
}

/**
 * Wraps a drawing. A standalone figure carries its own colours, so that it can be saved as a file;
 * inside a report the page has them. Title and description are what a screen reader says.
 */
export function wrapFigure(
  size: { readonly width: number; readonly height: number },
  text: { readonly title: string; readonly description: string },
  body: string,
  standalone: boolean,
): string {
  const style = standalone ? OWN_STYLE : "";
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="fig" viewBox="0 0 ${px(size.width)} ${px(size.height)}" width="${px(size.width)}" height="${px(size.height)}"` +
    ` role="img" aria-label="${escapeText(text.title)}"><title>${escapeText(text.title)}</title>` +
    `<desc>${escapeText(text.description)}</desc>${style}${body}</svg>`
  );
}

export function drawText(
  x: number,
  y: number,
  text: string,
  options: {
    anchor?: "start" | "middle" | "end";
    mono?: boolean;
    tone?: Tone;
    ink?: boolean;
    rotate?: number;
    halo?: boolean;
    fill?: string;
  } = {},
): string {
  const classes = [options.mono ? "n" : "", options.ink ? "t" : "", options.halo ? "halo" : ""]
    .filter(Boolean)
    .join(" ");
  const fill = options.fill ?? (options.tone ? `var(--${options.tone})` : "");
  return (
    `<text x="${px(x)}" y="${px(y)}"${classes ? ` class="${classes}"` : ""}${options.anchor && options.anchor !== "start" ? ` text-anchor="${options.anchor}"` : ""}` +
    `${fill ? ` style="fill:${fill}"` : ""}${options.rotate ? ` transform="rotate(${options.rotate} ${px(x)} ${px(y)})"` : ""}>${escapeText(text)}</text>`
  );
}

export function drawLine(x1: number, y1: number, x2: number, y2: number, css: string): string {
  return `<line class="${css}" x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}"/>`;
}

/** Generous width of a text in pixels: letters are measured in no browser here. */
export function textWidth(text: string, mono = false): number {
  return [...text].length * (mono ? 6.4 : 6.6);
}
