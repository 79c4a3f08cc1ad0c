import { Subject } from "rxjs";
import type { ArrayBackend, SampleBlock } from "../../core/arrayBackend.ts";
import { cleanText } from "../../core/cleanText.ts";
import { type DisturbBook, DOSE_QUANTITIES, EXPOSURES } from "../../core/disturbBook.ts";
import type { Identity } from "../../core/drivers/instrument.ts";
import { dropFactors } from "../../core/emulated/dropFactors.ts";
import type { EmulatedArray } from "../../core/emulated/emulatedArray.ts";
import { type ArrayCard, MAP_QUANTITIES, type MapQuantity } from "../../core/labMessages/arrays.ts";
import type { Arming } from "../../core/limiter/arming.ts";
import type { Readiness } from "../../core/limiter/blockers.ts";
import { type ChipLimits, type Limits, limitsInForce } from "../../core/limits.ts";
import type { RecordedCalibration } from "../../core/record/runData.ts";
import type { RunEvent } from "../../core/runEvent.ts";
import type { Pace } from "../../recorder/pace.ts";
import { type CellRead, MapBook } from "./mapBook.ts";

/** What is behind a card: an emulated array, or an instrument with its selector. */
export interface ArrayParts {
  readonly name: string;
  /** With calibration: what runs drive. */
  readonly backend: ArrayBackend;
  readonly arming: Arming;
  readonly readiness: Readiness;
  readonly limits: Limits;
  readonly chip: ChipLimits;
  readonly emulated?: EmulatedArray;
  readonly identity?: Identity;
  readonly simulated: boolean;
  readonly addresses: readonly string[];
  readonly calibration?: RecordedCalibration;
  /** Holds a virtual clock back to what the recorder can take. */
  readonly pace: Pace;
  /** Seconds of the array's clock now. */
  readonly time_s: () => number;
  /** Called when everything about the array is over, before it is disposed of. */
  readonly onClose?: () => Promise<void> | void;
}

/** Why a quantity cannot be shown, by what an array lacks. */
const NEEDS_MODEL = "only an emulated array knows the potentials inside";

/** One array that the service owns. */
export class LabArray {
  readonly id: string;
  readonly handle: number;
  readonly parts: ArrayParts;
  readonly book: MapBook;
  readonly opened: string;
  /** The job that has it. */
  job: string | undefined;
  run: string | undefined;
  runState: "running" | "paused" | "stopping" = "running";
  outputs: ArrayCard["outputs"] = "safe";
  /** The port is gone. */
  vanished = false;
  /** Nobody knows what the outputs do. */
  unsafe = "";
  living = false;
  /** Of the live or latest run. */
  disturb: DisturbBook | undefined;
  /** Every sample of the array, with the array's own clock. */
  readonly samples = new Subject<SampleBlock>();
  /** Fires when a map may have changed. */
  readonly changes = new Subject<void>();
  #marked_S: Float64Array | undefined;
  #target_S: Float64Array | undefined;

  constructor(id: string, handle: number, parts: ArrayParts, now: () => Date) {
    this.id = id;
    this.handle = handle;
    this.parts = parts;
    this.opened = now().toISOString();
    this.book = new MapBook(parts.backend.grid, now);
    parts.backend.samples.subscribe({
      next: (block) => this.samples.next(block),
      complete: () => this.samples.complete(),
    });
  }

  get state(): ArrayCard["state"] {
    if (this.unsafe !== "") return "unsafe";
    if (this.vanished) return "vanished";
    if (this.run !== undefined) return this.runState;
    return this.parts.arming.state.kind === "tripped" ? "latched" : "idle";
  }

  card(): ArrayCard {
    const { backend, identity, emulated, calibration, addresses, simulated, limits, chip, arming } = this.parts;
    const { capabilities, grid } = backend;
    const latch = arming.state.kind === "tripped" ? arming.state.trip : null;
    return {
      array: this.id,
      handle: this.handle,
      name: shortText(this.parts.name),
      source: capabilities.source,
      simulated,
      identity: identity
        ? {
            manufacturer: shortText(identity.manufacturer),
            model: shortText(identity.model),
            serial: shortText(identity.serial),
            firmware: shortText(identity.firmware),
          }
        : null,
      addresses: addresses.map(shortText),
      model: emulated?.kernel.model.name ?? "",
      state: this.state,
      notice: this.#notice(),
      outputs: this.outputs,
      latch,
      grid,
      capabilities: { ...capabilities, name: shortText(capabilities.name) },
      limits: limitsInForce(limits, capabilities, chip),
      safeOnSilence: capabilities.safeOnSilence,
      calibration: calibration
        ? {
            file: shortText(calibration.file),
            identity: shortText(calibration.content.identity),
            date: calibration.content.date,
          }
        : null,
      job: this.job ?? null,
      run: this.run ?? null,
      time_s: this.parts.time_s(),
      quantities: MAP_QUANTITIES.map((quantity) => {
        const why = this.#whyNot(quantity);
        return { quantity, available: why === "", why };
      }),
      opened: this.opened,
      living: this.living,
    };
  }

  /** Follows a run on this array. @returns what a step has read */
  takeEvent(event: RunEvent, run: string): readonly CellRead[] {
    const read = this.book.take(event, run);
    if (event.kind === "step-finished" || event.kind === "products-taken") this.changes.next();
    return read;
  }

  /** Values of a map, row-major. @returns why there is none */
  map(quantity: MapQuantity): Float64Array | string {
    const why = this.#whyNot(quantity);
    if (why !== "") return why;
    const conductance = () => this.parts.emulated?.conductance_S() ?? this.book.conductance_S;
    switch (quantity) {
      case "conductance_S":
        return conductance();
      case "current_A":
        return this.book.current_A;
      case "voltage_V":
        return this.book.voltage_V;
      case "readTime_s":
        return this.book.readTime_s;
      case "change_S":
        return minus(conductance(), this.#marked_S);
      case "target_S":
        return this.#target_S ?? this.#unknown();
      case "error_S":
        return minus(conductance(), this.#target_S);
      case "rowNode_V":
        return this.parts.emulated?.nodes_V().row_V ?? this.#unknown();
      case "columnNode_V":
        return this.parts.emulated?.nodes_V().column_V ?? this.#unknown();
      case "junctionVoltage_V": {
        const nodes = this.parts.emulated?.nodes_V();
        return nodes ? minus(nodes.row_V, nodes.column_V) : this.#unknown();
      }
      case "dropFactor":
        return this.parts.emulated ? dropFactors(this.parts.emulated) : this.#unknown();
      case "mask":
        return Float64Array.from(this.book.masked);
      default:
        return this.#dose(quantity);
    }
  }

  mark(): void {
    const now = this.map("conductance_S");
    if (typeof now !== "string") this.#marked_S = now.slice();
    this.changes.next();
  }

  setTarget(target_S: Float64Array | undefined): void {
    this.#target_S = target_S;
    this.changes.next();
  }

  async close(): Promise<void> {
    await this.parts.onClose?.();
    await this.parts.backend[Symbol.asyncDispose]();
    this.changes.complete();
  }

  #dose(quantity: MapQuantity): Float64Array {
    const [exposure, dose] = quantity.split(".");
    const of = EXPOSURES.find((name) => name === exposure);
    const what = DOSE_QUANTITIES.find((name) => name === dose);
    return (of && what && this.disturb?.doses[of][what]) ?? this.#unknown();
  }

  #unknown(): Float64Array {
    return new Float64Array(this.book.masked.length).fill(Number.NaN);
  }

  #whyNot(quantity: MapQuantity): string {
    const nodes: readonly MapQuantity[] = ["rowNode_V", "columnNode_V", "junctionVoltage_V", "dropFactor"];
    if (nodes.includes(quantity) && !this.parts.emulated) return NEEDS_MODEL;
    if (quantity === "change_S" && !this.#marked_S) return "mark the present map first";
    if ((quantity === "target_S" || quantity === "error_S") && !this.#target_S) return "no target is set";
    if (quantity.includes(".") && !this.disturb) return "no run has booked doses on this array yet";
    return "";
  }

  #notice(): string {
    const { arming, backend } = this.parts;
    if (this.unsafe !== "") return `${this.unsafe}; look at the instrument, then close the array`;
    if (this.vanished) return "the port is gone: check cable and power, close the array and open it again";
    if (arming.state.kind === "tripped") {
      const { quantity, found, allowed, where } = arming.state.trip;
      return cleanText(
        `tripped: ${quantity} of ${found} at ${where}, allowed is ${allowed}; clear it when you know why`,
      );
    }
    if (!backend.capabilities.safeOnSilence && backend.capabilities.source === "measured")
      return "does not watch this computer: a plan that has begun ends by itself at 0 V, nothing else does";
    return "";
  }
}

function shortText(text: string): string {
  return cleanText(text).replace(/\s+/g, " ").slice(0, 500);
}

function minus(a: Float64Array, b: Float64Array | undefined): Float64Array {
  return a.map((value, k) => value - (b?.[k] ?? Number.NaN));
}
