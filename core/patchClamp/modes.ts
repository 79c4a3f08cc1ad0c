/** What an amplifier clamps: the voltage, nothing (it only looks), or the current. */
export const CLAMP_MODES = ["VC", "I=0", "IC"] as const;
export type ClampMode = (typeof CLAMP_MODES)[number];

/** An amplifier needs 200 to 400 ms; ACQ4 waits half a second (acq4 074199f, devices/MultiClamp). */
export const MODE_SETTLE_S = 0.5;

export type ModeStep =
  /** Holding level and every external command to 0. */
  | { readonly kind: "zero" }
  | { readonly kind: "mode"; readonly mode: ClampMode }
  | { readonly kind: "settle"; readonly duration_s: number };

/**
 * The only way from one mode to another: from voltage to current clamp and back always through I = 0, with the command at 0 and
 * time to settle, because what is a voltage in one mode is a current in the other.
 */
export function planModeSwitch(from: ClampMode, to: ClampMode): readonly ModeStep[] {
  if (from === to) return [];
  const settle: ModeStep = { kind: "settle", duration_s: MODE_SETTLE_S };
  const steps: ModeStep[] = [{ kind: "zero" }];
  if (from !== "I=0") steps.push({ kind: "mode", mode: "I=0" }, settle);
  if (to !== "I=0") steps.push({ kind: "mode", mode: to }, settle);
  return steps;
}

/** Watches modes as they come, from an amplifier or a telegraph, for the jump that must not be. */
export class ModeWatch {
  #mode: ClampMode | undefined;
  #since_s = -Infinity;
  #jumps = 0;

  /** Changes between voltage and current clamp that did not rest at I = 0. */
  get jumps(): number {
    return this.#jumps;
  }

  get mode(): ClampMode | undefined {
    return this.#mode;
  }

  /** @returns whether this is such a jump */
  see(mode: ClampMode, time_s: number): boolean {
    const before = this.#mode;
    if (mode === before) return false;
    const direct = (mode === "IC" && before === "VC") || (mode === "VC" && before === "IC");
    // a touch of I = 0 is no rest
    const hasty = before === "I=0" && time_s - this.#since_s < 0.8 * MODE_SETTLE_S;
    this.#mode = mode;
    this.#since_s = time_s;
    const jump = direct || hasty;
    if (jump) this.#jumps++;
    return jump;
  }
}
