import { create } from "zustand";
import type {
  Alarm,
  AnyNews,
  ArrayCard,
  ClientCard,
  Job,
  LogLine,
  Policy,
  PromptCard,
  RunSummaryCard,
} from "../../core/labMessages/index.ts";
import type { Connection, ConnectionState } from "../connection/connection.ts";

/** The lab as the service told it last. Kept while the link is down, so that the page goes on showing what was known. */
export interface LabState {
  readonly connection: ConnectionState;
  readonly arrays: readonly ArrayCard[];
  readonly jobs: readonly Job[];
  readonly held: boolean;
  readonly clients: readonly ClientCard[];
  readonly prompts: readonly PromptCard[];
  /** Those that are not over, oldest first. */
  readonly alarms: readonly Alarm[];
  /** Oldest first, at most LOG_LINES. */
  readonly log: readonly LogLine[];
  readonly policy: Policy | undefined;
  /** Runs that began or changed since this page connected; the browser merges them into `list-runs`. */
  readonly freshRuns: ReadonlyMap<string, RunSummaryCard>;
  readonly shuttingDown: string | undefined;
}

const LOG_LINES = 2000;

export const useLab = create<LabState>(() => ({
  connection: { phase: "connecting", attempts: 0, panicWaits: false },
  arrays: [],
  jobs: [],
  held: false,
  clients: [],
  prompts: [],
  alarms: [],
  log: [],
  policy: undefined,
  freshRuns: new Map(),
  shuttingDown: undefined,
}));

/** Keeps the store equal to what the service says. */
export function followLab(connection: Connection): void {
  useLab.setState({ connection: connection.state });
  connection.changes.listen((state) => {
    const greeted = state.welcome !== useLab.getState().connection.welcome && state.welcome;
    useLab.setState({
      connection: state,
      // what is open is told anew after each welcome
      ...(greeted && { policy: greeted.policy, prompts: [], alarms: [], shuttingDown: undefined }),
    });
  });
  connection.news.listen((news) => useLab.setState((state) => applyNews(state, news)));
}

/** What a news changes. */
export function applyNews(state: LabState, { topic, body }: AnyNews): Partial<LabState> {
  switch (topic) {
    case "arrays":
      return { arrays: body.arrays };
    case "array":
      return { arrays: replace(state.arrays, body.array, (card) => card.array) };
    case "queue":
      return { jobs: body.jobs, held: body.held };
    case "job":
      return { jobs: replace(state.jobs, body.job, (job) => job.job) };
    case "progress":
      return {
        jobs: state.jobs.map((job) =>
          job.job === body.job ? { ...job, run: body.run, progress: body.progress } : job,
        ),
      };
    case "clients":
      return { clients: body.clients };
    case "prompt":
      return { prompts: replace(state.prompts, body, (prompt) => prompt.prompt) };
    case "prompt-over":
      return { prompts: state.prompts.filter(({ prompt }) => prompt !== body.prompt) };
    case "alarm":
      return {
        alarms: body.over
          ? state.alarms.filter(({ alarm }) => alarm !== body.alarm)
          : replace(state.alarms, body, ({ alarm }) => alarm),
      };
    case "log":
      // after a reconnection the latest lines come again
      return state.log.some(({ seq, wall }) => seq === body.seq && wall === body.wall)
        ? {}
        : { log: [...state.log.slice(-(LOG_LINES - 1)), body] };
    case "policy":
      return { policy: body };
    case "run":
      return { freshRuns: new Map(state.freshRuns).set(body.summary.run, body.summary) };
    case "shutting-down":
      return { shuttingDown: body.why };
    case "run-event":
    case "cells-read":
      // too many for React: whoever wants them listens to the connection
      return {};
  }
}

function replace<T>(list: readonly T[], item: T, key: (item: T) => string): T[] {
  const k = list.findIndex((other) => key(other) === key(item));
  return k < 0 ? [...list, item] : list.with(k, item);
}

/** The job that drives something now, of this array or of any. */
export function liveJob(state: LabState, array?: string): Job | undefined {
  return state.jobs.find((job) => job.state === "running" && (array === undefined || job.array === array));
}
