import { useEffect, useMemo, useRef, useState } from "react";
import type { Answer, ArrayCard, LabError, RunSummaryCard, Trace } from "../../../core/labMessages/index.ts";
import { Button, Choice, CommandButton } from "../../components/Button.tsx";
import { Empty, Notice } from "../../components/Notice.tsx";
import { plainText, quantity } from "../../components/quantity.ts";
import { SourceMark } from "../../components/SourceMark.tsx";
import { lab } from "../../connection/index.ts";
import { paintSoon } from "../../store/frame.ts";
import { useLab } from "../../store/lab.ts";
import { currentRun, errorOf, useAllRuns, useRuns } from "../../store/runs.ts";
import { useCurrentArray } from "../../store/selection.ts";
import { LiveTraces } from "./liveTraces.ts";
import { drawMinimap, type Overview } from "./minimap.ts";
import { overviewOf, viewOf } from "./recordedTrace.ts";
import { type Drawn, TracePlots } from "./tracePlots.ts";
import { follow, moved, showStretch, type Stretch, useTraceView, WINDOWS, type Window, zoomed } from "./view.ts";
import "uplot/dist/uPlot.min.css";
import "../../components/input.css";
import "./traces.css";

/** Figures for people change this often, however fast frames come. */
const FIGURES_EVERY_ms = 250;
const SETTLED_ms = 160;

interface Figures {
  readonly lost: number;
  readonly dropped: number;
  readonly frames: number;
  readonly columns: readonly number[];
  readonly end_s: number;
}

export function TracesPanel() {
  const array = useCurrentArray();
  const runs = useAllRuns();
  const chosen = useRuns((state) => state.chosen);
  const source = useTraceView((state) => state.source);
  const recorded = currentRun(runs, chosen);
  return (
    <div className="panel traces">
      {source === "live" ? (
        array ? (
          <Live key={array.array} array={array} />
        ) : (
          <>
            <div className="bar">
              <SourceChoice />
            </div>
            <Empty title="No array is open. Open one in the panel Instruments, and its samples appear here." />
          </>
        )
      ) : recorded ? (
        <Recorded key={recorded.run} run={recorded} />
      ) : (
        <>
          <div className="bar">
            <SourceChoice />
          </div>
          <Empty title="No run is recorded yet. Run a protocol, and its samples can be looked at here." />
        </>
      )}
    </div>
  );
}

function SourceChoice() {
  const source = useTraceView((state) => state.source);
  return (
    <Choice
      value={source}
      label="live or recorded samples"
      options={[
        { value: "live", text: "Live" },
        { value: "recorded", text: "Recorded", title: "The run that is chosen in the panel Runs, or the newest" },
      ]}
      onChoose={(next) => useTraceView.setState({ source: next, follow: true, shown: undefined, selection: undefined })}
    />
  );
}

/** The run whose samples the live traces are: the one that goes on, or the last of this array. */
function useRunOf(array: ArrayCard): {
  readonly run: string | undefined;
  readonly planned_s: number;
  readonly running: boolean;
} {
  const job = useLab(
    (state) =>
      state.jobs.find((one) => one.array === array.array && one.state === "running") ??
      state.jobs.find((one) => one.array === array.array && one.run !== null),
  );
  return {
    run: array.run ?? job?.run ?? undefined,
    planned_s: job?.duration_s ?? 10,
    running: job?.state === "running",
  };
}

function Live({ array }: { array: ArrayCard }) {
  const traces = useMemo(() => new LiveTraces(), []);
  const { run, planned_s, running } = useRunOf(array);
  const window = useTraceView((state) => state.window);
  const window_s = window === "run" ? Math.max(1e-3, planned_s) : window;
  const began_s = useRef(Number.NaN);
  /** End of the run, once it is over: what a living array is read for later is not part of it. */
  const ended_s = useRef(Number.NaN);
  const [figures, setFigures] = useState<Figures>({ lost: 0, dropped: 0, frames: 0, columns: [], end_s: Number.NaN });
  const [refusal, setRefusal] = useState<LabError>();
  const screen = useScreen(array.source);

  // another run begins: what was before it is in the record
  useEffect(() => {
    traces.clear();
    began_s.current = Number.NaN;
    useTraceView.setState({ selection: undefined, shown: undefined, follow: true });
  }, [run, traces]);

  useEffect(() => {
    if (running || run === undefined) {
      ended_s.current = Number.NaN;
      return undefined;
    }
    // the last frames come a moment after the news of the end
    const timer = setTimeout(() => {
      ended_s.current = traces.active.end_s;
    }, 200);
    return () => clearTimeout(timer);
  }, [running, run, traces]);

  useEffect(() => {
    traces.watch(array, window_s);
    return () => traces.stop();
  }, [array.array, window_s, traces]);

  useEffect(() => {
    let frames = 0;
    let figuresAt_ms = 0;
    const paint = () => {
      const { follow: following, shown, column, window: chosen } = useTraceView.getState();
      const history = column === "auto" ? traces.active : (traces.columns.get(column) ?? traces.active);
      const { end_s, start_s } = history;
      if (Number.isNaN(began_s.current)) began_s.current = start_s;
      const to_s = chosen === "run" && !Number.isNaN(ended_s.current) ? ended_s.current : end_s;
      const length_s = chosen === "run" ? Math.max(to_s - began_s.current, 1e-9) : chosen;
      const stretch: Stretch = following || !shown ? { from_s: to_s - length_s, to_s } : shown;
      screen.paint(history.view(stretch.from_s, stretch.to_s, screen.columns()), stretch, {
        start_s: traces.overview.origin_s,
        width_s: traces.overview.width_s,
        length: traces.overview.length,
        at: (k) => traces.overview.at(k),
      });
      traces.drawn();
      frames += 1;
    };
    const tick = setInterval(() => {
      const now_ms = performance.now();
      const rate = (1000 * frames) / Math.max(1, now_ms - figuresAt_ms);
      figuresAt_ms = now_ms;
      frames = 0;
      setRefusal(traces.refusal);
      setFigures({
        lost: traces.active.lost,
        dropped: traces.dropped,
        frames: Math.round(rate),
        columns: [...traces.columns.keys()].sort((a, b) => a - b),
        end_s: traces.active.end_s,
      });
    }, FIGURES_EVERY_ms);
    const stops = [
      traces.changed.listen(() => paintSoon(paint)),
      useTraceView.subscribe(() => paintSoon(paint)),
      screen.resized.listen(() => paintSoon(paint)),
    ];
    paintSoon(paint);
    return () => {
      clearInterval(tick);
      stops.forEach((stop) => stop());
    };
  }, [traces, screen]);

  const seen = figures.columns.length > 0;
  return (
    <>
      <div className="bar">
        <SourceChoice />
        <WindowChoice />
        <FollowButton />
        <ColumnChoice columns={figures.columns} />
        <LogChoice />
        <span className="grow" />
        <span
          className="figures figure"
          data-frames={figures.frames}
          data-lost={figures.lost}
          data-dropped={figures.dropped}
        >
          <Lost lost={figures.lost} />
          {figures.dropped > 0 && (
            <span className="mute" title="The screen was too slow for these; the record has them all">
              {figures.dropped} not drawn
            </span>
          )}
          {figures.frames > 0 && <span className="mute rate">{figures.frames} frames/s</span>}
        </span>
        <SourceMark source={array.source} />
      </div>
      {refusal && (
        <Notice title="No live samples" remedy={refusal.remedy}>
          {refusal.message}
        </Notice>
      )}
      <Screen screen={screen} empty={!seen} idle="Waiting for samples: run a protocol, or read a junction with R." />
      <SelectionBar run={run} column={figures.columns.length > 0 ? traces.activeColumn : -1} />
    </>
  );
}

function Recorded({ run }: { run: RunSummaryCard }) {
  const screen = useScreen(run.source === "measured" ? "measured" : "emulated");
  const [card, setCard] = useState<Answer<"open-run">>();
  const [error, setError] = useState<LabError>();
  const [whole, setWhole] = useState<Trace>();
  const [shownTrace, setShownTrace] = useState<Trace>();
  const chosenColumn = useTraceView((state) => state.column);
  const shown = useTraceView((state) => state.shown);
  const column =
    typeof chosenColumn === "number" && card?.columns.includes(chosenColumn) ? chosenColumn : card?.columns[0];
  const fail = (refusal: unknown) => setError(errorOf(refusal));

  useEffect(() => {
    useTraceView.setState({ shown: undefined, selection: undefined });
    lab.ask("open-run", { run: run.run }).then(setCard, fail);
  }, [run.run, run.status]);

  useEffect(() => {
    if (!card || column === undefined) return;
    const body = { run: run.run, columns: [column], from_s: card.start_s, to_s: card.end_s, pixels: 2048 };
    lab.ask("read-trace", body).then(({ traces: [trace] }) => trace && setWhole(trace), fail);
  }, [card, column, run.run]);

  useEffect(() => {
    if (!shown || column === undefined) {
      setShownTrace(undefined);
      return undefined;
    }
    // while a hand moves, the coarse record is shown; the fine one comes when it rests
    const timer = setTimeout(() => {
      const body = { run: run.run, columns: [column], ...shown, pixels: Math.min(8192, 2 * screen.columns()) };
      lab.ask("read-trace", body).then(({ traces: [trace] }) => trace && setShownTrace(trace), fail);
    }, SETTLED_ms);
    return () => clearTimeout(timer);
  }, [shown, column, run.run, screen]);

  useEffect(() => {
    const overview = whole && overviewOf(whole);
    const paint = () => {
      if (!whole || !overview) return;
      const stretch = useTraceView.getState().shown ?? {
        from_s: whole.start_s,
        to_s: whole.start_s + whole.pixel_s * whole.leastCurrent_A.length,
      };
      const fits = shownTrace && shownTrace.start_s <= stretch.from_s + shownTrace.pixel_s;
      const reaches =
        shownTrace &&
        shownTrace.start_s + shownTrace.pixel_s * shownTrace.leastCurrent_A.length >= stretch.to_s - shownTrace.pixel_s;
      screen.paint(viewOf(fits && reaches ? shownTrace : whole), stretch, overview);
    };
    paintSoon(paint);
    const stops = [useTraceView.subscribe(() => paintSoon(paint)), screen.resized.listen(() => paintSoon(paint))];
    return () => stops.forEach((stop) => stop());
  }, [whole, shownTrace, screen]);

  return (
    <>
      <div className="bar">
        <SourceChoice />
        <span className="run" title={run.run}>
          {plainText(run.name)} <span className="mute figure">{plainText(run.run)}</span>
        </span>
        <ColumnChoice columns={card?.columns ?? []} always />
        <LogChoice />
        <span className="grow" />
        <SourceMark source={run.source === "measured" ? "measured" : "emulated"} />
        {shown && <Button onPress={follow}>Whole run</Button>}
      </div>
      {error && (
        <Notice title="These samples cannot be shown" remedy={error.remedy}>
          {error.message}
        </Notice>
      )}
      <Screen
        screen={screen}
        empty={!whole}
        idle={card && card.columns.length === 0 ? "This run holds no samples." : "Reading the record …"}
      />
      <SelectionBar run={run.run} column={column ?? -1} />
    </>
  );
}

/** Plots and minimap of one mounted panel. */
interface ScreenHandle {
  readonly source: "emulated" | "measured";
  plots: TracePlots | undefined;
  minimap: HTMLCanvasElement | null;
  readonly resized: { listen(listener: () => void): () => void; emit(): void };
  stretch: Stretch;
  overview: Overview | undefined;
  columns(): number;
  paint(drawn: Drawn, stretch: Stretch, overview: Overview): void;
}

function useScreen(source: "emulated" | "measured"): ScreenHandle {
  return useMemo(() => {
    const listeners = new Set<() => void>();
    const handle: ScreenHandle = {
      source,
      plots: undefined,
      minimap: null,
      resized: {
        listen: (listener) => {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
        emit: () => listeners.forEach((listener) => listener()),
      },
      stretch: { from_s: 0, to_s: 1 },
      overview: undefined,
      columns: () => Math.min(1600, handle.plots?.width ?? 800),
      paint: (drawn, stretch, overview) => {
        handle.stretch = stretch;
        handle.overview = overview;
        handle.plots?.draw(drawn, stretch);
        handle.plots?.mark(useTraceView.getState().selection);
        if (handle.minimap) drawMinimap(handle.minimap, overview, stretch, source);
      },
    };
    return handle;
  }, [source]);
}

function Screen({ screen, empty, idle }: { screen: ScreenHandle; empty: boolean; idle: string }) {
  const host = useRef<HTMLDivElement>(null);
  const strip = useRef<HTMLCanvasElement>(null);
  const log = useTraceView((state) => state.log);
  const [hover, setHover] = useState("");
  useEffect(() => {
    if (!host.current) return undefined;
    const plots = new TracePlots(host.current, {
      onSelect: (selection) => useTraceView.setState({ selection }),
      onZoom: (factor, around_s) => showStretch(zoomed(screen.stretch, factor, around_s)),
      onHover: setHover,
    });
    screen.plots = plots;
    screen.minimap = strip.current;
    const watch = new ResizeObserver(() => {
      plots.resize();
      screen.resized.emit();
    });
    watch.observe(host.current);
    return () => {
      watch.disconnect();
      plots.destroy();
      screen.plots = undefined;
      screen.minimap = null;
    };
  }, [screen]);
  useEffect(() => {
    screen.plots?.configure(screen.source, log);
    screen.resized.emit();
  }, [screen, log]);
  const pan = (share: number) =>
    showStretch(moved(screen.stretch, share * (screen.stretch.to_s - screen.stretch.from_s)));
  const jump = (clientX: number) => {
    const { overview, stretch } = screen;
    const canvas = strip.current;
    if (!overview || !canvas || overview.length === 0) return;
    const box = canvas.getBoundingClientRect();
    const at_s = overview.start_s + ((clientX - box.left) / box.width) * overview.length * overview.width_s;
    showStretch(moved(stretch, at_s - (stretch.from_s + stretch.to_s) / 2));
  };
  return (
    <div className="screen" data-focus tabIndex={-1}>
      <div className="plots" ref={host} />
      {empty && <div className="waiting mute">{idle}</div>}
      <span className="hover figure">{hover}</span>
      <canvas
        className="minimap"
        ref={strip}
        tabIndex={0}
        role="slider"
        aria-label="stretch of the record that is shown; arrows move it, plus and minus zoom"
        aria-valuetext={`from ${quantity(screen.stretch.from_s, "s")}`}
        aria-valuenow={0}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          jump(event.clientX);
        }}
        onPointerMove={(event) => event.buttons === 1 && jump(event.clientX)}
        onDoubleClick={follow}
        onKeyDown={(event) => {
          const middle_s = (screen.stretch.from_s + screen.stretch.to_s) / 2;
          if (event.key === "ArrowLeft") pan(-0.25);
          else if (event.key === "ArrowRight") pan(0.25);
          else if (event.key === "+") showStretch(zoomed(screen.stretch, 0.5, middle_s));
          else if (event.key === "-") showStretch(zoomed(screen.stretch, 2, middle_s));
          else if (event.key === "End") follow();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
    </div>
  );
}

function FollowButton() {
  const following = useTraceView((state) => state.follow);
  return (
    <CommandButton command="traces.follow" look={following ? "quiet" : "primary"}>
      {following ? "Following" : "Follow"}
    </CommandButton>
  );
}

function LogChoice() {
  const log = useTraceView((state) => state.log);
  return (
    <Button pressed={log} onPress={() => useTraceView.setState({ log: !log })} title="|I| and |G| on a log scale (Y)">
      log
    </Button>
  );
}

function WindowChoice() {
  const window = useTraceView((state) => state.window);
  return (
    <select
      className="input"
      aria-label="how much is shown"
      title="How much array time is shown while following"
      value={String(window)}
      onChange={({ currentTarget }) => {
        const next = WINDOWS.find((one) => String(one) === currentTarget.value) ?? ("run" satisfies Window);
        useTraceView.setState({ window: next });
        follow();
      }}
    >
      {WINDOWS.map((one) => (
        <option key={one} value={String(one)}>
          {one === "run" ? "whole run" : `last ${quantity(one, "s")}`}
        </option>
      ))}
    </select>
  );
}

function ColumnChoice({ columns, always = false }: { columns: readonly number[]; always?: boolean }) {
  const column = useTraceView((state) => state.column);
  if (columns.length < 2) return null;
  return (
    <select
      className="input"
      aria-label="column"
      value={String(columns.includes(column as number) ? column : always ? columns[0] : "auto")}
      onChange={({ currentTarget }) =>
        useTraceView.setState({ column: currentTarget.value === "auto" ? "auto" : Number(currentTarget.value) })
      }
    >
      {!always && <option value="auto">sampled column</option>}
      {columns.map((one) => (
        <option key={one} value={one}>
          column {one}
        </option>
      ))}
    </select>
  );
}

function Lost({ lost }: { lost: number }) {
  return <span className={lost > 0 ? "warn" : "mute"}>{lost.toLocaleString("en")} lost</span>;
}

/** Mean, extremes and charge of the stretch that was dragged over, from the record itself. */
function SelectionBar({ run, column }: { run: string | undefined; column: number }) {
  const selection = useTraceView((state) => state.selection);
  const chosen = useTraceView((state) => state.column);
  const asked = typeof chosen === "number" ? chosen : column;
  const [statistics, setStatistics] = useState<Answer<"trace-statistics">>();
  const [error, setError] = useState<LabError>();
  useEffect(() => {
    setStatistics(undefined);
    setError(undefined);
    if (!selection || run === undefined || asked < 0) return undefined;
    let here = true;
    lab.ask("trace-statistics", { run, column: asked, ...selection }).then(
      (answer) => here && setStatistics(answer),
      (refusal: unknown) => here && setError(errorOf(refusal)),
    );
    return () => {
      here = false;
    };
  }, [selection, run, asked]);
  if (!selection) return null;
  return (
    <div className="selection" role="status" aria-label="statistics of the selection">
      <span className="figure">{quantity(selection.to_s - selection.from_s, "s")}</span>
      {error && <span className="mute">{error.message}</span>}
      {statistics && (
        <dl>
          <dt>mean</dt>
          <dd>{quantity(statistics.mean_A, "A", 4)}</dd>
          <dt>max</dt>
          <dd>{quantity(statistics.largest_A, "A", 4)}</dd>
          <dt>min</dt>
          <dd>{quantity(statistics.least_A, "A", 4)}</dd>
          <dt>charge</dt>
          <dd>{quantity(statistics.charge_C, "C", 4)}</dd>
          <dt>mean V</dt>
          <dd>{quantity(statistics.mean_V, "V", 4)}</dd>
          <dt>samples</dt>
          <dd>
            {statistics.samples.toLocaleString("en")}, {statistics.lost.toLocaleString("en")} lost
          </dd>
        </dl>
      )}
      <span className="grow" />
      <CommandButton command="traces.zoom">Zoom</CommandButton>
      <Button look="quiet" onPress={() => useTraceView.setState({ selection: undefined })} label="clear the selection">
        ×
      </Button>
    </div>
  );
}
