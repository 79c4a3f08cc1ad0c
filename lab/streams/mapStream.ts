import type { MapQuantity } from "../../core/labMessages/arrays.ts";
import { encodeFrame } from "../../core/labMessages/frames.ts";
import type { LabArray } from "../arrays/labArray.ts";
import { Credit } from "./credit.ts";
import type { LabStream, SendFrame } from "./stream.ts";

export interface MapWatch {
  readonly stream: number;
  readonly array: LabArray;
  readonly quantity: MapQuantity;
  readonly send: SendFrame;
}

/** Flushes between two maps: ten a second at most. */
const EVERY = 3;

/** One map of an array on a screen: the whole of it at every change, never faster than it is drawn. */
export function watchMap({ stream, array, quantity, send }: MapWatch): LabStream {
  const { rows, columns } = array.parts.backend.grid;
  const credit = new Credit();
  let [changed, waited] = [true, EVERY];
  const subscription = array.changes.subscribe(() => (changed = true));
  return {
    acknowledge: (sequence) => credit.acknowledge(sequence),
    flush() {
      waited++;
      if (!changed || waited < EVERY || !credit.open) return;
      const values = array.map(quantity);
      if (typeof values === "string") return;
      [changed, waited] = [false, 0];
      const about = { stream, sequence: credit.next(), handle: array.handle, rows, columns, quantity };
      send(encodeFrame({ kind: "map", ...about, time_s: array.parts.time_s(), values: Float32Array.from(values) }));
      credit.endBurst();
    },
    close: () => subscription.unsubscribe(),
  };
}
