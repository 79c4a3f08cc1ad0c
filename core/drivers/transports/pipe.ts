import { TransportError } from "../../errors.ts";
import type { Transport } from "../transport.ts";
import { Listening } from "./listening.ts";

/** Two ends of a line inside one process: a driver on one, an emulated instrument on the other. Delivered in a later turn, like a wire. */
export function connectPipe(name = "pipe"): readonly [Transport, Transport] {
  const near = new PipeEnd(name);
  const far = new PipeEnd(name);
  near.other = far;
  far.other = near;
  return [near, far];
}

class PipeEnd implements Transport {
  readonly name: string;
  readonly bitsPerSecond = Infinity;
  readonly listening = new Listening();
  other: PipeEnd | undefined;

  constructor(name: string) {
    this.name = name;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { ended } = this.listening;
    if (ended) throw ended;
    const copy = bytes.slice();
    await Promise.resolve();
    this.other?.listening.take(copy);
  }

  listen(listener: Parameters<Transport["listen"]>[0]): void {
    this.listening.listen(listener);
  }

  async discardInput(): Promise<void> {
    this.listening.discard();
  }

  async close(): Promise<void> {
    this.listening.end(new TransportError("canceled", `${this.name} was closed`));
    this.other?.listening.end(new TransportError("disconnected", `${this.name}: the other side hung up`));
  }
}
