import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
const PAGE = resolve(import.meta.dirname, "../../dist/renderer");

/** Whether browser tests can run here; says loudly why not. */
export function hasBrowser(what: string): boolean {
  const missing = existsSync(CHROMIUM)
    ? existsSync(PAGE) && readdirSync(PAGE).includes("index.html")
      ? undefined
      : "the page is not built (npm run build)"
    : `there is no ${CHROMIUM} (apt-get install chromium)`;
  if (missing !== undefined) console.warn(`\n!!! NOT TESTED HERE: ${what}: ${missing}\n`);
  return missing === undefined;
}

export function launchBrowser(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...args,
    ],
  });
}

export interface OpenPage {
  readonly page: Page;
  /** Whatever the console said as an error, refusals of the policy among them, and what was thrown. */
  readonly complaints: string[];
}

/** A page that has met its lab, in a browser context of its own; without the tour, which begins by itself once. */
export async function openPage(
  browser: Browser,
  url: string,
  { width = 1440, height = 900, scheme = "light" as "light" | "dark", tour = false } = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
  if (!tour) await context.addInitScript(() => localStorage.setItem("crosspore.toured", "true"));
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || /Trusted|Content Security Policy/.test(message.text()))
      complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(url);
  await page.locator(".top .panic").waitFor();
  return { page, complaints };
}
