import { useEffect, useMemo, useState } from "react";
import type { AnalysisSection } from "../../../core/analysis/sections.ts";
import type { RunAnalysis } from "../../../core/analysis/summary.ts";
import type { LabError } from "../../../core/labMessages/index.ts";
import { Button, Choice } from "../../components/Button.tsx";
import { Figure } from "../../components/Figure.tsx";
import { Empty, Notice } from "../../components/Notice.tsx";
import { plainText } from "../../components/quantity.ts";
import { SourceMark } from "../../components/SourceMark.tsx";
import { lab } from "../../connection/index.ts";
import { showPanel } from "../../commands/showPanel.ts";
import { chooseRun, currentRun, errorOf, useAllRuns, useRuns } from "../../store/runs.ts";
import { drawFindings, type Merit, meritsOf, placesOf, placeText, SECTION_TITLE } from "./findings.ts";
import { LoopFigure } from "./LoopFigure.tsx";
import { ServiceFigures } from "./ServiceFigures.tsx";
import "../../components/input.css";
import "./analysis.css";

/** Runs that the list in the bar offers; the runs browser finds the others. */
const OFFERED = 60;

export function AnalysisPanel() {
  const runs = useAllRuns();
  const chosen = useRuns((state) => state.chosen);
  const run = currentRun(runs, chosen);
  const [analysis, setAnalysis] = useState<{ readonly run: string; readonly of: RunAnalysis }>();
  const [error, setError] = useState<LabError>();
  const [picked, setPicked] = useState(0);
  const name = run?.run;
  const status = run?.status;
  useEffect(() => {
    if (name === undefined) return undefined;
    let here = true;
    setError(undefined);
    lab.ask("analyse-run", { run: name }).then(
      (answer) => here && setAnalysis({ run: name, of: answer.analysis }),
      (refusal: unknown) => here && setError(errorOf(refusal)),
    );
    return () => {
      here = false;
    };
    // a run that was being recorded is analysed again when it has ended
  }, [name, status]);
  useEffect(() => setPicked(0), [name]);
  if (!run)
    return (
      <div className="panel">
        <Empty title="No run is recorded yet. Run a protocol; what it gave is analysed here.">
          <Button onPress={() => showPanel("protocol")}>Open a protocol</Button>
        </Empty>
      </div>
    );
  const ready = analysis?.run === run.run ? analysis.of : undefined;
  const sections = ready?.sections ?? [];
  const section = sections[Math.min(picked, sections.length - 1)];
  const source = run.source === "measured" ? "measured" : "emulated";
  const offered = runs.filter(({ status: of }) => of !== "unreadable").slice(0, OFFERED);
  return (
    <div className="panel analysis">
      <div className="bar">
        <select
          className="input which"
          aria-label="run"
          value={run.run}
          onChange={({ currentTarget }) => chooseRun(currentTarget.value)}
        >
          {!offered.includes(run) && <option value={run.run}>{plainText(run.run)}</option>}
          {offered.map((one) => (
            <option key={one.run} value={one.run}>
              {plainText(one.run)}
            </option>
          ))}
        </select>
        <SourceMark source={source} />
        {sections.length > 1 && (
          <Choice
            value={String(Math.min(picked, sections.length - 1))}
            options={sections.map(({ kind, name: of }, k) => ({
              value: String(k),
              text: kind === "experiment" ? plainText(of) : SECTION_TITLE[kind],
            }))}
            onChoose={(value) => setPicked(Number(value))}
            label="what of it"
          />
        )}
      </div>
      <div className="body">
        {error && (
          <Notice title="This run cannot be analysed" remedy={error.remedy}>
            {error.message}
          </Notice>
        )}
        {ready && ready.warnings.length > 0 && (
          <Notice kind="warning" title="Know before you use it">
            {ready.warnings.slice(0, 4).map((warning) => (
              <div key={warning}>{plainText(warning, 500)}</div>
            ))}
          </Notice>
        )}
        {!ready && !error && <p className="mute">Reading and analysing the record …</p>}
        {ready && sections.length === 0 && <Empty title="The run holds no steps to analyse." />}
        {section && <Section key={`${run.run} ${picked}`} run={run.run} section={section} source={source} />}
      </div>
    </div>
  );
}

function Section({ run, section, source }: { run: string; section: AnalysisSection; source: "emulated" | "measured" }) {
  const places = useMemo(() => placesOf(section), [section]);
  const [place, setPlace] = useState(places[0]);
  const findings = useMemo(() => drawFindings(section, place, source), [section, place, source]);
  const merits = useMemo(() => meritsOf(section, place), [section, place]);
  const loops = useMemo(
    () => (section.kind === "loops" ? section.loops.filter((loop) => placeText(loop) === place) : []),
    [section, place],
  );
  return (
    <div className="section">
      {places.length > 1 && (
        <label className="place mute">
          junction{" "}
          <select className="input" value={place} onChange={({ currentTarget }) => setPlace(currentTarget.value)}>
            {places.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      )}
      <div className="findings">
        {section.kind === "loops" && <LoopFigure run={run} loops={loops} source={source} />}
        {section.kind === "products" && <ServiceFigures run={run} protocol={section.protocol} kind="products" />}
        {findings.map((finding) => (
          <figure key={finding.title} className="finding">
            <Figure svg={finding.svg} alt={`${finding.title}. ${finding.caption}`} />
            <figcaption>{plainText(finding.caption, 600)}</figcaption>
          </figure>
        ))}
      </div>
      <Merits merits={merits} />
      {section.notes.length > 0 && (
        <ul className="notes mute">
          {section.notes.slice(0, 20).map((note) => (
            <li key={note}>{plainText(note, 500)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Figures of merit: one column per condition where there are several, with confidence intervals where there are fits. */
function Merits({ merits }: { merits: readonly Merit[] }) {
  if (merits.length === 0) return null;
  const conditions = [...new Set(merits.map(({ condition }) => condition))];
  const rows = [...new Set(merits.map(({ label }) => label))].slice(0, 120);
  const intervals = merits.some(({ interval }) => interval !== "");
  const find = (label: string, condition: string) =>
    merits.find((merit) => merit.label === label && merit.condition === condition);
  return (
    <div className="merits">
      <table className="rows">
        <thead>
          <tr>
            <th>quantity</th>
            {conditions.map((condition) => (
              <th key={condition} className="n">
                {condition === "" ? "value" : condition}
              </th>
            ))}
            {intervals && <th className="n">95 % interval</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((label) => (
            <tr key={label}>
              <td>{plainText(label)}</td>
              {conditions.map((condition) => (
                <td key={condition} className="n">
                  {plainText(find(label, condition)?.value ?? "–")}
                </td>
              ))}
              {intervals && <td className="n">{plainText(find(label, conditions[0] ?? "")?.interval ?? "")}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
