import { useEffect, useState } from "react";
import type { Answer, LabError } from "../../../core/labMessages/index.ts";
import { Button } from "../../components/Button.tsx";
import { Notice } from "../../components/Notice.tsx";
import { lab } from "../../connection/index.ts";
import { errorOf } from "../../store/runs.ts";
import { useCurrentArray } from "../../store/selection.ts";
import { openText, setText, useDocument } from "./document.ts";
import { insertInYaml } from "./editYaml.ts";

type Template = Answer<"templates">["templates"][number];

/** Every protocol of the library, ready to run on the array that is looked at. */
export function LibraryView() {
  const array = useCurrentArray()?.array ?? null;
  const [templates, setTemplates] = useState<readonly Template[]>([]);
  const [error, setError] = useState<LabError>();
  const [wanted, setWanted] = useState("");
  useEffect(() => {
    let here = true;
    lab.ask("templates", { array }).then(
      (answer) => here && setTemplates(answer.templates),
      (refusal: unknown) => here && setError(errorOf(refusal)),
    );
    return () => {
      here = false;
    };
  }, [array]);
  const words = wanted.toLowerCase().split(/\s+/u);
  const shown = templates.filter(({ name, title, description }) =>
    words.every((word) => `${name} ${title} ${description}`.toLowerCase().includes(word)),
  );
  return (
    <div className="body library" data-focus tabIndex={-1}>
      <input
        type="search"
        className="input"
        placeholder="loop, retention, noise, impedance …"
        aria-label="search the library"
        value={wanted}
        onChange={({ currentTarget }) => setWanted(currentTarget.value)}
      />
      {error && (
        <Notice title="The library cannot be shown" remedy={error.remedy}>
          {error.message}
        </Notice>
      )}
      <ul>
        {shown.map((template) => (
          <li key={template.name} className="card">
            <header>
              <strong>{template.title}</strong>
              <span className="mute figure">{template.name}</span>
            </header>
            <p className="mute">{template.description}</p>
            <div className="row">
              <Button
                onPress={() => openText(template.text, `${template.name}.yaml`)}
                title="In the editor instead of what is there, which is one undo away"
              >
                Use
              </Button>
              <Button
                look="quiet"
                onPress={() => {
                  setText(insertInYaml(useDocument.getState().text, ["protocol"], template.name));
                  useDocument.setState({ view: "form" });
                }}
                title="Behind the protocols that are in the editor"
              >
                Add to the experiment
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {templates.length > 0 && shown.length === 0 && <p className="mute">No protocol with these words.</p>}
    </div>
  );
}
