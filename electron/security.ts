import type { BrowserWindowConstructorOptions, WebContents } from "electron";
import { PageFiles } from "../lab/http/pageFiles.ts";
import { PAGE_HEADERS } from "../lab/http/headers.ts";
import type { ElectronApi } from "./api.ts";
import { PAGE_ORIGIN, PAGE_SCHEME } from "./channels.ts";

/** Pages that a link of ours may open in the user's browser. Exact beginnings; nothing else leaves. */
const LINKS: readonly string[] = ["https://doi.org/"];

/** Options of every window: the page is a sandboxed page and nothing more. */
export function windowOptions(preload: string): BrowserWindowConstructorOptions {
  return {
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 700,
    show: false,
    title: "Crosspore lab",
    autoHideMenuBar: false,
    webPreferences: {
      preload,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      contextIsolation: true,
      sandbox: true,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      // a hidden window must not fall behind its beats
      backgroundThrottling: false,
    },
  };
}

/** Before the app is ready: the page's scheme behaves like https. */
export function registerScheme({ protocol }: Pick<ElectronApi, "protocol">): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** The page's files under its own scheme, with the headers that the lab service sends too. */
export async function servePage({ protocol }: Pick<ElectronApi, "protocol">, pageFolder: string): Promise<boolean> {
  const files = await PageFiles.list(pageFolder);
  protocol.handle(PAGE_SCHEME, async (request) => {
    const { host, pathname } = new URL(request.url);
    const file = host === "app" && request.method === "GET" ? await files.read(pathname) : undefined;
    if (!file) return new Response("crosspore: there is no such page\n", { status: 404, headers: { ...PAGE_HEADERS } });
    return new Response(new Uint8Array(file.bytes), { headers: { ...PAGE_HEADERS, "content-type": file.type } });
  });
  return files.present;
}

/** No page may ask for anything of the machine: camera, serial ports, notifications and whatever comes next. */
export function denyPermissions({ session }: Pick<ElectronApi, "session">): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  defaultSession.setPermissionCheckHandler(() => false);
  defaultSession.setDevicePermissionHandler(() => false);
}

/** Every page, also one that we did not make: stays where it is, opens no window, holds no webview. */
export function confine(contents: WebContents, { shell }: Pick<ElectronApi, "shell">): void {
  const stay = (event: { preventDefault(): void; readonly url: string }) => {
    if (!isOwnPage(event.url)) event.preventDefault();
  };
  contents.on("will-navigate", stay);
  contents.on("will-redirect", stay);
  contents.on("will-frame-navigate", stay);
  contents.on("will-attach-webview", (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    if (mayOpen(url)) void shell.openExternal(url);
    return { action: "deny" };
  });
}

export function isOwnPage(url: string): boolean {
  return url === PAGE_ORIGIN || url.startsWith(`${PAGE_ORIGIN}/`);
}

/** Only what stands in LINKS, as the URL parser reads it. */
export function mayOpen(url: string): boolean {
  try {
    const { protocol, username, password, href } = new URL(url);
    return protocol === "https:" && username === "" && password === "" && LINKS.some((link) => href.startsWith(link));
  } catch {
    return false;
  }
}
