import type { SampleBlock } from "../arrayBackend.ts";
import type { RunEvent, RunStopped } from "../runEvent.ts";
import type { RecordedEvent, RunData, RunManifest } from "./runData.ts";

/**
 * A run collected in memory, so that a script can analyse and plot what it did without a folder.
 * Holds every sample: a run of hours belongs into a folder.
 */
export class MemoryRun implements RunData {
  readonly manifest: RunManifest;
  readonly events: readonly RecordedEvent[];
  readonly #events: RecordedEvent[] = [];
  readonly #blocks: { readonly step: number; readonly block: SampleBlock }[] = [];
  /** Absent until the run has stopped. */
  stop?: RunStopped;

  constructor(manifest: RunManifest) {
    this.manifest = manifest;
    this.events = this.#events;
  }

  /** Takes the next event of the run; progress is dropped, as in a folder. */
  append(event: RunEvent): void {
    if (event.kind === "progressed") return;
    if (event.kind === "samples") {
      if (event.block.current_A.length > 0) this.#blocks.push({ step: event.step, block: event.block });
      return;
    }
    this.#events.push(event);
    if (event.kind === "run-stopped") this.stop = event;
  }

  *blocks(step?: number): Iterable<{ readonly step: number; readonly block: SampleBlock }> {
    for (const entry of this.#blocks) if (step === undefined || entry.step === step) yield entry;
  }
}
