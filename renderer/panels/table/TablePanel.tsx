import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Empty, Notice } from "../../components/Notice.tsx";
import { quantity } from "../../components/quantity.ts";
import { SourceMark } from "../../components/SourceMark.tsx";
import { useMapFeed, useSlowly } from "../../store/mapFeed.ts";
import { useReplay } from "../../store/replay.ts";
import {
  moveCursor,
  selectCell,
  selectColumn,
  selectRow,
  useCurrentArray,
  useSelection,
} from "../../store/selection.ts";
import { useMapSettings } from "../map/mapState.ts";
import { findView } from "../map/mapViews.ts";
import { windowOf } from "./windowOf.ts";
import "./table.css";

const ROW_HEIGHT = 24;
const COLUMN_WIDTH = 84;
const HEAD_WIDTH = 48;

/**
 * The map's twin for screen readers and for people who want figures: the same quantity, the same selection. Only what is in
 * sight is in the page, so that a 512 x 512 array costs no more than a small one; aria-rowcount tells readers of the rest.
 */
export function TablePanel() {
  const array = useCurrentArray();
  const replay = useReplay((state) => state.replay);
  const view = findView(useMapSettings((state) => state.view));
  const feed = useMapFeed(view.quantity);
  useSlowly(feed, 400);
  const { cursor, chosen } = useSelection();
  const box = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ left: 0, top: 0, width: 600, height: 300 });
  const map = feed?.map;

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () =>
      setSight({
        left: element.scrollLeft,
        top: element.scrollTop,
        width: element.clientWidth,
        height: element.clientHeight,
      });
    const size = new ResizeObserver(look);
    size.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      size.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [map !== undefined]);

  // the cursor stays in sight
  useEffect(() => {
    const element = box.current;
    if (!element || !cursor) return;
    const [x, y] = [HEAD_WIDTH + cursor.column * COLUMN_WIDTH, ROW_HEIGHT + cursor.row * ROW_HEIGHT];
    if (x < element.scrollLeft + HEAD_WIDTH) element.scrollLeft = x - HEAD_WIDTH;
    else if (x + COLUMN_WIDTH > element.scrollLeft + element.clientWidth)
      element.scrollLeft = x + COLUMN_WIDTH - element.clientWidth;
    if (y < element.scrollTop + ROW_HEIGHT) element.scrollTop = y - ROW_HEIGHT;
    else if (y + ROW_HEIGHT > element.scrollTop + element.clientHeight)
      element.scrollTop = y + ROW_HEIGHT - element.clientHeight;
  }, [cursor]);

  if (!array && !replay) return <Empty title="No array is open." />;
  if (feed?.error) return <Notice kind="warning" title={feed.error.message} remedy={feed.error.remedy} />;
  if (!map) return <Empty title="Waiting for the first map." />;
  const { rows, columns, values } = map;
  const [firstRow, lastRow] = windowOf(sight.top, sight.height - ROW_HEIGHT, ROW_HEIGHT, rows);
  const [firstColumn, lastColumn] = windowOf(sight.left, sight.width - HEAD_WIDTH, COLUMN_WIDTH, columns);
  const rowsShown = Array.from({ length: lastRow - firstRow }, (_, k) => firstRow + k);
  const columnsShown = Array.from({ length: lastColumn - firstColumn }, (_, k) => firstColumn + k);

  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      Home: [0, -columns],
      End: [0, columns],
      PageUp: [-10, 0],
      PageDown: [10, 0],
    };
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    moveCursor(map, step[0], step[1], event.shiftKey);
  };
  const source = replay?.source ?? (array?.simulated ? "emulated" : "measured");

  return (
    <div className={`panel ${source === "emulated" ? "simulated" : ""}`}>
      <div className="bar">
        <span>{view.title}, rows r and columns c</span>
        <span className="grow" />
        {source !== "unknown" && <SourceMark source={source} />}
      </div>
      <div
        className="table"
        ref={box}
        role="grid"
        tabIndex={0}
        data-focus
        aria-label={`${view.title}, ${rows} rows by ${columns} columns`}
        aria-rowcount={rows + 1}
        aria-colcount={columns + 1}
        aria-multiselectable="true"
        aria-activedescendant={cursor && `cell-${cursor.row}-${cursor.column}`}
        onKeyDown={onKeyDown}
      >
        <div className="all" style={{ width: HEAD_WIDTH + columns * COLUMN_WIDTH, height: ROW_HEIGHT * (rows + 1) }}>
          <div role="row" aria-rowindex={1} className="head" style={{ height: ROW_HEIGHT }}>
            {columnsShown.map((column) => (
              <div
                key={column}
                role="columnheader"
                aria-colindex={column + 2}
                style={{ left: HEAD_WIDTH + column * COLUMN_WIDTH, width: COLUMN_WIDTH, height: ROW_HEIGHT }}
                onClick={(event) => selectColumn(map, column, { extend: event.shiftKey, add: event.ctrlKey })}
              >
                c{column}
              </div>
            ))}
          </div>
          {rowsShown.map((row) => (
            <div
              key={row}
              role="row"
              aria-rowindex={row + 2}
              style={{ top: ROW_HEIGHT * (row + 1), height: ROW_HEIGHT }}
              className="line"
            >
              <div
                role="rowheader"
                aria-colindex={1}
                style={{ width: HEAD_WIDTH, height: ROW_HEIGHT }}
                onClick={(event) => selectRow(map, row, { extend: event.shiftKey, add: event.ctrlKey })}
              >
                r{row}
              </div>
              {columnsShown.map((column) => {
                const k = row * columns + column;
                const raw = values[k] as number;
                const value = view.transform && view.id !== "I" ? view.transform(raw) : raw;
                return (
                  <div
                    key={column}
                    id={`cell-${row}-${column}`}
                    role="gridcell"
                    aria-colindex={column + 2}
                    aria-selected={chosen?.length === values.length && chosen[k] === 1}
                    className={cursor?.row === row && cursor.column === column ? "cursor" : undefined}
                    style={{ left: HEAD_WIDTH + column * COLUMN_WIDTH, width: COLUMN_WIDTH, height: ROW_HEIGHT }}
                    onClick={() => selectCell(map, { row, column })}
                  >
                    {quantity(value, view.unit, 4)}
                  </div>
                );
              })}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
