import { randomInt } from "node:crypto";
import { TransportError } from "../errors.ts";
import { ANSWER_TIMEOUT_S, type LinePort } from "./linePort.ts";

/** What may still come from sessions before this one: bridges and operating systems keep far less. */
const MOST_STALE_BYTES = 1 << 20;
/** A question may meet a device that does not listen just then (after an error, at its start). */
const ATTEMPTS = 3;

/**
 * A number that no session before this one knew. An instrument that says it back has read everything before it, and
 * everything that came before its answer is of another session.
 */
export function drawNonce(): number {
  return randomInt(1, 0x7fff_ffff);
}

/** As a word that no instrument says by itself. */
export function nonceWord(nonce: number): string {
  return `cp${nonce.toString(16).padStart(8, "0")}`;
}

/**
 * Sends a question that makes the instrument say the nonce back, and throws away every line before the answer: late
 * output of the session before, 64 kB of it that a bridge kept, answers to questions that nobody asked in this one.
 * @throws TransportError "timeout" when nobody answers or the port never falls silent, "disconnected" when it is gone
 */
export async function findEcho(
  line: LinePort,
  ask: () => Promise<void>,
  isEcho: (text: string) => boolean,
): Promise<void> {
  await line.transport.discardInput();
  const before = line.heardBytes;
  let stale = 0;
  for (let attempt = 1; ; attempt++) {
    await ask();
    try {
      for (;;) {
        const text = await line.line(ANSWER_TIMEOUT_S);
        if (isEcho(text)) return;
        stale += text.length + 1;
        if (stale > MOST_STALE_BYTES)
          throw new TransportError(
            "timeout",
            `${line.transport.name} said ${stale} bytes and never what it was asked: no instrument of this kind, or another speed`,
          );
      }
    } catch (error) {
      const silent = error instanceof TransportError && error.kind === "timeout" && stale <= MOST_STALE_BYTES;
      if (!silent) throw error;
      if (attempt < ATTEMPTS) continue;
      const heard = line.heardBytes - before;
      if (heard === 0) throw error;
      throw new TransportError(
        "timeout",
        `${line.transport.name} said ${heard} bytes, none of them an answer to what it was asked (${ATTEMPTS} times): another speed, or another kind of instrument`,
      );
    }
  }
}

/**
 * The same for whatever speaks IEEE 488.2: its two enable registers are written, read back and cleared. Fourteen bits of
 * the nonce fit.
 */
export async function findRegisterEcho(line: LinePort, nonce: number): Promise<void> {
  const event = 1 + (nonce % 255);
  const service = 1 + (Math.floor(nonce / 255) % 63);
  const echo = new RegExp(`^\\+?0*${event};\\+?0*${service}\\r?$`);
  await findEcho(
    line,
    () => line.send(`*ESE ${event};*ESE?;*SRE ${service};*SRE?`),
    (text) => echo.test(text.trim()),
  );
  await line.send("*ESE 0;*SRE 0");
}
