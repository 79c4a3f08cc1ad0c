import { readFile } from "node:fs/promises";

/** Version of the package, from its package.json: beside `dist/` when installed, two folders up when run from source. */
export async function readVersion(): Promise<string> {
  for (const place of ["../../package.json", "../package.json"]) {
    const text = await readFile(new URL(place, import.meta.url), "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const { name, version } = JSON.parse(text) as { name?: string; version?: string };
    if (name === "crosspore" && version !== undefined) return version;
  }
  return "unknown";
}
