import { useEffect, useRef, useState } from "react";
import type { LogLine } from "../../../core/labMessages/index.ts";
import { Choice } from "../../components/Button.tsx";
import { Empty } from "../../components/Notice.tsx";
import { plainText } from "../../components/quantity.ts";
import { useLab } from "../../store/lab.ts";
import { filterLog, LEVELS, type LeastLevel } from "./filterLog.ts";
import "./log.css";

/** Lines in the page at once; older ones are found by the filter. */
const SHOWN = 400;

export function LogPanel() {
  const log = useLab((state) => state.log);
  const [least, setLeast] = useState<LeastLevel>("info");
  const [wanted, setWanted] = useState("");
  const found = filterLog(log, least, wanted);
  const shown = found.slice(-SHOWN);
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const last = shown.at(-1);
  useEffect(() => {
    // whoever has scrolled up reads; the end does not run away from under him
    if (atEnd.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [last?.seq, least, wanted]);
  return (
    <div className="panel">
      <div className="bar">
        <Choice value={least} options={LEVELS} onChoose={setLeast} label="least level" />
        <input
          type="search"
          className="input grow"
          placeholder="Filter by text, run or array"
          aria-label="filter the log"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
        <span className="mute figure">
          {found.length} of {log.length}
        </span>
      </div>
      <div
        className="body log"
        data-focus
        ref={list}
        role="log"
        aria-live="polite"
        aria-label="log"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          atEnd.current = scrollHeight - scrollTop - clientHeight < 24;
        }}
      >
        {log.length === 0 ? (
          <Empty title="Nothing has been said yet. Opening an array or starting a run writes here." />
        ) : shown.length === 0 ? (
          <Empty title="No line holds this text at this level." />
        ) : (
          shown.map((line) => <Line key={`${line.wall} ${line.seq}`} line={line} />)
        )}
      </div>
    </div>
  );
}

function Line({ line }: { line: LogLine }) {
  const { wall, level, from, text, run } = line;
  return (
    <p className={level}>
      <time dateTime={wall}>{wall.slice(11, 19)}</time>
      <span className="level">{level === "info" ? "" : level}</span>
      <span className="from">{plainText(from, 40)}</span>
      <span className="text">
        {plainText(text, 2000)}
        {run !== null && !text.includes(run) && <span className="mute"> · {plainText(run)}</span>}
      </span>
    </p>
  );
}
