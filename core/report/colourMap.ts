type Rgb = readonly [number, number, number];

/** Cividis: even steps of lightness for every kind of colour vision; Nuñez et al., PLoS ONE 13, e0199239 (2018), 10.1371/journal.pone.0199239. */
const CIVIDIS: readonly Rgb[] = [
  [0, 34, 78],
  [8, 49, 110],
  [45, 64, 108],
  [70, 80, 108],
  [93, 96, 110],
  [114, 113, 115],
  [137, 130, 120],
  [160, 148, 118],
  [185, 167, 110],
  [210, 187, 98],
  [234, 208, 80],
  [254, 232, 56],
];

/** Blue, white, orange, for differences centred on zero. */
const DIVERGING: readonly Rgb[] = [
  [8, 81, 156],
  [66, 133, 196],
  [146, 190, 224],
  [247, 247, 247],
  [250, 190, 125],
  [228, 127, 38],
  [166, 78, 4],
];

export type ColourMap = "cividis" | "diverging";

/** @param t 0 to 1, clamped */
export function colourAt(map: ColourMap, t: number): Rgb {
  const stops = map === "cividis" ? CIVIDIS : DIVERGING;
  const place = Math.max(0, Math.min(1, t)) * (stops.length - 1);
  const k = Math.min(stops.length - 2, Math.floor(place));
  const [from, to] = [stops[k] ?? [0, 0, 0], stops[k + 1] ?? [0, 0, 0]];
  const mix = (c: 0 | 1 | 2) => Math.round(from[c] + (to[c] - from[c]) * (place - k));
  return [mix(0), mix(1), mix(2)];
}

export function cssColour([r, g, b]: Rgb): string {
  return `#${[r, g, b].map((c) => c.toString(16).padStart(2, "0")).join("")}`;
}

/** Black or white, whichever reads on this colour (Rec. 709 luma). */
export function inkOn([r, g, b]: Rgb): string {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 125 ? "#101416" : "#fff";
}
