import { useEffect, useState } from "react";
import type { LabError, LabRefusal, MapQuantity } from "../../core/labMessages/index.ts";
import { lab } from "../connection/index.ts";
import { paintSoon } from "./frame.ts";
import { type Replay, useReplay } from "./replay.ts";
import { useCurrentArray } from "./selection.ts";
import { Signal } from "./signal.ts";

/** One map as it came last, outside React: whoever draws it listens. */
export interface MapFeed {
  readonly quantity: MapQuantity;
  /** Absent until the first frame. */
  readonly map: CurrentMap | undefined;
  /** Why there is none. */
  readonly error: LabError | undefined;
  readonly changed: Signal;
}

export interface CurrentMap {
  readonly rows: number;
  readonly columns: number;
  readonly time_s: number;
  readonly values: Float32Array;
}

class Feed implements MapFeed {
  map: CurrentMap | undefined;
  error: LabError | undefined;
  readonly changed = new Signal();
  users = 0;
  close: () => void = () => undefined;
  readonly quantity: MapQuantity;

  constructor(quantity: MapQuantity) {
    this.quantity = quantity;
  }

  take(map: CurrentMap): void {
    this.map = map;
    this.error = undefined;
    this.changed.emit();
  }

  fail(error: LabError): void {
    this.error = error;
    this.changed.emit();
  }
}

const feeds = new Map<string, Feed>();

/** Map, table and inspector of one quantity share one stream. */
function openFeed(key: string, quantity: MapQuantity, open: (feed: Feed) => () => void): Feed {
  let feed = feeds.get(key);
  if (!feed) {
    feed = new Feed(quantity);
    feeds.set(key, feed);
    feed.close = open(feed);
  }
  feed.users++;
  return feed;
}

function closeFeed(key: string): void {
  const feed = feeds.get(key);
  if (!feed || --feed.users > 0) return;
  feeds.delete(key);
  feed.close();
}

function openLive(array: string, quantity: MapQuantity): (feed: Feed) => () => void {
  return (feed) =>
    lab.watchMap(
      { array, quantity },
      (frame, acknowledge) => {
        feed.take(frame);
        // asks for the next one when this one has been painted; a hidden window paints nothing and is sent nothing
        paintSoon(acknowledge);
      },
      (error) => feed.fail(error),
    );
}

function openReplay({ run, time_s }: Replay, quantity: MapQuantity): (feed: Feed) => () => void {
  return (feed) => {
    lab.ask("replay-map", { run, time_s, quantity }).then(
      (answer) => feed.take({ ...answer.grid, time_s: answer.time_s, values: Float32Array.from(answer.values) }),
      (error: unknown) => feed.fail((error as LabRefusal).error),
    );
    return () => undefined;
  };
}

/** The map of a quantity: of the array that the window looks at, or of the record that it replays. */
export function useMapFeed(quantity: MapQuantity | undefined): MapFeed | undefined {
  const array = useCurrentArray()?.array;
  const replay = useReplay((state) => state.replay);
  const [feed, setFeed] = useState<MapFeed>();
  useEffect(() => {
    if (quantity === undefined || (array === undefined && !replay)) return setFeed(undefined);
    const key = replay ? `run ${replay.run} ${replay.time_s} ${quantity}` : `array ${array} ${quantity}`;
    const open = replay ? openReplay(replay, quantity) : openLive(array as string, quantity);
    setFeed(openFeed(key, quantity, open));
    return () => closeFeed(key);
  }, [array, quantity, replay]);
  return feed;
}

/** Renders again when the feed changes, at most every `every_ms`: for text, not for drawings. */
export function useSlowly(feed: MapFeed | undefined, every_ms = 200): void {
  const [, render] = useState(0);
  useEffect(() => {
    if (!feed) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = feed.changed.listen(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        render((count) => count + 1);
      }, every_ms);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [feed, every_ms]);
}
