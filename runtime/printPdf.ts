import { execFile } from "node:child_process";
import { mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Under which names browsers that print are installed. */
const BROWSERS = ["chromium", "chromium-browser", "google-chrome"] as const;
const LONGEST_s = 60;

/**
 * Prints a page of ours into a PDF by a headless browser, where one is installed. The page loads nothing and runs nothing.
 * @returns "written", or why there is none
 */
export async function printPdf(page: string, target: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "crosspore-pdf-"));
  try {
    for (const browser of BROWSERS) {
      const printed = join(folder, "page.pdf");
      const answer = await print(browser, page, printed, folder);
      if (answer === "not there") continue;
      if (answer !== "" || !(await stat(printed).catch(() => undefined)))
        return `${browser} could not print the page${answer === "" ? "" : ` (${answer})`}`;
      // across file systems a rename is refused: print beside the target first
      await rename(printed, target).catch(async () => {
        const { copyFile } = await import("node:fs/promises");
        await copyFile(printed, target);
      });
      return "written";
    }
    return `none of ${BROWSERS.join(", ")} is installed`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function print(browser: string, page: string, target: string, profile: string): Promise<string> {
  // root cannot use the sandbox of Chromium
  const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const flags = [
    "--headless",
    ...root,
    "--disable-gpu",
    `--user-data-dir=${join(profile, "profile")}`,
    "--no-pdf-header-footer",
    `--print-to-pdf=${target}`,
  ];
  return new Promise((done) => {
    execFile(browser, [...flags, pathToFileURL(resolve(page)).href], { timeout: LONGEST_s * 1000 }, (error) => {
      if (!error) return done("");
      done(error.code === "ENOENT" ? "not there" : (error.message.split("\n")[0] ?? "failed"));
    });
  });
}
