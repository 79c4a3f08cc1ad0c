import { useState } from "react";
import { Button } from "../components/Button.tsx";
import { countWords, setTargetOfChosen } from "../panels/map/arrayActions.ts";
import { showView } from "../panels/map/mapState.ts";
import { Overlay } from "../shell/Overlay.tsx";
import { useSelection } from "../store/selection.ts";
import { say, sayError, useUi } from "../store/ui.ts";
import { tryRead } from "./PulseSheet.tsx";
import { QuantityField } from "./QuantityField.tsx";

/** What the chosen junctions should become: the error map shows the distance. */
export function TargetSheet() {
  const close = () => useUi.getState().setOverlay(undefined);
  const count = useSelection((state) => state.count);
  const [target, setTarget] = useState("1 nS");
  const read = tryRead(target, "S");
  const set = (target_S: number | undefined) => {
    setTargetOfChosen(target_S).then(
      () => {
        say("info", target_S === undefined ? "Target taken away" : `Target set for ${countWords(count)}`);
        if (target_S !== undefined) showView("error");
      },
      (error: unknown) => sayError(error, "No target set"),
    );
    close();
  };
  return (
    <Overlay label="Target conductance" onClose={close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (read !== undefined && read > 0) set(read);
        }}
      >
        <h2>Target conductance of {countWords(count)}</h2>
        <div className="fields">
          <QuantityField label="Conductance" unit="S" value={target} onChange={setTarget} />
        </div>
        <p className="mute">Nothing is driven: the map “error” shows conductance minus target.</p>
        <div className="actions">
          <Button onPress={() => set(undefined)}>No target</Button>
          <Button onPress={close}>Not now</Button>
          <button type="submit" className="button primary" aria-disabled={!(read !== undefined && read > 0)}>
            Set <kbd>↵</kbd>
          </button>
        </div>
      </form>
    </Overlay>
  );
}
