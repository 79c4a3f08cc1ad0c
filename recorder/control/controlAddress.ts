import { createHash } from "node:crypto";
import { lstatSync, mkdtempSync, readFileSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { CONTROL_POINTER, CONTROL_SOCKET } from "../folderLayout.ts";

/** sun_path holds 108 bytes on Linux and 104 on macOS (unix(7), unix(4)), with the zero at its end. */
const LONGEST_ADDRESS_BYTES = 103;
const PRIVATE_FOLDER = "crosspore-";

/** Where a run listens. */
export interface ControlAddress {
  readonly path: string;
  /** A folder of our own that goes with the socket. */
  readonly temporary?: string;
  /** What control.json must say, where the socket is not in the run folder. */
  readonly pointer?: string;
}

/**
 * Where the run in this folder will listen. A path that is too long for a socket is replaced by one in a fresh folder
 * that nobody else can enter.
 * @returns undefined when no path is short enough
 */
export function makeAddress(
  folder: string,
  platform: NodeJS.Platform = process.platform,
  temporaryFolder = process.env.XDG_RUNTIME_DIR ?? tmpdir(),
): ControlAddress | undefined {
  if (platform === "win32") return { path: namePipe(realpathSync(folder)) };
  const path = join(resolve(folder), CONTROL_SOCKET);
  if (fits(path)) return { path };
  for (const parent of [temporaryFolder, "/tmp"]) {
    if (!fits(join(parent, `${PRIVATE_FOLDER}xxxxxx`, CONTROL_SOCKET))) continue;
    try {
      const temporary = mkdtempSync(join(parent, PRIVATE_FOLDER));
      const short = join(temporary, CONTROL_SOCKET);
      return { path: short, temporary, pointer: `${JSON.stringify({ control: 1, socket: short })}\n` };
    } catch {
      // the next one may exist and be writable
    }
  }
  return undefined;
}

const pointerSchema = z.strictObject({ control: z.literal(1), socket: z.string() });

/** Where the run in this folder listens, or would; undefined when its folder names nothing that can be trusted. */
export function findAddress(folder: string, platform: NodeJS.Platform = process.platform): string | undefined {
  if (platform === "win32") return namePipe(realpathSync(folder));
  const path = join(resolve(folder), CONTROL_SOCKET);
  if (fits(path) && isOwnSocket(path)) return path;
  try {
    const { socket } = pointerSchema.parse(JSON.parse(readFileSync(join(folder, CONTROL_POINTER), "utf8")));
    // a folder from somewhere else must not send our questions to any other socket of this machine
    const ours = basename(socket) === CONTROL_SOCKET && basename(dirname(socket)).startsWith(PRIVATE_FOLDER);
    return ours && resolve(socket) === socket && isOwnSocket(socket) ? socket : undefined;
  } catch {
    return undefined;
  }
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= LONGEST_ADDRESS_BYTES;
}

function isOwnSocket(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  const uid = process.getuid?.();
  return stat?.isSocket() === true && (uid === undefined || uid === 0 || stat.uid === uid);
}

/** Pipes of Windows have a name space of their own, without case. */
function namePipe(folder: string): string {
  const digest = createHash("sha256").update(folder.toLowerCase()).digest("hex").slice(0, 32);
  return `\\\\.\\pipe\\crosspore-${digest}`;
}
