/**
 * The bridge: the only code that sees both the page and Electron. Runs in the sandbox, where nothing can be imported;
 * names of channels are checked against channels.ts by the compiler.
 */
const { contextBridge, ipcRenderer } = require("electron") as typeof import("electron");

type Bridge = import("../core/labMessages/desktopBridge.ts").DesktopBridge;
type File = import("../core/labMessages/desktopBridge.ts").DesktopFile;
type Command = import("../core/labMessages/desktopBridge.ts").DesktopCommand;
type Call = import("./channels.ts").CallName;
type Tell = keyof typeof import("./channels.ts")["TELLS"];

const LAB_PORT: typeof import("../core/labMessages/desktopBridge.ts")["LAB_PORT_MESSAGE"] = "crosspore:lab-port";

/** What of a window is used here; the compiler has no DOM in this room. */
const page = globalThis as unknown as {
  postMessage(message: unknown, origin: string, ports: unknown[]): void;
  readonly location: { readonly origin: string };
};

const call = (channel: Call, body: unknown): Promise<unknown> => ipcRenderer.invoke(channel, body);
const hear = (channel: Tell, listener: (body: unknown) => void): void => {
  ipcRenderer.on(channel, (_event, body: unknown) => listener(body));
};

ipcRenderer.on("lab:port" satisfies Tell, ({ ports }) => {
  page.postMessage(LAB_PORT, page.location.origin, [...ports]);
});

const bridge: Bridge = {
  requestLab: () => call("lab:request", null) as Promise<void>,
  openFile: () => call("file:open", null) as Promise<File | null>,
  saveFile: (file) =>
    call("file:save", { handle: file.handle, name: file.name, text: file.text }) as Promise<File | null>,
  revealRun: (run) => call("run:reveal", { run }) as Promise<void>,
  onCommand: (listener) => hear("menu:command", (command) => listener(command as Command)),
  onFile: (listener) => hear("file:opened", (file) => listener(file as File)),
};

contextBridge.exposeInMainWorld("crosspore", bridge);
