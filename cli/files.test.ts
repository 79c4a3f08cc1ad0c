import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LARGEST_FILE_BYTES } from "../core/largestFile.ts";
import { ProtocolError } from "../core/errors.ts";
import { readText } from "./files.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "crosspore-files-"));
  file = join(folder, "x.yaml");
});

afterEach(() => rmSync(folder, { recursive: true }));

test("text longer than a chunk is read whole, a byte order mark is no part of it", () => {
  const text = "name: café\n".repeat(20_000);
  writeFileSync(file, `\ufeff${text}`);
  expect(readText(file)).toBe(text);
});

test("an endless file is left at the largest size", () => {
  expect(() => readText("/dev/zero")).toThrow(
    `/dev/zero:1:1: the file is too large, allowed are ${LARGEST_FILE_BYTES}`,
  );
});

test("a folder, a missing file and bytes that are no UTF-8 are refused at line 1", () => {
  expect(() => readText(folder)).toThrow(/:1:1: is a folder, expected a file$/);
  expect(() => readText(file)).toThrow(/x\.yaml:1:1: no such file$/);
  writeFileSync(file, Buffer.from("name: caf\u00e9\n", "latin1"));
  expect(() => readText(file)).toThrow(ProtocolError);
  expect(() => readText(file)).toThrow(/x\.yaml:1:1: the file is not text in UTF-8$/);
});
