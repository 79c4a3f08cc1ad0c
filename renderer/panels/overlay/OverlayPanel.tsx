import { useEffect, useMemo, useState } from "react";
import type { Comparison, LabError, RunSummaryCard } from "../../../core/labMessages/index.ts";
import { heatMap } from "../../../core/report/heatMap.ts";
import { Button } from "../../components/Button.tsx";
import { Figure } from "../../components/Figure.tsx";
import { Empty, Notice } from "../../components/Notice.tsx";
import { percent, plainText, quantity } from "../../components/quantity.ts";
import { SourceMark } from "../../components/SourceMark.tsx";
import { lab } from "../../connection/index.ts";
import { showPanel } from "../../commands/showPanel.ts";
import { useLab } from "../../store/lab.ts";
import { errorOf, useAllRuns } from "../../store/runs.ts";
import { drawOverlay } from "./drawOverlay.ts";
import { suggestPair, useOverlay } from "./overlayStore.ts";
import "../../components/input.css";
import "./overlay.css";

export function OverlayPanel() {
  const runs = useAllRuns();
  const chosen = useOverlay();
  const suggested = useMemo(() => suggestPair(runs), [runs]);
  const emulated = chosen.emulated ?? suggested.emulated;
  const measured = chosen.measured ?? suggested.measured;
  const [comparison, setComparison] = useState<Comparison>();
  const [error, setError] = useState<LabError>();
  const statusOf = (name: string | undefined) => runs.find(({ run }) => run === name)?.status;
  const statuses = `${statusOf(emulated)} ${statusOf(measured)}`;
  useEffect(() => {
    if (emulated === undefined || measured === undefined || emulated === measured) {
      setComparison(undefined);
      return undefined;
    }
    let here = true;
    setError(undefined);
    lab.ask("compare-runs", { emulated, measured }).then(
      (answer) => here && setComparison(answer),
      (refusal: unknown) => {
        if (!here) return;
        setComparison(undefined);
        setError(errorOf(refusal));
      },
    );
    return () => {
      here = false;
    };
  }, [emulated, measured, statuses]);
  if (runs.length === 0)
    return (
      <div className="panel">
        <Empty title="Two recorded runs are compared here: an emulated one and a measured one, or any two.">
          <Button onPress={() => showPanel("protocol")}>Open a protocol</Button>
        </Empty>
      </div>
    );
  return (
    <div className="panel compare">
      <div className="bar">
        <Pick
          label="reference"
          runs={runs}
          value={emulated}
          prefer="emulated"
          onPick={(run) => useOverlay.setState({ emulated: run })}
        />
        <Pick
          label="compared"
          runs={runs}
          value={measured}
          prefer="measured"
          onPick={(run) => useOverlay.setState({ measured: run })}
        />
        {measured !== undefined && <ModelRun measured={measured} onError={setError} />}
      </div>
      <div className="body">
        {error && (
          <Notice title="These runs cannot be compared" remedy={error.remedy}>
            {error.message}
          </Notice>
        )}
        {emulated !== undefined && emulated === measured && (
          <Empty title="A run compared with itself shows nothing. Choose another one." />
        )}
        {(emulated === undefined || measured === undefined) && (
          <Empty title="Choose two runs. “Run the model” makes the emulated twin of a run from its own experiment file." />
        )}
        {comparison && <Result comparison={comparison} />}
      </div>
    </div>
  );
}

function Pick({
  label,
  runs,
  value,
  prefer,
  onPick,
}: {
  label: string;
  runs: readonly RunSummaryCard[];
  value: string | undefined;
  prefer: "emulated" | "measured";
  onPick: (run: string) => void;
}) {
  const usable = runs.filter(({ status }) => status !== "unreadable" && status !== "recording").slice(0, 200);
  const ordered = [
    ...usable.filter(({ source }) => source === prefer),
    ...usable.filter(({ source }) => source !== prefer),
  ];
  const source = runs.find(({ run }) => run === value)?.source;
  return (
    <label className="pick">
      <span className="mute">{label}</span>
      <select className="input" value={value ?? ""} onChange={({ currentTarget }) => onPick(currentTarget.value)}>
        {value === undefined && <option value="">choose a run</option>}
        {ordered.map(({ run, source: of }) => (
          <option key={run} value={run}>
            {plainText(run)}
            {of === "emulated" ? " · SIMULATED" : ""}
          </option>
        ))}
      </select>
      {source !== undefined && source !== "unknown" && <SourceMark source={source} />}
    </label>
  );
}

/** Runs the experiment of a run on the emulated array that its own file describes, and takes it as the reference. */
function ModelRun({ measured, onError }: { measured: string; onError: (error: LabError | undefined) => void }) {
  const [job, setJob] = useState<string>();
  const state = useLab(({ jobs }) => jobs.find((one) => one.job === job));
  useEffect(() => {
    if (!state || state.state === "waiting" || state.state === "running") return;
    setJob(undefined);
    if (state.state === "success" && state.run !== null) useOverlay.setState({ emulated: state.run });
    else if (state.error) onError(state.error);
  }, [state, onError]);
  const run = async () => {
    onError(undefined);
    try {
      const { experiment } = await lab.ask("open-run", { run: measured });
      const answer = await lab.ask("submit", {
        text: experiment.text,
        file: experiment.file.replace(/^.*[/\\]/u, ""),
        array: null,
        notes: `emulated twin of ${measured}`,
      });
      setJob(answer.job.job);
    } catch (refusal) {
      onError(errorOf(refusal));
    }
  };
  return (
    <Button
      onPress={() => void run()}
      disabled={job === undefined ? undefined : "the model runs"}
      title="The experiment file of the compared run, on the emulated array that it describes"
    >
      {job === undefined ? "Run the model" : "The model runs …"}
    </Button>
  );
}

function Result({ comparison }: { comparison: Comparison }) {
  const { overlays, metrics, grid, residual, rms, median, largest, notes, emulated, measured } = comparison;
  const [picked, setPicked] = useState(0);
  useEffect(() => setPicked(0), [comparison]);
  const overlay = overlays[Math.min(picked, overlays.length - 1)];
  const curve = useMemo(
    () => overlay && drawOverlay(overlay, { reference: emulated.source, other: measured.source }),
    [overlay, emulated.source, measured.source],
  );
  const map = useMemo(() => {
    if (!grid || !residual.some((value) => Number.isFinite(value))) return undefined;
    const percentages = residual.map((value) => 100 * value);
    return heatMap(percentages, grid, {
      title: "Residual map",
      quantity: "(compared − reference) / reference",
      unit: "%",
      colours: "diverging",
    });
  }, [grid, residual]);
  return (
    <div className="result">
      <div className="tiles">
        <Tile label="conductance, rms" value={percent(rms).replace("+", "")} />
        <Tile label="median" value={percent(median)} />
        <Tile label="worst junction" value={worst(comparison) ?? percent(largest)} />
        {overlay && <Tile label="this curve, rms" value={percent(overlay.relativeRms).replace("+", "")} />}
      </div>
      <div className="figures">
        {curve && overlay && (
          <figure className="finding">
            {overlays.length > 1 && (
              <select
                className="input"
                aria-label="curve"
                value={picked}
                onChange={({ currentTarget }) => setPicked(Number(currentTarget.value))}
              >
                {overlays.map(({ title }, k) => (
                  <option key={title} value={k}>
                    {plainText(title)}
                  </option>
                ))}
              </select>
            )}
            <Figure svg={curve} alt={`${overlay.title}: both runs and their difference`} />
            <figcaption>
              {plainText(overlay.title)}: compared (solid) and reference (dashed); below, their difference.
            </figcaption>
          </figure>
        )}
        {map && grid && (
          <figure className="finding">
            <Figure svg={map} alt="relative difference of the conductance of every junction" />
            <figcaption>
              Relative difference of the conductance of each junction, in per cent, centred on zero.
            </figcaption>
            <Twin comparison={comparison} />
          </figure>
        )}
      </div>
      {metrics.length > 0 && (
        <table className="rows">
          <thead>
            <tr>
              <th>figure of merit</th>
              <th className="n">reference</th>
              <th className="n">compared</th>
              <th className="n">difference</th>
            </tr>
          </thead>
          <tbody>
            {metrics.slice(0, 120).map(({ label, unit, emulated: a, measured: b, difference }) => (
              <tr key={label}>
                <td>{plainText(label)}</td>
                <td className="n">{quantity(a, unit)}</td>
                <td className="n">{quantity(b, unit)}</td>
                <td className="n">{a === 0 ? quantity(difference, unit) : percent(difference / Math.abs(a))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {notes.length > 0 && (
        <ul className="notes mute">
          {notes.map((note) => (
            <li key={note}>{plainText(note, 400)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Tile({ label, value }: { label: string; value: string }) {
  return (
    <div className="tile">
      <span className="mute">{label}</span>
      <span className="figure">{value}</span>
    </div>
  );
}

function worst({ grid, residual, largest }: Comparison): string | undefined {
  const k = residual.indexOf(largest);
  return grid && k >= 0 ? `r${Math.floor(k / grid.columns)} c${k % grid.columns} · ${percent(largest)}` : undefined;
}

/** The residual map as a table, for readers and for whoever wants the figures. */
function Twin({ comparison: { grid, residual } }: { comparison: Comparison }) {
  if (!grid || grid.rows > 32 || grid.columns > 32) return null;
  return (
    <details>
      <summary className="mute">Figures of every junction</summary>
      <table className="rows">
        <thead>
          <tr>
            <th>row</th>
            {Array.from({ length: grid.columns }, (_, k) => (
              <th key={k} className="n">
                c{k}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: grid.rows }, (_, row) => (
            <tr key={row}>
              <th>r{row}</th>
              {Array.from({ length: grid.columns }, (_, column) => (
                <td key={column} className="n">
                  {percent(residual[row * grid.columns + column])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
