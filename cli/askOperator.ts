import { createInterface } from "node:readline/promises";
import type { RunOptions } from "../core/engine.ts";
import { clean } from "./exit.ts";
import { log } from "./terminal.ts";

/**
 * Who is asked when a protocol waits for an operator: nobody with --yes, whoever sits at the terminal, and undefined
 * where there is none, so that the run is refused before anything moves.
 */
export function findOperator(yes: boolean): RunOptions["askOperator"] {
  if (yes)
    return (prompt) => {
      log(`${clean(prompt)}: confirmed by --yes`);
      return Promise.resolve("--yes");
    };
  if (!process.stdin.isTTY) return undefined;
  return async (prompt, signal) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // a terminal in line mode takes Ctrl-C for itself; the run must hear it
    terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    try {
      await terminal.question(`\n${clean(prompt)}\nPress Enter when this is done: `, { signal });
      return "the terminal";
    } finally {
      terminal.close();
    }
  };
}

/** Shows a sentence and waits for Enter. */
export async function askEnter(sentence: string): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    await terminal.question(`${clean(sentence)}, then press Enter: `);
  } finally {
    terminal.close();
  }
}
