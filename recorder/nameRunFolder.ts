import { existsSync } from "node:fs";

const LONGEST_NAME = 60;

/**
 * A new folder for a run, e.g. `runs/2026-11-20T19-05-33-first-loop`: sorts by date (UTC), has no character that a
 * shell, Windows or a URL minds, and cannot leave `parent` whatever the name says. Never one that exists.
 */
export function nameRunFolder(parent: string, name: string, date: Date): string {
  const stamp = date.toISOString().slice(0, 19).replaceAll(":", "-");
  const path = `${parent}/${stamp}-${sanitiseName(name)}`;
  if (!existsSync(path)) return path;
  for (let number = 2; ; number++) if (!existsSync(`${path}-${number}`)) return `${path}-${number}`;
}

/** Lower-case letters, digits and single hyphens; "run" when nothing is left. */
export function sanitiseName(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
  return plain.slice(0, LONGEST_NAME).replace(/^-+|-+$/g, "") || "run";
}
