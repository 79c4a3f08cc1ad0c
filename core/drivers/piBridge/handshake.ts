import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { ProtocolError, TransportError } from "../../errors.ts";
import { ByteQueue } from "../framing/byteQueue.ts";
import type { Timer } from "../timer.ts";
import type { Transport, TransportListener } from "../transport.ts";

/**
 * How a call to a bridge begins, before the line belongs to what was asked for:
 *   host:   crosspore-host 1
 *   bridge: crosspore-bridge 1 NONCE
 *   host:   open WHAT PROOF        WHAT is "selector" or the name of a serial instrument, PROOF = HMAC-SHA256(token, "NONCE WHAT")
 *   bridge: ok | refused REASON
 * The token itself never crosses the network.
 */
const HOST = "crosspore-host 1";
const GREETING = /^crosspore-bridge 1 ([0-9a-f]{32})$/;
const OPEN = /^open ([A-Za-z0-9._-]{1,64}) ([0-9a-f]{64})$/;
export const SHORTEST_TOKEN = 16;
const ANSWER_S = 2;
const LONGEST_LINE = 512;

function proofOf(nonce: string, what: string, token: string): string {
  return createHmac("sha256", token).update(`${nonce} ${what}`).digest("hex");
}

/** What a door has to say to what came. */
export type Judged =
  | { readonly kind: "waiting" }
  | { readonly kind: "greeting"; readonly text: string }
  /** From now on the line belongs to it. */
  | { readonly kind: "open"; readonly what: string }
  | { readonly kind: "refused"; readonly reason: string };

/** The bridge's side of one call. Total: whatever comes, it is let in with a proof or refused. */
export class Door {
  readonly #token: string;
  readonly #nonce = randomBytes(16).toString("hex");
  #text = "";
  #greeted = false;

  constructor(token: string) {
    this.#token = token;
  }

  take(chunk: Uint8Array): Judged {
    this.#text += Buffer.from(chunk).toString("latin1");
    const end = this.#text.indexOf("\n");
    if (end < 0 && this.#text.length < LONGEST_LINE) return { kind: "waiting" };
    const line = this.#text.slice(0, Math.max(0, end));
    const rest = this.#text.slice(end + 1);
    this.#text = "";
    // a host waits for every answer
    if (end < 0 || rest !== "") return { kind: "refused", reason: "this is no call of a crosspore host" };
    if (!this.#greeted) {
      this.#greeted = true;
      if (line === HOST) return { kind: "greeting", text: `crosspore-bridge 1 ${this.#nonce}\n` };
      return { kind: "refused", reason: "this is no call of a crosspore host of this version" };
    }
    const [, what = "", proof = ""] = OPEN.exec(line) ?? [];
    if (what === "") return { kind: "refused", reason: "this is no call of a crosspore host" };
    const expected = Buffer.from(proofOf(this.#nonce, what, this.#token), "hex");
    if (timingSafeEqual(Buffer.from(proof, "hex"), expected)) return { kind: "open", what };
    return {
      kind: "refused",
      reason: "the token is not the bridge's: copy its token file to this computer (docs/hardware.md)",
    };
  }
}

/**
 * Calls a bridge over an open line; afterwards the line belongs to what was asked for.
 * @throws TransportError when nobody greets, ProtocolError with the bridge's reason when it refuses
 */
export async function enterBridge(transport: Transport, timer: Timer, what: string, token: string): Promise<Transport> {
  const line = new HandingOver(transport);
  const next = () =>
    new Promise<string>((resolve, reject) => {
      const cancel = timer.after(ANSWER_S, () =>
        reject(new TransportError("timeout", `${transport.name}: no crosspore bridge answers there`)),
      );
      line.nextLine(
        (text) => (cancel(), resolve(text)),
        (error) => (cancel(), reject(error)),
      );
    });
  await transport.write(Buffer.from(`${HOST}\n`, "latin1"));
  const nonce = GREETING.exec(await next())?.[1];
  if (nonce === undefined)
    throw new TransportError("disconnected", `${transport.name} is no crosspore bridge of this version`);
  await transport.write(Buffer.from(`open ${what} ${proofOf(nonce, what, token)}\n`, "latin1"));
  const answer = await next();
  if (answer !== "ok")
    throw new ProtocolError(
      { file: transport.name, line: 0, column: 0, path: what },
      answer.startsWith("refused ") ? `the bridge refused: ${answer.slice(8)}` : "the bridge said nothing it should",
    );
  return line;
}

/** A transport whose first lines are somebody else's; what follows them is handed over, byte for byte. */
class HandingOver implements Transport {
  readonly name: string;
  readonly bitsPerSecond: number;
  readonly #line: Transport;
  readonly #queue = new ByteQueue();
  #listener: TransportListener | undefined;
  #ended: TransportError | undefined;
  #waiting: { readonly take: (text: string) => void; readonly fail: (error: Error) => void } | undefined;

  constructor(line: Transport) {
    this.#line = line;
    this.name = line.name;
    this.bitsPerSecond = line.bitsPerSecond;
    line.listen({
      bytes: (chunk) => {
        if (this.#listener) {
          this.#listener.bytes(chunk);
          return;
        }
        this.#queue.append(chunk);
        this.#look();
      },
      closed: (error) => {
        this.#ended = error;
        this.#waiting?.fail(error);
        this.#listener?.closed(error);
      },
    });
  }

  nextLine(take: (text: string) => void, fail: (error: Error) => void): void {
    this.#waiting = { take, fail };
    if (this.#ended) fail(this.#ended);
    else this.#look();
  }

  #look(): void {
    const waiting = this.#waiting;
    const text = waiting && this.#queue.takeLine();
    if (text === undefined) {
      if (this.#queue.length > LONGEST_LINE)
        waiting?.fail(new TransportError("disconnected", `${this.name} is no crosspore bridge`));
      return;
    }
    this.#waiting = undefined;
    waiting?.take(text);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#line.write(bytes);
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    const rest = this.#queue.take(this.#queue.length);
    if (rest && rest.length > 0) listener.bytes(rest);
    if (this.#ended) listener.closed(this.#ended);
  }

  async discardInput(): Promise<void> {
    this.#queue.reset();
    await this.#line.discardInput();
  }

  close(): Promise<void> {
    return this.#line.close();
  }
}
