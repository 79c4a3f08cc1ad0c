import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Bench } from "../../core/drivers/emulation/bench.ts";
import { emstatPico } from "../../core/drivers/methodScript/index.ts";
import { EmulatedArray } from "../../core/emulated/emulatedArray.ts";
import { type RunningLab, startLab } from "../../lab/startLab.ts";
import { openRun } from "../../recorder/openRun.ts";
import { serveOn } from "../../tests/emulatedLine.ts";
import { patientTimer } from "../../tests/patientTimer.ts";
import { canRun } from "../../tests/needs.ts";
import { hasBrowser, launchBrowser, openPage } from "./browser.ts";

const ARRAY = `crosspore: 1
name: small
array: { rows: 3, columns: 3, junction: { model: conical-channel } }
limits: { voltage_V: 1.5 V }
`;

const experiment = (protocol: string, name = "a loop") => `crosspore: 1
name: ${name}
array: { rows: 3, columns: 3, junction: { model: conical-channel } }
protocol:
${protocol}`;

const LOOP = experiment("  - iv-sweep: { cells: [[0, 1]], amplitude_V: 1 V, samplesPerCycle: 200 }  # both lobes\n");

/** Protocol, traces, queue, analysis, overlay, runs and log in Debian's chromium, over the real service. */
describe.skipIf(!hasBrowser("the panels of the lab window"))("the panels over a real lab", () => {
  let browser: Browser;
  let running: RunningLab;
  let folder: string;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchBrowser();
    folder = mkdtempSync(join(tmpdir(), "lab-panels-"));
    running = await startLab({
      runsFolder: folder,
      port: 0,
      arrays: [{ text: ARRAY, file: "small.yaml" }],
      on: [],
      uncalibrated: false,
    });
  });
  afterAll(async () => {
    await browser.close();
    await running[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    ({ page, complaints } = await openPage(browser, running.server.url));
    page.setDefaultTimeout(20_000);
  });
  afterEach(async () => {
    await page.context().close();
    expect(complaints).toEqual([]);
  });

  const panel = (id: string) => page.locator(`[data-panel="${id}"]`);
  const show = async (id: string) => {
    const place = (await page.locator("[data-panel]").count()) > 0;
    expect(place).toBe(true);
    // through the palette, as somebody would who knows the name only
    await page.keyboard.press("Control+K");
    await page.locator(".palette input").fill(id);
    await page.keyboard.press("Enter");
    await panel(id).waitFor();
    return panel(id);
  };
  /** Puts a text into the editor through its file picker. */
  const openFile = async (text: string, name = "test.yaml") => {
    const protocol = await show("protocol");
    await protocol.locator("input[type=file]").setInputFiles({
      name,
      mimeType: "application/yaml",
      buffer: Buffer.from(text),
    });
    await protocol.locator(".file").getByText(name).waitFor();
    return protocol;
  };
  const run = async (text: string) => {
    const protocol = await openFile(text);
    await protocol.getByText("Dry run, nothing has been sent").waitFor();
    const before = await ended();
    await page.keyboard.press("Control+Enter");
    await expect.poll(ended, { timeout: 30_000, interval: 50 }).toBe(before + 1);
  };
  const ended = () =>
    Promise.resolve(
      running.lab.queue.cards().filter(({ run: of, state }) => of !== null && state !== "running").length,
    );
  const lastRun = () =>
    running.lab.queue.cards().find(({ run: of, state }) => of !== null && state !== "running")?.run ?? "";

  it("form and YAML are one document: edits keep the text, mistakes stand in their place, undo is for edits", async () => {
    const protocol = await openFile(LOOP);
    const amplitude = protocol.getByLabel("amplitude / V");
    await expect.poll(() => amplitude.inputValue()).toBe("1 V");
    await amplitude.fill("oops");
    await amplitude.press("Enter");
    const problem = protocol.locator(".entry .problem");
    await problem.waitFor();
    expect(await problem.textContent()).toMatch(/not a quantity/u);
    expect(await protocol.getByRole("alert").textContent()).toContain("Line 5, column 34");
    await protocol.getByRole("button", { name: "Show the line" }).click();
    const text = () =>
      protocol.locator(".yaml").evaluate((host) => host.shadowRoot?.querySelector(".cm-content")?.textContent ?? "");
    // the comment behind the line is still there, and the word is underlined
    await expect.poll(text).toContain("amplitude_V: oops, samplesPerCycle: 200 }  # both lobes");
    const marked = () =>
      protocol.locator(".yaml").evaluate((host) => host.shadowRoot?.querySelector(".cm-lintRange-error")?.textContent);
    await expect.poll(marked).toBe("amplitude_V");
    await protocol.getByRole("button", { name: "undo" }).click();
    await expect.poll(text).toContain("amplitude_V: 1 V, samplesPerCycle: 200 }  # both lobes");
    expect(await protocol.getByRole("button", { name: "undo" }).getAttribute("title")).toMatch(/cannot be undone/u);
    // what is typed there is in the form
    await protocol.getByRole("radio", { name: "Form" }).click();
    await expect.poll(() => protocol.getByLabel("amplitude / V").inputValue()).toBe("1 V");
  });

  it("a dry run names the limit that refuses, and the run is not queued", async () => {
    const protocol = await openFile(LOOP.replace("amplitude_V: 1 V", "amplitude_V: 1.8 V"));
    await protocol.getByRole("alert").waitFor();
    const jobs = running.lab.queue.cards().length;
    await protocol.getByRole("button", { name: /^Run/u }).click();
    await expect.poll(() => protocol.getByRole("alert").first().textContent()).toMatch(/1\.5 V/u);
    expect(running.lab.queue.cards()).toHaveLength(jobs);
  });

  it("the library fills the editor with a protocol that runs here, its waveform and what it would do", async () => {
    const protocol = await show("protocol");
    await page.keyboard.press("Control+L");
    await protocol.getByLabel("search the library").fill("paired");
    await protocol.getByRole("button", { name: "Use" }).first().click();
    await protocol.locator(".waveform path").first().waitFor();
    const plan = protocol.getByRole("region", { name: "dry run" });
    expect(await plan.textContent()).toMatch(/largest voltage1 V of 1\.5 V/u);
    expect(await plan.textContent()).toMatch(/half-select dose/u);
  });

  it("a run gives a figure, its figures of merit, and a folder that is found, exported and replayed", async () => {
    await run(LOOP);
    const name = lastRun();
    const analysis = await show("analysis");
    const figure = analysis.locator(".finding img");
    await figure.waitFor();
    expect(await figure.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100);
    expect(await analysis.locator("tr", { hasText: "on/off" }).textContent()).toMatch(/\d/u);
    await analysis.getByLabel("cycle").selectOption("all");
    await expect.poll(() => analysis.locator("figcaption").textContent()).toContain("cycles 1 to 3");

    const runs = await show("runs");
    const path = await runs.locator(".folder code").textContent();
    expect(path).toBe(join(folder, name));
    expect(openRun(path ?? "").stop?.status).toBe("success");
    await runs.getByLabel("export").selectOption("csv");
    const saved = runs.locator(".saved .figure");
    await saved.waitFor();
    const csv = readFileSync((await saved.textContent()) ?? "", "utf8").split("\r\n");
    // three cycles of 200 samples and the one that closes them
    expect(csv.filter((line) => line !== "")).toHaveLength(1 + 601);
    const brush = runs.getByLabel("moment of the run that the map shows");
    await brush.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("PageUp");
    await page.locator(".replaying", { hasText: name }).waitFor();
    await runs.getByRole("button", { name: "Back to now" }).click();
    await page.locator(".replaying").waitFor({ state: "detached" });
  });

  it("traces show what is sampled; a selection has its statistics from the record, and can be zoomed to", async () => {
    await run(LOOP);
    const traces = await show("traces");
    await traces.getByRole("radio", { name: "Recorded" }).click();
    await expect.poll(() => traces.locator(".waiting").count()).toBe(0);
    const plot = traces.locator(".u-over").first();
    const box = await plot.boundingBox();
    if (!box) throw new Error("no plot");
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + 1, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 1, y, { steps: 4 });
    await page.mouse.up();
    const statistics = traces.getByRole("status", { name: "statistics of the selection" });
    await expect.poll(() => statistics.textContent()).toMatch(/charge/u);
    // nearly everything is selected: 601 samples less those at the edges
    const samples = Number(/samples(\d+), 0 lost/u.exec((await statistics.textContent()) ?? "")?.[1]);
    expect(samples).toBeGreaterThan(585);
    expect(samples).toBeLessThanOrEqual(601);
    await page.keyboard.press("Alt+Z");
    await traces.getByRole("button", { name: "Whole run" }).waitFor();
    await traces.getByRole("radio", { name: "Live" }).click();
    await traces.locator(".figures").waitFor();
    expect(await traces.locator(".figures").getAttribute("data-lost")).toBe("0");
  });

  it("the queue asks the operator, and waiting jobs can be moved and taken away", async () => {
    const asking = experiment('  - prompt: "close the shutter"\n  - read-map: { voltage_V: 0.1 V }\n', "asks");
    await openFile(asking);
    await panel("protocol").getByText("Dry run, nothing has been sent").waitFor();
    const before = await ended();
    await page.keyboard.press("Control+Enter");
    const queue = await show("queue");
    await queue.getByText("close the shutter").waitFor();
    for (const name of ["second", "third"]) {
      await openFile(LOOP.replace("a loop", name));
      await panel("protocol").getByText("Dry run, nothing has been sent").waitFor();
      await page.keyboard.press("Control+Enter");
      await panel("protocol").getByText(`${name} is in the queue`).waitFor();
    }
    await show("queue");
    const names = () => queue.locator(".job.waiting .name").allTextContents();
    await expect.poll(names).toEqual(["second", "third"]);
    await queue.locator(".job.waiting").nth(1).focus();
    await page.keyboard.press("Alt+ArrowUp");
    await expect.poll(names).toEqual(["third", "second"]);
    await queue.locator(".job.waiting").first().focus();
    await page.keyboard.press("Delete");
    await expect.poll(names).toEqual(["second"]);
    await queue.getByRole("button", { name: "Done, go on" }).click();
    await expect.poll(ended, { timeout: 30_000 }).toBe(before + 2);
  });

  it("two runs are laid over each other with their residual map", async () => {
    const both = experiment(
      "  - iv-sweep: { cells: [[0, 1]], amplitude_V: 1 V, samplesPerCycle: 200 }\n  - read-map: { voltage_V: 0.1 V }\n",
      "twins",
    );
    await run(both);
    await run(both);
    const overlay = await show("overlay");
    await overlay.locator(".finding img").first().waitFor();
    expect(await overlay.locator(".tile", { hasText: "conductance, rms" }).textContent()).toMatch(/%/u);
    await overlay.getByText("Figures of every junction").click();
    await expect.poll(() => overlay.locator("details td").count()).toBe(9);
    const before = await ended();
    await overlay.getByRole("button", { name: "Run the model" }).click();
    await expect.poll(ended, { timeout: 30_000 }).toBe(before + 1);
    await expect.poll(() => overlay.getByLabel("reference").inputValue()).toBe(lastRun());
  });

  it("a run of a newer version, and the log, say plainly what is wrong", async () => {
    const newer = join(folder, "2030-01-01T00-00-00-newer");
    mkdirSync(newer);
    writeFileSync(join(newer, "run.json"), JSON.stringify({ schema: 99, name: "newer" }));
    const runs = await show("runs");
    await runs.getByRole("button", { name: "Refresh" }).click();
    await runs.getByLabel("search the runs").fill("newer");
    await runs.getByRole("option").first().click();
    const notice = runs.getByRole("alert");
    await notice.waitFor();
    expect(await notice.textContent()).toMatch(/newer/u);
    expect(await notice.textContent()).toMatch(/Nothing in the folder was changed/u);
    const log = await show("log");
    await log.getByLabel("filter the log").fill("connected");
    await expect.poll(() => log.locator(".log p").count()).toBeGreaterThan(0);
    expect(await log.getByRole("log").getAttribute("aria-live")).toBe("polite");
    await log.getByLabel("filter the log").fill("nothing says this");
    await log.getByText("No line holds this text").waitFor();
  });

  it("a run that is asked for before the editor has its text is that text's", async () => {
    const before = await ended();
    const early = await browser.newPage();
    await early.goto(running.server.url, { waitUntil: "commit" });
    await early.locator(".panic").waitFor();
    await early.keyboard.press("Control+Enter");
    await expect.poll(ended, { timeout: 40_000 }).toBe(before + 1);
    expect(readFileSync(join(folder, lastRun(), "run.json"), "utf8")).toContain("current-voltage loop");
    await early.close();
  });

  it("keyboard alone: choose, run, look at the result and find it", async () => {
    const before = await ended();
    await page.keyboard.press("Control+L");
    await panel("protocol").getByLabel("search the library").waitFor();
    // from the panel into its search, to the first protocol, and its button
    await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toContain("library");
    await page.keyboard.press("Tab");
    await page.keyboard.type("current-voltage");
    await expect.poll(() => panel("protocol").locator(".library li").count()).toBe(1);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await panel("protocol").getByText("Dry run, nothing has been sent").waitFor();
    await page.keyboard.press("Control+Enter");
    await expect.poll(ended, { timeout: 40_000 }).toBe(before + 1);
    await page.keyboard.press("6");
    await panel("analysis").locator(".finding img").waitFor();
    await page.keyboard.press("7");
    await expect.poll(() => panel("runs").locator(".folder code").textContent()).toBe(join(folder, lastRun()));
    await page.keyboard.press("End");
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await panel("analysis").locator(".finding img").waitFor();
  });
});

const CAN_EMULATE = canRun("an emulated EmStat in the window", { programs: ["socat"] });

describe.skipIf(!hasBrowser("the first measurement") || !CAN_EMULATE)("somebody who has never seen it", () => {
  it("opens an emulated EmStat, runs an I-V loop on it and finds the recorded file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lab-emstat-"));
    const device = new EmulatedArray(
      {
        rows: 1,
        columns: 1,
        unselectedLines: "floating",
        junction: {
          model: "svm",
          parameters: { conductance_S: 200e-9, tau_s: 0.08, activation: { kind: "linear", slope_perV: 1 } },
        },
      },
      { seed: 1 },
    );
    const line = await serveOn("pty", emstatPico, new Bench(device));
    const timer = patientTimer(40);
    const running = await startLab({ runsFolder: folder, port: 0, arrays: [], on: [], uncalibrated: false, timer });
    const browser = await launchBrowser();
    try {
      const { page, complaints } = await openPage(browser, running.server.url);
      page.setDefaultTimeout(30_000);
      await page.getByRole("button", { name: /^Open…/u }).click();
      await page.getByRole("dialog").waitFor();
      await page.getByLabel("Address").fill(`${line.served.address}?driver=emstat-pico`);
      await page.getByLabel("Address").press("Enter");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      const protocol = page.locator('[data-panel="protocol"]');
      await expect.poll(() => protocol.locator(".target option").first().textContent()).toMatch(/1 × 1.*SIMULATED/u);
      await protocol.getByText("Dry run, nothing has been sent").waitFor();
      await page.keyboard.press("Control+Enter");
      await page.locator(".job.ended .ok").first().waitFor();
      await page.locator(".job.ended").getByRole("button", { name: "Result" }).first().click();
      await page.locator('[data-panel="analysis"] .finding img').waitFor();
      await page.keyboard.press("7");
      const path = await page.locator('[data-panel="runs"] .folder code').textContent();
      expect(existsSync(join(path ?? "", "run.json"))).toBe(true);
      const recorded = openRun(path ?? "");
      expect(recorded.stop).toMatchObject({ status: "success", lost: 0 });
      // two cycles of 40 points through a junction of 200 nS at 400 mV: tens of nanoamperes, not a flat line
      const currents = [...recorded.blocks()].flatMap(({ block }) => [...block.current_A]);
      expect(currents.length).toBeGreaterThan(78);
      expect(Math.max(...currents)).toBeGreaterThan(50e-9);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
      await running[Symbol.asyncDispose]();
      await line.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
