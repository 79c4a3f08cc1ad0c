import { OpenArraySheet } from "../sheets/OpenArraySheet.tsx";
import { PulseSheet } from "../sheets/PulseSheet.tsx";
import { TargetSheet } from "../sheets/TargetSheet.tsx";
import { useUi } from "../store/ui.ts";
import { Announcer } from "./Announcer.tsx";
import { Dock } from "./Dock.tsx";
import { KeysHelp } from "./KeysHelp.tsx";
import { NoticeBar } from "./NoticeBar.tsx";
import { Palette } from "./Palette.tsx";
import { StatusBar } from "./StatusBar.tsx";
import { Toasts } from "./Toasts.tsx";
import { TopBar } from "./TopBar.tsx";
import { Tour } from "./Tour.tsx";
import "./shell.css";
import "../sheets/sheets.css";

const OVERLAYS = {
  palette: Palette,
  keys: KeysHelp,
  pulse: PulseSheet,
  target: TargetSheet,
  "open-array": OpenArraySheet,
} as const;

export function App() {
  const overlay = useUi((state) => state.overlay);
  const Front = overlay && OVERLAYS[overlay];
  return (
    <div className="shell">
      <TopBar />
      <div className="above">
        <NoticeBar />
        <Tour />
      </div>
      <main>
        <Dock />
      </main>
      <StatusBar />
      {Front && <Front />}
      <Toasts />
      <Announcer />
    </div>
  );
}
