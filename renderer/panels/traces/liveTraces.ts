import type { ArrayCard, LabError, SampleFrame } from "../../../core/labMessages/index.ts";
import { lab } from "../../connection/index.ts";
import { Signal } from "../../store/signal.ts";
import { FoldingBuffer } from "./foldingBuffer.ts";
import { TraceHistory } from "./traceHistory.ts";

/** Columns that keep a history of their own; each takes at most 3 MB. */
const MOST_COLUMNS = 32;
const PIXELS = 2048;

/**
 * The samples of one array as this page keeps them: a history per column, one that follows whichever column is sampled,
 * and the map of everything. Memory stays the same however long it runs. Nothing here is React's.
 */
export class LiveTraces {
  readonly changed = new Signal();
  readonly columns = new Map<number, TraceHistory>();
  active = new TraceHistory();
  overview = new FoldingBuffer();
  /** Column that the active history holds now. */
  activeColumn = -1;
  /** Pixels that the display has not read in time; the record has them. */
  dropped = 0;
  refusal: LabError | undefined;
  #stop: (() => void) | undefined;
  #acknowledge: (() => void)[] = [];

  /** @param window_s array time that a screen shows, which decides how finely the service sends */
  watch(array: ArrayCard, window_s: number): void {
    this.#stop?.();
    this.refusal = undefined;
    this.#stop = lab.watchSamples(
      { array: array.array, columns: "all", window_s, pixels: PIXELS },
      (frame, acknowledge) => {
        this.take(frame);
        this.#acknowledge.push(acknowledge);
        this.changed.emit();
      },
      (error) => {
        this.refusal = error;
        this.changed.emit();
      },
    );
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.drawn();
  }

  /** Forgets everything: another array, or another run. */
  clear(): void {
    this.columns.clear();
    this.active = new TraceHistory();
    this.overview = new FoldingBuffer();
    this.activeColumn = -1;
    this.dropped = 0;
    this.changed.emit();
  }

  /** What came has been drawn: the service may send more. */
  drawn(): void {
    for (const acknowledge of this.#acknowledge) acknowledge();
    this.#acknowledge = [];
  }

  take(frame: SampleFrame): void {
    const { column, lost } = frame;
    this.dropped += frame.dropped;
    let history = this.columns.get(column);
    if (!history && this.columns.size < MOST_COLUMNS) {
      history = new TraceHistory();
      this.columns.set(column, history);
    }
    history?.append(frame, lost);
    // columns that are sampled together would tear the line: the one that came first keeps it while it goes on
    const end_s = this.active.end_s;
    const goesOn = Number.isNaN(end_s) || column === this.activeColumn || frame.start_s >= end_s - 2 * frame.pixel_s;
    if (!goesOn) return;
    this.activeColumn = column;
    this.active.append(frame, lost, (bin) => this.overview.add(bin));
  }
}
