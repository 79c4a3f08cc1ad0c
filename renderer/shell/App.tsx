import { useUi } from "../store/ui.ts";
import { Dock } from "./Dock.tsx";
import { KeysHelp } from "./KeysHelp.tsx";
import { Palette } from "./Palette.tsx";
import { TopBar } from "./TopBar.tsx";
import "./shell.css";

export function App() {
  const overlay = useUi((state) => state.overlay);
  return (
    <div className="shell">
      <TopBar />
      <div />
      <main>
        <Dock />
      </main>
      <footer className="status" />
      {overlay === "palette" && <Palette />}
      {overlay === "keys" && <KeysHelp />}
    </div>
  );
}
