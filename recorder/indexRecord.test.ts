import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeIndexRecord, encodeIndexRecord, INDEX_RECORD_BYTES } from "./indexRecord.ts";

test("the check sum is CRC-32/ISO-HDLC: its published check value for 123456789 is 0xCBF43926", () => {
  expect(crc32(Buffer.from("123456789", "ascii"))).toBe(0xcbf43926);
});

test("an index record has 24 bytes, little endian, in the documented order", () => {
  const bytes = encodeIndexRecord({ offset: 0x0102030405, length: 0x11121314, rows: 0x21222324, crc32: 0xf1f2f3f4 });
  expect(Buffer.from(bytes).toString("hex")).toBe("05040302010000001413121124232221f4f3f2f100000000");
  expect(bytes).toHaveLength(INDEX_RECORD_BYTES);
});

test("a record reads back as written, and one with its reserved field set is none", () => {
  const u32 = fc.integer({ min: 0, max: 0xffffffff });
  const record = fc.record({ offset: fc.maxSafeNat(), length: u32, rows: u32, crc32: u32 });
  fc.assert(
    fc.property(record, fc.integer({ min: 20, max: 23 }), (value, at) => {
      const bytes = encodeIndexRecord(value);
      expect(decodeIndexRecord(bytes)).toEqual(value);
      bytes[at] = 1;
      expect(decodeIndexRecord(bytes)).toBeUndefined();
    }),
  );
});
