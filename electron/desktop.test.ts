import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { runInNewContext } from "node:vm";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LabClient, transportError } from "../core/labMessages/labClient.ts";
import { openRun } from "../recorder/openRun.ts";
import { CALLS, type CallName, PAGE_URL } from "./channels.ts";
import { type Desktop, PANIC_SHORTCUT, startDesktop } from "./desktop.ts";
import { mayOpen, windowOptions } from "./security.ts";
import {
  ElectronStandIn,
  type PortMain,
  PreventableEvent,
  WebContentsStandIn,
  type WindowStandIn,
} from "./testing/electronStandIn.ts";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "crosspore-desktop-"));
const pageFolder = join(folder, "page");
let electron: ElectronStandIn;
let desktop: Desktop;
let window: WindowStandIn;

/** A run that waits for an operator until somebody ends it. */
const ENDLESS = `crosspore: 1
name: endless
array: { rows: 2, columns: 2, junction: { model: conical-channel } }
protocol:
  - read-map
  - prompt: change the salt
`;

beforeAll(async () => {
  process.env["XDG_RUNTIME_DIR"] = folder;
  mkdirSync(pageFolder);
  writeFileSync(join(pageFolder, "index.html"), "<!doctype html><title>page</title>");
  electron = new ElectronStandIn();
  const started = await startDesktop({
    electron: electron.api,
    pageFolder,
    preload: "/preload.cjs",
    labEntry: "/labProcessMain.js",
    runsFolder: join(folder, "runs"),
  });
  if (!started) throw new Error("did not start");
  desktop = started;
  await desktop.lab.ready;
  await new Promise((resolve) => setImmediate(resolve));
  window = electron.windows[0] as WindowStandIn;
});

afterAll(async () => {
  await desktop.lab.stop(5);
  rmSync(folder, { recursive: true, force: true });
});

/** The page's end of the channel that the main process hands over. */
async function openPage(of = window): Promise<LabClient> {
  await electron.invoke("lab:request", null, { window: of });
  const port = of.webContents.told.findLast(({ channel }) => channel === "lab:port")?.ports[0] as PortMain;
  const client = new LabClient({
    link: { send: (text) => port.postMessage(text), close: () => port.close() },
    client: { kind: "window", name: "page" },
  });
  port.on("message", ({ data }: { data: string | ArrayBuffer }) => client.take(data));
  port.on("close", () => client.end(transportError("closed")));
  port.start();
  await client.welcome;
  return client;
}

async function startRun(client: LabClient): Promise<string> {
  const { job } = await client.ask("submit", { text: ENDLESS, file: "endless.yaml", array: null });
  while (desktop.lab.running.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  return job.job;
}

const stateOf = async (client: LabClient, id: string) =>
  (await client.ask("queue", {})).jobs.find(({ job }) => job === id);

describe("Electron's security checklist, item by item", () => {
  const preferences = windowOptions("/preload.cjs").webPreferences as Record<string, unknown>;

  it("1 and 18: loads only its own page, under a scheme of its own and never file://", async () => {
    expect(window.loaded).toBe(PAGE_URL);
    expect(PAGE_URL.startsWith("crosspore://")).toBe(true);
    expect(electron.schemes).toEqual([
      { scheme: "crosspore", privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ]);
    const serve = electron.served.get("crosspore");
    expect((await serve?.({ url: PAGE_URL, method: "GET" }))?.status).toBe(200);
    for (const url of [
      "crosspore://app/../../etc/passwd",
      "crosspore://app/%2e%2e/secret",
      "crosspore://other/index.html",
    ])
      expect((await serve?.({ url, method: "GET" }))?.status, url).toBe(404);
    expect((await serve?.({ url: PAGE_URL, method: "POST" }))?.status).toBe(404);
  });

  it("2: gives the page no Node", () => {
    expect(preferences).toMatchObject({
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
    });
  });

  it("3: isolates the preload's world from the page's", () => expect(preferences["contextIsolation"]).toBe(true));

  it("4: sandboxes every process", () => {
    expect(preferences["sandbox"]).toBe(true);
    expect(electron.app.sandboxed).toBe(true);
  });

  it("5: denies every permission, asked for, checked or of a device", () => {
    for (const permission of [
      "media",
      "geolocation",
      "serial",
      "hid",
      "usb",
      "notifications",
      "openExternal",
      "clipboard-read",
    ]) {
      const answers: boolean[] = [];
      electron.permissionRequest?.({}, permission, (granted) => answers.push(granted));
      expect(answers, permission).toEqual([false]);
    }
    expect(electron.permissionCheck?.()).toBe(false);
    expect(electron.devicePermission?.()).toBe(false);
  });

  it("6 and 8: leaves webSecurity on and mixed content off", () =>
    expect(preferences).toMatchObject({ webSecurity: true, allowRunningInsecureContent: false }));

  it("7: sends a policy that allows no code but its own files", async () => {
    const answer = await electron.served.get("crosspore")?.({ url: PAGE_URL, method: "GET" });
    const policy = answer?.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy.split(";").find((part) => part.includes("script-src"))).not.toMatch(/unsafe|http|data:|\*/);
  });

  it("9 and 10: switches on no experiment and no Blink feature", () => {
    expect(preferences["experimentalFeatures"]).toBe(false);
    expect(preferences).not.toHaveProperty("enableBlinkFeatures");
  });

  it("11 and 12: has no webview, whatever its options", () => {
    expect(preferences["webviewTag"]).toBe(false);
    const event = new PreventableEvent();
    window.webContents.emit("will-attach-webview", event, {}, {});
    expect(event.prevented).toBe(true);
  });

  it.each(["will-navigate", "will-redirect", "will-frame-navigate"])("13: goes nowhere else (%s)", (name) => {
    const go = (url: string) => {
      const event = new PreventableEvent({ url });
      window.webContents.emit(name, event);
      return !event.prevented;
    };
    expect(go("crosspore://app/index.html#a")).toBe(true);
    for (const url of [
      "https://evil.test/",
      "file:///etc/passwd",
      "crosspore://app.evil.test/",
      "crosspore://evil",
      "javascript:alert(1)",
      "",
    ])
      expect(go(url), url).toBe(false);
  });

  it("14: opens no window, of pages that it did not make either", () => {
    expect(window.webContents.openHandler?.({ url: "https://evil.test/" })).toEqual({ action: "deny" });
    const foreign = new WebContentsStandIn();
    electron.app.emit("web-contents-created", {}, foreign);
    expect(foreign.openHandler?.({ url: PAGE_URL })).toEqual({ action: "deny" });
  });

  it("15: hands to the browser only what is on its list", () => {
    expect(mayOpen("https://doi.org/10.1103/PhysRevLett.130.268401")).toBe(true);
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string()), (url) => mayOpen(url) === url.startsWith("https://doi.org/")),
    );
    for (const url of [
      "https://doi.org.evil.test/",
      "https://doi.org@evil.test/",
      "http://doi.org/",
      "file:///doi.org/",
      "https:\\\\doi.org.x",
    ])
      expect(mayOpen(url), url).toBe(false);
    electron.opened.length = 0;
    window.webContents.openHandler?.({ url: "https://evil.test/" });
    window.webContents.openHandler?.({ url: "https://doi.org/10.1" });
    expect(electron.opened).toEqual(["https://doi.org/10.1"]);
  });

  it("16: is pinned to one version, of a line that is kept up", () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      devDependencies: Record<string, string>;
    };
    expect(devDependencies["electron"]).toMatch(/^\d+\.\d+\.\d+$/);
    expect(Number(devDependencies["electron"]?.split(".")[0])).toBeGreaterThanOrEqual(45);
  });

  it("17: answers our own page's main frame alone", async () => {
    for (const from of [
      { url: "https://evil.test/" },
      { url: "crosspore://app.evil.test/" },
      { url: "about:blank" },
      { sub: true },
    ])
      for (const name of Object.keys(CALLS))
        await expect(electron.invoke(name, null, from), name).rejects.toThrow("not our page");
  });

  it("19: switches the fuses of the packaged app", () => {
    const yaml = readFileSync(join(root, "electron/electron-builder.yml"), "utf8");
    for (const fuse of [
      "runAsNode: false",
      "enableCookieEncryption: true",
      "enableNodeOptionsEnvironmentVariable: false",
      "enableNodeCliInspectArguments: false",
      "enableEmbeddedAsarIntegrityValidation: true",
      "onlyLoadAppFromAsar: true",
      "grantFileProtocolExtraPrivileges: false",
    ])
      expect(yaml).toContain(fuse);
  });

  it("20: shows the page six functions and nothing of Electron", async () => {
    const exposed = new Map<string, Record<string, unknown>>();
    const told: [string, unknown][] = [];
    const preload = readFileSync(join(root, "dist/electron/preload.cjs"), "utf8");
    const fake = {
      contextBridge: {
        exposeInMainWorld: (name: string, value: Record<string, unknown>) => void exposed.set(name, value),
      },
      ipcRenderer: {
        invoke: async (channel: string, body: unknown) => void told.push([channel, body]),
        on: () => undefined,
      },
    };
    // as Electron runs it: CommonJS, without anything of Node but this require
    runInNewContext(preload, { require: (name: string) => (name === "electron" ? fake : undefined), exports: {} });
    const bridge = exposed.get("crosspore") ?? {};
    expect([...exposed.keys()]).toEqual(["crosspore"]);
    expect(Object.keys(bridge).sort()).toEqual([
      "onCommand",
      "onFile",
      "openFile",
      "requestLab",
      "revealRun",
      "saveFile",
    ]);
    for (const value of Object.values(bridge)) expect(typeof value).toBe("function");
    await (bridge["saveFile"] as (file: object) => Promise<void>)({
      handle: null,
      name: "a",
      text: "b",
      path: "/etc/passwd",
    });
    expect(told).toEqual([["file:save", { handle: null, name: "a", text: "b" }]]);
  });
});

describe("calls of the page", () => {
  it("are refused in any other shape, and never with a path", async () => {
    for (const name of Object.keys(CALLS) as CallName[])
      await fc.assert(
        fc.asyncProperty(fc.anything(), async (body) => {
          fc.pre(!CALLS[name].body.safeParse(body).success);
          await new Promise((resolve) => setTimeout(resolve, 0));
          await expect(
            electron.invoke(name, cloneable(body), { window: electron.windows[0] as WindowStandIn }),
          ).rejects.toThrow(/refused/);
        }),
        { numRuns: 15 },
      );
    for (const run of ["../../etc", "/etc", "a/b", "..", ""])
      await expect(electron.invoke("run:reveal", { run })).rejects.toThrow("refused");
  });

  it("open and save by handle; a handle of anybody else's is refused", async () => {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const path = join(folder, "mine.yaml");
    writeFileSync(path, "crosspore: 1\n");
    electron.answers.open = path;
    const opened = (await electron.invoke("file:open", null)) as { handle: string; name: string; text: string };
    expect(opened).toMatchObject({ name: "mine.yaml", text: "crosspore: 1\n" });
    expect(JSON.stringify(opened)).not.toContain(folder);
    await electron.invoke("file:save", { handle: opened.handle, name: "x", text: "changed" });
    expect(readFileSync(path, "utf8")).toBe("changed");
    await expect(electron.invoke("file:save", { handle: "/etc/passwd", name: "x", text: "" })).rejects.toThrow();
    await expect(electron.invoke("file:save", { handle: "guess", name: "x", text: "" })).rejects.toThrow(
      "not opened here",
    );
  });
});

describe("the desktop app", () => {
  it("keeps the machine awake while a run is live, and the shortcut panics with the page frozen", async () => {
    const page = await openPage();
    const job = await startRun(page);
    expect(electron.blockers.size).toBe(1);
    // the page says nothing any more: only the main process's own line is used
    electron.shortcuts.get(PANIC_SHORTCUT)?.();
    while (desktop.lab.running.length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await stateOf(page, job)).toMatchObject({ state: "failed" });
    expect(electron.blockers.size).toBe(0);
    await page.ask("hold-queue", { held: false });
    page.close();
  });

  it("panics on Esc of a window that does not respond, and leaves Esc to one that does", async () => {
    const page = await openPage();
    const job = await startRun(page);
    const press = () => {
      const event = new PreventableEvent();
      window.webContents.emit("before-input-event", event, { type: "keyDown", key: "Escape" });
      return event.prevented;
    };
    expect(press()).toBe(false);
    window.emit("unresponsive");
    expect(press()).toBe(true);
    while (desktop.lab.running.length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    window.emit("responsive");
    expect(await stateOf(page, job)).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("idled at once"),
    });
    await page.ask("hold-queue", { held: false });
    page.close();
  });

  it("asks before it closes the last window of a live run, and ends safe", async () => {
    const page = await openPage();
    const job = await startRun(page);
    electron.answers.button = 0;
    window.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(window.destroyed).toBe(false);
    expect(electron.questions.at(-1)?.message).toBe("A run is live");
    expect(await stateOf(page, job)).toMatchObject({ state: "running" });

    electron.choose("Abort: ramp to 0 V");
    while (desktop.lab.running.length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const ended = await stateOf(page, job);
    expect(ended).toMatchObject({ state: "abort" });
    expect(openRun(join(folder, "runs", ended?.run ?? "")).stop?.status).toBe("abort");

    await startRun(page);
    electron.answers.button = 1;
    window.close();
    while (!window.destroyed) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(desktop.lab.running).toEqual([]);
    page.close();
  });

  it("quits within its budget, the service first", async () => {
    const page = await openPage(desktop.openWindow() as unknown as WindowStandIn);
    await startRun(page);
    electron.app.quit();
    while (electron.app.exits.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(electron.app.exits).toEqual([0]);
    expect(electron.shortcuts.size).toBe(0);
    const statuses = readdirSync(join(folder, "runs"))
      .filter((name) => /^\d{4}-/.test(name))
      .map((run) => openRun(join(folder, "runs", run)).stop?.status);
    expect(statuses).not.toContain(undefined);
  });
});

/** What can be sent between processes at all. */
function cloneable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return "not cloneable";
  }
}
