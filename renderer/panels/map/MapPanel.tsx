import { useCallback, useState } from "react";
import type { ArrayCard } from "../../../core/labMessages/index.ts";
import { parseQuantity } from "../../../core/units.ts";
import { Button, Choice } from "../../components/Button.tsx";
import { Empty, Notice } from "../../components/Notice.tsx";
import { plainText, quantity } from "../../components/quantity.ts";
import { SourceMark } from "../../components/SourceMark.tsx";
import { autoScale } from "../../components/heatMap/mapScale.ts";
import { useLab } from "../../store/lab.ts";
import { type MapFeed, useMapFeed, useSlowly } from "../../store/mapFeed.ts";
import { setReplay, useReplay } from "../../store/replay.ts";
import { type Cell, chooseArray, useCurrentArray, useSelection } from "../../store/selection.ts";
import { useUi } from "../../store/ui.ts";
import { MapCanvas } from "./MapCanvas.tsx";
import { MapMenu } from "./MapMenu.tsx";
import { kindOf, setLinear, setRange, showView, useMapSettings } from "./mapState.ts";
import { findView, type MapView, mapViews } from "./mapViews.ts";
import "./map.css";

export function MapPanel() {
  const array = useCurrentArray();
  const replay = useReplay((state) => state.replay);
  const settings = useMapSettings();
  const view = findView(settings.view);
  const feed = useMapFeed(view.quantity);
  const mask = useMapFeed(replay ? undefined : "mask");
  useSlowly(feed, 250);
  const [hover, setHover] = useState<Cell>();
  const [menu, setMenu] = useState<{ x: number; y: number }>();
  const onMenu = useCallback((x: number, y: number) => setMenu({ x, y }), []);
  const source = replay?.source ?? (array?.simulated ? "emulated" : "measured");

  if (!array && !replay) return <NoArray />;
  return (
    <div className={`panel map ${source === "emulated" ? "simulated" : ""}`}>
      <div className="bar">
        <ArrayChoice current={array} />
        {source !== "unknown" && <SourceMark source={source} />}
        <span className="grow" />
        <ViewChoice view={view} array={replay ? undefined : array} />
      </div>
      {replay && (
        <p className="replaying">
          Replay of <b>{plainText(replay.run)}</b> at <output>{quantity(replay.time_s, "s", 4)}</output>: not the live
          array. <Button onPress={() => setReplay(undefined)}>Back to live</Button>
        </p>
      )}
      {feed?.error ? (
        <div className="body">
          <Notice kind="warning" title={feed.error.message} remedy={feed.error.remedy} />
        </div>
      ) : (
        feed && (
          <MapCanvas
            view={view}
            kind={kindOf(view, settings)}
            range={settings.ranges[view.id]}
            marginals={settings.marginals}
            source={source === "emulated" ? "emulated" : "measured"}
            feed={feed}
            mask={mask}
            label={labelOf(array, view, feed)}
            onHover={setHover}
            onMenu={onMenu}
          />
        )
      )}
      <div className="bar foot">
        <Readout view={view} feed={feed} hover={hover} />
        <span className="grow" />
        <ScaleChoice view={view} feed={feed} />
      </div>
      {menu && array && <MapMenu {...menu} array={array} onClose={() => setMenu(undefined)} />}
    </div>
  );
}

function NoArray() {
  const phase = useLab((state) => state.connection.phase);
  if (phase !== "open" && phase !== "silent") return <Empty title="No array: the lab service is not connected." />;
  return (
    <Empty title="No array is open. Open an emulated one, or an instrument, in the instruments panel.">
      <Button look="primary" onPress={() => useUi.getState().setOverlay("open-array")}>
        Open an array
      </Button>
    </Empty>
  );
}

function labelOf(array: ArrayCard | undefined, view: MapView, feed: MapFeed): string {
  const { rows, columns } = feed.map ?? array?.grid ?? { rows: 0, columns: 0 };
  return `Map of ${view.title}, ${rows} rows by ${columns} columns. Arrow keys move, Shift and arrows extend, the table panel holds the same figures.`;
}

function ArrayChoice({ current }: { current: ArrayCard | undefined }) {
  const arrays = useLab((state) => state.arrays);
  if (!current) return null;
  const { rows, columns } = current.grid;
  if (arrays.length < 2)
    return (
      <span className="array-name">
        {plainText(current.name, 40)} <span className="mute">{`${rows} × ${columns}`}</span>
      </span>
    );
  return (
    <select aria-label="array" value={current.array} onChange={(event) => chooseArray(event.target.value)}>
      {arrays.map((card) => (
        <option key={card.array} value={card.array}>
          {`${plainText(card.name, 40)} ${card.grid.rows} × ${card.grid.columns}${card.simulated ? " (simulated)" : ""}`}
        </option>
      ))}
    </select>
  );
}

function ViewChoice({ view, array }: { view: MapView; array: ArrayCard | undefined }) {
  const refusal = (candidate: MapView) => {
    const offered = array?.quantities.find(({ quantity }) => quantity === candidate.quantity);
    return offered && !offered.available ? offered.why || "not known of this array" : undefined;
  };
  const first = mapViews.filter((candidate) => candidate.first);
  return (
    <>
      <span className="views">
        <Choice
          label="quantity"
          value={view.id}
          onChoose={showView}
          options={first.map((candidate) => ({
            value: candidate.id,
            text: candidate.short,
            title: refusal(candidate) ?? candidate.title,
            disabled: refusal(candidate) !== undefined,
          }))}
        />
      </span>
      <select
        className="all-views"
        aria-label="every quantity"
        value={view.id}
        onChange={(event) => showView(event.target.value)}
        title="Every quantity of the map"
      >
        {mapViews.map((candidate) => (
          <option key={candidate.id} value={candidate.id} disabled={refusal(candidate) !== undefined}>
            {candidate.title}
          </option>
        ))}
      </select>
    </>
  );
}

/** What is under the pointer, or else under the cursor. Also read out when the cursor moves. */
function Readout({ view, feed, hover }: { view: MapView; feed: MapFeed | undefined; hover: Cell | undefined }) {
  const { cursor, count } = useSelection();
  const cell = hover ?? cursor;
  const map = feed?.map;
  const inside = cell && map && cell.row < map.rows && cell.column < map.columns;
  const raw = inside ? (map.values[cell.row * map.columns + cell.column] as number) : Number.NaN;
  const value = view.transform && view.id !== "I" ? view.transform(raw) : raw;
  return (
    <span id="map-readout" className="readout" aria-live={hover ? "off" : "polite"}>
      {inside ? (
        <>
          <b>{`r${cell.row} c${cell.column}`}</b>{" "}
          <output>{Number.isNaN(raw) ? "never read" : quantity(value, view.unit, 4)}</output>
        </>
      ) : (
        <span className="mute">{view.title}</span>
      )}
      {count > 1 && <span className="mute">{` · ${count} selected`}</span>}
    </span>
  );
}

function ScaleChoice({ view, feed }: { view: MapView; feed: MapFeed | undefined }) {
  const settings = useMapSettings();
  const range = settings.ranges[view.id];
  const kind = kindOf(view, settings);
  const now = () => {
    const values = feed?.map ? Float32Array.from(feed.map.values, view.transform ?? Number) : new Float32Array(0);
    const { low, high } = autoScale(values, kind);
    return [low, high] as const;
  };
  return (
    <>
      {view.kind === "log" && (
        <Choice
          label="scale"
          value={kind === "log" ? "log" : "linear"}
          onChoose={(scale) => setLinear(view.id, scale === "linear")}
          options={[
            { value: "log", text: "log" },
            { value: "linear", text: "linear" },
          ]}
        />
      )}
      <Choice
        label="range"
        value={range ? "fixed" : "auto"}
        onChoose={(choice) => setRange(view.id, choice === "fixed" ? now() : undefined)}
        options={[
          { value: "auto", text: "auto", title: "The colours span the values" },
          { value: "fixed", text: "fixed", title: "The colours keep their range" },
        ]}
      />
      {range && (
        <>
          <RangeEnd
            view={view}
            value={range[0]}
            label="low end"
            onEnter={(low) => checkEnds(view, kind, low, range[1])}
          />
          <RangeEnd
            view={view}
            value={range[1]}
            label="high end"
            onEnter={(high) => checkEnds(view, kind, range[0], high)}
          />
        </>
      )}
      <Button
        look="quiet"
        pressed={settings.marginals}
        title="Means of rows and columns"
        onPress={() => useMapSettings.setState({ marginals: !settings.marginals })}
      >
        margins
      </Button>
    </>
  );
}

/** @returns what is wrong with the ends, or undefined when they were taken */
function checkEnds(view: MapView, kind: MapView["kind"], low: number, high: number): string | undefined {
  if (!(low < high)) return "the low end must be below the high end";
  if (kind === "log" && low <= 0) return "a log scale begins above 0";
  setRange(view.id, [low, high]);
  return undefined;
}

function RangeEnd({
  view,
  value,
  label,
  onEnter,
}: {
  view: MapView;
  value: number;
  label: string;
  onEnter: (value: number) => string | undefined;
}) {
  const unit = view.unit === "V·s" ? "V*s" : view.unit;
  const [typed, setTyped] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const enter = () => {
    if (typed === undefined) return;
    try {
      const text = typed.replace("Ω", "ohm").replace("V·s", "V*s");
      // a bare number is in the base unit
      const wrong = onEnter(parseQuantity(Number.isFinite(Number(text)) ? Number(text) : text, unit));
      setProblem(wrong);
      if (wrong === undefined) setTyped(undefined);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <input
      className="range-end"
      aria-label={label}
      aria-invalid={problem !== undefined}
      title={problem ?? `${label} of the colours; Enter takes it`}
      value={typed ?? quantity(value, view.unit, 3)}
      onChange={(event) => setTyped(event.target.value)}
      onKeyDown={(event) => event.key === "Enter" && enter()}
      onBlur={enter}
    />
  );
}
