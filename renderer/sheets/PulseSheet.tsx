import { useState } from "react";
import { parseQuantity } from "../../core/units.ts";
import { Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { plainText, quantity } from "../components/quantity.ts";
import { SourceMark } from "../components/SourceMark.tsx";
import { lab } from "../connection/index.ts";
import { countWords } from "../panels/map/arrayActions.ts";
import { Overlay } from "../shell/Overlay.tsx";
import { recall, remember } from "../store/persist.ts";
import { chosenCells, useCurrentArray, useSelection } from "../store/selection.ts";
import { say, sayError, useUi } from "../store/ui.ts";
import { QuantityField } from "./QuantityField.tsx";

/** One pulse to each chosen junction, then a read. The limits are the service's: it refuses, this form only foretells. */
export function PulseSheet() {
  const close = () => useUi.getState().setOverlay(undefined);
  const array = useCurrentArray();
  const count = useSelection((state) => state.count);
  const stored = (recall("pulse") ?? {}) as { voltage?: string; width?: string };
  const [voltage, setVoltage] = useState(stored.voltage ?? "0.2 V");
  const [width, setWidth] = useState(stored.width ?? "1 ms");
  if (!array) return null;
  const amplitude = tryRead(voltage, "V");
  const limit = array.limits.voltage_V;
  const over = amplitude !== undefined && Math.abs(amplitude) > limit;
  const ready = amplitude !== undefined && (tryRead(width, "s") ?? 0) > 0;
  const send = () => {
    if (!ready) return;
    remember("pulse", { voltage, width });
    lab
      .ask("pulse-cells", {
        array: array.array,
        cells: chosenCells(array.grid),
        voltage_V: amplitude,
        width_s: parseQuantity(width, "s"),
      })
      .then(
        () => say("info", `Pulsing ${countWords(count)}: ${quantity(amplitude, "V")} for ${width}`),
        (error: unknown) => sayError(error, "Not pulsed"),
      );
    close();
  };
  return (
    <Overlay label="Pulse" onClose={close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <h2>
          Pulse {countWords(count)} of {plainText(array.name, 60)}{" "}
          <SourceMark source={array.simulated ? "emulated" : "measured"} />
        </h2>
        <div className="fields">
          <QuantityField label="Voltage, row minus column" unit="V" value={voltage} onChange={setVoltage} />
          <QuantityField label="Width" unit="s" value={width} onChange={setWidth} />
        </div>
        {over && (
          <Notice
            kind="warning"
            title={`${quantity(amplitude, "V")} is beyond the limit of ${quantity(limit, "V")} in force.`}
            remedy="The service will refuse it; nothing will be sent."
          />
        )}
        <p className="mute">Each junction is read afterwards, and all of it is recorded. A pulse cannot be undone.</p>
        <div className="actions">
          <Button onPress={close}>Not now</Button>
          <button type="submit" className="button primary" aria-disabled={!ready}>
            Send <kbd>↵</kbd>
          </button>
        </div>
      </form>
    </Overlay>
  );
}

export function tryRead(text: string, unit: string): number | undefined {
  try {
    return parseQuantity(text, unit);
  } catch {
    return undefined;
  }
}
