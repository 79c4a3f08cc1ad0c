import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasBrowser, launchBrowser, openPage } from "./browser.ts";
import { RealLab } from "./realLab.ts";

/** The window over `crosspore lab` as it is: its headers, its token, its arrays, its recorder. */
describe.skipIf(!hasBrowser("the window over the real service"))("the window over crosspore lab", () => {
  let browser: Browser;
  let lab: RealLab;

  beforeAll(async () => {
    browser = await launchBrowser();
    lab = await RealLab.start(SMALL);
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.[Symbol.asyncDispose]();
  });

  const command = async (page: Page, words: string) => {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Command" }).fill(words);
    await page.keyboard.press("Enter");
  };

  it("shows every panel under the service's policy without a complaint, by keyboard", async () => {
    const { page, complaints } = await openPage(browser, lab.url);
    await page.locator("[data-map]").waitFor();
    for (const panel of [
      "Array",
      "Instruments",
      "Protocol",
      "Traces",
      "Queue",
      "Analysis",
      "Runs",
      "Overlay",
      "Junction",
      "Table",
      "Log",
      "Keys",
    ]) {
      await command(page, `${panel}:`);
      await page.locator(`section[aria-label="${panel}"] > *`).first().waitFor();
    }
    expect(await page.getByText("stopped working").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("reads a junction and keeps what it gave: on the map, in its history, in a run folder", async () => {
    const { page, complaints } = await openPage(browser, lab.url);
    await page.locator("[data-map]").waitFor();
    await page.keyboard.press("1");
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => page.locator("#map-readout").textContent()).toContain("r0 c0");
    await page.keyboard.press("r");
    await command(page, "Junction:");
    // 1 nS behind lines of no resistance
    await page.locator(".inspector .history").getByText("1 nS").first().waitFor({ timeout: 30_000 });
    expect(readdirSync(lab.runs).some((run) => /read/.test(run))).toBe(true);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("stops a run by Esc in one window, and tells the other", async () => {
    const { page } = await openPage(browser, lab.url);
    const { page: other } = await openPage(browser, lab.url);
    await page.locator("[data-map]").waitFor();
    await command(page, "Protocol:");
    const editor = page.locator("[data-panel=protocol]");
    await editor.getByRole("radio", { name: "YAML" }).click();
    await editor.locator(".cm-content").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(LONG);
    await page.keyboard.press("Control+Enter");
    await other.locator(".chip.run").waitFor({ timeout: 30_000 });
    // from inside the editor
    await editor.locator(".cm-content").click();
    await page.keyboard.press("Escape");
    await page.getByText("PANIC: every output is idle").waitFor({ timeout: 20_000 });
    await other.locator(".chip.run").waitFor({ state: "detached", timeout: 20_000 });
    await expect
      .poll(() => other.locator(".shell > .unseen[role=alert]").textContent(), { timeout: 20_000 })
      .toMatch(/failed/);
    const folder = readdirSync(lab.runs).find((run) => /long/.test(run)) ?? "";
    const manifest = ["stop.json", "run.json"].find((name) => existsSync(join(lab.runs, folder, name)));
    expect(readFileSync(join(lab.runs, folder, manifest ?? ""), "utf8")).not.toBe("");
    await page.context().close();
    await other.context().close();
  });
});

const SMALL = `crosspore: 1
array:
  rows: 3
  columns: 4
  junction: { model: ohmic, parameters: { conductance_S: 1 nS } }
limits: { voltage_V: 1 V }
`;

const LONG = `crosspore: 1
name: long
array: { rows: 3, columns: 4, junction: { model: ohmic, parameters: { conductance_S: 1 nS } } }
protocol:
  - noise: { cells: [[0, 0]], biases_V: [0.1 V], sampling_Hz: 100 kHz, duration_s: 1 s, settle_s: 0 s, repeats: 2000 }
`;
