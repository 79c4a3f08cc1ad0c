import { ArmError } from "../errors.ts";
import type { ArrayBackend } from "../arrayBackend.ts";
import type { Blocker } from "./blockers.ts";

/** What ended an armed time by itself: a limit was found exceeded. */
export interface Trip {
  /** "current", "charge", "energy" ... */
  readonly quantity: string;
  readonly found: string;
  readonly allowed: string;
  /** "step 12, column 3". */
  readonly where: string;
}

declare const token: unique symbol;

/** Proof of being the one who armed; known to nobody else, and worthless after disarming or a trip. */
export interface ArmToken {
  readonly [token]: "of who armed";
}

/**
 * Whether outputs may leave 0 V. Tripped is latched: only `rearmed` leaves it, by a person who has looked. All changes
 * are pure functions of the state; `Arming` holds one.
 */
export type ArmState =
  | { readonly kind: "disarmed" }
  | { readonly kind: "armed"; readonly token: ArmToken }
  | { readonly kind: "tripped"; readonly trip: Trip };

export const DISARMED: ArmState = { kind: "disarmed" };

/** @throws ArmError naming every blocker; the state stays as it was */
export function armed(state: ArmState, blockers: readonly Blocker[]): ArmState & { readonly kind: "armed" } {
  const all = [...blockers];
  if (state.kind === "tripped") all.push({ code: "latched", reason: describeTrip(state.trip) });
  if (state.kind === "armed") all.push({ code: "other-owner", reason: "a run has armed the array already" });
  if (all.length > 0) throw new ArmError(all);
  return { kind: "armed", token: Object.freeze({}) as ArmToken };
}

/** Ends an armed time of the token's owner; of a tripped array nothing changes. */
export function disarmed(state: ArmState, token: ArmToken): ArmState {
  return holds(state, token) ? DISARMED : state;
}

/** From any state; the first trip is the one that counts. */
export function tripped(state: ArmState, trip: Trip): ArmState {
  return state.kind === "tripped" ? state : { kind: "tripped", trip };
}

/** Clears the latch; arming is a step of its own. */
export function rearmed(state: ArmState): ArmState {
  return state.kind === "tripped" ? DISARMED : state;
}

export function holds(state: ArmState, token: ArmToken): boolean {
  return state.kind === "armed" && state.token === token;
}

export function describeTrip({ quantity, found, allowed, where }: Trip): string {
  return `${quantity} of ${found} found at ${where}, allowed is ${allowed}; clear the latch when you know why`;
}

/** Where a latch outlives the process: a file beside the instrument's identity (runtime/latchFile.ts). */
export interface LatchStore {
  /** The latch, and whether somebody cleared it since. */
  read(): { readonly trip: Trip; readonly cleared: boolean } | undefined;
  /** Returns when the latch survives a power cut. */
  write(trip: Trip): void;
  clear(): void;
  /** Forgets a cleared latch, once a run has recorded that. */
  forget(): void;
}

/** The arming of one array. Of an emulated array it ends with the array, of an instrument the latch stays on the disk. */
export class Arming {
  readonly #store: LatchStore | undefined;
  #state: ArmState = DISARMED;
  #cleared: Trip | undefined;

  /** @param store absent: the latch ends with this object */
  constructor(store?: LatchStore) {
    this.#store = store;
    const latch = store?.read();
    if (latch?.cleared) this.#cleared = latch.trip;
    else if (latch) this.#state = tripped(this.#state, latch.trip);
  }

  get state(): ArmState {
    return this.#state;
  }

  /** @throws ArmError naming every blocker */
  arm(blockers: readonly Blocker[]): ArmToken {
    const state = armed(this.#state, blockers);
    this.#state = state;
    return state.token;
  }

  holds(token: ArmToken): boolean {
    return holds(this.#state, token);
  }

  /** @returns whether it was the token's owner who was armed */
  disarm(token: ArmToken): boolean {
    const held = this.holds(token);
    this.#state = disarmed(this.#state, token);
    return held;
  }

  /** Call it when outputs have been told to go to 0 V: a slow disk must not hold that up. */
  trip(trip: Trip): void {
    if (this.#state.kind === "tripped") return;
    this.#state = tripped(this.#state, trip);
    this.#store?.write(trip);
  }

  /** Clears the latch, for somebody who knows why it fell. */
  rearm(): void {
    if (this.#state.kind === "tripped") this.#cleared = this.#state.trip;
    this.#state = rearmed(this.#state);
    this.#store?.clear();
  }

  /** The trip that was cleared since the last run, once, for its record. */
  takeCleared(): Trip | undefined {
    const cleared = this.#cleared;
    this.#cleared = undefined;
    if (cleared) this.#store?.forget();
    return cleared;
  }
}

const ofArrays = new WeakMap<object, Arming>();

/** The arming that an array brings (an instrument's), or one that lives as long as the array. */
export function armingOf(array: Pick<ArrayBackend, "grid" | "arming">): Arming {
  if (array.arming) return array.arming;
  let arming = ofArrays.get(array);
  if (!arming) ofArrays.set(array, (arming = new Arming()));
  return arming;
}
