import type { Cell } from "../../../core/labMessages/index.ts";
import { makeScale } from "../../../core/report/axis.ts";
import { plainText } from "../../components/quantity.ts";

const [WIDTH, HEIGHT] = [300, 210];
const FIELD = { left: 46, right: 10, top: 10, bottom: 34 };

/** Current over voltage of the last sweep, as in a paper: zero lines, thin axes, few ticks. */
export function Loop({ cell, other, emulated }: { cell: Cell; other: Cell | undefined; emulated: boolean }) {
  const { loop } = cell;
  if (!loop) return <p className="mute">It was not swept yet.</p>;
  const loops = [loop, ...(other?.loop ? [other.loop] : [])];
  const width = WIDTH - FIELD.left - FIELD.right;
  const height = HEIGHT - FIELD.top - FIELD.bottom;
  const x = makeScale(
    { quantity: "voltage", unit: "V", zero: true },
    loops.flatMap((one) => one.voltage_V),
    width,
  );
  const y = makeScale(
    { quantity: "current", unit: "A", zero: true },
    loops.flatMap((one) => one.current_A),
    height,
  );
  const at = (v: number, i: number) => [FIELD.left + x.at(v) * width, FIELD.top + (1 - y.at(i)) * height] as const;
  const path = ({ voltage_V, current_A }: NonNullable<Cell["loop"]>) => {
    let text = "";
    let pen = false;
    voltage_V.forEach((v, k) => {
      const i = current_A[k] ?? Number.NaN;
      if (!Number.isFinite(v) || !Number.isFinite(i)) {
        pen = false;
        return;
      }
      const [px, py] = at(v, i);
      text += `${pen ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`;
      pen = true;
    });
    return text;
  };
  const [zeroX, zeroY] = at(0, 0);
  const bottom = FIELD.top + height;
  return (
    <svg
      className="loop"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`Loop of ${plainText(loop.run)}, ${loop.voltage_V.length} points`}
    >
      <path className="axis" d={`M${FIELD.left} ${FIELD.top}V${bottom}H${WIDTH - FIELD.right}`} />
      <path className="zero" d={`M${zeroX} ${FIELD.top}V${bottom}M${FIELD.left} ${zeroY}H${WIDTH - FIELD.right}`} />
      {x.ticks.map(({ value, label }) => (
        <text key={value} className="n" x={at(value, 0)[0]} y={bottom + 13} textAnchor="middle">
          {label}
        </text>
      ))}
      {y.ticks.map(({ value, label }) => (
        <text key={value} className="n" x={FIELD.left - 5} y={at(0, value)[1] + 3.5} textAnchor="end">
          {label}
        </text>
      ))}
      <text x={WIDTH - FIELD.right} y={HEIGHT - 5} textAnchor="end">
        {x.title}
      </text>
      <text x={FIELD.left + 5} y={FIELD.top + 9}>
        {y.title}
      </text>
      {other?.loop && <path className="other" d={path(other.loop)} />}
      <path className={emulated ? "emulated" : "measured"} d={path(loop)} />
    </svg>
  );
}
