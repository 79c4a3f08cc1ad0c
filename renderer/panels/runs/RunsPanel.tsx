import { useEffect, useState } from "react";
import type { AskBody, LabError, RunCard, RunSummaryCard } from "../../../core/labMessages/index.ts";
import { announce } from "../../components/announce.ts";
import { Button, Choice, CommandButton } from "../../components/Button.tsx";
import { Empty, Notice } from "../../components/Notice.tsx";
import { plainText, quantity } from "../../components/quantity.ts";
import { SourceMark } from "../../components/SourceMark.tsx";
import { lab } from "../../connection/index.ts";
import { showPanel } from "../../commands/showPanel.ts";
import { chooseRun, currentRun, errorOf, isCard, openRun, useAllRuns, useRuns } from "../../store/runs.ts";
import { durationText } from "../queue/jobText.ts";
import { useTraceView } from "../traces/view.ts";
import { dateText, FILTERS, findRuns, type RunFilter, STATUS_TEXT, STATUS_TONE } from "./findRuns.ts";
import { TimeBrush } from "./TimeBrush.tsx";
import "../../components/input.css";
import "./runs.css";

/** Rows in the page at once; the search finds the others. */
const SHOWN = 300;

export function RunsPanel() {
  const runs = useAllRuns();
  const { folder, chosen, error, loading } = useRuns();
  const [filter, setFilter] = useState<RunFilter>("all");
  const [wanted, setWanted] = useState("");
  const found = findRuns(runs, filter, wanted);
  const shown = found.slice(0, SHOWN);
  const current = runs.find(({ run }) => run === chosen) ?? currentRun(runs, chosen);
  const move = (step: number) => {
    const k = shown.findIndex(({ run }) => run === current?.run);
    const next = shown[Math.max(0, Math.min(shown.length - 1, k + step))];
    if (next) chooseRun(next.run);
  };
  return (
    <div className="panel runs">
      <div className="bar">
        <Choice value={filter} options={FILTERS} onChoose={setFilter} label="which runs" />
        <input
          type="search"
          className="input grow"
          placeholder="Name, date, state …"
          aria-label="search the runs"
          value={wanted}
          onChange={({ currentTarget }) => setWanted(currentTarget.value)}
        />
        <span className="mute figure">
          {found.length} of {runs.length}
        </span>
        <CommandButton command="runs.refresh" look="quiet">
          {loading ? "Reading …" : "Refresh"}
        </CommandButton>
      </div>
      {error && (
        <Notice title="The runs folder cannot be read" remedy={error.remedy}>
          {error.message}
        </Notice>
      )}
      {runs.length === 0 ? (
        <Empty title={`No run is recorded${folder === "" ? "" : ` in ${plainText(folder)}`} yet.`}>
          <Button onPress={() => showPanel("protocol")}>Open a protocol</Button>
        </Empty>
      ) : (
        <div className="split">
          <div
            className="list"
            data-focus
            tabIndex={0}
            role="listbox"
            aria-label="runs, newest first"
            aria-activedescendant={current ? `run-${current.run}` : undefined}
            onKeyDown={(event) => {
              if (event.key === "ArrowDown") move(1);
              else if (event.key === "ArrowUp") move(-1);
              else if (event.key === "Home") move(-shown.length);
              else if (event.key === "End") move(shown.length);
              else if (event.key === "Enter" && current) showPanel("analysis");
              else return;
              event.preventDefault();
              event.stopPropagation();
            }}
          >
            {shown.map((run) => (
              <Row key={run.run} run={run} selected={run.run === current?.run} />
            ))}
            {shown.length === 0 && <p className="mute nothing">No run has these words.</p>}
          </div>
          {current && <Details key={current.run} run={current} />}
        </div>
      )}
    </div>
  );
}

function Row({ run, selected }: { run: RunSummaryCard; selected: boolean }) {
  return (
    <div
      id={`run-${run.run}`}
      className="row"
      role="option"
      aria-selected={selected}
      ref={(element) => {
        if (selected) element?.scrollIntoView({ block: "nearest" });
      }}
      onClick={() => chooseRun(run.run)}
      onDoubleClick={() => showPanel("analysis")}
    >
      <span className="name">{plainText(run.name || run.run)}</span>
      <span className={`state ${STATUS_TONE[run.status]}`}>{STATUS_TEXT[run.status]}</span>
      <span className="when figure">{dateText(run.created, new Date())}</span>
      <span className="source-cell">{run.source !== "unknown" && <SourceMark source={run.source} />}</span>
      <span className="figure size">
        {run.status === "unreadable" ? "" : `${quantity(run.samples, "S").replace(/S$/u, "")}samples`}
      </span>
    </div>
  );
}

function Details({ run }: { run: RunSummaryCard }) {
  const answer = useRuns((state) => state.opened.get(run.run));
  useEffect(() => {
    if (run.status !== "unreadable") openRun(run.run);
  }, [run.run, run.status, answer]);
  return (
    <div className="details" aria-label={`run ${plainText(run.name)}`} role="region">
      <h2>{plainText(run.name || run.run)}</h2>
      {run.status === "unreadable" ? (
        <Notice
          title="This run cannot be read"
          remedy="Nothing in the folder was changed. A run of a newer Crosspore opens with that version; a damaged one says with crosspore verify what is left."
        >
          {plainText(run.reason, 2000)}
        </Notice>
      ) : isCard(answer) ? (
        <Card card={answer} />
      ) : answer ? (
        <Notice title="This run cannot be opened" remedy={answer.remedy}>
          {answer.message}
        </Notice>
      ) : (
        <p className="mute">Reading the record …</p>
      )}
      {isCard(answer) || <Folder folder={`${useRuns.getState().folder}/${run.run}`} />}
    </div>
  );
}

function Card({ card }: { card: RunCard }) {
  const { summary } = card;
  const [error, setError] = useState<LabError>();
  const [saved, setSaved] = useState("");
  const fail = (refusal: unknown) => setError(errorOf(refusal));
  const { run } = summary;
  return (
    <>
      <div className="actions">
        <Button look="primary" onPress={() => showPanel("analysis")}>
          Analysis
        </Button>
        <Button
          onPress={() => {
            useTraceView.setState({ source: "recorded", shown: undefined, selection: undefined });
            showPanel("traces");
          }}
        >
          Traces
        </Button>
        <Button
          title="Saves the whole report as one page"
          onPress={() =>
            void lab.ask("run-report", { run }).then(({ html }) => saveText(html, `${run}.html`, "text/html"), fail)
          }
        >
          Report
        </Button>
        <Button
          title="Its experiment file in the editor, ready to run again"
          onPress={() =>
            void import("../protocol/document.ts").then(({ openText }) => {
              openText(card.experiment.text, card.experiment.file.replace(/^.*[/\\]/u, ""));
              showPanel("protocol");
            })
          }
        >
          Edit again
        </Button>
        <Button
          onPress={() => {
            void import("../overlay/overlayStore.ts").then(({ compareWith }) => compareWith(summary));
            showPanel("overlay");
          }}
        >
          Compare
        </Button>
        <Export run={run} onError={setError} onSaved={setSaved} />
      </div>
      {error && (
        <Notice title="That did not work" remedy={error.remedy}>
          {error.message}
        </Notice>
      )}
      {saved !== "" && (
        <p className="saved" role="status">
          Written to <span className="figure">{plainText(saved, 400)}</span>
        </p>
      )}
      {card.warnings.length > 0 && (
        <Notice
          kind="warning"
          title={
            card.warnings.length === 1
              ? "Know before you use it"
              : `Know before you use it, ${card.warnings.length} things`
          }
        >
          {card.warnings.slice(0, 5).map((warning) => (
            <p key={warning}>{plainText(warning, 500)}</p>
          ))}
        </Notice>
      )}
      {card.unknownSteps.length > 0 && (
        <Notice kind="warning" title="Nobody knows whether these steps reached the array; they are never sent again">
          {card.unknownSteps.slice(0, 5).map((step) => (
            <p key={step}>{plainText(step, 300)}</p>
          ))}
        </Notice>
      )}
      <Folder folder={card.folder} />
      <TimeBrush card={card} />
      <dl className="pairs">
        <dt>state</dt>
        <dd className={STATUS_TONE[summary.status]}>
          {STATUS_TEXT[summary.status]}
          {summary.reason !== "" && summary.status !== "success" && `, ${plainText(summary.reason, 300)}`}
        </dd>
        <dt>protocols</dt>
        <dd>{card.protocols.map((name) => plainText(name)).join(", ") || "–"}</dd>
        <dt>array</dt>
        <dd>
          {plainText(card.backend)}
          {card.grid && `, ${card.grid.rows} × ${card.grid.columns}`}
        </dd>
        <dt>array time</dt>
        <dd>{durationText(summary.duration_s)}</dd>
        <dt>steps, samples</dt>
        <dd>
          {summary.steps.toLocaleString("en")}, {summary.samples.toLocaleString("en")}
        </dd>
        <dt>operator</dt>
        <dd>{plainText(card.operator) || "–"}</dd>
        <dt>seed</dt>
        <dd>{card.seed}</dd>
        <dt>crosspore</dt>
        <dd>{plainText(card.crosspore)}</dd>
        <dt>experiment</dt>
        <dd title={card.experiment.sha256}>{plainText(card.experiment.file)}</dd>
      </dl>
      {card.notes !== "" && <p className="notes">{plainText(card.notes, 2000)}</p>}
    </>
  );
}

function Folder({ folder }: { folder: string }) {
  return (
    <div className="folder">
      <span className="mute">recorded in</span>
      <code title={folder}>
        <bdi>{plainText(folder, 400)}</bdi>
      </code>
      <Button
        look="quiet"
        title="Copy the path"
        onPress={() =>
          void navigator.clipboard.writeText(folder).then(
            () => announce("path copied"),
            () => announce("the browser did not allow copying; select the path and copy it"),
          )
        }
      >
        Copy
      </Button>
    </div>
  );
}

function Export({
  run,
  onError,
  onSaved,
}: {
  run: string;
  onError: (error: LabError | undefined) => void;
  onSaved: (file: string) => void;
}) {
  return (
    <select
      className="input"
      aria-label="export"
      title="Writes the run as one file for other programs, beside the runs"
      value=""
      onChange={({ currentTarget }) => {
        const format = currentTarget.value as AskBody<"export-run">["format"];
        onError(undefined);
        onSaved("");
        lab.ask("export-run", { run, format }).then(
          ({ file }) => {
            onSaved(file);
            announce(`written to ${file}`);
          },
          (refusal: unknown) => onError(errorOf(refusal)),
        );
      }}
    >
      <option value="">Export …</option>
      <option value="csv">CSV</option>
      <option value="parquet">Parquet</option>
      <option value="hdf5">HDF5</option>
      <option value="nwb">NWB</option>
      <option value="abf">ABF (Clampfit)</option>
      <option value="atf">ATF</option>
    </select>
  );
}

function saveText(text: string, file: string, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
