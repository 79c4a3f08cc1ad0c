import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Alarm, Job } from "../../core/labMessages/index.ts";
import { hasBrowser, launchBrowser, openPage } from "./browser.ts";
import { emulatedCard, measuredCard, sampleCell, sampleMap } from "./sampleCards.ts";
import { StandIn } from "./standIn.ts";

/**
 * The window in Debian's chromium, over a service that does on command what a real one seldom does. What the window
 * sends is checked against the messages' schemas by the stand-in; labWindow.test.ts has the real service.
 */
describe.skipIf(!hasBrowser("the lab window"))("the lab window", () => {
  let browser: Browser;
  let lab: StandIn;
  let page: Page;
  let complaints: string[];
  const values = sampleMap(16, 16);
  const masked = new Set([37]);

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    lab = await StandIn.start();
    lab.arrays = [emulatedCard(), measuredCard()];
    lab.mapOf = (array, quantity) => {
      if (array !== "emulated-1") return Float32Array.of(quantity === "mask" ? 0 : 2e-9);
      return quantity === "mask" ? values.map((_, k) => (masked.has(k) ? 1 : 0)) : values;
    };
    lab.answer("cell", ({ row, column }) => sampleCell(row, column));
  });
  afterEach(async () => {
    await page.context().close();
    await lab.stop();
  });

  const open = async (options?: Parameters<typeof openPage>[2]) => {
    ({ page, complaints } = await openPage(browser, lab.url, options));
    await page.locator("[data-map]").waitFor();
  };
  const asked = (name: string) => lab.asked.filter((ask) => ask.name === name);
  const until = async (condition: () => boolean) => {
    await expect.poll(condition, { timeout: 8000, interval: 20 }).toBe(true);
  };
  /** Middle of a junction on the page. */
  const at = async (row: number, column: number) => {
    const box = await page.locator("[data-map]").boundingBox();
    const place = await page.evaluate(() => {
      const canvas = document.querySelector("[data-map]") as HTMLCanvasElement & { crossporeGeometry?: Geometry };
      return canvas.crossporeGeometry;
    });
    if (!box || !place) throw new Error("the map is not drawn");
    return {
      x: box.x + place.left + (column + 0.5) * place.cellWidth,
      y: box.y + place.top + (row + 0.5) * place.cellHeight,
    };
  };
  const readout = () => page.locator("#map-readout").textContent();

  it("opens under its policy without a complaint, connects, and takes the token out of the address", async () => {
    await open();
    await page.getByText("connected").waitFor();
    expect(await page.evaluate(() => location.href)).not.toContain("token");
    await page.locator(".map-canvas canvas").first().waitFor();
    expect(complaints).toEqual([]);
  });

  describe("PANIC", () => {
    it("is sent by Esc from the page, from a text field, from the palette and from a dialog", async () => {
      await open();
      await page.keyboard.press("Escape");
      await until(() => asked("panic").length === 1);
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Command" }).fill("dark");
      await page.keyboard.press("Escape");
      await until(() => asked("panic").length === 2);
      expect(await page.getByRole("dialog").count()).toBe(0);
      await page.locator("[data-map]").focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("p");
      await page.getByLabel("Width").focus();
      await page.keyboard.press("Escape");
      await until(() => asked("panic").length === 3);
      expect(asked("pulse-cells")).toHaveLength(0);
    });

    it("is sent at the press of its button, and by Enter on it, once each", async () => {
      await open();
      const box = await page.locator(".panic").boundingBox();
      await page.mouse.move((box?.x ?? 0) + 10, (box?.y ?? 0) + 10);
      await page.mouse.down();
      await until(() => asked("panic").length === 1);
      await page.mouse.up();
      await page.locator(".panic").focus();
      await page.keyboard.press("Enter");
      await until(() => asked("panic").length === 2);
    });

    it("stays in the same corner, in sight and above every dialog, at 1440 and at 1024", async () => {
      await open();
      for (const [width, height] of [
        [1440, 900],
        [1024, 700],
      ] as const) {
        await page.setViewportSize({ width, height });
        await page.keyboard.press("Control+k");
        const place = await page.evaluate(() => {
          const box = document.querySelector(".panic")?.getBoundingClientRect() as DOMRect;
          const on = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
          return { fromRight: innerWidth - box.right, top: box.top, seen: on?.closest(".panic") !== null };
        });
        expect(place).toEqual({ fromRight: 14, top: expect.closeTo(7.5, 0), seen: true });
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
        await page.keyboard.press("Control+k");
      }
    });

    it("that cannot be sent is said, kept, and sent first when the service is back", async () => {
      await open();
      const port = Number(new URL(lab.address).port);
      await lab.stop();
      await page.getByText("does not answer").first().waitFor();
      await page.keyboard.press("Escape");
      await page.getByText("PANIC has not reached the lab service.").waitFor();
      lab = await StandIn.start(undefined, port);
      await page.getByText("PANIC has not reached the lab service.").waitFor({ state: "detached" });
      expect(lab.asked[0]?.name).toBe("panic");
    });

    it("of which nobody knows whether it worked says so, and what to do", async () => {
      lab.answer("panic", () => ({
        unsafe: [
          {
            array: "measured-1",
            error: {
              code: "TRANSPORT",
              message: "the port is gone",
              field: "",
              file: "",
              line: 0,
              column: 0,
              remedy: "",
            },
          },
        ],
      }));
      await open();
      await page.keyboard.press("Escape");
      await page.getByText("nobody knows whether EmStat Pico is safe").waitFor();
      await page.getByText("switch the instrument off by hand").first().waitFor();
    });
  });

  it("pauses by Space, stops and aborts the run in sight, and announces how it ended", async () => {
    await open();
    lab.answer("control-run", () => ({ job: running }));
    lab.news("queue", { jobs: [running], held: false });
    await page
      .locator(".top")
      .getByRole("button", { name: /^Pause/ })
      .waitFor();
    await page.keyboard.press("Space");
    await until(() => asked("control-run").length === 1);
    lab.news("job", { job: { ...running, progress: { ...progress, state: "paused", outputs: "held" } } });
    await page
      .locator(".top")
      .getByRole("button", { name: /^Go on/ })
      .waitFor();
    await page.keyboard.press("Space");
    await page.keyboard.press("Alt+s");
    await page.keyboard.press("Alt+a");
    await until(() => asked("control-run").length === 4);
    expect(asked("control-run").map(({ body }) => (body as { command: string }).command)).toEqual([
      "pause",
      "resume",
      "stop",
      "abort",
    ]);
    lab.news("job", { job: { ...running, state: "abort", progress: null, reason: "somebody pressed Abort" } });
    const alert = page.locator(".shell > .unseen[role=alert]");
    await expect.poll(() => alert.textContent()).toContain("was aborted, outputs safe. somebody pressed Abort");
  });

  describe("without a good service", () => {
    it("says that the token is wrong and what to open", async () => {
      ({ page, complaints } = await openPage(browser, `${lab.address}#token=another`));
      await page.getByText("does not know this page").waitFor();
      await page.getByText("Open the address that crosspore lab printed").waitFor();
    });

    it("says that it is gone, keeps what was known, and comes back by itself", async () => {
      await open();
      const port = Number(new URL(lab.address).port);
      await page.locator("[data-map]").click();
      await lab.stop();
      await page.getByText("What you see is what was known last").waitFor();
      await page.getByText("crosspore lab").first().waitFor();
      expect(await page.getByRole("article", { name: "EmStat Pico" }).count()).toBe(1);
      lab = await StandIn.start(undefined, port);
      lab.arrays = [emulatedCard({ name: "Back again" })];
      await page.getByText("Back again").first().waitFor();
    });

    it("says that it gives no sign of life, and that it does again", async () => {
      await open();
      lab.beating = false;
      await page.getByText("has not given a sign of life").waitFor();
      lab.beating = true;
      await page.getByText("has not given a sign of life").waitFor({ state: "detached" });
      expect(lab.beats.answered).toBeGreaterThan(0);
    });

    it("shows who else is here, and what vanished", async () => {
      await open();
      lab.news("clients", {
        clients: [
          { client: "w1", kind: "window", name: "this one", role: "operator", since: "", silent: false },
          { client: "w2", kind: "window", name: "Firefox 146", role: "operator", since: "", silent: false },
        ],
      });
      await page.locator(".status").getByText("Firefox 146").waitFor();
      lab.news("array", {
        array: measuredCard({
          state: "vanished",
          outputs: "unknown",
          notice: "the port /dev/ttyUSB0 is gone: close it, plug it in again, open it again",
        }),
      });
      lab.news("alarm", { ...alarm, kind: "vanished", text: "EmStat Pico has vanished", remedy: "look at the cable" });
      const card = page.getByRole("article", { name: "EmStat Pico" });
      await card.getByText("✕ vanished").waitFor();
      await card.getByText("plug it in again").waitFor();
      await page.getByRole("alert").getByText("look at the cable").waitFor();
      lab.news("alarm", { ...alarm, over: true });
      await page.getByText("look at the cable").waitFor({ state: "detached" });
    });
  });

  it("rearms a latched array from its card, after saying what tripped", async () => {
    lab.arrays = [
      measuredCard({
        state: "latched",
        latch: { quantity: "current", found: "2.4 µA", allowed: "2 µA", where: "step 12, column 0" },
      }),
    ];
    lab.answer("rearm", () => ({ array: measuredCard() }));
    await open();
    await page.getByText("current was 2.4 µA, allowed is 2 µA").waitFor();
    await page.getByRole("button", { name: "Rearm" }).click();
    await until(() => asked("rearm").length === 1);
  });

  it("marks what is emulated in words, colour and line on every panel that shows it", async () => {
    await open();
    await page.locator("[data-map]").focus();
    await page.keyboard.press("ArrowDown");
    await page.locator(".chip.sim").getByText("SIMULATED").waitFor();
    for (const place of ["[data-panel=map]", "article[aria-label='Emulated twin']"]) {
      const mark = page.locator(`${place} .source.emulated`).first();
      expect(await mark.textContent()).toBe("SIMULATED");
      expect(await mark.evaluate((element) => getComputedStyle(element).borderStyle)).toBe("dashed");
    }
    expect(await page.locator("article[aria-label='EmStat Pico'] .source.emulated").count()).toBe(0);
    await page.locator("article[aria-label='EmStat Pico'] .name").click();
    await page.locator("[data-panel=map] .source.measured").waitFor();
    expect(await page.locator(".chip.sim").count()).toBe(0);
  });

  describe("the map", () => {
    it("shows cividis on a log scale: the ends of the range in their published colours", async () => {
      await open();
      const [least, most] = [values.indexOf(Math.min(...values)), values.indexOf(Math.max(...values))];
      const colour = async (k: number) => {
        const { x, y } = await at(Math.floor(k / 16), k % 16);
        return page.evaluate(
          ([px, py]) => {
            const canvas = document.querySelector(".map-canvas canvas") as HTMLCanvasElement;
            const box = canvas.getBoundingClientRect();
            return [...(canvas.getContext("2d")?.getImageData(px - box.left, py - box.top, 1, 1).data ?? [])];
          },
          [x, y] as const,
        );
      };
      // Nuñez et al., PLoS ONE 13, e0199239 (2018): ends of the map
      expect(await colour(least)).toEqual([0, 34, 78, 255]);
      expect(await colour(most)).toEqual([254, 232, 56, 255]);
    });

    it("is selected by click, shift, ctrl, drag, row name and column name", async () => {
      await open();
      const click = async (row: number, column: number, modifiers: ("Shift" | "Control")[] = []) => {
        const { x, y } = await at(row, column);
        for (const key of modifiers) await page.keyboard.down(key);
        await page.mouse.click(x, y);
        for (const key of modifiers) await page.keyboard.up(key);
      };
      await click(1, 1);
      expect(await readout()).toContain("r1 c1");
      await click(3, 2, ["Shift"]);
      expect(await readout()).toContain("6 selected");
      await click(8, 8, ["Control"]);
      expect(await readout()).toContain("7 selected");
      const [from, to] = [await at(4, 4), await at(6, 7)];
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      await page.mouse.move(to.x, to.y, { steps: 4 });
      await page.mouse.up();
      expect(await readout()).toContain("12 selected");
      const row = await at(5, 0);
      await page.mouse.click(row.x - 26, row.y);
      expect(await readout()).toContain("16 selected");
      const column = await at(15, 3);
      await page.keyboard.down("Control");
      await page.mouse.click(column.x, column.y + 30);
      await page.keyboard.up("Control");
      expect(await readout()).toContain("31 selected");
    });

    it("has a menu that reads what is selected", async () => {
      await open();
      const { x, y } = await at(2, 2);
      await page.mouse.click(x, y, { button: "right" });
      await page.getByRole("menuitem", { name: /^Read the selected/ }).click();
      await until(() => asked("read-cells").length === 1);
      expect(asked("read-cells")[0]?.body).toEqual({ array: "emulated-1", cells: [{ row: 2, column: 2 }] });
    });

    it("works by keyboard alone: move, extend, read, pulse, show, all panels", async () => {
      await open();
      await page.keyboard.press("1");
      for (const key of ["ArrowDown", "ArrowDown", "ArrowRight", "Shift+ArrowRight"]) await page.keyboard.press(key);
      expect(await readout()).toContain("r1 c2");
      expect(await readout()).toContain("2 selected");
      await page.keyboard.press("r");
      await until(() => asked("read-cells").length === 1);
      expect(asked("read-cells")[0]?.body).toEqual({
        array: "emulated-1",
        cells: [
          { row: 1, column: 1 },
          { row: 1, column: 2 },
        ],
      });
      await page.keyboard.press("p");
      await page.getByLabel("Voltage, row minus column").fill("0.3 V");
      await page.getByLabel("Width").fill("2 ms");
      await page.keyboard.press("Enter");
      await until(() => asked("pulse-cells").length === 1);
      expect(asked("pulse-cells")[0]?.body).toMatchObject({ voltage_V: 0.3, width_s: 0.002 });
      await page.keyboard.press("Shift+R");
      await expect.poll(readout).toMatch(/Ω/);
      await page.keyboard.press("i");
      await expect.poll(readout).toMatch(/ [pnµ]?A/);
      await page.keyboard.press("g");
      await expect.poll(readout).toMatch(/ [pnµ]S/);
    });

    it("takes a pulse that is no quantity or has no width nowhere", async () => {
      await open();
      await page.keyboard.press("1");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("p");
      await page.getByLabel("Voltage, row minus column").fill("0.3");
      await page.keyboard.press("Enter");
      await page.getByText('"0.3" has no unit').waitFor();
      expect(asked("pulse-cells")).toHaveLength(0);
    });

    it("has the same figures and the same selection in its table twin", async () => {
      await open();
      await page.keyboard.press("1");
      for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Command" }).fill("Table");
      await page.keyboard.press("Enter");
      const grid = page.getByRole("grid");
      await grid.waitFor();
      expect(await grid.getAttribute("aria-rowcount")).toBe("17");
      const cell = page.locator("#cell-1-1");
      const shown = await cell.textContent();
      expect(Number.parseFloat(shown ?? "")).toBeCloseTo((values[17] as number) * 1e12, 0);
      expect(await cell.getAttribute("aria-selected")).toBe("true");
      await grid.focus();
      await page.keyboard.press("ArrowDown");
      await expect.poll(() => grid.getAttribute("aria-activedescendant")).toBe("cell-2-1");
    });

    it("is acknowledged frame by frame, so that a slow window is sent less and not more", async () => {
      await open();
      await until(() => [...lab.acknowledged.values()].includes(0));
      lab.sendMaps("emulated-1");
      await until(() => [...lab.acknowledged.values()].includes(1));
    });
  });

  it("compares two junctions and keeps a note", async () => {
    lab.answer("add-note", ({ row, column, text }) => ({
      ...sampleCell(row, column),
      notes: [{ wall: "2026-11-20T09:00:00.000Z", by: "w1", text }],
    }));
    await open();
    await page.keyboard.press("1");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("c");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("n");
    await page.getByRole("columnheader", { name: "differs by" }).waitFor();
    await page.keyboard.type("leaks");
    await page.keyboard.press("Enter");
    await until(() => asked("add-note").length === 1);
    await page.locator(".notes").getByText("leaks").waitFor();
  });

  it("runs nothing that instruments, files and people write: names, labels, notices, notes", async () => {
    const hostile =
      '"><img src=x onerror="window.hit=1"><script>window.hit=1</script><svg onload="window.hit=1">\u202Egnp.exe';
    const clean = hostile.replace("\u202E", "·");
    lab.arrays = [
      emulatedCard({ name: hostile, notice: hostile, model: hostile }),
      measuredCard({
        name: hostile,
        notice: hostile,
        identity: { manufacturer: hostile, model: hostile, serial: hostile, firmware: hostile },
        addresses: [hostile],
        state: "latched",
        latch: { quantity: hostile, found: hostile, allowed: hostile, where: hostile },
      }),
    ];
    lab.answer("cell", ({ row, column }) => {
      const cell = sampleCell(row, column);
      return {
        ...cell,
        notes: [{ wall: hostile.slice(0, 39), by: hostile, text: hostile }],
        history: cell.history.map((entry) => ({
          ...entry,
          role: hostile,
          label: hostile,
          run: hostile.replaceAll("/", ""),
        })),
      };
    });
    await open();
    lab.news("queue", {
      jobs: [{ ...running, name: hostile, file: hostile, by: hostile, reason: hostile }],
      held: false,
    });
    lab.news("alarm", { ...alarm, text: hostile, remedy: hostile });
    lab.news("prompt", { prompt: "p1", job: "j1", run: "r", array: "emulated-1", text: hostile, since: "" });
    lab.news("clients", {
      clients: [{ client: "w9", kind: "window", name: hostile, role: "operator", since: "", silent: false }],
    });
    lab.news("shutting-down", { why: hostile, seconds: 1 });
    await page.getByText(`The lab service ends: ${clean}`).waitFor();
    for (let panel = 1; panel <= 9; panel++) await page.keyboard.press(String(panel));
    await page.keyboard.press("1");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("n");
    await page.locator(".notes").getByText(clean).waitFor();
    await page.keyboard.press("Control+k");
    const found = await page.evaluate(() => ({
      hit: (window as { hit?: number }).hit,
      images: document.querySelectorAll("img[src=x], script:not([src])").length,
      direction: /[\u202A-\u202E\u2066-\u2069]/.test(document.body.textContent ?? ""),
      title: /[\u202A-\u202E\u2066-\u2069]/.test(document.title),
    }));
    expect(found).toEqual({ hit: undefined, images: 0, direction: false, title: false });
  });

  it("keeps layouts, and shows the bench where one is of an older version", async () => {
    await open();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Command" }).fill("layout array");
    await page.keyboard.press("Enter");
    await page.locator("[data-panel=table]").waitFor();
    await page.reload();
    await page.locator("[data-panel=table]").waitFor();
    await page.evaluate(() => localStorage.setItem("crosspore.layout", '{"panels":{"gone":{}},"grid":{}}'));
    await page.reload();
    await page.locator("[data-panel=instruments]").waitFor();
    expect(await page.locator("[data-panel=map]").count()).toBe(1);
  });

  it("shows every key in its help, made from the commands", async () => {
    await open();
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keys" });
    for (const words of [
      "PANIC: every output idle at once",
      "Read the selected junctions",
      "Show conductance",
      "Find a command",
    ])
      await help.getByText(words).waitFor();
    await page.keyboard.press("?");
    await help.waitFor({ state: "detached" });
  });

  it("leads a first visitor once, without covering anything", async () => {
    ({ page, complaints } = await openPage(browser, lab.url, { tour: true }));
    const tour = page.getByRole("complementary", { name: "tour" });
    await tour.getByText("This array is alive").waitFor();
    while (await tour.getByRole("button", { name: "Next" }).count())
      await tour.getByRole("button", { name: "Next" }).click();
    await tour.getByText("Stop it safely").waitFor();
    await tour.getByRole("button", { name: "Done" }).click();
    await page.reload();
    await page.locator("[data-map]").waitFor();
    expect(await tour.count()).toBe(0);
  });
});

interface Geometry {
  readonly left: number;
  readonly top: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

const progress: NonNullable<Job["progress"]> = {
  state: "running",
  outputs: "driven",
  steps: 10,
  plannedSteps: 100,
  elapsed_s: 10,
  plannedDuration_s: 100,
  worked_s: 1,
  left_s: 9,
  level_V: Number.NaN,
  samples: 1000,
  lost: 0,
  overloads: 0,
  durableEvents: 20,
  durableRows: 900,
};

const running: Job = {
  job: "j1",
  name: "Potentiation",
  file: "ltp.yaml",
  array: "emulated-1",
  state: "running",
  run: "2026-11-20-ltp",
  kind: "experiment",
  submitted: "2026-11-20T08:00:00.000Z",
  by: "w1",
  steps: 100,
  duration_s: 100,
  largest_V: 1,
  bytes: 1e6,
  progress,
  reason: "",
  error: null,
};

const alarm: Alarm = {
  alarm: "a1",
  kind: "tripped",
  text: "a limit tripped",
  remedy: "find out why",
  array: null,
  run: null,
  since: "2026-11-20T08:00:00.000Z",
  over: false,
};
