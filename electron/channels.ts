import { z } from "zod";
import { DESKTOP_COMMANDS } from "../core/labMessages/desktopBridge.ts";
import { id, long, short } from "../core/labMessages/fields.ts";

/** From the page to the main process: every channel there is, with what may come through it. */
export const CALLS = {
  "lab:request": { body: z.null(), answer: z.null() },
  "file:open": { body: z.null(), answer: z.strictObject({ handle: id, name: short, text: long }).nullable() },
  "file:save": {
    body: z.strictObject({ handle: id.nullable(), name: short, text: long }),
    answer: z.strictObject({ handle: id, name: short }).nullable(),
  },
  "run:reveal": { body: z.strictObject({ run: id }), answer: z.null() },
} as const;

export type CallName = keyof typeof CALLS;
export type CallBody<N extends CallName> = z.output<(typeof CALLS)[N]["body"]>;
export type CallAnswer<N extends CallName> = z.output<(typeof CALLS)[N]["answer"]>;

/** From the main process to the page. */
export const TELLS = {
  "lab:port": z.null(),
  "menu:command": z.enum(DESKTOP_COMMANDS),
  "file:opened": z.strictObject({ handle: id, name: short, text: long }),
} as const;

/** Where the page lives: a scheme of its own, because file:// may read more than it should. */
export const PAGE_SCHEME = "crosspore";
export const PAGE_ORIGIN = `${PAGE_SCHEME}://app`;
export const PAGE_URL = `${PAGE_ORIGIN}/index.html`;
