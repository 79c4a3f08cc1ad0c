import { create } from "zustand";
import { type LabError, LabRefusal, type RunCard, type RunSummaryCard } from "../../core/labMessages/index.ts";
import { lab } from "../connection/index.ts";
import { useLab } from "./lab.ts";

/**
 * The recorded runs, and the one that this window looks at: runs browser, analysis, traces and overlay share it. The
 * list is asked for once per connection; what changes later comes as news.
 */
export interface RunsState {
  readonly folder: string;
  readonly listed: readonly RunSummaryCard[];
  readonly loading: boolean;
  readonly error: LabError | undefined;
  /** Chosen by hand; undefined = follow the latest. */
  readonly chosen: string | undefined;
  /** What `open-run` said, by run. */
  readonly opened: ReadonlyMap<string, RunCard | LabError>;
}

export const useRuns = create<RunsState>(() => ({
  folder: "",
  listed: [],
  loading: false,
  error: undefined,
  chosen: undefined,
  opened: new Map(),
}));

export function refreshRuns(): void {
  if (useRuns.getState().loading) return;
  useRuns.setState({ loading: true });
  lab.ask("list-runs", {}).then(
    ({ folder, runs }) => useRuns.setState({ folder, listed: runs, loading: false, error: undefined }),
    (error: unknown) => useRuns.setState({ loading: false, error: errorOf(error) }),
  );
}

/** Newest first, with what was heard since the list came. */
export function mergeRuns(
  listed: readonly RunSummaryCard[],
  fresh: ReadonlyMap<string, RunSummaryCard>,
): readonly RunSummaryCard[] {
  const merged = new Map(listed.map((run) => [run.run, run]));
  for (const [name, summary] of fresh) merged.set(name, summary);
  return [...merged.values()].sort((a, b) => (a.created < b.created ? 1 : a.created > b.created ? -1 : 0));
}

/** All runs for a component, newest first. */
export function useAllRuns(): readonly RunSummaryCard[] {
  const listed = useRuns((state) => state.listed);
  const fresh = useLab((state) => state.freshRuns);
  return mergeRuns(listed, fresh);
}

export function chooseRun(run: string | undefined): void {
  useRuns.setState({ chosen: run });
}

/** The run that the window looks at: the chosen one, or the newest that has something to show. */
export function currentRun(runs: readonly RunSummaryCard[], chosen: string | undefined): RunSummaryCard | undefined {
  return (
    runs.find(({ run }) => run === chosen) ??
    runs.find(({ status }) => status !== "unreadable" && status !== "recording")
  );
}

/** Asks for a run's card; kept until the run changes its status. */
export function openRun(run: string, again = false): void {
  if (!again && useRuns.getState().opened.has(run)) return;
  const put = (card: RunCard | LabError) =>
    useRuns.setState(({ opened }) => ({ opened: new Map(opened).set(run, card) }));
  lab.ask("open-run", { run }).then(put, (error: unknown) => put(errorOf(error)));
}

export function isCard(card: RunCard | LabError | undefined): card is RunCard {
  return card !== undefined && "summary" in card;
}

/** What to show of a promise that was refused. */
export function errorOf(error: unknown): LabError {
  if (error instanceof LabRefusal) return error.error;
  const message = error instanceof Error ? error.message : String(error);
  return { code: "INTERNAL", message, field: "", file: "", line: 0, column: 0, remedy: "" };
}

/** Lists runs at every new connection, and forgets cards of runs that went on. */
export function followRuns(): void {
  let connected = false;
  const look = () => {
    const open = useLab.getState().connection.phase === "open";
    if (open && !connected) refreshRuns();
    connected = open;
  };
  useLab.subscribe((now, before) => {
    look();
    if (now.freshRuns === before.freshRuns) return;
    const changed = [...now.freshRuns].filter(([run, summary]) => before.freshRuns.get(run) !== summary);
    const { opened } = useRuns.getState();
    if (!changed.some(([run]) => opened.has(run))) return;
    const kept = new Map(opened);
    for (const [run] of changed) kept.delete(run);
    useRuns.setState({ opened: kept });
  });
  look();
}
