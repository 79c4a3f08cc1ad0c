import type { Cell } from "../../../core/labMessages/index.ts";
import { quantity } from "../../components/quantity.ts";

const [WIDTH, HEIGHT, PAD] = [300, 64, 4];

/** Conductance of the latest looks at a junction, in the order in which they were taken. */
export function Sparkline({ cell, other, emulated }: { cell: Cell; other: Cell | undefined; emulated: boolean }) {
  const series = [cell, ...(other ? [other] : [])].map((one) =>
    one.history.map(({ conductance_S }) => conductance_S).filter((value) => Number.isFinite(value)),
  );
  const all = series.flat();
  if ((series[0]?.length ?? 0) < 2) return <p className="mute">Fewer than two reads.</p>;
  let [low, high] = [Math.min(...all), Math.max(...all)];
  if (high - low < 1e-6 * Math.abs(high)) [low, high] = [low * 0.9, high * 1.1];
  const path = (values: readonly number[]) =>
    values
      .map((value, k) => {
        const x = PAD + (k / Math.max(1, values.length - 1)) * (WIDTH - 2 * PAD);
        const y = PAD + (1 - (value - low) / (high - low)) * (HEIGHT - 2 * PAD);
        return `${k === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
      })
      .join("");
  return (
    <figure className="spark">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${series[0]?.length} reads from ${quantity(low, "S")} to ${quantity(high, "S")}`}
      >
        {series[1] && <path d={path(series[1])} className="other" />}
        <path d={path(series[0] ?? [])} className={emulated ? "emulated" : "measured"} />
      </svg>
      <figcaption>
        <output>{quantity(high, "S")}</output>
        <span className="mute">{series[0]?.length} reads</span>
        <output>{quantity(low, "S")}</output>
      </figcaption>
    </figure>
  );
}
