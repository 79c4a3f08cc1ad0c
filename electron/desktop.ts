import { join } from "node:path";
import type { BrowserWindow, MenuItemConstructorOptions } from "electron";
import { type DesktopCommand } from "../core/labMessages/desktopBridge.ts";
import { answerCalls } from "./answerCalls.ts";
import type { ElectronApi } from "./api.ts";
import { PAGE_URL } from "./channels.ts";
import { FileHandles } from "./fileHandles.ts";
import { LabLine } from "./labLine.ts";
import { confine, denyPermissions, registerScheme, servePage, windowOptions } from "./security.ts";

export interface DesktopOptions {
  readonly electron: ElectronApi;
  readonly pageFolder: string;
  readonly preload: string;
  readonly labEntry: string;
  readonly runsFolder: string;
}

/** Works while every window is frozen, and while none of them has the focus. */
export const PANIC_SHORTCUT = "CommandOrControl+Shift+F12";
/** Within so long a quit must be safe; then it happens anyway. */
const QUIT_BUDGET_s = 2;
const FILES = [{ name: "Experiments", extensions: ["yaml", "yml", "json"] }];

export interface Desktop {
  readonly lab: LabLine;
  /** Resolves with the window when it has been opened. */
  readonly openWindow: () => BrowserWindow;
  readonly panic: (by: string) => Promise<void>;
  /** Resolves when a page has asked for its channel to the lab. */
  readonly untilPage: () => Promise<void>;
}

/**
 * The desktop app: windows, menus, dialogs, and the stops that must work when a window does not. No logic of the lab is
 * here: that is in the service, a process of its own.
 * @returns undefined where another one runs already, which shows its window instead
 */
export async function startDesktop(options: DesktopOptions): Promise<Desktop | undefined> {
  const { electron, pageFolder, preload, labEntry, runsFolder } = options;
  const { app, BrowserWindow, dialog, globalShortcut, powerMonitor, powerSaveBlocker, shell } = electron;
  app.enableSandbox();
  registerScheme(electron);
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return undefined;
  }
  app.on("web-contents-created", (_event, contents) => confine(contents, electron));
  await app.whenReady();
  denyPermissions(electron);
  const hasPage = await servePage(electron, pageFolder);

  const windows = new Set<BrowserWindow>();
  const files = new FileHandles();
  let blocker: number | undefined;
  const lab = new LabLine({
    electron,
    labEntry,
    runsFolder,
    pageFolder,
    onRunning: (running) => {
      if (running.length > 0) blocker ??= powerSaveBlocker.start("prevent-app-suspension");
      else if (blocker !== undefined) {
        powerSaveBlocker.stop(blocker);
        blocker = undefined;
      }
    },
    onExit: (code) =>
      dialog.showErrorBox(
        "The lab service has ended",
        `Exit code ${code}. What outputs do is UNKNOWN: look at the instruments. Runs keep what was recorded.`,
      ),
  });

  const panic = async (by: string): Promise<void> => {
    try {
      const unsafe = await lab.panic();
      if (unsafe.length > 0)
        dialog.showErrorBox("Outputs UNKNOWN", `${unsafe.join("\n")}\nLook at the instruments now.`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      dialog.showErrorBox("PANIC was not confirmed", `${by}: ${why}\nSwitch the instruments off by hand.`);
    }
  };

  const openWindow = (): BrowserWindow => {
    const window = new BrowserWindow(windowOptions(preload));
    windows.add(window);
    let frozen = false;
    window.on("unresponsive", () => (frozen = true));
    window.on("responsive", () => (frozen = false));
    window.once("ready-to-show", () => window.show());
    // the page has the key while it lives; a frozen one hears nothing
    window.webContents.on("before-input-event", (event, input) => {
      if (!frozen || input.type !== "keyDown" || input.key !== "Escape") return;
      event.preventDefault();
      void panic("Esc in a frozen window");
    });
    window.webContents.on("render-process-gone", (_event, { reason }) => {
      if (reason !== "clean-exit") window.webContents.reload();
    });
    window.on("close", (event) => {
      if (windows.size > 1 || lab.running.length === 0 || leaving) return;
      event.preventDefault();
      void askToLeave(window);
    });
    window.on("closed", () => void windows.delete(window));
    void window.loadURL(PAGE_URL);
    return window;
  };

  let pageAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (pageAsked = resolve));
  let leaving = false;
  const askToLeave = async (window: BrowserWindow): Promise<void> => {
    const names = lab.running.map(({ name }) => name).join(", ");
    const { response } = await dialog.showMessageBox(window, {
      type: "warning",
      message: "A run is live",
      detail: `${names}\nClosing the window ends it: outputs ramp to 0 V first, and what was recorded stays.`,
      buttons: ["Go on measuring", "Abort the run and close", "End after the current cell and close"],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    });
    if (response === 0) return;
    await lab.control(response === 1 ? "abort" : "stop").catch(() => undefined);
    await (response === 1 ? within(QUIT_BUDGET_s, lab.untilIdle()) : lab.untilIdle());
    leaving = true;
    window.close();
  };

  answerCalls(electron, {
    "lab:request": async (_body, { sender }) => {
      await lab.ready;
      sender.postMessage("lab:port", null, [lab.openChannel()]);
      pageAsked();
      return null;
    },
    "file:open": async () => {
      const { canceled, filePaths } = await dialog.showOpenDialog({ properties: ["openFile"], filters: FILES });
      const [path] = filePaths;
      return canceled || path === undefined ? null : files.open(path);
    },
    "file:save": async ({ handle, name, text }) => {
      if (handle !== null) return files.save(handle, text);
      const { canceled, filePath } = await dialog.showSaveDialog({ defaultPath: name, filters: FILES });
      return canceled || filePath === "" ? null : files.saveAs(filePath, text);
    },
    "run:reveal": async ({ run }) => {
      shell.showItemInFolder(join((await lab.ready).runsFolder, run));
      return null;
    },
  });

  const toPage = (command: DesktopCommand) =>
    BrowserWindow.getFocusedWindow()?.webContents.send("menu:command", command);
  electron.Menu.setApplicationMenu(
    electron.Menu.buildFromTemplate(
      menu({
        toPage,
        openWindow,
        panic: () => void panic("the menu"),
        control: (command) => void lab.control(command),
      }),
    ),
  );
  globalShortcut.register(PANIC_SHORTCUT, () => void panic(PANIC_SHORTCUT));

  app.on("second-instance", () => {
    const [window] = windows;
    if (!window) return void openWindow();
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  app.on("activate", () => {
    if (windows.size === 0) openWindow();
  });
  // nobody watches a machine that sleeps
  powerMonitor.on("suspend", () => void lab.control("abort").catch(() => undefined));
  app.on("window-all-closed", () => app.quit());
  let quitting: Promise<void> | undefined;
  app.on("before-quit", (event) => {
    if (quitting === undefined) {
      leaving = true;
      quitting = within(QUIT_BUDGET_s + 1, lab.stop(QUIT_BUDGET_s)).then(() => app.exit(0));
    }
    event.preventDefault();
  });
  app.on("will-quit", () => globalShortcut.unregisterAll());

  if (!hasPage) dialog.showErrorBox("No page", "This build has no page: npm run build makes it.");
  lab.ready.then(
    () => openWindow(),
    (error: unknown) => {
      dialog.showErrorBox("The lab cannot start", error instanceof Error ? error.message : String(error));
      app.quit();
    },
  );
  return { lab, openWindow, panic, untilPage: () => asked };
}

interface MenuActions {
  readonly toPage: (command: DesktopCommand) => void;
  readonly openWindow: () => unknown;
  readonly panic: () => void;
  readonly control: (command: "pause" | "resume" | "stop" | "abort") => void;
}

/** Native menus: what concerns outputs is done here, what concerns the page is told to it. */
function menu({ toPage, openWindow, panic, control }: MenuActions): MenuItemConstructorOptions[] {
  const page = (label: string, command: DesktopCommand, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    click: () => toPage(command),
    ...(accelerator !== undefined && { accelerator }),
  });
  return [
    {
      label: "&File",
      submenu: [
        page("New protocol", "new-protocol", "CommandOrControl+N"),
        page("Open…", "open-file", "CommandOrControl+O"),
        page("Save", "save-file", "CommandOrControl+S"),
        { type: "separator" },
        { label: "New window", accelerator: "CommandOrControl+Shift+N", click: () => void openWindow() },
        { role: "quit" },
      ],
    },
    { role: "editMenu" },
    {
      label: "&Run",
      submenu: [
        { label: "Pause", click: () => control("pause") },
        { label: "Resume", click: () => control("resume") },
        { label: "Stop after the current cell", click: () => control("stop") },
        { label: "Abort: ramp to 0 V", click: () => control("abort") },
        { type: "separator" },
        { label: "PANIC: idle all outputs at once", accelerator: PANIC_SHORTCUT, click: panic },
      ],
    },
    {
      label: "&View",
      submenu: [
        page("Command palette", "palette"),
        { role: "reload" },
        { role: "zoomIn" },
        { role: "zoomOut" },
        { role: "resetZoom" },
        { role: "togglefullscreen" },
      ],
    },
    { role: "windowMenu" },
    { role: "help", submenu: [page("Guided tour", "tour"), page("Keyboard map", "keys")] },
  ];
}

/** Resolves with the work, or when the time is over. */
async function within(budget_s: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    work.catch(() => undefined),
    new Promise((resolve) => (timer = setTimeout(resolve, budget_s * 1000))),
  ]);
  clearTimeout(timer);
}
