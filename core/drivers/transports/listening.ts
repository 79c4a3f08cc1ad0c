import type { TransportError } from "../../errors.ts";
import type { TransportListener } from "../transport.ts";

/** What may arrive while nobody listens; older bytes are dropped first, because a device that nobody hears is stale. */
const LARGEST_BACKLOG = 1 << 20;

/** The receiving half that all transports share: one listener, a bounded backlog before the first, one end. */
export class Listening {
  #listener: TransportListener | undefined;
  #backlog: Uint8Array[] = [];
  #waiting = 0;
  #end: TransportError | undefined;

  /** Why the line has ended, if it has. */
  get ended(): TransportError | undefined {
    return this.#end;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    const backlog = this.#backlog;
    this.discard();
    for (const chunk of backlog) listener.bytes(chunk);
    if (this.#end) listener.closed(this.#end);
  }

  take(chunk: Uint8Array): void {
    if (this.#end || chunk.length === 0) return;
    if (this.#listener) {
      this.#listener.bytes(chunk);
      return;
    }
    this.#backlog.push(chunk);
    this.#waiting += chunk.length;
    while (this.#waiting > LARGEST_BACKLOG && this.#backlog.length > 1)
      this.#waiting -= this.#backlog.shift()?.length ?? 0;
  }

  discard(): void {
    this.#backlog = [];
    this.#waiting = 0;
  }

  end(error: TransportError): void {
    if (this.#end) return;
    this.#end = error;
    this.#listener?.closed(error);
  }
}
