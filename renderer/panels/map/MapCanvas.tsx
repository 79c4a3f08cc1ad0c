import {
  type KeyboardEvent as ReactKeyboardEvent,
  type PointerEvent as ReactPointerEvent,
  useEffect,
  useRef,
} from "react";
import { fitCanvas, MapPainter } from "../../components/heatMap/MapPainter.ts";
import { hit, type MapGeometry, nearestCell } from "../../components/heatMap/mapGeometry.ts";
import { forgetPainter, paintSoon } from "../../store/frame.ts";
import type { MapFeed } from "../../store/mapFeed.ts";
import {
  type Cell,
  selectCell,
  selectColumn,
  selectRow,
  selectTo,
  toggleCell,
  useSelection,
} from "../../store/selection.ts";
import { onThemeChange, tokenColour } from "../../theme/theme.ts";
import { mapIsDrawn } from "../laterPanel.ts";
import type { MapView } from "./mapViews.ts";

interface MapCanvasProps {
  readonly view: MapView;
  readonly kind: MapView["kind"];
  readonly range: readonly [number, number] | undefined;
  readonly marginals: boolean;
  readonly source: "emulated" | "measured";
  readonly feed: MapFeed;
  readonly mask: MapFeed | undefined;
  readonly label: string;
  onHover(cell: Cell | undefined): void;
  /** Right click, or the menu key: page coordinates. */
  onMenu(x: number, y: number): void;
}

/** The map's drawing and its mouse. Two canvases: values below, selection and hover above, so that pointing repaints no values. */
export function MapCanvas(props: MapCanvasProps) {
  const below = useRef<HTMLCanvasElement>(null);
  const above = useRef<HTMLCanvasElement>(null);
  const painter = useRef<MapPainter>(undefined);
  const hovered = useRef<Cell>(undefined);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const [canvas, marks] = [below.current, above.current];
    if (!canvas || !marks) return;
    const mapPainter = new MapPainter(canvas);
    painter.current = mapPainter;
    let shown: Float32Array = new Float32Array(0);
    const paint = () => {
      const { feed, mask, view, kind, range, marginals, source } = latest.current;
      if (!feed.map) return;
      const { rows, columns, values } = feed.map;
      shown = transformed(shown, values, view.transform);
      mapPainter.paint({
        rows,
        columns,
        values: shown,
        mask: mask?.map?.values.length === values.length ? mask.map.values : undefined,
        kind,
        range,
        quantity: view.title,
        unit: view.unit,
        marginals,
        source,
      });
      paintMarks();
      mapIsDrawn();
    };
    const paintMarks = () => {
      drawMarks(marks, mapPainter.geometry, hovered.current);
      // for tests and scripts that point at junctions
      Object.assign(marks, { crossporeGeometry: mapPainter.geometry });
    };
    const soon = () => paintSoon(paint);
    const marksSoon = () => paintSoon(paintMarks);
    soonRef.current = { paint: soon, marks: marksSoon };
    const size = new ResizeObserver(soon);
    size.observe(canvas);
    const stops = [
      props.feed.changed.listen(soon),
      props.mask?.changed.listen(soon) ?? (() => undefined),
      useSelection.subscribe(marksSoon),
      onThemeChange(soon),
    ];
    soon();
    return () => {
      size.disconnect();
      for (const stop of stops) stop();
      forgetPainter(paint);
      forgetPainter(paintMarks);
    };
  }, [props.feed, props.mask]);
  const soonRef = useRef({ paint: () => undefined as void, marks: () => undefined as void });
  useEffect(() => soonRef.current.paint(), [props.view, props.kind, props.range, props.marginals, props.source]);

  const drag = useRef<{ kind: "cell" | "row" | "column"; before: Uint8Array | undefined; add: boolean }>(undefined);
  const place = (event: ReactPointerEvent | React.MouseEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top] as const;
  };

  const onPointerDown = (event: ReactPointerEvent<HTMLCanvasElement>) => {
    const geometry = painter.current?.geometry;
    if (!geometry) return;
    const target = hit(geometry, ...place(event));
    event.currentTarget.focus({ preventScroll: true });
    if (!target) return;
    const add = event.ctrlKey || event.metaKey;
    if (event.button === 2) {
      if (target.kind === "cell" && !useSelection.getState().chosen?.[target.row * geometry.columns + target.column])
        selectCell(geometry, target);
      return;
    }
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { kind: target.kind, before: add ? useSelection.getState().chosen : undefined, add };
    if (target.kind === "row") selectRow(geometry, target.row, { extend: event.shiftKey, add });
    else if (target.kind === "column") selectColumn(geometry, target.column, { extend: event.shiftKey, add });
    else if (event.shiftKey) selectTo(geometry, target);
    else if (add) toggleCell(geometry, target);
    else selectCell(geometry, target);
  };

  const onPointerMove = (event: ReactPointerEvent<HTMLCanvasElement>) => {
    const geometry = painter.current?.geometry;
    if (!geometry) return;
    const [x, y] = place(event);
    const target = hit(geometry, x, y);
    const cell = target?.kind === "cell" ? target : undefined;
    if (cell?.row !== hovered.current?.row || cell?.column !== hovered.current?.column) {
      hovered.current = cell;
      props.onHover(cell);
      soonRef.current.marks();
    }
    if (!drag.current || !event.buttons) return;
    const near = nearestCell(geometry, x, y);
    const { cursor } = useSelection.getState();
    if (drag.current.kind === "row") {
      if (near.row !== cursor?.row) selectRow(geometry, near.row, { extend: true });
    } else if (drag.current.kind === "column") {
      if (near.column !== cursor?.column) selectColumn(geometry, near.column, { extend: true });
    } else if (near.row !== cursor?.row || near.column !== cursor?.column)
      selectTo(geometry, near, drag.current.before);
  };

  const onKeyDown = (event: ReactKeyboardEvent<HTMLCanvasElement>) => {
    if (event.key !== "ContextMenu" && !(event.shiftKey && event.key === "F10")) return;
    event.preventDefault();
    const geometry = painter.current?.geometry;
    const { cursor } = useSelection.getState();
    if (!geometry || !cursor) return;
    const box = event.currentTarget.getBoundingClientRect();
    props.onMenu(
      box.left + geometry.left + (cursor.column + 1) * geometry.cellWidth,
      box.top + geometry.top + (cursor.row + 1) * geometry.cellHeight,
    );
  };

  return (
    <div className="map-canvas">
      <canvas ref={below} aria-hidden="true" />
      <canvas
        ref={above}
        className="marks"
        data-focus
        data-map
        tabIndex={0}
        role="application"
        aria-label={props.label}
        aria-describedby="map-readout"
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={() => (drag.current = undefined)}
        onPointerLeave={() => {
          hovered.current = undefined;
          props.onHover(undefined);
          soonRef.current.marks();
        }}
        onContextMenu={(event) => {
          event.preventDefault();
          props.onMenu(event.clientX, event.clientY);
        }}
        onKeyDown={onKeyDown}
      />
    </div>
  );
}

/** The values as shown; the same list is used again while its size fits. */
function transformed(into: Float32Array, values: Float32Array, transform: MapView["transform"]): Float32Array {
  if (!transform) return values;
  const out = into.length === values.length && into !== values ? into : new Float32Array(values.length);
  for (let k = 0; k < values.length; k++) out[k] = transform(values[k] as number);
  return out;
}

function drawMarks(canvas: HTMLCanvasElement, geometry: MapGeometry | undefined, hovered: Cell | undefined): void {
  const context = canvas.getContext("2d");
  if (!context || !geometry) return;
  const { width, height, left, top, cellWidth, cellHeight, rows, columns } = geometry;
  fitCanvas(canvas, width, height);
  const ratio = window.devicePixelRatio || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const { chosen, cursor, pinned } = useSelection.getState();
  if (chosen?.length === rows * columns) outline(context, chosen, geometry);
  const box = (cell: Cell, grow: number) =>
    context.strokeRect(
      left + cell.column * cellWidth - grow,
      top + cell.row * cellHeight - grow,
      cellWidth + 2 * grow,
      cellHeight + 2 * grow,
    );
  const inGrid = (cell: Cell | undefined): cell is Cell =>
    cell !== undefined && cell.row < rows && cell.column < columns;
  if (inGrid(pinned)) {
    context.strokeStyle = tokenColour("--ink");
    context.lineWidth = 1.5;
    context.setLineDash([3, 2]);
    box(pinned, 1);
    context.setLineDash([]);
  }
  if (inGrid(cursor)) {
    // a dark and a light line: seen on every colour of the scale
    context.strokeStyle = tokenColour("--panel");
    context.lineWidth = 5;
    box(cursor, 0.5);
    context.strokeStyle = tokenColour("--accent");
    context.lineWidth = 3;
    box(cursor, 0.5);
  }
  if (inGrid(hovered)) {
    context.strokeStyle = tokenColour("--ink");
    context.lineWidth = 1;
    box(hovered, 0);
  }
}

/** The border of the chosen junctions: the sides that they do not share. */
function outline(context: CanvasRenderingContext2D, chosen: Uint8Array, geometry: MapGeometry): void {
  const { left, top, cellWidth, cellHeight, rows, columns } = geometry;
  context.beginPath();
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const k = row * columns + column;
      if (!chosen[k]) continue;
      const [x, y] = [left + column * cellWidth, top + row * cellHeight];
      if (row === 0 || !chosen[k - columns]) line(context, x, y, x + cellWidth, y);
      if (row === rows - 1 || !chosen[k + columns]) line(context, x, y + cellHeight, x + cellWidth, y + cellHeight);
      if (column === 0 || !chosen[k - 1]) line(context, x, y, x, y + cellHeight);
      if (column === columns - 1 || !chosen[k + 1]) line(context, x + cellWidth, y, x + cellWidth, y + cellHeight);
    }
  context.strokeStyle = tokenColour("--panel");
  context.lineWidth = 4;
  context.stroke();
  context.strokeStyle = tokenColour("--accent");
  context.lineWidth = 2;
  context.stroke();
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
}
