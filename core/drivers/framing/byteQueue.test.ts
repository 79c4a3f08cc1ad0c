import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteQueue } from "./byteQueue.ts";

const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 });
const wanted = fc.array(fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constant("line" as const)), { maxLength: 60 });

describe("bytes without framing", () => {
  it("come out as they went in, however they were cut and however they are taken", () => {
    fc.assert(
      fc.property(chunks, wanted, (pieces, takes) => {
        const queue = new ByteQueue();
        for (const piece of pieces) queue.append(piece);
        let rest = Buffer.concat(pieces);
        for (const count of takes) {
          if (count === "line") continue;
          const taken = queue.take(count);
          if (count > rest.length) expect(taken).toBeUndefined();
          else {
            expect(taken?.equals(rest.subarray(0, count))).toBe(true);
            rest = rest.subarray(count);
          }
          expect(queue.length).toBe(rest.length);
        }
      }),
    );
  });

  it("lines and counted bytes follow each other, the same when every byte comes alone", () => {
    fc.assert(
      fc.property(chunks, wanted, (pieces, takes) => {
        const whole = new ByteQueue();
        whole.append(Buffer.concat(pieces));
        const single = new ByteQueue();
        for (const byte of Buffer.concat(pieces)) single.append(Uint8Array.of(byte));
        for (const count of takes)
          if (count === "line") expect(single.takeLine()).toBe(whole.takeLine());
          else expect(single.take(count)?.toString("hex")).toBe(whole.take(count)?.toString("hex"));
      }),
    );
  });

  it("a line loses its ending and nothing else; what never ends is handed out in pieces", () => {
    const queue = new ByteQueue();
    queue.append(Buffer.from("1\r\n 12 \n\n", "latin1"));
    expect([queue.takeLine(), queue.takeLine(), queue.takeLine(), queue.takeLine()]).toEqual([
      "1",
      " 12 ",
      "",
      undefined,
    ]);
    queue.append(new Uint8Array(600).fill(0x41));
    expect([queue.takeLine()?.length, queue.takeLine()?.length, queue.takeLine()]).toEqual([256, 256, undefined]);
  });

  it("holds no more than it may, and counts what it threw away", () => {
    const queue = new ByteQueue(10);
    queue.append(new Uint8Array(7));
    queue.append(new Uint8Array(7));
    queue.append(new Uint8Array(7));
    expect([queue.length, queue.lost]).toEqual([10, 11]);
    queue.reset();
    expect([queue.length, queue.lost]).toEqual([0, 0]);
  });
});
