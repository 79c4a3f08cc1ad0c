import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { PAGE_HEADERS } from "./headers.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".wasm": "application/wasm",
  ".map": "application/json",
};

/** The files of the built page, listed once: what is not in the list is not there, whatever a path says. */
export class PageFiles {
  readonly #files = new Map<string, string>();

  /** @param root folder of the built page; it may be missing (built without a renderer) */
  static async list(root: string): Promise<PageFiles> {
    const files = new PageFiles();
    const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      files.#files.set(path.slice(root.length).replaceAll("\\", "/"), path);
    }
    return files;
  }

  get present(): boolean {
    return this.#files.has("/index.html");
  }

  /** @returns undefined where there is no such file */
  async read(url: string): Promise<{ readonly bytes: Buffer; readonly type: string } | undefined> {
    const found = this.#find(url);
    return found && { bytes: await readFile(found.path), type: found.type };
  }

  /** @returns false where there is no such file */
  async send(url: string, head: boolean, response: ServerResponse): Promise<boolean> {
    const found = this.#find(url);
    if (!found) return false;
    const { path, type, wanted } = found;
    const size = (await stat(path)).size;
    // names in assets/ carry a hash of what they hold
    const cache = wanted.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    response.writeHead(200, {
      ...PAGE_HEADERS,
      "content-type": type,
      "content-length": size,
      "cache-control": cache,
    });
    if (head) response.end();
    else
      createReadStream(path)
        .on("error", () => response.destroy())
        .pipe(response);
    return true;
  }

  #find(url: string): { readonly path: string; readonly type: string; readonly wanted: string } | undefined {
    const [name = "/"] = url.split(/[?#]/);
    const wanted = name === "/" ? "/index.html" : name;
    const path = this.#files.get(wanted);
    return path === undefined ? undefined : { path, wanted, type: TYPES[extname(path)] ?? "application/octet-stream" };
  }
}
