import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
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
  readonly #root: string;
  readonly #files = new Map<string, string>();

  private constructor(root: string) {
    this.#root = root;
  }

  /** @param root folder of the built page; it may be missing (built without a renderer) */
  static async list(root: string): Promise<PageFiles> {
    const files = new PageFiles(root);
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

  /** @returns false where there is no such file */
  async send(url: string, head: boolean, response: ServerResponse): Promise<boolean> {
    const [name = "/"] = url.split(/[?#]/);
    const wanted = name === "/" ? "/index.html" : name;
    const path = this.#files.get(wanted);
    if (path === undefined) return false;
    const type = TYPES[extname(path)] ?? "application/octet-stream";
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

  get root(): string {
    return this.#root;
  }
}
