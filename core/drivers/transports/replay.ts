import { FrameError, TransportError } from "../../errors.ts";
import type { Transport } from "../transport.ts";
import { Listening } from "./listening.ts";
import type { TranscriptLine } from "./tap.ts";

/**
 * Plays the device's part of a recorded dialogue: it answers what was answered, as soon as the host has said what it
 * said then, byte for byte.
 * @throws FrameError on write, when the host says something else than in the transcript
 */
export function replay(transcript: readonly TranscriptLine[], name = "replay"): Transport {
  const listening = new Listening();
  let next = 0;
  /** Said by the host beyond the lines that are done. */
  let heard = "";
  const answer = () => {
    for (let line = transcript[next]; line?.from === "device"; line = transcript[++next])
      listening.take(Buffer.from(line.text, "latin1"));
  };
  answer();
  return {
    name,
    bitsPerSecond: Infinity,
    async write(bytes) {
      if (listening.ended) throw listening.ended;
      heard += Buffer.from(bytes).toString("latin1");
      for (;;) {
        const line = transcript[next];
        if (heard === "") break;
        const expected = line?.text ?? "";
        if (!heard.startsWith(expected.slice(0, heard.length)) || line === undefined)
          throw new FrameError(
            `${JSON.stringify(expected)} (line ${next + 1} of the transcript)`,
            JSON.stringify(heard),
            bytes,
          );
        if (heard.length < expected.length) break;
        heard = heard.slice(expected.length);
        next++;
        // in a later turn, as from a wire
        await Promise.resolve();
        answer();
      }
    },
    listen: (listener) => {
      listening.listen(listener);
    },
    async discardInput() {
      listening.discard();
    },
    async close() {
      listening.end(new TransportError("canceled", `${name} was closed`));
    },
  };
}
