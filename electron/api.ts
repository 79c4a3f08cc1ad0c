/** The few APIs of Electron that the main process uses; tests hand in a stand-in for just these. */
export type ElectronApi = Pick<
  typeof import("electron"),
  | "app"
  | "BrowserWindow"
  | "dialog"
  | "globalShortcut"
  | "ipcMain"
  | "Menu"
  | "MessageChannelMain"
  | "powerMonitor"
  | "powerSaveBlocker"
  | "protocol"
  | "session"
  | "shell"
  | "utilityProcess"
>;
