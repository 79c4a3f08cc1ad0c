import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "./lineSplitter.ts";

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));

describe("LineSplitter", () => {
  it("keeps trailing spaces, because a prefix can be a space, and drops one CR", () => {
    expect(new LineSplitter().append(bytesOf("Pdc8030D40 \nok\r\n\r\r\n"))).toEqual(["Pdc8030D40 ", "ok", "\r"]);
  });

  it("gives the same lines however the stream is cut, for any bytes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(bytesOf("\n")), fc.constant(bytesOf("\r\n")))),
        (chunks) => {
          const whole = Buffer.concat(chunks);
          const splitter = new LineSplitter();
          const cut = chunks.flatMap((chunk) => splitter.append(chunk));
          const expected = whole
            .toString("latin1")
            .split("\n")
            .slice(0, -1)
            .map((line) => line.replace(/\r$/, ""));
          expect(cut).toEqual(expected);
          expect(splitter.pending).toBe(whole.length - (whole.lastIndexOf(0x0a) + 1));
        },
      ),
    );
  });

  it("throws away what is longer than any answer and counts it, in bounded memory", () => {
    const splitter = new LineSplitter();
    for (let k = 0; k < 100; k++) {
      expect(splitter.append(new Uint8Array(10_000).fill(0x41))).toEqual([]);
      expect(splitter.pending).toBeLessThanOrEqual(65_536);
    }
    expect(splitter.append(bytesOf("\nnext\n"))).toEqual(["next"]);
    expect(splitter.overlong).toBe(1);
  });
});
