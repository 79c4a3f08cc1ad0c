import { useState } from "react";
import type { Cell as CellCard } from "../../../core/labMessages/index.ts";
import { Button, CommandButton } from "../../components/Button.tsx";
import { Empty, Notice } from "../../components/Notice.tsx";
import { percent, plainText, quantity } from "../../components/quantity.ts";
import { SourceMark } from "../../components/SourceMark.tsx";
import { lab } from "../../connection/index.ts";
import { pinCell, useCurrentArray, useSelection } from "../../store/selection.ts";
import { sayError } from "../../store/ui.ts";
import { collapseHistory } from "./collapseHistory.ts";
import { Loop } from "./Loop.tsx";
import { Sparkline } from "./Sparkline.tsx";
import { useCell } from "./useCell.ts";
import "./inspector.css";

export function InspectorPanel() {
  const array = useCurrentArray();
  const { cursor, pinned } = useSelection();
  const compare = pinned && !(pinned.row === cursor?.row && pinned.column === cursor.column) ? pinned : undefined;
  const here = useCell(array?.array, cursor);
  const there = useCell(compare ? array?.array : undefined, compare);
  if (!array) return <Empty title="No array is open." />;
  if (!cursor) return <Empty title="Click a junction of the map, or move to one with the arrow keys." />;
  const { cell } = here;
  return (
    <div className={`panel ${array.simulated ? "simulated" : ""}`}>
      <div className="bar">
        <b className="figure">{`r${cursor.row} c${cursor.column}`}</b>
        {cell?.masked && <span className="mute">masked</span>}
        <span className="grow" />
        <SourceMark source={array.simulated ? "emulated" : "measured"} />
      </div>
      <div className="body inspector">
        {here.error && <Notice title={here.error.message} remedy={here.error.remedy} />}
        {cell && (
          <>
            {compare && there.cell ? <Comparison here={cell} there={there.cell} /> : <Now cell={cell} />}
            <div className="actions">
              <CommandButton command="array.read">Read</CommandButton>
              <CommandButton command="array.pulse">Pulse…</CommandButton>
              <CommandButton command="array.compare">
                {compare || pinned ? "Compare with this" : "Compare"}
              </CommandButton>
              {pinned && <Button onPress={() => pinCell(undefined)}>No comparison</Button>}
            </div>
            <h3>Conductance over time</h3>
            <Sparkline cell={cell} other={compare && there.cell} emulated={array.simulated} />
            <h3>Last loop</h3>
            <Loop cell={cell} other={compare && there.cell} emulated={array.simulated} />
            <h3>History</h3>
            <History cell={cell} />
            <h3>Notes</h3>
            <Notes cell={cell} array={array.array} onSaved={here.take} />
          </>
        )}
      </div>
    </div>
  );
}

const DOSES = [
  ["selected.pulses", "pulses while selected", ""],
  ["halfSelected.voltage_Vs", "half-select dose", "V·s"],
  ["read.voltage_Vs", "read dose", "V·s"],
] as const;

function Now({ cell }: { cell: CellCard }) {
  const first = cell.history.find(({ conductance_S }) => Number.isFinite(conductance_S));
  return (
    <dl className="pairs">
      <dt>conductance</dt>
      <dd>{quantity(cell.conductance_S, "S", 4)}</dd>
      <dt>resistance</dt>
      <dd>{quantity(1 / cell.conductance_S, "ohm", 4)}</dd>
      <dt>change since it was first read</dt>
      <dd>{first ? percent(cell.conductance_S / first.conductance_S - 1) : "–"}</dd>
      {DOSES.map(([name, words, unit]) => (
        <DoseLine key={name} words={words} value={cell.doses[name]} unit={unit} />
      ))}
    </dl>
  );
}

function DoseLine({ words, value, unit }: { words: string; value: number | undefined; unit: string }) {
  return (
    <>
      <dt>{words}</dt>
      <dd>{unit === "" ? (value ?? "–") : quantity(value, unit)}</dd>
    </>
  );
}

/** Two junctions, and how they differ. */
function Comparison({ here, there }: { here: CellCard; there: CellCard }) {
  const name = (cell: CellCard) => `r${cell.row} c${cell.column}`;
  const lines: readonly (readonly [string, number | undefined, number | undefined, string])[] = [
    ["conductance", here.conductance_S, there.conductance_S, "S"],
    ["resistance", 1 / here.conductance_S, 1 / there.conductance_S, "ohm"],
    ...DOSES.map(([key, words, unit]) => [words, here.doses[key], there.doses[key], unit] as const),
  ];
  return (
    <table className="comparison">
      <thead>
        <tr>
          <td />
          <th scope="col">{name(here)}</th>
          <th scope="col">{name(there)} ┄</th>
          <th scope="col">differs by</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(([words, a, b, unit]) => (
          <tr key={words}>
            <th scope="row">{words}</th>
            <td className="n">{unit === "" ? (a ?? "–") : quantity(a, unit)}</td>
            <td className="n">{unit === "" ? (b ?? "–") : quantity(b, unit)}</td>
            <td className="n">{a !== undefined && b ? percent(a / b - 1) : "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Newest first; neighbours of one kind in one run are one line that opens. */
function History({ cell }: { cell: CellCard }) {
  if (cell.history.length === 0) return <p className="mute">Nothing has touched it while the lab was open.</p>;
  return (
    <ol className="history">
      {collapseHistory(cell.history)
        .slice(0, 60)
        .map((group) => {
          const [last] = group.entries;
          if (!last) return null;
          const line = (
            <>
              <span>
                {plainText(group.role, 24)}
                {group.entries.length > 1 ? ` × ${group.entries.length}` : ""}
              </span>
              <output>{quantity(last.voltage_V, "V")}</output>
              <output>{quantity(last.conductance_S, "S", 4)}</output>
              <output className="mute">{quantity(last.time_s, "s", 4)}</output>
            </>
          );
          const key = `${last.run} ${last.step} ${last.time_s}`;
          return group.entries.length === 1 ? (
            <li key={key} className="line" title={plainText(`${last.run} · ${last.label}`)}>
              {line}
            </li>
          ) : (
            <li key={key}>
              <details>
                <summary className="line" title={plainText(last.run)}>
                  {line}
                </summary>
                <ol>
                  {group.entries.slice(0, 100).map((entry) => (
                    <li key={`${entry.step} ${entry.time_s}`} className="line">
                      <span className="mute">step {entry.step}</span>
                      <output>{quantity(entry.voltage_V, "V")}</output>
                      <output>{quantity(entry.conductance_S, "S", 4)}</output>
                      <output className="mute">{quantity(entry.time_s, "s", 4)}</output>
                    </li>
                  ))}
                </ol>
              </details>
            </li>
          );
        })}
    </ol>
  );
}

function Notes({ cell, array, onSaved }: { cell: CellCard; array: string; onSaved: (cell: CellCard) => void }) {
  const [text, setText] = useState("");
  const save = () => {
    if (text.trim() === "") return;
    lab.ask("add-note", { array, row: cell.row, column: cell.column, text: text.trim() }).then(
      (next) => {
        onSaved(next);
        setText("");
      },
      // the text stays in its field
      (error: unknown) => sayError(error, "Note not saved"),
    );
  };
  return (
    <>
      <ul className="notes">
        {cell.notes.map((note) => (
          <li key={`${note.wall} ${note.text}`}>
            {plainText(note.text, 2000)}{" "}
            <small className="mute">{`${note.wall.slice(0, 16).replace("T", " ")}, ${plainText(note.by, 40)}`}</small>
          </li>
        ))}
      </ul>
      <form
        className="note"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <input
          data-note
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="A note, kept beside the runs"
          aria-label="note"
        />
        <button type="submit" className="button" aria-disabled={text.trim() === ""}>
          Save <kbd>↵</kbd>
        </button>
      </form>
    </>
  );
}
