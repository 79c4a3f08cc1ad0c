import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Handwriting, halveImages, loadHandwriting, thinImages } from "./handwriting.ts";

let handwriting: Handwriting;
beforeAll(async () => {
  handwriting = await loadHandwriting();
});

describe("loadHandwriting", () => {
  it("finds the 10,000 images of the package, 863 to 1127 per digit, and splits each digit 80 : 20", () => {
    // counts of mnist 1.1.0, src/digits/*.json: length / 784
    const counts = [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978];
    expect(handwriting.perDigit).toEqual(counts);
    const trained = counts.map((count) => Math.floor(0.8 * count));
    const tally = (labels: Uint8Array) => counts.map((_, digit) => labels.filter((label) => label === digit).length);
    expect(tally(handwriting.training.labels)).toEqual(trained);
    expect(tally(handwriting.test.labels)).toEqual(counts.map((count, digit) => count - (trained[digit] ?? 0)));
    expect([handwriting.training.labels.length, handwriting.test.labels.length]).toEqual([7996, 2004]);
  });

  it("gives the same pixels every time, none of them in both sets", async () => {
    const again = await loadHandwriting();
    const hash = (pixels: Float64Array) =>
      createHash("sha1").update(new Uint8Array(pixels.slice().buffer)).digest("hex");
    for (const set of ["training", "test"] as const)
      expect(hash(again[set].features)).toBe(hash(handwriting[set].features));
    const images = ({ features }: { features: Float64Array }) =>
      Array.from({ length: features.length / 784 }, (_, n) => hash(features.subarray(784 * n, 784 * (n + 1))));
    const trained = new Set(images(handwriting.training));
    expect(images(handwriting.test).filter((image) => trained.has(image))).toEqual([]);
  });

  it("says what to do when the package is not there, and names a file that is no list of images", async () => {
    const folder = mkdtempSync(join(tmpdir(), "digits-"));
    try {
      await expect(loadHandwriting(folder)).rejects.toThrow(/npm ci/);
      for (let digit = 0; digit < 10; digit++) writeFileSync(join(folder, `${digit}.json`), '{"data": [0, 1]}');
      await expect(loadHandwriting(folder)).rejects.toThrow(/0\.json holds no list of 28 x 28 images/);
      for (let digit = 0; digit < 10; digit++)
        writeFileSync(
          join(folder, `${digit}.json`),
          JSON.stringify({ data: Array.from({ length: 784 }, () => (digit === 0 ? 2 : 0)) }),
        );
      await expect(loadHandwriting(folder)).rejects.toThrow(/pixel 0 is 2, allowed are 0 to 1/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("halveImages", () => {
  it("takes means of 2 x 2 pixels", () => {
    const features = Float64Array.of(0, 1, 0.5, 0.5, 1, 0, 0.5, 0.5, 0, 0, 1, 1, 0, 0, 1, 0);
    const halved = halveImages({ side: 4, features, labels: Uint8Array.of(3) });
    expect(halved).toEqual({ side: 2, features: Float64Array.of(0.5, 0.5, 0, 0.75), labels: Uint8Array.of(3) });
  });
});

describe("thinImages", () => {
  it("keeps every third image with its label", () => {
    const thin = thinImages(
      { side: 1, features: Float64Array.of(0, 1, 2, 3, 4), labels: Uint8Array.of(0, 1, 2, 3, 4) },
      3,
    );
    expect(thin).toEqual({ side: 1, features: Float64Array.of(0, 3), labels: Uint8Array.of(0, 3) });
  });
});
