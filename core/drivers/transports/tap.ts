import type { Transport } from "../transport.ts";

/** One stretch of a dialogue. Latin-1 keeps every byte; `\n` and friends are escaped by JSON. */
export interface TranscriptLine {
  /** Seconds since the tap was opened. */
  readonly t_s: number;
  /** Who spoke. */
  readonly from: "host" | "device";
  readonly text: string;
}

/** Listens in: everything that passes is told, in order, before it goes on. */
export function tap(transport: Transport, now_s: () => number, tell: (line: TranscriptLine) => void): Transport {
  const start_s = now_s();
  const say = (from: TranscriptLine["from"], bytes: Uint8Array) => {
    tell({ t_s: now_s() - start_s, from, text: Buffer.from(bytes).toString("latin1") });
  };
  return {
    name: transport.name,
    bitsPerSecond: transport.bitsPerSecond,
    write(bytes) {
      say("host", bytes);
      return transport.write(bytes);
    },
    listen(listener) {
      transport.listen({
        bytes(chunk) {
          say("device", chunk);
          listener.bytes(chunk);
        },
        closed: (error) => {
          listener.closed(error);
        },
      });
    },
    discardInput: () => transport.discardInput(),
    close: () => transport.close(),
  };
}
