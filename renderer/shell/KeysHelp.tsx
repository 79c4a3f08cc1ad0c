import { Button } from "../components/Button.tsx";
import { KeysPanel } from "../panels/keys/KeysPanel.tsx";
import { useUi } from "../store/ui.ts";
import { Overlay } from "./Overlay.tsx";

export function KeysHelp() {
  const close = () => useUi.getState().setOverlay(undefined);
  return (
    <Overlay label="Keys" onClose={close} className="help">
      <header>
        <h2>Keys</h2>
        <span className="grow" />
        <Button onPress={close}>
          Close <kbd>?</kbd>
        </Button>
      </header>
      <KeysPanel />
    </Overlay>
  );
}
