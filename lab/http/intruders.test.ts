import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { CLOSE_CODES } from "../../core/labMessages/envelope.ts";
import { canRun } from "../../tests/needs.ts";
import { type RunningLab, startLab } from "../startLab.ts";
import { findIntruder } from "./guard.ts";

const CHROMIUM = "/usr/bin/chromium";
const canBrowse = canRun("pages of somebody else's in Chromium", { programs: ["chromium"] });
const folder = mkdtempSync(join(tmpdir(), "crosspore-intruders-"));
let running: RunningLab;
let port: number;
let evil: Server;
let evilPort: number;

/** A page that tries to be more than a page; the policy must stop every way that text has to become code. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>lab</title><body><div id="x"></div>
<script>window.inlineRan = true</script><script type="module" src="./page.js"></script></body>`;
const SCRIPT = `
const hostile = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</' + 'script>';
const attempts = {
  innerHTML: () => { document.getElementById("x").innerHTML = hostile },
  outerHTML: () => { document.getElementById("x").outerHTML = hostile },
  insertAdjacent: () => document.body.insertAdjacentHTML("beforeend", hostile),
  write: () => document.write(hostile),
  eval: () => eval("window.pwned = 1"),
  function: () => new Function("window.pwned = 1")(),
  timeout: () => setTimeout("window.pwned = 1", 0),
  script: () => { const s = document.createElement("script"); s.text = "window.pwned=1"; document.body.append(s) },
  foreign: () => { const s = document.createElement("script"); s.src = "http://evil.test/x.js"; document.body.append(s) },
  blob: () => { const s = document.createElement("script"); s.src = URL.createObjectURL(new Blob(["window.pwned=1"])); document.body.append(s) },
  javascript: () => { location.href = "javascript:window.pwned=1" },
};
window.blocked = [];
for (const [name, attempt] of Object.entries(attempts)) { try { attempt() } catch { window.blocked.push(name) } }
const label = document.createElement("p");
label.textContent = hostile;
document.body.append(label);
window.pageDone = true;
`;

beforeAll(async () => {
  const page = join(folder, "page");
  mkdirSync(page);
  writeFileSync(join(page, "index.html"), PAGE);
  writeFileSync(join(page, "page.js"), SCRIPT);
  running = await startLab({
    runsFolder: join(folder, "runs"),
    pageFolder: page,
    port: 0,
    arrays: [],
    on: [],
    uncalibrated: false,
  });
  port = running.server.port;
  evil = createServer((_request, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>evil"),
  );
  await new Promise<void>((resolve) => evil.listen(0, "127.0.0.1", resolve));
  evilPort = (evil.address() as AddressInfo).port;
});

afterAll(async () => {
  await running[Symbol.asyncDispose]();
  evil.closeAllConnections();
  evil.close();
  rmSync(folder, { recursive: true, force: true });
});

function ask(headers: Record<string, string>, method = "GET", path = "/"): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, method, headers }, (response) => resolve(response.resume()));
    asked.on("error", reject);
    asked.end();
  });
}

/** How an attempt to open the WebSocket ends: the HTTP status, or the code that it is closed with. */
function upgrade(headers: Record<string, string>, protocols: string[], path = "/lab"): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { headers });
    socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.on("close", (code) => resolve(code));
    socket.on("error", () => undefined);
    socket.on("message", () => undefined);
  });
}

describe("requests", () => {
  it("are answered to this machine's own page and address bar", async () => {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`]) {
      const { statusCode, headers } = await ask({ host });
      expect(statusCode).toBe(200);
      expect(headers["content-security-policy"]).toContain("default-src 'none'");
      expect(headers["x-content-type-options"]).toBe("nosniff");
    }
    expect((await ask({ "sec-fetch-site": "same-origin", origin: `http://127.0.0.1:${port}` })).statusCode).toBe(200);
  });

  it.each([
    ["a rebound name", { host: "evil.test" }],
    ["a rebound name with our port", { host: "evil.test:PORT" }],
    ["another port", { host: "127.0.0.1:1" }],
    ["a name that begins like ours", { host: "127.0.0.1.evil.test:PORT" }],
    ["another site", { origin: "http://evil.test" }],
    ["an origin that begins like ours", { origin: "http://127.0.0.1:PORT.evil.test" }],
    ["an opaque origin", { origin: "null" }],
    ["a secure twin", { origin: "https://127.0.0.1:PORT" }],
    ["a cross-site fetch", { "sec-fetch-site": "cross-site" }],
    ["a same-site fetch of another port", { "sec-fetch-site": "same-site" }],
  ])("of %s are refused, for pages and for the WebSocket", async (_name, given) => {
    const headers = Object.fromEntries(
      Object.entries(given).map(([key, value]) => [key, value.replace("PORT", String(port))]),
    );
    expect((await ask(headers)).statusCode).toBe(403);
    expect(await upgrade(headers, ["crosspore.lab.1", `token.${running.server.token}`])).toBe(403);
  });

  it("of other methods and paths change nothing and are refused", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
      expect((await ask({}, method)).statusCode).toBe(403);
    for (const path of [
      "/../../etc/passwd",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/..%5c..%5cx",
      "//etc/passwd",
      "/lab",
      "/index.html/..",
    ])
      expect((await ask({}, "GET", path)).statusCode, path).toBe(404);
    expect(await upgrade({}, ["crosspore.lab.1", `token.${running.server.token}`], "/other")).toBe(404);
  });

  it("are judged without throwing, whatever their headers; nobody but ourselves passes", () => {
    const name = fc.oneof(
      fc.constantFrom("127.0.0.1:8377", "localhost:8377", "evil.test", "null", "http://127.0.0.1:8377"),
      fc.string(),
    );
    fc.assert(
      fc.property(
        name,
        fc.option(name),
        fc.option(fc.constantFrom("same-origin", "none", "cross-site", "")),
        (host, origin, site) => {
          const headers = {
            host,
            ...(origin !== null && { origin }),
            ...(site !== null && { "sec-fetch-site": site }),
          };
          if (findIntruder({ headers, method: "GET" }, 8377) !== undefined) return;
          expect(["127.0.0.1:8377", "localhost:8377"]).toContain(host.toLowerCase());
          if (origin !== null) expect(origin.toLowerCase()).toMatch(/^http:\/\/(127\.0\.0\.1|localhost):8377$/);
          expect([null, "same-origin", "none"]).toContain(site);
        },
      ),
    );
  });
});

describe("the token", () => {
  it.each([
    ["missing", []],
    ["empty", ["token."]],
    ["wrong", ["token.0000000000000000000000000000000000000000000000000000000000000000"]],
    ["cut short", ["token.SHORT"]],
  ])("%s: closed with a code that a page can read", async (_name, given) => {
    const tokens = given.map((token) => token.replace("SHORT", running.server.token.slice(1)));
    expect(await upgrade({}, ["crosspore.lab.1", ...tokens])).toBe(CLOSE_CODES.token);
  });

  it("is new for every service, and long", () => expect(running.server.token).toMatch(/^[0-9a-f]{64}$/));
});

describe.skipIf(!canBrowse)("a page of somebody else's, in Chromium", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP evil.test 127.0.0.1",
      ],
    });
  });
  afterAll(() => browser.close());

  it("reads nothing and reaches nothing: by rebinding, fetch, form, frame, script, image or WebSocket", async () => {
    const page = await browser.newPage();
    // the rebound name: the lab's own port under a foreign name
    const rebound = await page.goto(`http://evil.test:${port}/`);
    expect(rebound?.status()).toBe(403);
    const insideRebound = await page.evaluate(async () => {
      const answer = await fetch("/index.html");
      return { status: answer.status, text: await answer.text() };
    });
    expect(insideRebound.status).toBe(403);
    expect(insideRebound.text).not.toContain("pageDone");

    await page.goto(`http://evil.test:${evilPort}/`);
    const before = running.lab.clients.length;
    const hits = await page.evaluate(
      async ({ port, token }) => {
        const hit: string[] = [];
        const lab = `http://127.0.0.1:${port}`;
        for (const options of [
          {},
          { method: "POST", body: "{}" },
          { method: "POST", mode: "no-cors" as const, body: "{}" },
          { credentials: "include" as const },
        ])
          try {
            const answer = await fetch(`${lab}/`, options);
            if (answer.type !== "opaque") hit.push(`fetch ${JSON.stringify(options)}`);
          } catch {
            // what should happen
          }
        for (const tag of ["script", "img", "iframe"] as const)
          await new Promise<void>((resolve) => {
            const element = document.createElement(tag);
            element.addEventListener("load", () => {
              if (tag !== "iframe") hit.push(tag);
              else if ((element as HTMLIFrameElement).contentDocument?.body?.textContent?.includes("lab"))
                hit.push(tag);
              resolve();
            });
            element.addEventListener("error", () => resolve());
            element.src = tag === "img" ? `${lab}/icon.svg` : `${lab}/page.js`;
            document.body.append(element);
            setTimeout(resolve, 1000);
          });
        // even with the token, which it cannot know
        for (const url of [`ws://127.0.0.1:${port}/lab`, `ws://localhost:${port}/lab`, `ws://evil.test:${port}/lab`])
          await new Promise<void>((resolve) => {
            const socket = new window.WebSocket(url, ["crosspore.lab.1", `token.${token}`]);
            socket.addEventListener("open", () => {
              hit.push(url);
              resolve();
            });
            socket.addEventListener("error", () => resolve());
          });
        return hit;
      },
      { port, token: running.server.token },
    );
    expect(hits).toEqual([]);
    expect(running.lab.clients).toHaveLength(before);
    expect(running.lab.queue.cards().length).toBe(0);
    await page.close();
  });

  it("and our own runs no code made of text: 0 of 11 ways, hostile names stay words", async () => {
    const page = await browser.newPage();
    await page.goto(running.server.url);
    await page.waitForFunction(() => (window as unknown as { pageDone?: boolean }).pageDone);
    await page.waitForTimeout(300);
    const state = await page.evaluate(() => {
      const seen = window as unknown as { pwned?: number; inlineRan?: boolean; blocked: string[] };
      return {
        pwned: seen.pwned ?? 0,
        inline: seen.inlineRan ?? false,
        blocked: seen.blocked,
        label: document.querySelector("p")?.textContent ?? "",
        images: document.querySelectorAll("img").length,
      };
    });
    expect(state).toMatchObject({ pwned: 0, inline: false, images: 0 });
    expect(state.label).toContain("onerror");
    expect(state.blocked).toEqual(
      expect.arrayContaining(["innerHTML", "outerHTML", "insertAdjacent", "write", "eval", "function"]),
    );
    await page.close();
  });

  it("cannot put ours into a frame", async () => {
    const page = await browser.newPage();
    await page.goto(`http://evil.test:${evilPort}/`);
    await page.evaluate(
      (url) =>
        new Promise<void>((resolve) => {
          const frame = document.createElement("iframe");
          frame.src = url;
          frame.addEventListener("load", () => resolve());
          document.body.append(frame);
          setTimeout(resolve, 2000);
        }),
      `http://127.0.0.1:${port}/`,
    );
    const inner = page.frames().find((frame) => frame !== page.mainFrame());
    expect(inner).toBeDefined();
    expect(await inner?.evaluate(() => "pageDone" in window).catch(() => false)).toBe(false);
    await page.close();
  });
});
