import { expect, test } from "vitest";
import { SuspendDetector } from "./suspendWatch.ts";

const at = (awake_s: number, slept_s = 0) => ({ awake_s, boot_s: 1000 + awake_s + slept_s });

test("a machine that slept is noticed at the next beat, once, however late the beat is", () => {
  const detector = new SuspendDetector();
  // an event loop that stands still for 10 s is no sleep
  expect([at(0), at(0.25), at(10.25), at(10.5)].map((now) => detector.beat(now))).toEqual([0, 0, 0, 0]);
  expect(detector.beat(at(10.75, 30))).toBeCloseTo(30, 9);
  expect(detector.beat(at(11, 30))).toBe(0);
  expect(detector.beat(at(12, 3630))).toBeCloseTo(3600, 9);
});

test("clocks that are read a little apart are no sleep", () => {
  const detector = new SuspendDetector();
  for (let k = 0; k < 1000; k++) expect(detector.beat(at(k / 4, (k % 2) * 0.02))).toBe(0);
});

test("a process that was stopped has not looked since its last beat, and the sleep is told once", () => {
  const detector = new SuspendDetector();
  detector.beat(at(1));
  expect(detector.continued(at(6, 20))).toBeCloseTo(25, 9);
  expect(detector.beat(at(6.25, 20))).toBe(0);
});
