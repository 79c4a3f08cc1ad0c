import { describe, expect, it } from "vitest";
import type { Job } from "../../../core/labMessages/index.ts";
import { durationText, moveTarget, queueLeft_s, shareDone, timeText } from "./jobText.ts";

const progress = { elapsed_s: 3, plannedDuration_s: 12, worked_s: 48, left_s: 390 } as NonNullable<Job["progress"]>;
const running = { state: "running", progress, duration_s: 12 } as Job;
const waiting = { state: "waiting", progress: null, duration_s: 63 } as Job;

describe("what a job says", () => {
  it("tells the time it has taken and will take", () => {
    expect(timeText(running)).toBe("0:48 so far, 6:30 left");
    expect(timeText({ ...running, progress: { ...progress, left_s: Number.NaN } })).toBe(
      "0:48 so far, time left unknown yet",
    );
    expect(timeText(waiting)).toBe("63 s of array time");
    expect(durationText(0.075)).toBe("75 ms");
    expect(durationText(3723)).toBe("1:02:03");
  });

  it("knows how far it is, also before the first word of progress", () => {
    expect(shareDone(running)).toBe(0.25);
    expect(shareDone(waiting)).toBe(0);
  });

  it("adds up what is left of all, and says nothing where one does not know", () => {
    expect(queueLeft_s([running, waiting])).toBe(453);
    expect(queueLeft_s([{ ...running, progress: null }, waiting])).toBeNaN();
    expect(queueLeft_s([])).toBe(0);
  });
});

describe("moving in the queue", () => {
  const jobs = ["a", "b", "c"].map((job) => ({ job }));
  it.each([
    ["a", 1, "c"],
    ["b", 1, null],
    ["b", -1, "a"],
    ["c", -1, "b"],
    ["a", -1, undefined],
    ["c", 1, undefined],
    ["x", 1, undefined],
  ] as const)("%s by %i goes before %s", (job, step, before) => {
    expect(moveTarget(jobs, job, step)).toBe(before);
  });
});
