import { encodeFrame } from "../../core/labMessages/frames.ts";
import type { LabArray } from "../arrays/labArray.ts";
import { Credit } from "./credit.ts";
import { PixelFolder } from "./pixelFolder.ts";
import type { LabStream, SendFrame } from "./stream.ts";

export interface SampleWatch {
  readonly stream: number;
  readonly array: LabArray;
  readonly columns: "all" | readonly number[];
  readonly window_s: number;
  readonly pixels: number;
  readonly send: SendFrame;
}

/** The samples of an array on a screen: folded to pixels as they come, sent when the screen has drawn what it has. */
export function watchSamples({ stream, array, columns, window_s, pixels, send }: SampleWatch): LabStream {
  const wanted = columns === "all" ? undefined : new Set(columns);
  const folders = new Map<number, PixelFolder>();
  const credit = new Credit();
  const subscription = array.samples.subscribe((block) => {
    if (wanted && !wanted.has(block.channel)) return;
    let folder = folders.get(block.channel);
    if (!folder) folders.set(block.channel, (folder = new PixelFolder(window_s / pixels, pixels)));
    folder.add(block);
  });
  return {
    acknowledge: (sequence) => credit.acknowledge(sequence),
    flush() {
      if (!credit.open) return;
      let sent = false;
      for (const [column, folder] of folders) {
        if (folder.empty) continue;
        const { frames, dropped } = folder.take();
        frames.forEach((frame, k) => {
          sent = true;
          const about = { stream, sequence: credit.next(), handle: array.handle, column };
          send(encodeFrame({ kind: "samples", ...about, ...frame, dropped: k === 0 ? dropped : 0 }));
        });
      }
      if (sent) credit.endBurst();
    },
    close: () => subscription.unsubscribe(),
  };
}
