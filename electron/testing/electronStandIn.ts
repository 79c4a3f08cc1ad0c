import { EventEmitter } from "node:events";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { ElectronApi } from "../api.ts";
import { type ParentPort, serveLab } from "../labProcess.ts";

/**
 * Stands in for the few APIs of Electron that the main process uses: the same names, the same order of events, structured
 * clones between processes, and nothing that an app could not ask of the real one. The utility process is this one.
 */

type Message = { data: unknown; ports: PortMain[] };

/** MessagePortMain: Node's port, told by events with `data` and `ports`, which must be started. */
class PortMain extends EventEmitter {
  readonly port: MessagePort;

  constructor(port: MessagePort) {
    super();
    this.port = port;
    port.on("close", () => this.emit("close"));
  }
  start(): void {
    this.port.on("message", (data: unknown) => this.emit("message", { data, ports: [] }));
  }
  postMessage(message: unknown): void {
    this.port.postMessage(message, []);
  }
  close(): void {
    this.port.close();
  }
}

class WebContentsStandIn extends EventEmitter {
  static count = 0;
  readonly id = ++WebContentsStandIn.count;
  readonly told: { channel: string; body: unknown; ports: PortMain[] }[] = [];
  openHandler: ((details: { url: string }) => { action: string }) | undefined;
  reloads = 0;
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }
  postMessage(channel: string, body: unknown, ports: PortMain[] = []): void {
    this.told.push({ channel, body: structuredClone(body), ports });
  }
  send(channel: string, body: unknown): void {
    this.postMessage(channel, body);
  }
  reload(): void {
    this.reloads++;
  }
}

class PreventableEvent {
  prevented = false;
  constructor(more: object = {}) {
    Object.assign(this, more);
  }
  preventDefault(): void {
    this.prevented = true;
  }
}

export class ElectronStandIn {
  readonly app = Object.assign(new EventEmitter(), {
    sandboxed: false,
    exits: [] as number[],
    quits: 0,
    ready: false,
    locked: true,
    enableSandbox: () => void (this.app.sandboxed = true),
    requestSingleInstanceLock: () => this.app.locked,
    whenReady: async () => void (this.app.ready = true),
    quit: () => {
      this.app.quits++;
      const event = new PreventableEvent();
      this.app.emit("before-quit", event);
      if (!event.prevented) this.app.exit(0);
    },
    exit: (code: number) => {
      this.app.emit("will-quit", new PreventableEvent());
      this.app.exits.push(code);
    },
  });
  readonly windows: WindowStandIn[] = [];
  readonly handlers = new Map<string, (event: unknown, body: unknown) => Promise<unknown>>();
  readonly boxes: { title: string; content: string }[] = [];
  readonly questions: { message?: string; buttons?: string[] }[] = [];
  /** What the user answers: the index of a button, paths in dialogs. */
  answers: { button: number; open: string | undefined; save: string | undefined } = {
    button: 0,
    open: undefined,
    save: undefined,
  };
  readonly shortcuts = new Map<string, () => void>();
  readonly blockers = new Set<number>();
  readonly schemes: { scheme: string; privileges: Record<string, boolean> }[] = [];
  readonly served = new Map<string, (request: { url: string; method: string }) => Promise<Response>>();
  readonly opened: string[] = [];
  readonly shown: string[] = [];
  permissionRequest: ((contents: unknown, permission: string, answer: (granted: boolean) => void) => void) | undefined;
  permissionCheck: (() => boolean) | undefined;
  devicePermission: (() => boolean) | undefined;
  menuTemplate: { label?: string; submenu?: { label?: string; click?: () => void }[] }[] = [];
  readonly powerMonitor = new EventEmitter();
  #blockers = 0;

  readonly api: ElectronApi;

  constructor() {
    const { windows, app } = this;
    class BrowserWindow extends WindowStandIn {
      constructor(options: object) {
        super(options);
        windows.push(this);
        app.emit("web-contents-created", {}, this.webContents);
      }
      static getFocusedWindow() {
        return windows.find(({ destroyed }) => !destroyed) ?? null;
      }
    }
    class MessageChannelMain {
      readonly port1: PortMain;
      readonly port2: PortMain;
      constructor() {
        const { port1, port2 } = new MessageChannel();
        [this.port1, this.port2] = [new PortMain(port1), new PortMain(port2)];
      }
    }
    this.api = {
      app: this.app,
      BrowserWindow,
      MessageChannelMain,
      dialog: {
        showErrorBox: (title: string, content: string) => void this.boxes.push({ title, content }),
        showMessageBox: async (_window: unknown, question: { message?: string; buttons?: string[] }) => {
          this.questions.push(question);
          return { response: this.answers.button, checkboxChecked: false };
        },
        showOpenDialog: async () => {
          const { open } = this.answers;
          return { canceled: open === undefined, filePaths: open === undefined ? [] : [open] };
        },
        showSaveDialog: async () => ({ canceled: this.answers.save === undefined, filePath: this.answers.save ?? "" }),
      },
      globalShortcut: {
        register: (name: string, act: () => void) => {
          this.shortcuts.set(name, act);
          return true;
        },
        unregisterAll: () => this.shortcuts.clear(),
      },
      ipcMain: {
        handle: (name: string, handler: (event: unknown, body: unknown) => Promise<unknown>) =>
          void this.handlers.set(name, handler),
      },
      Menu: {
        buildFromTemplate: (template: typeof this.menuTemplate) => template,
        setApplicationMenu: (template: typeof this.menuTemplate) => void (this.menuTemplate = template),
      },
      powerMonitor: this.powerMonitor,
      powerSaveBlocker: {
        start: () => {
          this.blockers.add(++this.#blockers);
          return this.#blockers;
        },
        stop: (id: number) => this.blockers.delete(id),
      },
      protocol: {
        registerSchemesAsPrivileged: (schemes: typeof this.schemes) => {
          if (this.app.ready) throw new Error("schemes must be registered before the app is ready");
          this.schemes.push(...schemes);
        },
        handle: (scheme: string, handler: (request: { url: string; method: string }) => Promise<Response>) =>
          void this.served.set(scheme, handler),
      },
      session: {
        defaultSession: {
          setPermissionRequestHandler: (handler: typeof this.permissionRequest) =>
            void (this.permissionRequest = handler),
          setPermissionCheckHandler: (handler: () => boolean) => void (this.permissionCheck = handler),
          setDevicePermissionHandler: (handler: () => boolean) => void (this.devicePermission = handler),
        },
      },
      shell: {
        openExternal: async (url: string) => void this.opened.push(url),
        showItemInFolder: (path: string) => void this.shown.push(path),
      },
      utilityProcess: { fork: () => new UtilityProcessStandIn() },
    } as unknown as ElectronApi;
  }

  /** A call of the page, as ipcRenderer.invoke makes it: cloned on its way in and out. */
  async invoke(
    name: string,
    body: unknown,
    from: { url?: string; sub?: boolean; window?: WindowStandIn } = {},
  ): Promise<unknown> {
    const handler = this.handlers.get(name);
    if (!handler) throw new Error(`no handler for ${name}`);
    const window = from.window ?? this.windows.at(-1);
    const senderFrame = { url: from.url ?? "crosspore://app/index.html", parent: from.sub ? {} : null };
    return structuredClone(await handler({ senderFrame, sender: window?.webContents }, structuredClone(body)));
  }

  /** The user chooses an item of the menu, or presses its key. */
  choose(label: string): void {
    const item = this.menuTemplate.flatMap(({ submenu = [] }) => submenu).find((one) => one.label === label);
    if (!item?.click) throw new Error(`no menu item ${label}`);
    item.click();
  }
}

export class WindowStandIn extends EventEmitter {
  readonly options: Record<string, unknown>;
  readonly webContents = new WebContentsStandIn();
  loaded: string | undefined;
  visible = false;
  destroyed = false;

  constructor(options: object) {
    super();
    this.options = options as Record<string, unknown>;
  }
  async loadURL(url: string): Promise<void> {
    this.loaded = url;
    this.emit("ready-to-show");
  }
  show(): void {
    this.visible = true;
  }
  focus(): void {
    this.emit("focus");
  }
  isMinimized(): boolean {
    return false;
  }
  restore(): void {}
  close(): void {
    const event = new PreventableEvent();
    this.emit("close", event);
    if (event.prevented) return;
    this.destroyed = true;
    this.emit("closed");
  }
}

/** The service's process: told by messages only, which are cloned. */
class UtilityProcessStandIn extends EventEmitter {
  readonly #child = new EventEmitter();

  constructor() {
    super();
    const parent: ParentPort = {
      on: (event, listener) => this.#child.on(event, listener as (message: Message) => void),
      postMessage: (message) => setImmediate(() => this.emit("message", structuredClone(message))),
    };
    serveLab(parent);
  }
  postMessage(data: unknown, ports: PortMain[] = []): void {
    setImmediate(() => this.#child.emit("message", { data: structuredClone(data), ports }));
  }
  kill(): boolean {
    setImmediate(() => this.emit("exit", 0));
    return true;
  }
}

export { PortMain, PreventableEvent, WebContentsStandIn };
