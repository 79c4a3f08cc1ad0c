import { useId, useState } from "react";
import type { Diagnostic } from "../../../core/labMessages/index.ts";
import { Button } from "../../components/Button.tsx";
import { announce } from "../../components/announce.ts";
import { JUNCTIONS, LIBRARY, protocolTitle } from "./describeFields.ts";
import { setText, useDocument } from "./document.ts";
import { insertInYaml, moveInYaml, removeInYaml, setInYaml } from "./editYaml.ts";
import type { ExperimentForm, FormField, FormItem } from "./experimentForm.ts";
import { Waveform } from "./Waveform.tsx";

/** The document as fields. Every change is an edit of the text that leaves the rest of it as it is. */
export function FormView({ form }: { form: ExperimentForm }) {
  const [more, setMore] = useState(false);
  const given = form.limits.filter(({ written }) => written !== undefined);
  const [name, ...rest] = form.head;
  return (
    <div className="body form" data-focus tabIndex={-1}>
      <section className="card">
        {name && <Field field={name} wide />}
        {more && rest.map((field) => <Field key={field.label} field={field} wide />)}
        <div className="entries">
          <Models field={form.model} />
          {form.array.map((field) => (
            <Field key={field.label} field={field} />
          ))}
          {(more ? form.limits : given).map((field) => (
            <Field key={field.label} field={{ ...field, label: `limit of ${field.label}` }} />
          ))}
        </div>
        <div className="row">
          {form.more.length > 0 && <span className="mute">also in the file: {form.more.join(", ")}</span>}
          <span className="grow" />
          <Button look="quiet" pressed={more} onPress={() => setMore(!more)}>
            {more ? "Less" : "Limits, notes, seed …"}
          </Button>
        </div>
      </section>
      {form.items.map((item, k) => (
        <Item key={`${k} ${item.name}`} item={item} at={k} count={form.items.length} />
      ))}
      <AddItem />
    </div>
  );
}

function edit(change: (text: string) => string): string | undefined {
  try {
    setText(change(useDocument.getState().text));
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function Item({ item, at, count }: { item: FormItem; at: number; count: number }) {
  const [all, setAll] = useState(false);
  const preview = useDocument(({ planned, text }) =>
    planned?.text === text ? planned.plan?.perProtocol[at]?.preview : undefined,
  );
  const title = item.kind === "protocol" ? item.title : `${item.name} …`;
  return (
    <section className="card item" aria-label={`${at + 1} ${title}`}>
      <header>
        <span className="number figure">{at + 1}</span>
        <strong title={item.kind === "protocol" ? item.summary : undefined}>{title}</strong>
        <span className="grow" />
        <Button
          look="quiet"
          label={`move ${title} up`}
          title="Earlier"
          disabled={at === 0 ? "it is the first" : undefined}
          onPress={() => edit((text) => moveInYaml(text, ["protocol"], at, at - 1))}
        >
          ↑
        </Button>
        <Button
          look="quiet"
          label={`move ${title} down`}
          title="Later"
          disabled={at === count - 1 ? "it is the last" : undefined}
          onPress={() => edit((text) => moveInYaml(text, ["protocol"], at, at + 1))}
        >
          ↓
        </Button>
        <Button
          look="quiet"
          label={`remove ${title}`}
          title="Remove it; Ctrl Z brings it back"
          disabled={count === 1 ? "an experiment has at least one protocol" : undefined}
          onPress={() => {
            edit((text) => removeInYaml(text, ["protocol"], at));
            announce(`${title} removed`);
          }}
        >
          ×
        </Button>
      </header>
      {preview && <Waveform preview={preview} label={`voltage of the first junction, ${title}`} />}
      {item.kind === "protocol" ? (
        <Fields item={item} all={all} setAll={setAll} />
      ) : (
        <>
          <pre className="statement">{item.text}</pre>
          <div className="row">
            <span className="mute">a statement of the language, line {item.line}</span>
            <span className="grow" />
            <Button onPress={() => useDocument.setState({ view: "yaml" })}>Edit as YAML</Button>
          </div>
        </>
      )}
    </section>
  );
}

/** Fields that say most of a protocol stand first; the others are a press away. */
const FEW = 6;

function Fields({
  item,
  all,
  setAll,
}: {
  item: Extract<FormItem, { kind: "protocol" }>;
  all: boolean;
  setAll: (all: boolean) => void;
}) {
  const shown = all
    ? item.fields
    : item.fields.filter(({ written, fallback }, k) => written !== undefined || fallback === undefined || k < FEW);
  const hidden = item.fields.length - shown.length;
  return (
    <>
      <div className="entries">
        {shown.map((field) => (
          <Field key={field.keys.join(".")} field={field} />
        ))}
      </div>
      {(hidden > 0 || all) && (
        <div className="row">
          <span className="grow" />
          <Button look="quiet" pressed={all} onPress={() => setAll(!all)}>
            {all ? "Fewer fields" : `${hidden} more ${hidden === 1 ? "field" : "fields"}`}
          </Button>
        </div>
      )}
    </>
  );
}

/** "protocol[0].iv-sweep.amplitude_V", as the check names fields. */
function fieldName(field: FormField): string {
  return field.path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? key : `${text}.${key}`),
    "",
  );
}

function useMistake(field: FormField): Diagnostic | undefined {
  const name = fieldName(field);
  return useDocument(({ diagnostics }) =>
    diagnostics.find(
      (found) => found.field === name || found.field.startsWith(`${name}.`) || found.field.startsWith(`${name}[`),
    ),
  );
}

/** Beside its field a message need not name it. */
function shortMessage({ field, message }: Diagnostic): string {
  return message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
}

function Field({ field, wide = false }: { field: FormField; wide?: boolean }) {
  const id = useId();
  const [draft, setDraft] = useState<string>();
  const [wrong, setWrong] = useState<string>();
  const mistake = useMistake(field);
  const problem = wrong ?? (mistake && shortMessage(mistake));
  const label = [
    ...field.keys.slice(-2, -1).filter((key) => !["limits", "array", "junction"].includes(key)),
    field.label,
  ].join(" ");
  const commit = (value: string) => {
    const source = value.trim() === "" ? undefined : value.trim();
    if (source === field.written) {
      setDraft(undefined);
      setWrong(undefined);
      return;
    }
    const refused = edit((text) => setInYaml(text, field.path, source));
    setWrong(refused);
    if (refused === undefined) setDraft(undefined);
  };
  const shared = {
    id,
    className: `input${field.written === undefined ? " default" : ""}`,
    "aria-invalid": problem !== undefined,
    "aria-describedby": problem === undefined ? undefined : `${id}-problem`,
  };
  return (
    <div className={`entry${wide ? " wide" : ""}`}>
      <label htmlFor={id}>
        {label}
        {field.unit !== "" && <span className="mute"> / {field.unit}</span>}
      </label>
      {field.kind === "choice" || field.kind === "flag" ? (
        <select {...shared} value={field.written ?? ""} onChange={({ currentTarget }) => commit(currentTarget.value)}>
          <option value="">{field.fallback === undefined ? "–" : `${field.fallback} (default)`}</option>
          {(field.kind === "flag" ? ["true", "false"] : field.choices).map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : (
        <input
          {...shared}
          type="text"
          autoComplete="off"
          spellCheck={false}
          placeholder={field.fallback ?? ""}
          title={field.written === undefined && field.fallback !== undefined ? `default: ${field.fallback}` : undefined}
          value={draft ?? field.written ?? ""}
          onChange={({ currentTarget }) => setDraft(currentTarget.value)}
          onBlur={({ currentTarget }) => draft !== undefined && commit(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.ctrlKey) commit(event.currentTarget.value);
            // the run takes what stands in the field
            if (event.key === "Enter" && event.ctrlKey) commit(event.currentTarget.value);
          }}
        />
      )}
      {problem !== undefined && (
        <span className="problem" id={`${id}-problem`}>
          {problem}
        </span>
      )}
    </div>
  );
}

function Models({ field }: { field: FormField }) {
  const id = useId();
  const mistake = useMistake(field);
  const known = JUNCTIONS.some(({ name }) => name === field.written);
  return (
    <div className="entry">
      <label htmlFor={id}>junction model</label>
      <select
        id={id}
        className="input"
        aria-invalid={mistake !== undefined}
        title="The model where the array is emulated; on an instrument, what is expected"
        value={field.written ?? ""}
        onChange={({ currentTarget }) => edit((text) => setInYaml(text, field.path, currentTarget.value))}
      >
        {!known && <option>{field.written ?? ""}</option>}
        {JUNCTIONS.map(({ name, title }) => (
          <option key={name} value={name} title={title}>
            {name}
          </option>
        ))}
      </select>
      {mistake && <span className="problem">{shortMessage(mistake)}</span>}
    </div>
  );
}

function AddItem() {
  return (
    <div className="row add">
      <select
        className="input"
        aria-label="add a protocol"
        value=""
        onChange={({ currentTarget }) => {
          const name = currentTarget.value;
          edit((text) => insertInYaml(text, ["protocol"], name));
          announce(`${protocolTitle(name).title} added`);
        }}
      >
        <option value="">Add a protocol …</option>
        {LIBRARY.map((name) => (
          <option key={name} value={name}>
            {protocolTitle(name).title}
          </option>
        ))}
      </select>
    </div>
  );
}
