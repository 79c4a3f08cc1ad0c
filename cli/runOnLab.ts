import {
  ArmError,
  type CrossporeError,
  LimitError,
  ProtocolError,
  RecordError,
  TransportError,
  UnsupportedError,
} from "../core/errors.ts";
import type { LabError } from "../core/labMessages/errors.ts";
import { type LabClient, LabRefusal } from "../core/labMessages/labClient.ts";
import type { Job, PromptCard } from "../core/labMessages/queue.ts";
import { connectLab } from "../lab/connectLab.ts";
import { requireLab } from "../lab/labAddress.ts";
import { EXIT } from "./exit.ts";
import { formatClock } from "./progress.ts";
import { log } from "./terminal.ts";

export interface LabRun {
  readonly text: string;
  readonly file: string;
  /** Name or id of an array of the lab; undefined = the only one there is. */
  readonly array: string | undefined;
  readonly seed?: number;
  readonly manyPulses: boolean;
  /** Confirm every prompt without asking. */
  readonly yes: boolean;
  /** Name of the run folder inside the lab's. */
  readonly run?: string;
  readonly calibration?: { readonly text: string; readonly file: string };
  readonly askOperator: ((prompt: string, signal: AbortSignal) => Promise<string>) | undefined;
}

export interface LabOutcome {
  readonly job: Job;
  /** Whole path of the run folder; undefined where the run never began. */
  readonly folder: string | undefined;
}

/**
 * Runs an experiment on an array of the running lab: the window shows it as it does its own. Ctrl-C once aborts, again
 * panics; the lab goes on whatever becomes of this process.
 * @throws CrossporeError as a run of one's own would
 */
export async function runOnLab(options: LabRun): Promise<LabOutcome> {
  const { text, file, seed, manyPulses, yes, run, calibration } = options;
  const lab = await connectLab(requireLab(), { kind: "script", name: "crosspore run" }).catch(translate);
  const asking = new AbortController();
  let stop: (() => void) | undefined;
  try {
    const { service } = await lab.welcome;
    const array = await chooseArray(lab, options.array);
    const over = makeLatch<Job>();
    const early: Job[] = [];
    let id: string | undefined;
    lab.onEnd((error) => over.reject(new LabRefusal(error)));
    lab.listen((news) => {
      if (news.topic === "job") {
        if (id === undefined) early.push(news.body.job);
        else if (news.body.job.job === id && isOver(news.body.job)) over.resolve(news.body.job);
      }
      if (news.topic === "progress" && news.body.job === id) showProgress(news.body.progress);
      if (news.topic === "prompt" && news.body.job === id) void answer(lab, news.body, options, asking.signal);
    });
    const { job } = await lab.ask("submit", {
      text,
      file,
      array,
      manyPulses,
      confirmPrompts: yes,
      ...(seed !== undefined && { seed }),
      ...(run !== undefined && { run }),
      ...(calibration && { calibration }),
    });
    id = job.job;
    stop = listenForSignals(lab, id);
    if (job.state === "waiting") log(`${job.job}: waits in the queue of the lab`);
    const done = early.find((one) => one.job === id && isOver(one));
    if (done) over.resolve(done);
    const ended = await over.promise;
    if (ended.error && (ended.state === "refused" || ended.state === "failed")) throw errorOf(ended.error);
    return { job: ended, folder: ended.run === null ? undefined : `${service.runsFolder}/${ended.run}` };
  } catch (error) {
    return translate(error);
  } finally {
    process.stderr.write(process.stderr.isTTY ? "\r\u001b[K" : "");
    asking.abort();
    stop?.();
    lab.close();
  }
}

async function chooseArray(lab: LabClient, wanted: string | undefined): Promise<string> {
  const { arrays } = await lab.ask("list-arrays", {});
  const names = arrays.map(({ array, name }) => `"${name}" (${array})`).join(", ") || "none";
  const usage = (reason: string) => new ProtocolError({ file: "--lab", line: 0, column: 0, path: "" }, reason);
  const fits = wanted === undefined ? arrays : arrays.filter(({ array, name }) => array === wanted || name === wanted);
  const [only] = fits;
  if (!only)
    throw usage(
      wanted === undefined ? "the lab has no open array" : `the lab has no array "${wanted}", there are ${names}`,
    );
  if (fits.length > 1) throw usage(`the lab has ${fits.length} arrays, name one: ${names}`);
  return only.array;
}

async function answer(lab: LabClient, prompt: PromptCard, { askOperator }: LabRun, signal: AbortSignal): Promise<void> {
  if (!askOperator) return log(`the run waits for somebody at a window of the lab: ${prompt.text}`);
  try {
    await askOperator(prompt.text, signal);
    await lab.ask("answer-prompt", { prompt: prompt.prompt, confirmed: true });
  } catch {
    // a window has answered, or the run is over
  }
}

/** Once: abort. Again: panic. */
function listenForSignals(lab: LabClient, job: string): () => void {
  let aborted = false;
  const act = (signal: string) => {
    const command = aborted ? "panic" : "abort";
    aborted = true;
    log(
      command === "abort" ? `\n${signal}: aborting, outputs ramp to 0 V` : `\n${signal}: panic, outputs idle at once`,
    );
    lab.ask("control-run", { job, command }).catch((error: unknown) => log(String(error)));
  };
  const handlers = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) => [signal, () => act(signal)] as const);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

function showProgress({ steps, plannedSteps, left_s, state }: NonNullable<Job["progress"]>): void {
  if (!process.stderr.isTTY) return;
  const left = Number.isFinite(left_s) ? `, about ${formatClock(left_s)} left` : "";
  process.stderr.write(`\r\u001b[K${state}: ${steps} of ${plannedSteps} steps${left}`);
}

function isOver({ state }: Job): boolean {
  return state !== "waiting" && state !== "running";
}

/** The exit code of a job that ended without an error. */
export function exitOfJob({ state }: Job): number {
  return state === "success" ? EXIT.ok : EXIT.aborted;
}

function translate(error: unknown): never {
  throw error instanceof LabRefusal ? errorOf(error.error) : error;
}

/** A refusal of the service as the error that a run of one's own would have thrown, for the exit code. */
function errorOf({ code, message, remedy, file, line, column, field }: LabError): CrossporeError {
  const sentence = remedy === "" || message.includes(remedy) ? message : `${message} (${remedy})`;
  switch (code) {
    case "PROTOCOL": {
      const place = `${file}:${line}:${column}: `;
      const rest = message.startsWith(place) ? message.slice(place.length) : message;
      const reason = field !== "" && rest.startsWith(`${field}: `) ? rest.slice(field.length + 2) : rest;
      return new ProtocolError({ file, line, column, path: field }, reason);
    }
    case "LIMIT":
      return new ToldLimit(sentence);
    case "ARM":
      return new ArmError([{ code: "lab", reason: sentence }]);
    case "TRANSPORT":
    case "INSTRUMENT":
    case "FRAME":
      return new TransportError("disconnected", sentence);
    case "UNSUPPORTED":
      return new UnsupportedError("lab", sentence);
    default:
      return new RecordError(sentence);
  }
}

/** A LimitError keeps its own sentence. */
class ToldLimit extends LimitError {
  constructor(sentence: string) {
    super("", "", "");
    this.message = sentence;
  }
}

function makeLatch<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let settle: { resolve: (value: T) => void; reject: (error: Error) => void } | undefined;
  const promise = new Promise<T>((resolve, reject) => (settle = { resolve, reject }));
  promise.catch(() => undefined);
  return { promise, resolve: (value) => settle?.resolve(value), reject: (error) => settle?.reject(error) };
}
