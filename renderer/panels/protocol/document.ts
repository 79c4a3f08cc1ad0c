import { isolateHistory, redo, redoDepth, undo, undoDepth } from "@codemirror/commands";
import { EditorState, type Transaction, type TransactionSpec } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import { create } from "zustand";
import type { Answer, ArrayCard, Diagnostic, LabError } from "../../../core/labMessages/index.ts";
import { announce } from "../../components/announce.ts";
import { lab } from "../../connection/index.ts";
import { showPanel } from "../../commands/showPanel.ts";
import { useLab } from "../../store/lab.ts";
import { recall, remember } from "../../store/persist.ts";
import { errorOf } from "../../store/runs.ts";
import { currentArray, useSelection } from "../../store/selection.ts";
import { LIBRARY } from "./describeFields.ts";
import { yamlExtensions } from "./yamlExtensions.ts";

type Planned = Answer<"plan-protocol">;

/**
 * The experiment in the editor. Its text is the truth; form and YAML are two views of it, with one history of edits.
 * Checking and planning are the service's, so that the window and `crosspore run` cannot disagree.
 */
export interface DocumentState {
  readonly text: string;
  /** A name for messages, records and saving. */
  readonly file: string;
  readonly view: "form" | "yaml" | "library";
  readonly undoable: number;
  readonly redoable: number;
  /** What the last check said, of which text. */
  readonly diagnostics: readonly Diagnostic[];
  readonly checked: string | undefined;
  readonly checkError: LabError | undefined;
  /** Run on the file's own emulated array, although one is open. */
  readonly own: boolean;
  /** With the emulated array's answer: currents, energy, trips. */
  readonly predict: boolean;
  readonly planning: boolean;
  readonly planned: (Planned & { readonly text: string; readonly array: string | null }) | undefined;
  readonly planError: LabError | undefined;
  readonly submitting: boolean;
  readonly submitError: LabError | undefined;
  /** The job that was queued last, shown while it waits or runs. */
  readonly queued: string | undefined;
}

/** A loop on one junction of the array that is open: something that runs there before anything was chosen. */
function startingText(array?: ArrayCard): string {
  const { rows, columns } = array?.grid ?? { rows: 1, columns: 1 };
  const model = array && array.model !== "" ? array.model : "conical-channel";
  const floats = array?.capabilities.unselectedLines === "floating";
  // a potentiostat takes tens of points per second, and a junction on a bench is treated gently
  const slow = (array?.capabilities.fastestSampling_Hz ?? Infinity) < 40_000;
  const sweep = slow ? "amplitude_V: 400 mV, frequency_Hz: 0.5 Hz, cycles: 2, samplesPerCycle: 40" : "amplitude_V: 1 V";
  return `crosspore: 1
name: current-voltage loop
array: { rows: ${rows}, columns: ${columns}, junction: { model: ${model} }${floats ? ", unselectedLines: floating" : ""} }
protocol:
  - iv-sweep: { cells: [[0, 0]], ${sweep}${floats ? ", bias: float" : ""} }
`;
}

interface Draft {
  readonly file: string;
  readonly text: string;
}

function readDraft(): Draft | undefined {
  const draft = recall("draft") as Partial<Draft> | undefined;
  return typeof draft?.text === "string" && typeof draft.file === "string"
    ? { file: draft.file, text: draft.text }
    : undefined;
}

const draft = readDraft();

export const useDocument = create<DocumentState>(() => ({
  text: draft?.text ?? startingText(),
  file: draft?.file ?? "protocol.yaml",
  view: "form",
  undoable: 0,
  redoable: 0,
  diagnostics: [],
  checked: undefined,
  checkError: undefined,
  own: false,
  predict: false,
  planning: false,
  planned: undefined,
  planError: undefined,
  submitting: false,
  submitError: undefined,
  queued: undefined,
}));

/** The text with its history. While the YAML view is shown, it dispatches; otherwise the state is updated here. */
let editor = EditorState.create({ doc: useDocument.getState().text, extensions: yamlExtensions });
let shown: EditorView | undefined;

export function editorState(): EditorState {
  return editor;
}

/** The YAML view is there, or gone again. */
export function attachView(view: EditorView | undefined): void {
  shown = view;
}

/** Every transaction of the YAML view comes through here. */
export function takeTransaction(transaction: Transaction): void {
  editor = transaction.state;
  if (transaction.docChanged) textChanged();
}

function change(spec: TransactionSpec | Transaction): void {
  if (shown) shown.dispatch(spec);
  else takeTransaction("state" in spec ? spec : editor.update(spec));
}

/** Puts a new text; only what differs is replaced, so that marks and the cursor stay. One step of the history. */
export function setText(next: string, userEvent = "input.form"): void {
  const now = editor.doc.toString();
  if (next === now) return;
  let [from, behind] = [0, 0];
  const most = Math.min(now.length, next.length);
  while (from < most && now[from] === next[from]) from++;
  while (behind < most - from && now[now.length - 1 - behind] === next[next.length - 1 - behind]) behind++;
  change({
    changes: { from, to: now.length - behind, insert: next.slice(from, next.length - behind) },
    userEvent,
    annotations: isolateHistory.of("full"),
  });
}

/** Another file in the editor; the old text is one undo away. */
export function openText(text: string, file: string): void {
  useDocument.setState({
    file,
    view: useDocument.getState().view === "library" ? "form" : useDocument.getState().view,
  });
  setText(text, "input.open");
}

export function undoEdit(): void {
  undo({ state: editor, dispatch: change });
}

export function redoEdit(): void {
  redo({ state: editor, dispatch: change });
}

const CHECK_AFTER_ms = 250;
const PLAN_AFTER_ms = 400;
/** A plan that took longer is made only when asked for. */
const QUICK_PLAN_ms = 1500;
let checkTimer: ReturnType<typeof setTimeout> | undefined;
let planTimer: ReturnType<typeof setTimeout> | undefined;
let lastPlan_ms = 0;

function textChanged(): void {
  const text = editor.doc.toString();
  useDocument.setState({
    text,
    undoable: undoDepth(editor),
    redoable: redoDepth(editor),
    submitError: undefined,
    queued: undefined,
  });
  checkSoon();
}

function checkSoon(): void {
  clearTimeout(checkTimer);
  checkTimer = setTimeout(() => void check(), CHECK_AFTER_ms);
}

/** Asks the service what is wrong with the text, then what it would do, where that was quick the last time. */
export async function check(): Promise<void> {
  const { text, file } = useDocument.getState();
  remember("draft", { text, file } satisfies Draft);
  try {
    const { diagnostics } = await lab.ask("check-protocol", { text, file });
    if (useDocument.getState().text !== text) return;
    useDocument.setState({ diagnostics, checked: text, checkError: undefined });
    clearTimeout(planTimer);
    const wrong = diagnostics.some(({ severity }) => severity === "error");
    if (!wrong && lastPlan_ms < QUICK_PLAN_ms) planTimer = setTimeout(() => void dryRun(), PLAN_AFTER_ms);
  } catch (error) {
    useDocument.setState({ checkError: errorOf(error) });
  }
}

/** The array that the protocol would run on: the one that is looked at, or null for the file's own emulated one. */
export function targetArray(): string | null {
  return useDocument.getState().own ? null : (currentArray()?.array ?? null);
}

export async function dryRun(): Promise<void> {
  const { text, file, predict, planning } = useDocument.getState();
  if (planning) return;
  const array = targetArray();
  useDocument.setState({ planning: true, planError: undefined });
  const began_ms = performance.now();
  try {
    const planned = await lab.ask("plan-protocol", { text, file, array, ...(predict && { predict }) });
    lastPlan_ms = predict ? 0 : performance.now() - began_ms;
    const mistake = planned.diagnostics.find(({ severity }) => severity === "error");
    useDocument.setState((state) => ({
      planning: false,
      planned: { ...planned, text, array },
      // what the plan found stands in the text too
      ...(state.text === text && { diagnostics: planned.diagnostics, checked: text }),
    }));
    if (mistake) announce(`The dry run refuses: ${mistake.message}`);
  } catch (error) {
    useDocument.setState({ planning: false, planError: errorOf(error) });
  }
  if (useDocument.getState().text !== text) checkSoon();
}

export async function submit(): Promise<void> {
  if (useDocument.getState().submitting) return;
  useDocument.setState({ submitting: true, submitError: undefined, queued: undefined });
  try {
    await untilFilled();
    const { text, file } = useDocument.getState();
    const { job } = await lab.ask("submit", { text, file, array: targetArray() });
    useDocument.setState({ submitting: false, queued: job.job });
    announce(`${job.name} is in the queue`);
  } catch (error) {
    const submitError = errorOf(error);
    useDocument.setState({ submitting: false, submitError });
    announce(`Not queued: ${submitError.message}`);
    showPanel("protocol");
  }
}

export function saveFile(): void {
  const { text, file } = useDocument.getState();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  link.download = file.replace(/^.*[/\\]/u, "") || "protocol.yaml";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Nobody has touched the text: it may still be filled with what fits the array that is open. */
function isUntouched(): boolean {
  return draft === undefined && editor.doc.toString() === offered;
}

let offered = editor.doc.toString();

function offer(text: string, file: string): void {
  if (!isUntouched()) return;
  offered = text;
  useDocument.setState({ file });
  setText(text, "input.open");
}

const FILL_PATIENCE_ms = 3000;
let tellFilled = () => {};
const filled = new Promise<void>((resolve) => (tellFilled = resolve));

/** Who runs before the editor has its first text means the text that is about to come. */
async function untilFilled(): Promise<void> {
  if (!isUntouched()) return;
  // the panel fills the editor when it is shown
  const shown = setTimeout(() => showPanel("protocol"), 100);
  await Promise.race([filled, new Promise((resolve) => setTimeout(resolve, FILL_PATIENCE_ms))]);
  clearTimeout(shown);
}

/** Starts checking, and fills an untouched editor with an experiment that fits the array that is open. */
export function followDocument(): () => void {
  let filledFor: string | undefined;
  const fill = () => {
    const array = currentArray();
    if (useLab.getState().connection.phase !== "open" || !array || array.array === filledFor) return;
    filledFor = array.array;
    if (!isUntouched()) return tellFilled();
    offer(startingText(array), "protocol.yaml");
    lab.ask("templates", { array: array.array }).then(
      ({ templates }) => {
        // an experiment that was made for this array stands first
        const [first] = templates;
        // another array may have been opened meanwhile
        if (filledFor !== array.array) return;
        if (first && !LIBRARY.includes(first.name)) offer(first.text, `${first.name}.yaml`);
        tellFilled();
      },
      () => tellFilled(),
    );
  };
  const stops = [
    useLab.subscribe((now, before) => {
      fill();
      const back = now.connection.phase === "open" && before.connection.phase !== "open";
      if (back || (now.arrays !== before.arrays && useDocument.getState().planned === undefined)) checkSoon();
    }),
    useSelection.subscribe((now, before) => {
      if (now.arrayId === before.arrayId) return;
      fill();
      checkSoon();
    }),
  ];
  fill();
  checkSoon();
  return () => stops.forEach((stop) => stop());
}
