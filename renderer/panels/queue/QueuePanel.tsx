import { useState } from "react";
import type { Job, LabError, PromptCard } from "../../../core/labMessages/index.ts";
import { Button, CommandButton } from "../../components/Button.tsx";
import { Empty, Notice } from "../../components/Notice.tsx";
import { plainText, quantity } from "../../components/quantity.ts";
import { SourceMark } from "../../components/SourceMark.tsx";
import { lab } from "../../connection/index.ts";
import { showPanel } from "../../commands/showPanel.ts";
import { useLab } from "../../store/lab.ts";
import { chooseRun, errorOf } from "../../store/runs.ts";
import { durationText, moveTarget, queueLeft_s, shareDone, STATE_TEXT, STATE_TONE, timeText } from "./jobText.ts";
import "./queue.css";

/** Ended jobs in the list; all of them are in the runs browser. */
const ENDED = 30;

export function QueuePanel() {
  const jobs = useLab((state) => state.jobs);
  const held = useLab((state) => state.held);
  const prompts = useLab((state) => state.prompts);
  const [error, setError] = useState<LabError>();
  const ask = (question: Promise<unknown>) => {
    setError(undefined);
    question.catch((refusal: unknown) => setError(errorOf(refusal)));
  };
  const running = jobs.filter(({ state }) => state === "running");
  const waiting = jobs.filter(({ state }) => state === "waiting");
  const ended = jobs.filter(({ state }) => state !== "running" && state !== "waiting").slice(0, ENDED);
  const left_s = queueLeft_s(jobs);
  return (
    <div className="panel">
      <div className="bar tight">
        <span className="mute">
          {running.length} running, {waiting.length} waiting
          {waiting.length > 0 && Number.isFinite(left_s) && `, at most ${durationText(left_s)} left`}
        </span>
        <span className="grow" />
        <Button
          pressed={held}
          onPress={() => ask(lab.ask("hold-queue", { held: !held }))}
          title={held ? "Let the next job begin" : "What runs goes on; nothing new begins"}
        >
          {held ? "Held" : "Hold"}
        </Button>
      </div>
      <div className="body queue" data-focus tabIndex={-1}>
        {error && <Notice title={error.message} remedy={error.remedy} />}
        {prompts.map((prompt) => (
          <Prompt key={prompt.prompt} prompt={prompt} ask={ask} />
        ))}
        {jobs.length === 0 && (
          <Empty title="Nothing runs and nothing waits.">
            <Button onPress={() => showPanel("protocol")}>Open a protocol</Button>
          </Empty>
        )}
        {running.map((job) => (
          <Running key={job.job} job={job} />
        ))}
        {waiting.length > 0 && <h3>Waiting</h3>}
        {waiting.map((job) => (
          <Waiting key={job.job} job={job} waiting={waiting} ask={ask} />
        ))}
        {ended.length > 0 && <h3>Ended</h3>}
        {ended.map((job) => (
          <Ended key={job.job} job={job} />
        ))}
      </div>
    </div>
  );
}

function useSource(array: string) {
  return useLab((state) => state.arrays.find((card) => card.array === array)?.source ?? "emulated");
}

function Prompt({ prompt, ask }: { prompt: PromptCard; ask: (question: Promise<unknown>) => void }) {
  const answer = (confirmed: boolean) => ask(lab.ask("answer-prompt", { prompt: prompt.prompt, confirmed }));
  return (
    <Notice
      kind="warning"
      title="The run waits for you"
      actions={
        <>
          <Button look="primary" onPress={() => answer(true)}>
            Done, go on
          </Button>
          <Button onPress={() => answer(false)} title="Ramps to 0 V and closes the run as aborted">
            Abort the run
          </Button>
        </>
      }
    >
      <p className="prompt">{plainText(prompt.text, 2000)}</p>
    </Notice>
  );
}

function Running({ job }: { job: Job }) {
  const { progress } = job;
  const source = useSource(job.array);
  const share = shareDone(job);
  return (
    <section className="job running" aria-label={`running: ${plainText(job.name)}`}>
      <header>
        <strong className="name">{plainText(job.name)}</strong>
        <span className="grow" />
        <SourceMark source={source} />
        <span className="figure">{Math.floor(share * 100)} %</span>
      </header>
      <div
        className={`progress ${source}`}
        role="progressbar"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(share * 100)}
        aria-label="progress"
      >
        <i style={{ width: `${share * 100}%` }} />
      </div>
      <div className="actions">
        <span className="figure">{timeText(job)}</span>
        <span className="grow" />
        <CommandButton command="run.pause">{progress?.state === "paused" ? "Go on" : "Pause"}</CommandButton>
        <CommandButton command="run.stop">Stop</CommandButton>
        <CommandButton command="run.abort">Abort</CommandButton>
      </div>
      {progress && (
        <dl className="pairs">
          <dt>state</dt>
          <dd>
            {progress.state}
            {Number.isFinite(progress.level_V) && ` at ${quantity(progress.level_V, "V")}`}, outputs {progress.outputs}
          </dd>
          <dt>steps</dt>
          <dd>
            {progress.steps.toLocaleString("en")} / {progress.plannedSteps.toLocaleString("en")}
          </dd>
          <dt>samples</dt>
          <dd className={progress.lost > 0 ? "warn" : ""}>
            {progress.samples.toLocaleString("en")}, {progress.lost.toLocaleString("en")} lost
          </dd>
          <dt>on the disk</dt>
          <dd>{progress.durableRows.toLocaleString("en")} samples</dd>
        </dl>
      )}
    </section>
  );
}

function Waiting({
  job,
  waiting,
  ask,
}: {
  job: Job;
  waiting: readonly Job[];
  ask: (question: Promise<unknown>) => void;
}) {
  const move = (step: number) => {
    const before = moveTarget(waiting, job.job, step);
    if (before !== undefined) ask(lab.ask("move-job", { job: job.job, before }));
  };
  const end = (step: number) => (moveTarget(waiting, job.job, step) === undefined ? "it is there already" : undefined);
  return (
    <div
      className="job waiting"
      tabIndex={0}
      aria-label={`waiting: ${plainText(job.name)}`}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        if (event.altKey && event.key === "ArrowUp") move(-1);
        else if (event.altKey && event.key === "ArrowDown") move(1);
        else if (event.key === "Delete") ask(lab.ask("cancel-job", { job: job.job }));
        else return;
        event.preventDefault();
      }}
    >
      <span className="name">{plainText(job.name)}</span>
      <span className="mute">{timeText(job)}</span>
      <span className="grow" />
      <Button look="quiet" onPress={() => move(-1)} disabled={end(-1)} title="Earlier (Alt ↑)" label="earlier">
        ↑
      </Button>
      <Button look="quiet" onPress={() => move(1)} disabled={end(1)} title="Later (Alt ↓)" label="later">
        ↓
      </Button>
      <Button look="quiet" onPress={() => ask(lab.ask("cancel-job", { job: job.job }))} title="Take it away (Delete)">
        Cancel
      </Button>
    </div>
  );
}

function Ended({ job }: { job: Job }) {
  const { run } = job;
  return (
    <div className="job ended">
      <span className={`state ${STATE_TONE[job.state]}`}>{STATE_TEXT[job.state]}</span>
      <span className="name">{plainText(job.name)}</span>
      {job.reason !== "" && job.state !== "success" && <span className="mute reason">{plainText(job.reason)}</span>}
      <span className="grow" />
      {run !== null && (
        <Button
          look="quiet"
          title={`Show what ${run} gave`}
          onPress={() => {
            chooseRun(run);
            showPanel("analysis");
          }}
        >
          Result
        </Button>
      )}
    </div>
  );
}
