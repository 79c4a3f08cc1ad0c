import type { SampleBlock } from "../core/arrayBackend.ts";
import type { RunManifest } from "../core/record/runData.ts";
import type { RunEvent, RunStopped } from "../core/runEvent.ts";
import type { Durable } from "./runRecorder.ts";

/** What can be told to a recorder on another thread before it begins. */
export interface RemoteOptions {
  /** Size after which a new sample segment begins, bytes. */
  readonly segmentBytes?: number;
  /** The run ends while the disk still has this much; 0 switches that off. */
  readonly reserveBytes?: number;
}

/** To the recorder. Every message but `create`, which is the first, is answered once, by its `id`. */
export type ToRecorder =
  | {
      readonly kind: "create";
      readonly folder: string;
      readonly manifest: RunManifest;
      readonly options: RemoteOptions;
    }
  | { readonly kind: "event"; readonly id: number; readonly event: Exclude<RunEvent, { kind: "samples" }> }
  | { readonly kind: "samples"; readonly id: number; readonly step: number; readonly block: PackedBlock }
  | { readonly kind: "close"; readonly id: number; readonly stop: RunStopped };

/** From the recorder. `settled` without an id answers `create`. */
export type FromRecorder =
  | { readonly kind: "settled"; readonly id?: number; readonly failure?: string }
  | { readonly kind: "durable"; readonly durable: Durable };

/**
 * A block in one buffer that changes hands instead of being cloned. The block itself is copied, because plots and
 * scripts may hold it too.
 */
export interface PackedBlock extends Omit<SampleBlock, "current_A" | "voltage_V" | "overload"> {
  /** Currents, then voltages (8 bytes each), then overload flags. */
  readonly bytes: ArrayBuffer;
  readonly rows: number;
}

/** @param block with arrays of one length */
export function packBlock(block: SampleBlock): PackedBlock {
  const { current_A, voltage_V, overload, ...rest } = block;
  const rows = current_A.length;
  const bytes = new ArrayBuffer(17 * rows);
  new Float64Array(bytes, 0, rows).set(current_A);
  new Float64Array(bytes, 8 * rows, rows).set(voltage_V);
  new Uint8Array(bytes, 16 * rows, rows).set(overload);
  return { ...rest, bytes, rows };
}

export function unpackBlock({ bytes, rows, ...rest }: PackedBlock): SampleBlock {
  return {
    ...rest,
    current_A: new Float64Array(bytes, 0, rows),
    voltage_V: new Float64Array(bytes, 8 * rows, rows),
    overload: new Uint8Array(bytes, 16 * rows, rows),
  };
}
