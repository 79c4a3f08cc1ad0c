import { useEffect, useRef, useState } from "react";
import type { RunCard, Trace } from "../../../core/labMessages/index.ts";
import { Button } from "../../components/Button.tsx";
import { quantity } from "../../components/quantity.ts";
import { lab } from "../../connection/index.ts";
import { paintSoon } from "../../store/frame.ts";
import { setReplay, useReplay } from "../../store/replay.ts";
import { onThemeChange } from "../../theme/theme.ts";
import { drawMinimap } from "../traces/minimap.ts";
import { overviewOf } from "../traces/recordedTrace.ts";

/** The record in a strip: a moment in it is what the map shows, as the run knew it then. */
export function TimeBrush({ card }: { card: RunCard }) {
  const { run } = card.summary;
  const { start_s, end_s } = card;
  const replay = useReplay((state) => (state.replay?.run === run ? state.replay : undefined));
  const canvas = useRef<HTMLCanvasElement>(null);
  const [trace, setTrace] = useState<Trace>();
  const time_s = replay?.time_s ?? end_s;
  const [column] = card.columns;
  useEffect(() => {
    if (column === undefined || !(end_s > start_s)) return undefined;
    let here = true;
    lab.ask("read-trace", { run, columns: [column], from_s: start_s, to_s: end_s, pixels: 600 }).then(
      ({ traces: [first] }) => here && setTrace(first),
      () => undefined,
    );
    return () => {
      here = false;
    };
  }, [run, column, start_s, end_s]);
  useEffect(() => {
    const paint = () => {
      if (canvas.current && trace)
        drawMinimap(
          canvas.current,
          overviewOf(trace),
          { from_s: start_s, to_s: replay ? time_s : start_s },
          card.summary.source === "measured" ? "measured" : "emulated",
        );
    };
    paintSoon(paint);
    return onThemeChange(() => paintSoon(paint));
  }, [trace, time_s, replay, start_s, card.summary.source]);
  if (!(end_s > start_s)) return null;
  return (
    <div className="brush">
      <div className="head">
        <span className="mute">replay</span>
        <span className="figure">
          {replay ? `map at ${quantity(time_s - start_s, "s", 4)}` : "brush a time to see the map then"}
        </span>
        <span className="grow" />
        {replay && (
          <Button look="quiet" onPress={() => setReplay(undefined)}>
            Back to now
          </Button>
        )}
      </div>
      {trace && <canvas ref={canvas} aria-hidden="true" />}
      <input
        type="range"
        min={0}
        max={1000}
        step={1}
        aria-label="moment of the run that the map shows"
        aria-valuetext={quantity(time_s - start_s, "s", 4)}
        value={Math.round((1000 * (time_s - start_s)) / (end_s - start_s))}
        onChange={({ currentTarget }) =>
          setReplay({
            run,
            source: card.summary.source,
            time_s: start_s + (Number(currentTarget.value) / 1000) * (end_s - start_s),
          })
        }
      />
    </div>
  );
}
