import { randomUUID } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { LARGEST_FILE_BYTES } from "../core/largestFile.ts";

/** Files that the user has chosen in a dialog: the page holds a handle, the path stays here. */
export class FileHandles {
  readonly #paths = new Map<string, string>();

  /** @throws Error in one sentence when it cannot be read, is too large or is no text */
  async open(path: string): Promise<{ readonly handle: string; readonly name: string; readonly text: string }> {
    const name = basename(path);
    if ((await stat(path)).size > LARGEST_FILE_BYTES)
      throw new Error(`${name} is too large, allowed are ${LARGEST_FILE_BYTES} bytes`);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
    return { handle: this.#remember(path), name, text };
  }

  /** @throws Error when the handle is none of ours, or the file cannot be written */
  async save(handle: string, text: string): Promise<{ readonly handle: string; readonly name: string }> {
    const path = this.#paths.get(handle);
    if (path === undefined) throw new Error("this file was not opened here");
    await writeFile(path, text);
    return { handle, name: basename(path) };
  }

  async saveAs(path: string, text: string): Promise<{ readonly handle: string; readonly name: string }> {
    await writeFile(path, text);
    return { handle: this.#remember(path), name: basename(path) };
  }

  #remember(path: string): string {
    const known = [...this.#paths].find(([, other]) => other === path)?.[0];
    const handle = known ?? randomUUID();
    this.#paths.set(handle, path);
    return handle;
  }
}
