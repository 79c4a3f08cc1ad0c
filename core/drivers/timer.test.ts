import { describe, expect, it } from "vitest";
import { waitInSlices } from "./timer.ts";

/** A host whose timers come when it says so. */
function lateHost() {
  const asked: { readonly delay_s: number; readonly act: () => void; canceled: boolean }[] = [];
  return {
    asked,
    after: (delay_s: number, act: () => void) => {
      const one = { delay_s, act, canceled: false };
      asked.push(one);
      return () => void (one.canceled = true);
    },
  };
}

describe("a patience in slices", () => {
  it("counts every slice as long as it should have been, however late it ends", () => {
    const host = lateHost();
    let ended = 0;
    waitInSlices(host.after, 0.22, () => ended++);
    for (let k = 0; k < host.asked.length; k++) {
      expect(ended).toBe(0);
      host.asked[k]?.act();
    }
    expect(ended).toBe(1);
    expect(host.asked.map(({ delay_s }) => Number(delay_s.toFixed(9)))).toEqual([0.05, 0.05, 0.05, 0.05, 0.02]);
  });

  it("is given up in whichever slice it is", () => {
    const host = lateHost();
    const cancel = waitInSlices(host.after, 1, () => {});
    host.asked[0]?.act();
    host.asked[1]?.act();
    cancel();
    expect(host.asked.map(({ canceled }) => canceled)).toEqual([false, false, true]);
  });
});
