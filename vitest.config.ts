import { defineConfig } from "vitest/config";

/**
 * Files that run against the wall clock: pseudo-terminals, a simulated board in real time, browsers, killed processes.
 * They have the machine to themselves, one file after another, and a test that the machine was too busy for is tried
 * once more; countReporter.ts names each that needed it.
 */
const REAL_TIME = [
  "cli/commands/runOnInstrument.test.ts",
  "cli/signals.test.ts",
  "core/drivers/arcOne/killedHost.test.ts",
  "core/drivers/selectorBoard/*.test.ts",
  "core/drivers/unplug.test.ts",
  "electron/*.test.ts",
  "firmware-bridge/**/*.test.ts",
  "lab/**/*.test.ts",
  "renderer/testing/*.test.ts",
];
const NO_TESTS = ["node_modules/**", "dist/**"];

export default defineConfig({
  test: {
    reporters: ["default", "./tests/countReporter.ts"],
    projects: [
      {
        test: {
          name: "any time",
          include: ["**/*.test.ts"],
          exclude: [...NO_TESTS, ...REAL_TIME],
          setupFiles: ["tests/seedProperties.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // vitest leaves a core free, and of two that is half
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "real time",
          include: REAL_TIME,
          exclude: NO_TESTS,
          setupFiles: ["tests/seedProperties.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          retry: 1,
          expect: { poll: { timeout: 10_000 } },
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
