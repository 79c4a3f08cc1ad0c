import { showPanel } from "../../commands/showPanel.ts";
import { laterPanel } from "../laterPanel.ts";
import type { Panel } from "../panel.ts";

/** The editor is heavy and comes when it is first needed. */
const editor = () => import("./document.ts");

export const protocolPanel: Panel = {
  id: "protocol",
  title: "Protocol",
  letter: "P",
  about: "Write, check and queue an experiment, as a form or as YAML",
  component: laterPanel(async () => (await import("./ProtocolPanel.tsx")).ProtocolPanel),
  commands: [
    {
      id: "protocol.run",
      title: "Run the protocol",
      group: "Protocol",
      keys: ["Ctrl+Enter"],
      inFields: true,
      run: () => void editor().then(({ submit }) => submit()),
    },
    {
      id: "protocol.dryRun",
      title: "Dry run: what the protocol would do",
      group: "Protocol",
      keys: ["Ctrl+D"],
      inFields: true,
      run: () => {
        showPanel("protocol");
        void editor().then(({ dryRun }) => dryRun());
      },
    },
    {
      id: "protocol.library",
      title: "Choose a protocol from the library",
      group: "Protocol",
      keys: ["Ctrl+L"],
      inFields: true,
      run: () => {
        showPanel("protocol");
        void editor().then(({ useDocument }) => useDocument.setState({ view: "library" }));
      },
    },
    {
      id: "protocol.undo",
      title: "Undo the last edit (never a pulse)",
      group: "Protocol",
      keys: ["Ctrl+Z"],
      run: () => void editor().then(({ undoEdit }) => undoEdit()),
    },
    {
      id: "protocol.redo",
      title: "Redo the edit",
      group: "Protocol",
      keys: ["Ctrl+Shift+Z"],
      run: () => void editor().then(({ redoEdit }) => redoEdit()),
    },
    {
      id: "protocol.save",
      title: "Save the protocol as a file",
      group: "Protocol",
      keys: ["Ctrl+S"],
      inFields: true,
      run: () => void editor().then(({ saveFile }) => saveFile()),
    },
  ],
};
