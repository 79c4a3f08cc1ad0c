import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";

/**
 * The lab window in headless chromium without a GPU: repaints of the map, time until the page can be used, frames per
 * second and memory while a run streams. `node dist/bench/lab.js [seconds]`, after `npm run build`.
 */
const root = resolve(import.meta.dirname, "../..");
const seconds = Number(process.argv[2] ?? 60);
const folder = mkdtempSync(join(tmpdir(), "crosspore-bench-lab-"));

/** Usable: the stop is there, the service has answered, the map is drawn. In the page, because its policy lets nobody poll. */
const NOTE_USABLE = `(() => {
  const look = () => {
    if (document.querySelector(".panic") && document.querySelector("[data-map]")?.crossporeGeometry) window.usable_ms = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`;

/** Frames as the browser hands them out, and the longest wait for one. */
const COUNT_FRAMES = `(() => {
  const count = (window.benchFrames = { frames: 0, longest_ms: 0 });
  let last = performance.now();
  const next = (now) => {
    count.frames++;
    count.longest_ms = Math.max(count.longest_ms, now - last);
    last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})()`;

/** Small, so that a virtual clock runs ahead of 100 kS/s. */
const ARRAY = `crosspore: 1
array:
  rows: 2
  columns: 2
  junction: { model: ohmic, parameters: { conductance_S: 1 nS } }
`;

/** A junction held and sampled at 100 kS/s of array time for two hours; the array computes as fast as it can. */
const STREAM = `${ARRAY}name: 100 kS/s hold
protocol:
  - noise:
      cells: [[0, 0]]
      biases_V: [0.1 V]
      sampling_Hz: 100 kHz
      duration_s: 1 s
      settle_s: 0 s
      repeats: 7200
`;

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-precise-memory-info",
    "--js-flags=--expose-gc",
  ],
});
try {
  console.log(
    `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, node ${process.version}, chromium ${browser.version()}`,
  );
  await measurePaints(browser);
  await measureWindow(browser);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}

async function measurePaints(browser: Browser): Promise<void> {
  const outDir = join(folder, "paint");
  await build({
    root: join(root, "renderer/testing/paint"),
    configFile: false,
    logLevel: "error",
    base: "./",
    build: { outDir },
  });
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    readFile(join(outDir, path === "/" ? "index.html" : path)).then(
      (bytes) => {
        const type = { ".js": "text/javascript", ".css": "text/css" }[extname(path)] ?? "text/html";
        response.writeHead(200, { "content-type": type }).end(bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address();
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`);
  await page.waitForFunction("window.measurePaint !== undefined");
  for (const [side, target_ms] of [
    [32, undefined],
    [128, 4],
    [512, 40],
  ] as const) {
    const times = (await page.evaluate(`measurePaint(${side}, 60)`)) as number[];
    const [median, tenth] = [quantile(times, 0.5), quantile(times, 0.1)];
    console.log(
      `repaint ${side} x ${side}: median ${median.toFixed(2)} ms, fastest tenth ${tenth.toFixed(2)} ms${target_ms ? ` (target ${target_ms} ms)` : ""}`,
    );
  }
  await page.close();
  server.close();
}

async function measureWindow(browser: Browser): Promise<void> {
  const lab = await startLab();
  try {
    const opened: number[] = [];
    const busy_s: number[] = [];
    for (let k = 0; k < 5; k++) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      await context.addInitScript(NOTE_USABLE);
      const page = await context.newPage();
      await page.goto(lab.url);
      opened.push(await untilUsable(page));
      busy_s.push(await processTime_s(page));
      await context.close();
    }
    console.log(
      `page usable after: median ${quantile(opened, 0.5).toFixed(0)} ms of 5 cold contexts (target 1500 ms), ` +
        `processor time of the renderer until then ${(1000 * quantile(busy_s, 0.5)).toFixed(0)} ms`,
    );
    await measureStreaming(browser, lab.url);
  } finally {
    lab.end();
  }
}

/** What the page's process has computed, whoever else had the processor: what a busy machine leaves comparable. */
async function processTime_s(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "ProcessTime")?.value ?? Number.NaN;
}

async function untilUsable(page: Page): Promise<number> {
  for (;;) {
    const usable_ms = (await page.evaluate("window.usable_ms")) as number | undefined;
    if (usable_ms !== undefined) return usable_ms;
    await page.waitForTimeout(50);
  }
}

async function measureStreaming(browser: Browser, url: string): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addInitScript("localStorage.setItem('crosspore.toured', 'true')");
  await context.addInitScript(NOTE_USABLE);
  const page = await context.newPage();
  await page.goto(url);
  await untilUsable(page);
  await page.keyboard.press("5");
  await page.evaluate(COUNT_FRAMES);
  const started = await submit(page, url, STREAM);
  // what is loaded once is loaded before memory is looked at
  await page.waitForTimeout(5000);
  const before = await heap_MB(page);
  const from = { ...(await look(page)), longest_ms: 0 };
  // looked at now and then, so that a run that stands still or ends is not taken for a slow one
  let to = from;
  while (to.now_ms < from.now_ms + seconds * 1000) {
    await page.waitForTimeout(Math.min(10_000, seconds * 1000));
    const next = await look(page);
    if (next.samples <= to.samples) throw new Error(`nothing was recorded for 10 s after ${to.samples} samples`);
    to = { ...next, longest_ms: Math.max(to.longest_ms, next.longest_ms) };
  }
  const after = await heap_MB(page);
  const wall_s = (to.now_ms - from.now_ms) / 1000;
  const rate = (to.samples - from.samples) / wall_s;
  console.log(
    `streaming ${started}: ${(rate / 1000).toFixed(0)} kS/s recorded over ${wall_s.toFixed(0)} s, ${to.lost} lost; ` +
      `${((to.frames - from.frames) / wall_s).toFixed(1)} frames/s, longest frame ${to.longest_ms.toFixed(0)} ms; ` +
      `heap after a collection ${before.toFixed(1)} -> ${after.toFixed(1)} MB`,
  );
  await page.keyboard.press("Alt+a");
  await context.close();
}

interface Look {
  readonly now_ms: number;
  readonly frames: number;
  readonly longest_ms: number;
  readonly samples: number;
  readonly lost: number;
}

async function look(page: Page): Promise<Look> {
  const frames = (await page.evaluate("({ now_ms: performance.now(), ...benchFrames })")) as Omit<
    Look,
    "samples" | "lost"
  >;
  await page.evaluate("benchFrames.longest_ms = 0");
  const text = (await page.locator(".status").textContent()) ?? "";
  const samples = /(\d+) samples durable/.exec(text)?.[1];
  if (samples === undefined) throw new Error(`the window shows no run any more: "${text}"`);
  return { ...frames, samples: Number(samples), lost: Number(/(\d+) lost/.exec(text)?.[1] ?? 0) };
}

async function heap_MB(page: Page): Promise<number> {
  await page.evaluate("gc()");
  return Number(await page.evaluate("performance.memory.usedJSHeapSize")) / 1e6;
}

/** Hands an experiment to the lab as a script would, through the page's own connection. */
async function submit(page: Page, url: string, text: string): Promise<string> {
  const { LabClient } = await import("../core/labMessages/labClient.ts");
  const { LAB_PATH, LAB_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } = await import("../core/labMessages/envelope.ts");
  const { WebSocket } = await import("ws");
  const { host, hash } = new URL(url);
  const token = new URLSearchParams(hash.slice(1)).get("token") ?? "";
  const socket = new WebSocket(`ws://${host}${LAB_PATH}`, [LAB_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + token], {
    origin: `http://${host}`,
  });
  await new Promise<void>((open, fail) => socket.once("open", open).once("error", fail));
  const client = new LabClient({
    link: { send: (data) => socket.send(data), close: () => socket.close() },
    client: { kind: "script", name: "bench" },
  });
  socket.on("message", (data: Buffer, binary) => {
    if (!binary) client.take(String(data));
  });
  await client.welcome;
  const { arrays } = await client.ask("list-arrays", {});
  const array = arrays[0]?.array ?? null;
  const { job } = await client.ask("submit", { text, file: "stream.yaml", array });
  await page.getByText("samples durable").waitFor({ timeout: 60_000 });
  socket.close();
  return job.name;
}

async function startLab(): Promise<{ url: string; end: () => void }> {
  const array = join(folder, "array.yaml");
  writeFileSync(array, ARRAY);
  const child = spawn(
    process.execPath,
    [join(root, "bin/crosspore.js"), "lab", "--port", "0", "--json", "--array", array, "--runs", join(folder, "runs")],
    {
      env: { ...process.env, XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line) as { url: string };
    return { url, end: () => void child.kill("SIGTERM") };
  }
  throw new Error("crosspore lab ended before it listened");
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
}
