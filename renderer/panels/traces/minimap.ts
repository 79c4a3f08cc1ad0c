import { tokenColour } from "../../theme/theme.ts";
import type { Stretch } from "./view.ts";

/** Extremes over equal stretches of time, from the live folding buffer or a recorded overview. */
export interface Overview {
  readonly start_s: number;
  readonly width_s: number;
  readonly length: number;
  at(k: number): { readonly low_A: number; readonly high_A: number; readonly lost: number };
}

/** The whole record in a strip, with the shown stretch framed and lost samples marked. */
export function drawMinimap(
  canvas: HTMLCanvasElement,
  overview: Overview,
  shown: Stretch,
  source: "emulated" | "measured",
): void {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const ctx = canvas.getContext("2d");
  if (!ctx) return;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  const { start_s, width_s, length } = overview;
  if (length === 0) return;
  const span_s = Math.max(length * width_s, 1e-12);
  let [low, high] = [Infinity, -Infinity];
  for (let k = 0; k < length; k++) {
    const bin = overview.at(k);
    if (bin.low_A < low) low = bin.low_A;
    if (bin.high_A > high) high = bin.high_A;
  }
  const range = high - low || 1;
  const y = (value: number) => 2 + ((high - value) / range) * (height - 4);
  const x = (time_s: number) => ((time_s - start_s) / span_s) * width;
  ctx.fillStyle = tokenColour("--accent-soft");
  const [left, right] = [Math.max(0, x(shown.from_s)), Math.min(width, x(shown.to_s))];
  ctx.fillRect(left, 0, Math.max(2, right - left), height);
  ctx.strokeStyle = tokenColour(source === "emulated" ? "--sim" : "--accent");
  ctx.globalAlpha = 0.7;
  ctx.beginPath();
  const step = Math.max(1, width / length);
  for (let k = 0; k < length; k++) {
    const { low_A, high_A } = overview.at(k);
    if (Number.isNaN(low_A)) continue;
    const at = (k / length) * width + step / 2;
    ctx.moveTo(at, y(high_A) - 0.5);
    ctx.lineTo(at, y(low_A) + 0.5);
  }
  ctx.stroke();
  ctx.globalAlpha = 1;
  ctx.fillStyle = tokenColour("--warn");
  for (let k = 0; k < length; k++)
    if (overview.at(k).lost > 0) ctx.fillRect((k / length) * width, 0, Math.max(2, step), 4);
  ctx.strokeStyle = tokenColour("--accent");
  ctx.strokeRect(left + 0.5, 0.5, Math.max(2, right - left) - 1, height - 1);
}
