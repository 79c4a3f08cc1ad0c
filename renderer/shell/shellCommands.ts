import { type Command, registerCommands } from "../commands/commands.ts";
import { panels } from "../panels/index.ts";
import { useUi } from "../store/ui.ts";
import { dock, showPanel } from "./dock.ts";
import { applyBuiltIn, applySaved, builtInLayouts, deleteLayout, savedLayouts, saveLayout } from "./layouts.ts";

const toggle = (overlay: "palette" | "keys") => () => {
  const ui = useUi.getState();
  ui.setOverlay(ui.overlay === overlay ? undefined : overlay);
};

/** What the window itself can do. Stops and runs are in runCommands.ts; panels bring their own. */
export function registerShellCommands(): void {
  registerCommands([
    {
      id: "help.palette",
      title: "Find a command",
      group: "Help",
      keys: ["Ctrl+K"],
      inFields: true,
      run: toggle("palette"),
    },
    { id: "help.keys", title: "Keys", group: "Help", keys: ["?"], run: toggle("keys") },
    { id: "help.tour", title: "A short tour", group: "Help", run: () => useUi.getState().setTour(0) },
    ...(["system", "light", "dark"] as const).map(
      (theme): Command => ({
        id: `view.theme.${theme}`,
        title: theme === "system" ? "Colours as the system has them" : `${theme === "dark" ? "Dark" : "Light"} colours`,
        group: "View",
        run: () => useUi.getState().setTheme(theme),
      }),
    ),
    ...panels.map(
      (panel, k): Command => ({
        id: `panel.${panel.id}`,
        title: `${panel.title}: ${panel.about.toLowerCase()}`,
        group: "Panels",
        also: `show ${panel.title}, open ${panel.title}, ${panel.id} panel`,
        ...(k < 9 ? { keys: [String(k + 1)] } : {}),
        run: () => showPanel(panel.id),
      }),
    ),
    ...panels.flatMap((panel) => panel.commands ?? []),
    ...builtInLayouts.map(
      (name): Command => ({
        id: `layout.${name}`,
        title: `Layout ${name}`,
        group: "Layout",
        run: () => {
          const api = dock();
          if (api) applyBuiltIn(api, name);
        },
      }),
    ),
    {
      id: "layout.save",
      title: "Save this layout",
      group: "Layout",
      run: () => {
        const api = dock();
        if (!api) return;
        const taken = savedLayouts();
        const number = Array.from({ length: taken.length + 1 }, (_, k) => k + 1).find(
          (k) => !taken.includes(`Mine ${k}`),
        );
        saveLayout(api, `Mine ${number}`);
        refreshSavedLayouts();
      },
    },
  ]);
  refreshSavedLayouts();
}

let forgetSaved: () => void = () => undefined;

function refreshSavedLayouts(): void {
  forgetSaved();
  forgetSaved = registerCommands(
    savedLayouts().flatMap((name): Command[] => [
      {
        id: `layout.saved.${name}`,
        title: `Layout ${name}`,
        group: "Layout",
        run: () => {
          const api = dock();
          if (api) applySaved(api, name);
        },
      },
      {
        id: `layout.delete.${name}`,
        title: `Delete layout ${name}`,
        group: "Layout",
        run: () => {
          deleteLayout(name);
          refreshSavedLayouts();
        },
      },
    ]),
  );
}
