import type { Capabilities } from "../arrayBackend.ts";
import type { Limits } from "../limits.ts";
import { limitsCrc } from "./limitsCrc.ts";

/** Why an array may not be armed. */
export interface Blocker {
  readonly code: BlockerCode;
  /** For people, with what was found. */
  readonly reason: string;
}

export const BLOCKER_CODES = [
  "no-limits",
  "limits-differ",
  "identity",
  "uncalibrated",
  "other-owner",
  "watchdog",
  "disk-reserve",
  "recorder",
  "clock",
  "unknown-step",
  "latched",
] as const;
export type BlockerCode = (typeof BLOCKER_CODES)[number];

/** What is known before arming. Whoever owns the matter says it: the recorder, the instrument, the lock. */
export interface Readiness {
  /** Whether somebody who knows the sample limited its voltage; an instrument's range does not count. */
  readonly limitsLoaded: boolean;
  /** CRC-32 of the limits that the device enforces by itself; "none" where it enforces none. */
  readonly deviceLimitsCrc: number | "none" | "unknown";
  readonly identity: { readonly expected: string; readonly found: string } | "unknown";
  readonly calibrated: boolean;
  readonly owner: "ours" | "another" | "unknown";
  /** "shown": the device went to 0 V by itself when asked to. "absent": it cannot, and the user has taken that on. */
  readonly watchdog: "shown" | "absent" | "failed" | "unknown";
  /** What the disk lacks, in words. */
  readonly diskShortage?: string;
  readonly recorderDurable: boolean;
  readonly clockSynced: boolean;
  /** A pulse of an earlier run of which nobody knows whether it was sent. */
  readonly unknownStep?: string;
}

/** An array without a device behind it has nothing to lose. */
export const EMULATED_READINESS: Readiness = {
  limitsLoaded: true,
  deviceLimitsCrc: "none",
  identity: { expected: "", found: "" },
  calibrated: true,
  owner: "ours",
  watchdog: "shown",
  recorderDurable: true,
  clockSynced: true,
};

/** Of a measured array nothing holds until somebody says so. */
export const UNKNOWN_READINESS: Readiness = {
  limitsLoaded: false,
  deviceLimitsCrc: "unknown",
  identity: "unknown",
  calibrated: false,
  owner: "unknown",
  watchdog: "unknown",
  recorderDurable: false,
  clockSynced: false,
};

/** What is known of an array when nobody says more. */
export function assumeReadiness({ source }: Capabilities): Readiness {
  return source === "emulated" ? EMULATED_READINESS : UNKNOWN_READINESS;
}

/** Everything that blocks, in the order of BLOCKER_CODES; the latch is the state's own (arming.ts). */
export function findBlockers(ready: Readiness, limits: Limits): Blocker[] {
  const { identity, deviceLimitsCrc, diskShortage, unknownStep } = ready;
  const crc = limitsCrc(limits);
  const found: (Blocker | undefined)[] = [
    block(!ready.limitsLoaded, "no-limits", "no voltage limit of experiment or chip is loaded"),
    block(
      deviceLimitsCrc !== "none" && deviceLimitsCrc !== crc,
      "limits-differ",
      deviceLimitsCrc === "unknown"
        ? "the device has not said which limits it enforces"
        : `the device enforces other limits, CRC ${deviceLimitsCrc} for ${crc}`,
    ),
    identity === "unknown"
      ? { code: "identity", reason: "the device has not said who it is" }
      : block(
          identity.expected !== identity.found,
          "identity",
          `the device is ${identity.found}, the calibration is for ${identity.expected}`,
        ),
    block(!ready.calibrated, "uncalibrated", "no calibration is loaded"),
    block(ready.owner !== "ours", "other-owner", "somebody else owns the device, or nobody has asked"),
    block(
      ready.watchdog === "failed" || ready.watchdog === "unknown",
      "watchdog",
      "the device has not shown that it goes to 0 V when the host falls silent",
    ),
    diskShortage === undefined ? undefined : { code: "disk-reserve", reason: diskShortage },
    block(!ready.recorderDurable, "recorder", "nothing records what will be sent"),
    block(!ready.clockSynced, "clock", "the device's clock has not been compared with ours"),
    unknownStep === undefined ? undefined : { code: "unknown-step", reason: unknownStep },
  ];
  return found.filter((blocker) => blocker !== undefined);
}

function block(blocks: boolean, code: BlockerCode, reason: string): Blocker | undefined {
  return blocks ? { code, reason } : undefined;
}
