import { useEffect, useMemo, useState } from "react";
import type { LoopMetrics } from "../../../core/analysis/sections.ts";
import type { LabError } from "../../../core/labMessages/index.ts";
import { type LoopCurve, plotLoop } from "../../../core/report/loopFigure.ts";
import { Figure } from "../../components/Figure.tsx";
import { Notice } from "../../components/Notice.tsx";
import { quantity } from "../../components/quantity.ts";
import { errorOf } from "../../store/runs.ts";
import { placeText } from "./findings.ts";
import { readCycle, readSweeps } from "./readSweeps.ts";
import { type Sweep, sweepFor } from "./sweeps.ts";

type Source = "emulated" | "measured";

/** Loops on one pair of axes: an eye tells four apart. */
const OVERLAID = 4;

/** Current-voltage loops of one junction, the last cycle or any other, all frequencies on one pair of axes. */
export function LoopFigure({ run, loops, source }: { run: string; loops: readonly LoopMetrics[]; source: Source }) {
  const [sweeps, setSweeps] = useState<readonly Sweep[]>();
  const [cycle, setCycle] = useState<number | "last" | "all">("last");
  const [curves, setCurves] = useState<readonly LoopCurve[]>([]);
  const [error, setError] = useState<LabError>();
  useEffect(() => {
    let here = true;
    readSweeps(run).then(
      (found) => here && setSweeps(found),
      (refusal: unknown) => here && setError(errorOf(refusal)),
    );
    return () => {
      here = false;
    };
  }, [run]);
  const shown = useMemo(() => loops.slice(0, OVERLAID), [loops]);
  const cycles = Math.max(1, ...shown.map((loop) => (sweeps ? (sweepFor(sweeps, loop)?.cycles ?? 1) : 1)));
  useEffect(() => {
    if (!sweeps) return undefined;
    let here = true;
    const asked = shown.flatMap((loop) => {
      const sweep = sweepFor(sweeps, loop);
      if (!sweep) return [];
      const last = sweep.cycles - 1;
      const wanted =
        cycle === "all"
          ? Array.from({ length: Math.min(OVERLAID, sweep.cycles) }, (_, k) => k)
          : [cycle === "last" ? last : Math.min(cycle, last)];
      return wanted.map(async (k) => {
        const samples = await readCycle(run, sweep, loop.column, k);
        const name = quantity(sweep.frequency_Hz, "Hz");
        const label = cycle === "all" ? (shown.length > 1 ? `${name}, cycle ${k + 1}` : `cycle ${k + 1}`) : name;
        return samples ? [{ ...samples, label, source }] : [];
      });
    });
    Promise.all(asked).then(
      (found) => here && setCurves(found.flat().slice(0, OVERLAID)),
      (refusal: unknown) => here && setError(errorOf(refusal)),
    );
    return () => {
      here = false;
    };
  }, [run, sweeps, shown, cycle, source]);
  const [first] = shown;
  const svg = useMemo(() => (curves.length > 0 ? plotLoop(curves) : undefined), [curves]);
  if (!first) return null;
  const caption = `Current against voltage, ${placeText(first)}, ${cycle === "all" ? `cycles 1 to ${Math.min(OVERLAID, cycles)}` : cycle === "last" ? `last of ${cycles} ${cycles === 1 ? "cycle" : "cycles"}` : `cycle ${cycle + 1} of ${cycles}`}${loops.length > OVERLAID ? `; ${OVERLAID} of ${loops.length} frequencies` : ""}.`;
  return (
    <figure className="finding">
      {cycles > 1 && (
        <label className="mute cycle">
          cycle{" "}
          <select
            className="input"
            value={String(cycle)}
            onChange={({ currentTarget: { value } }) =>
              setCycle(value === "last" || value === "all" ? value : Number(value))
            }
          >
            <option value="last">last</option>
            <option value="all">first {Math.min(OVERLAID, cycles)} together</option>
            {Array.from({ length: Math.min(cycles, 100) }, (_, k) => (
              <option key={k} value={k}>
                {k + 1}
              </option>
            ))}
          </select>
        </label>
      )}
      {error && (
        <Notice title="These loops cannot be drawn" remedy={error.remedy}>
          {error.message}
        </Notice>
      )}
      {svg && <Figure svg={svg} alt={caption} />}
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
