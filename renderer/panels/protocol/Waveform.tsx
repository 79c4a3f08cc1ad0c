import type { PlanCard } from "../../../core/labMessages/index.ts";
import { quantity } from "../../components/quantity.ts";
import { durationText } from "../queue/jobText.ts";

type Preview = PlanCard["perProtocol"][number]["preview"];

const [WIDTH, HEIGHT] = [320, 46];

/** What the first junction of a protocol sees in its first steps: enough to recognise the shape and the largest voltage. */
export function Waveform({ preview, label }: { preview: Preview; label: string }) {
  const { time_s, voltage_V, duration_s } = preview;
  const finite = voltage_V.filter((v) => Number.isFinite(v));
  if (finite.length === 0 || !(duration_s > 0)) return null;
  const top = Math.max(0, ...finite);
  const bottom = Math.min(0, ...finite);
  const span = top - bottom || 1;
  const y = (v: number) => 3 + ((top - v) / span) * (HEIGHT - 6);
  let path = "";
  let down = false;
  voltage_V.forEach((v, k) => {
    if (!Number.isFinite(v)) {
      down = false;
      return;
    }
    const x = ((time_s[k] ?? 0) / duration_s) * WIDTH;
    path += `${down ? "L" : "M"}${x.toFixed(1)} ${y(v).toFixed(1)}`;
    down = true;
  });
  return (
    <figure className="waveform">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        <line className="zero" x1="0" x2={WIDTH} y1={y(0)} y2={y(0)} />
        <path d={path} />
      </svg>
      <figcaption>
        <span>
          {quantity(bottom, "V")} to {quantity(top, "V")}
        </span>
        <span>first {durationText(duration_s)}</span>
      </figcaption>
    </figure>
  );
}
