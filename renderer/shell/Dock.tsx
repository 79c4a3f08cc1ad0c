import {
  DockviewReact,
  type DockviewReadyEvent,
  type IDockviewHeaderActionsProps,
  type IDockviewPanelHeaderProps,
} from "dockview-react";
import { type FunctionComponent, Suspense, useState } from "react";
import { findPanel, panels } from "../panels/index.ts";
import { PanelGuard } from "./PanelGuard.tsx";
import { setDock } from "./dock.ts";
import { applyLast, rememberLast } from "./layouts.ts";
import "dockview-react/dist/styles/dockview.css";
import "../theme/dock.css";

const components: Record<string, FunctionComponent> = Object.fromEntries(
  panels.map(({ id, title, component: Content }) => [
    id,
    () => (
      <section className="panel-frame" data-panel={id} aria-label={title} tabIndex={-1}>
        <PanelGuard title={title}>
          <Suspense fallback={<p className="mute loading">{title} …</p>}>
            <Content />
          </Suspense>
        </PanelGuard>
      </section>
    ),
  ]),
);

function Tab({ api }: IDockviewPanelHeaderProps) {
  const place = panels.findIndex((panel) => panel.id === api.id);
  return (
    <div className="tab" title={panels[place]?.about} onAuxClick={(event) => event.button === 1 && api.close()}>
      {api.title}
      {place >= 0 && place < 9 && <kbd>{place + 1}</kbd>}
      <button type="button" aria-label={`close ${api.title}`} title="Close this panel" onClick={() => api.close()}>
        ×
      </button>
    </div>
  );
}

function GroupActions({ api, activePanel }: IDockviewHeaderActionsProps) {
  const [large, setLarge] = useState(api.isMaximized());
  const toggle = () => {
    if (api.isMaximized()) api.exitMaximized();
    else api.maximize();
    setLarge(api.isMaximized());
  };
  return (
    <div className="dock-actions">
      <button
        type="button"
        onClick={toggle}
        aria-pressed={large}
        title={large ? "Back to its place" : `Fill the window with ${activePanel?.title ?? "this panel"}`}
        aria-label={large ? "restore" : "enlarge"}
      >
        {large ? "❐" : "□"}
      </button>
    </div>
  );
}

const theme = { name: "crosspore", className: "dock-theme", gap: 8, dndOverlayMounting: "absolute" } as const;

export function Dock() {
  const onReady = ({ api }: DockviewReadyEvent) => {
    setDock(api, (id) => findPanel(id)?.title);
    applyLast(api);
    api.onDidLayoutChange(() => rememberLast(api));
  };
  return (
    <DockviewReact
      components={components}
      defaultTabComponent={Tab}
      rightHeaderActionsComponent={GroupActions}
      watermarkComponent={NoPanels}
      onReady={onReady}
      theme={theme}
      disableFloatingGroups
    />
  );
}

function NoPanels() {
  return (
    <div className="empty">
      <p>
        Every panel is closed. Press <kbd>1</kbd> to <kbd>9</kbd> for a panel, or <kbd>Ctrl K</kbd> and type “layout”.
      </p>
    </div>
  );
}
