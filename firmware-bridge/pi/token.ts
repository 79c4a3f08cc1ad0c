import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readToken, tokenFile } from "../../core/drivers/piBridge/token.ts";

/** The bridge's token; made at its first start, readable by its owner only. @throws ProtocolError when the file holds none */
export function ensureToken(file = tokenFile()): string {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  }
  return readToken(file);
}
