import { describe, expect, it } from "vitest";
import { ArmError } from "../errors.ts";
import { NO_LIMITS } from "../limits.ts";
import { ideal } from "../protocol/testing/resistorArray.ts";
import {
  Arming,
  type ArmState,
  armed,
  DISARMED,
  disarmed,
  holds,
  type LatchStore,
  rearmed,
  type Trip,
  tripped,
} from "./arming.ts";
import {
  assumeReadiness,
  BLOCKER_CODES,
  EMULATED_READINESS,
  findBlockers,
  type Readiness,
  UNKNOWN_READINESS,
} from "./blockers.ts";
import { crc32, limitsCrc } from "./limitsCrc.ts";

const TRIP: Trip = { quantity: "current", found: "2 nA", allowed: "±1 nA", where: "step 3, column 0" };
const limits = { ...NO_LIMITS, voltage_V: 1 };
const READY: Readiness = {
  ...EMULATED_READINESS,
  deviceLimitsCrc: limitsCrc(limits),
  identity: { expected: "ES4-0017", found: "ES4-0017" },
};

describe("findBlockers", () => {
  it("lets a ready device through", () => {
    expect(findBlockers(READY, limits)).toEqual([]);
    expect(findBlockers({ ...READY, watchdog: "absent", deviceLimitsCrc: "none" }, limits)).toEqual([]);
  });

  const CASES: readonly [string, Partial<Readiness>, RegExp][] = [
    ["no-limits", { limitsLoaded: false }, /no voltage limit/],
    ["limits-differ", { deviceLimitsCrc: 17 }, /CRC 17 for \d+/],
    ["limits-differ", { deviceLimitsCrc: "unknown" }, /has not said which limits/],
    [
      "identity",
      { identity: { expected: "ES4-0017", found: "ES4-0018" } },
      /device is ES4-0018, the calibration is for ES4-0017/,
    ],
    ["identity", { identity: "unknown" }, /has not said who it is/],
    ["uncalibrated", { calibrated: false }, /no calibration/],
    ["other-owner", { owner: "another" }, /somebody else/],
    ["other-owner", { owner: "unknown" }, /nobody has asked/],
    ["watchdog", { watchdog: "failed" }, /not shown that it goes to 0 V/],
    ["watchdog", { watchdog: "unknown" }, /not shown/],
    ["disk-reserve", { diskShortage: "3 MB free, 128 MB are kept" }, /3 MB free/],
    ["recorder", { recorderDurable: false }, /nothing records/],
    ["clock", { clockSynced: false }, /clock/],
    ["unknown-step", { unknownStep: "step 4 of run 7 has no outcome" }, /step 4 of run 7/],
  ];

  it.each(CASES)("%s alone blocks: %o", (code, change, reason) => {
    const blockers = findBlockers({ ...READY, ...change }, limits);
    expect(blockers.map((blocker) => blocker.code)).toEqual([code]);
    expect(blockers[0]?.reason).toMatch(reason);
    const arming = new Arming();
    expect(() => arming.arm(blockers)).toThrow(ArmError);
    expect(arming.state.kind).toBe("disarmed");
  });

  it("has a case for each code, the latch apart, which is a state", () => {
    expect([...new Set(CASES.map(([code]) => code)), "latched"].sort()).toEqual([...BLOCKER_CODES].sort());
  });

  it("holds everything against a measured array of which nobody said a thing, and nothing against an emulated one", () => {
    const of = (source: "measured" | "emulated") => assumeReadiness({ ...ideal({ rows: 1, columns: 1 }), source });
    expect(findBlockers(of("measured"), limits).map(({ code }) => code)).toEqual(
      BLOCKER_CODES.filter((code) => !["latched", "disk-reserve", "unknown-step"].includes(code)),
    );
    expect(of("measured")).toBe(UNKNOWN_READINESS);
    expect(findBlockers(of("emulated"), limits)).toEqual([]);
  });
});

describe("the states", () => {
  const ready = armed(DISARMED, []);
  const latched: ArmState = { kind: "tripped", trip: TRIP };

  it.each<[string, ArmState, ArmState["kind"]]>([
    ["disarmed, disarm", disarmed(DISARMED, ready.token), "disarmed"],
    ["armed, disarm by its owner", disarmed(ready, ready.token), "disarmed"],
    ["armed, disarm by another", disarmed(ready, armed(DISARMED, []).token), "armed"],
    ["tripped, disarm", disarmed(latched, ready.token), "tripped"],
    ["disarmed, trip", tripped(DISARMED, TRIP), "tripped"],
    ["armed, trip", tripped(ready, TRIP), "tripped"],
    ["disarmed, rearm", rearmed(DISARMED), "disarmed"],
    ["armed, rearm", rearmed(ready), "armed"],
    ["tripped, rearm: disarmed, arming is a step of its own", rearmed(latched), "disarmed"],
  ])("%s", (_, state, kind) => {
    expect(state.kind).toBe(kind);
  });

  it("arms neither a tripped array nor one that is armed", () => {
    expect(() => armed(latched, [])).toThrow(/latched \(current of 2 nA found at step 3, column 0, allowed is ±1 nA/);
    expect(() => armed(ready, [])).toThrow(/other-owner/);
  });

  it("names every blocker at once", () => {
    expect(() => armed(latched, findBlockers({ ...READY, calibrated: false, clockSynced: false }, limits))).toThrow(
      /uncalibrated .*clock .*latched/,
    );
  });

  it("keeps the first trip", () => {
    expect(tripped(latched, { ...TRIP, quantity: "charge" })).toBe(latched);
  });

  it("takes a token for its own time only", () => {
    const again = armed(disarmed(ready, ready.token), []);
    expect(holds(again, ready.token)).toBe(false);
    expect(holds(again, again.token)).toBe(true);
  });
});

describe("Arming with a store", () => {
  /** A file, as far as arming sees. */
  function store(): LatchStore & { kept: { trip: Trip; cleared: boolean } | undefined } {
    return {
      kept: undefined,
      read() {
        return this.kept;
      },
      write(trip) {
        this.kept = { trip, cleared: false };
      },
      clear() {
        if (this.kept) this.kept = { ...this.kept, cleared: true };
      },
      forget() {
        this.kept = undefined;
      },
    };
  }

  it("is latched in the next process too, until somebody clears it, which the next run records once", () => {
    const kept = store();
    const first = new Arming(kept);
    first.arm([]);
    first.trip(TRIP);
    expect(() => new Arming(kept).arm([])).toThrow(/latched/);
    new Arming(kept).rearm();
    const next = new Arming(kept);
    next.arm([]);
    expect(next.takeCleared()).toEqual(TRIP);
    expect(new Arming(kept).takeCleared()).toBeUndefined();
  });
});

describe("limitsCrc", () => {
  it("is the CRC-32 that everybody computes", () => {
    // the check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms
    expect(crc32("123456789")).toBe(0xcbf43926);
  });

  it("differs when any limit does", () => {
    const names = Object.keys(NO_LIMITS);
    const crcs = names.map((name) => limitsCrc({ ...NO_LIMITS, [name]: 0.123 }));
    expect(new Set([...crcs, limitsCrc(NO_LIMITS)]).size).toBe(names.length + 1);
  });
});
