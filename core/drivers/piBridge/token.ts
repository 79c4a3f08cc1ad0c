import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ProtocolError } from "../../errors.ts";
import { SHORTEST_TOKEN } from "./handshake.ts";

/** Where a computer keeps the token of its bridge, or of the bridge that it calls. Never part of an address, so never of a record. */
export function tokenFile(): string {
  const config = process.env.XDG_CONFIG_HOME ?? join(homedir(), ".config");
  return process.env.CROSSPORE_BRIDGE_TOKEN_FILE ?? join(config, "crosspore", "bridge-token");
}

/** @throws ProtocolError naming the file and the remedy */
export function readToken(file = tokenFile()): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch {
    throw new ProtocolError(
      { file, line: 0, column: 0, path: "" },
      "there is no token for the bridge: copy this file from the Raspberry Pi, where `crosspore bridge` writes it",
    );
  }
  if (text.length < SHORTEST_TOKEN)
    throw new ProtocolError(
      { file, line: 1, column: 1, path: "" },
      `a token has at least ${SHORTEST_TOKEN} characters`,
    );
  return text;
}
