import { useEffect, useMemo, useRef } from "react";
import { Button, Choice, CommandButton } from "../../components/Button.tsx";
import { Notice } from "../../components/Notice.tsx";
import { plainText } from "../../components/quantity.ts";
import { useLab } from "../../store/lab.ts";
import { useCurrentArray } from "../../store/selection.ts";
import { type DocumentState, followDocument, openText, redoEdit, undoEdit, useDocument } from "./document.ts";
import { readForm } from "./experimentForm.ts";
import { FormView } from "./FormView.tsx";
import { LibraryView } from "./LibraryView.tsx";
import { PlanView } from "./PlanView.tsx";
import { YamlView } from "./YamlView.tsx";
import "../../components/input.css";
import "./protocol.css";

const VIEWS = [
  { value: "form", text: "Form", title: "Fields with their defaults" },
  { value: "yaml", text: "YAML", title: "The file as it is saved and recorded" },
  { value: "library", text: "Library", title: "Every protocol, ready to run on this array" },
] as const;

export function ProtocolPanel() {
  const { view, file, text } = useDocument();
  useEffect(followDocument, []);
  const form = useMemo(() => readForm(text), [text]);
  return (
    <div className="panel protocol">
      <div className="bar">
        <Choice
          value={view}
          options={VIEWS}
          onChoose={(next) => useDocument.setState({ view: next })}
          label="view of the protocol"
        />
        <span className="file" title={file}>
          {plainText(file)}
        </span>
        <span className="grow" />
        <Edits />
      </div>
      {view === "library" ? (
        <LibraryView />
      ) : (
        <div className="workbench">
          <div className="editing">
            <Findings shown={view} />
            {view === "yaml" ? (
              <YamlView />
            ) : form ? (
              <FormView form={form} />
            ) : (
              <div className="body">
                <Notice
                  kind="warning"
                  title="This text is not YAML yet, so it has no form."
                  remedy="Mend it in the YAML view; the place is marked there."
                  actions={<Button onPress={() => useDocument.setState({ view: "yaml" })}>Open the YAML view</Button>}
                />
              </div>
            )}
          </div>
          <PlanView />
        </div>
      )}
      {view !== "library" && <RunBar />}
    </div>
  );
}

function Edits() {
  const undoable = useDocument((state) => state.undoable);
  const redoable = useDocument((state) => state.redoable);
  const picker = useRef<HTMLInputElement>(null);
  return (
    <div className="edits">
      <Button
        look="quiet"
        onPress={undoEdit}
        disabled={undoable === 0 ? "nothing to undo" : undefined}
        title="Undo the last edit of this text (Ctrl Z). What was sent to an array cannot be undone."
        label="undo"
      >
        ↶
      </Button>
      <Button
        look="quiet"
        onPress={redoEdit}
        disabled={redoable === 0 ? "nothing to redo" : undefined}
        title="Redo (Ctrl Shift Z)"
        label="redo"
      >
        ↷
      </Button>
      <Button
        look="quiet"
        onPress={() => picker.current?.click()}
        title="Open an experiment file; what is here is one undo away"
      >
        Open
      </Button>
      <input
        ref={picker}
        type="file"
        accept=".yaml,.yml,.json"
        hidden
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file) void file.text().then((text) => openText(text, file.name));
          currentTarget.value = "";
        }}
      />
      <CommandButton command="protocol.save" look="quiet">
        Save
      </CommandButton>
    </div>
  );
}

/** What the check says, where the view itself does not show it in place. */
function Findings({ shown }: { shown: DocumentState["view"] }) {
  const { diagnostics, checkError } = useDocument();
  if (checkError)
    return (
      <div className="findings">
        <Notice kind="warning" title="The text is not checked" remedy={checkError.remedy}>
          {checkError.message}
        </Notice>
      </div>
    );
  const first = diagnostics.find(({ severity }) => severity === "error");
  if (!first) return null;
  return (
    <div className="findings">
      <Notice
        title={first.line > 0 ? `Line ${first.line}, column ${first.column}` : "This protocol is refused"}
        actions={
          shown === "form" &&
          first.line > 0 && <Button onPress={() => useDocument.setState({ view: "yaml" })}>Show the line</Button>
        }
      >
        {first.message}
      </Notice>
    </div>
  );
}

function RunBar() {
  const array = useCurrentArray();
  const { own, submitError, submitting, queued, planning, diagnostics } = useDocument();
  const job = useLab(({ jobs }) =>
    jobs.find((one) => one.job === queued && (one.state === "waiting" || one.state === "running")),
  );
  // a mistake that stands in the text already is not said twice
  const said = diagnostics.some(({ message }) => submitError?.message.endsWith(message));
  const choose = (next: boolean) => {
    useDocument.setState({ own: next, planned: undefined });
    void import("./document.ts").then(({ check }) => check());
  };
  return (
    <div className="runbar">
      {submitError && !said && (
        <Notice
          title={submitError.code === "LIMIT" ? "Refused by a limit, nothing was sent" : "Not queued, nothing was sent"}
          remedy={submitError.remedy}
        >
          {submitError.message}
        </Notice>
      )}
      {job && (
        <p className="queued" role="status">
          {plainText(job.name)} {job.state === "running" ? "runs." : "is in the queue."}
        </p>
      )}
      <div className="row">
        <label className="target">
          <span className="mute">on</span>
          <select
            className="input"
            value={own || !array ? "own" : "array"}
            onChange={({ currentTarget }) => choose(currentTarget.value === "own")}
            title="Where it runs. Choose another array in the panel Instruments."
          >
            {array && (
              <option value="array">
                {plainText(array.name, 40)}, {array.grid.rows} × {array.grid.columns}
                {array.simulated ? " · SIMULATED" : ""}
              </option>
            )}
            <option value="own">an emulated array as the file describes it</option>
          </select>
        </label>
        <CommandButton command="protocol.dryRun">{planning ? "Planning …" : "Dry run"}</CommandButton>
        <CommandButton command="protocol.run" look="primary">
          {submitting ? "Queueing …" : "Run"}
        </CommandButton>
      </div>
    </div>
  );
}
