/** What a file dialog of the desktop app has opened: text and a handle to save it by. The page never sees a path. */
export interface DesktopFile {
  readonly handle: string;
  readonly name: string;
  readonly text: string;
}

/** What the desktop app's menus ask of the page; stops are not among them, the main process does those by itself. */
export const DESKTOP_COMMANDS = ["new-protocol", "open-file", "save-file", "palette", "keys", "tour"] as const;
export type DesktopCommand = (typeof DESKTOP_COMMANDS)[number];

/**
 * `window.crosspore` in the desktop app, absent in a browser. Functions only; nothing of Electron shows through.
 */
export interface DesktopBridge {
  /**
   * Asks for a channel to the lab service. A MessagePort cannot pass through the bridge: it comes as a `message` event of
   * the window itself, with LAB_PORT_MESSAGE as its data and the port in `ports` (`event.source === window`).
   */
  requestLab(): Promise<void>;
  /** Lets the user choose an experiment file; null when nothing was chosen. */
  openFile(): Promise<DesktopFile | null>;
  /** Saves under a handle, or asks where; null when nothing was chosen. */
  saveFile(file: {
    readonly handle: string | null;
    readonly name: string;
    readonly text: string;
  }): Promise<Omit<DesktopFile, "text"> | null>;
  /** Shows a run folder in the file manager. */
  revealRun(run: string): Promise<void>;
  /** Commands of the native menus. */
  onCommand(listener: (command: DesktopCommand) => void): void;
  /** A file that was opened from outside (menu, double click). */
  onFile(listener: (file: DesktopFile) => void): void;
}

export const LAB_PORT_MESSAGE = "crosspore:lab-port";
