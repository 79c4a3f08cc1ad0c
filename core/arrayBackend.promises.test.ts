import { describe, expect, it } from "vitest";
import { map, mergeMap, type Observable, ReplaySubject } from "rxjs";
import type { ArrayBackend, Reading, SampleBlock } from "./arrayBackend.ts";
import { arrayBackendPromises, BrokenPromise, type PromiseOptions } from "./arrayBackend.promises.ts";
import { EmulatedArray } from "./emulated/emulatedArray.ts";
import type { Readout, Stimulus } from "./stimulus.ts";

const conductance_S = Float64Array.from({ length: 9 }, (_, k) => 1e-9 * (k + 1));
const options: PromiseOptions = {
  safe_V: 0.1,
  relative: 1e-9,
  absolute_A: 1e-18,
  samplePeriod_s: 1e-3,
  longSamples: 20_000,
  linear: true,
  conductance_S,
};

const honest = () =>
  new EmulatedArray({ rows: 3, columns: 3, junction: { model: "ohmic" }, conductance_S }, { seed: 1 });

/** An honest array with some members replaced. */
function lie(change: (array: EmulatedArray) => Partial<ArrayBackend>): () => Promise<ArrayBackend> {
  return async () => {
    const array = honest();
    const changed = change(array);
    return {
      grid: array.grid,
      capabilities: array.capabilities,
      samples: array.samples,
      apply: (...call) => array.apply(...call),
      multiply: (...call) => array.multiply(...call),
      makeSafe: (how) => array.makeSafe(how),
      [Symbol.asyncDispose]: () => array[Symbol.asyncDispose](),
      ...changed,
    };
  };
}

const never = new AbortController().signal;
const silenced: SampleBlock["current_A"] = new Float64Array(20_001);

function changeReading(change: (reading: Reading) => Reading) {
  return lie((array) => ({
    apply: async (stimulus, readout, signal) => change(await array.apply(stimulus, readout, signal)),
  }));
}

function changeBlocks(change: (blocks: Observable<SampleBlock>) => Observable<SampleBlock>) {
  return lie((array) => ({ samples: change(array.samples) }));
}

function changeCall(change: (stimulus: Stimulus, readout: Readout) => [Stimulus, Readout]) {
  return lie((array) => ({
    apply: (stimulus, readout, signal) => array.apply(...change(stimulus, readout), signal),
  }));
}

function flip({ current_A, ...window }: Reading["windows"][number]): Reading["windows"][number] {
  return { ...window, current_A: current_A.map((current) => -current) };
}

/** Plays on whatever the signal says. */
const deaf = lie((array) => ({ apply: (stimulus, readout) => array.apply(stimulus, readout, never) }));

const careless = lie((array) => ({
  apply: async (stimulus, readout, signal) => {
    const rows = stimulus.rows.slice(0, 3).map((drive) => {
      const [first] = drive === "floating" ? [] : drive;
      const wild = first?.kind === "hold" && !(Math.abs(first.voltage_V) <= 1);
      return wild || drive === "floating" || drive.length > 1
        ? [{ kind: "hold", voltage_V: 0, duration_s: 1 } as const]
        : drive;
    });
    const padded = Array.from({ length: 3 }, (_, row) => rows[row] ?? ([] as const));
    return array.apply(
      { ...stimulus, rows: padded },
      { ...readout, samplePeriod_s: readout.samplePeriod_s < 1e-6 ? 1e-3 : readout.samplePeriod_s },
      signal,
    );
  },
}));

/** A queue instead of a refusal. */
const queueing = lie((array) => {
  let last: Promise<unknown> = Promise.resolve();
  return {
    apply: (...call) => {
      const next = last.then(() => array.apply(...call));
      last = next.catch(() => undefined);
      return next;
    },
    multiply: (...call) => last.then(() => array.multiply(...call)),
  };
});

/** What goes wrong, the array that does it, and a piece of the sentence that must notice. */
const liars: readonly (readonly [string, () => Promise<ArrayBackend>, string])[] = [
  [
    "flips the sign",
    changeReading((reading) => ({ ...reading, windows: reading.windows.map(flip) })),
    "a positive row voltage",
  ],
  [
    "swaps rows and columns",
    async () =>
      new EmulatedArray(
        {
          rows: 3,
          columns: 3,
          junction: { model: "ohmic" },
          conductance_S: conductance_S.map((_, k) => conductance_S[(k % 3) * 3 + Math.floor(k / 3)] ?? 0),
        },
        { seed: 1 },
      ),
    "row r and column c",
  ],
  [
    "ignores clamps",
    changeCall((stimulus, readout) => [
      { ...stimulus, columns: stimulus.columns.map(() => [{ kind: "hold", voltage_V: 0, duration_s: 1 }]) },
      readout,
    ]),
    "a junction sees V_row - V_column",
  ],
  [
    "drops a sample",
    changeBlocks((blocks) => blocks.pipe(map((block) => ({ ...block, current_A: block.current_A.slice(1) })))),
    "every sample of a stimulus",
  ],
  [
    "starts blocks late",
    changeBlocks((blocks) => blocks.pipe(map((block) => ({ ...block, startTime_s: block.startTime_s + 1e-3 })))),
    "every sample of a stimulus",
  ],
  [
    "forgets a column",
    changeBlocks((blocks) => blocks.pipe(mergeMap((block) => (block.channel === 1 ? [] : [block])))),
    "every sample of a stimulus",
  ],
  [
    "replays old samples",
    lie((array) => {
      const old = new ReplaySubject<SampleBlock>();
      array.samples.subscribe(old);
      return { samples: old };
    }),
    "samples are hot",
  ],
  [
    "reports the clamp minus the row",
    changeBlocks((blocks) => blocks.pipe(map((block) => ({ ...block, voltage_V: block.voltage_V.map((v) => -v) })))),
    "the voltage beside a sample",
  ],
  [
    "shares one buffer",
    changeBlocks((blocks) =>
      blocks.pipe(
        map((block) => {
          silenced.set(block.current_A);
          return { ...block, current_A: silenced.subarray(0, block.current_A.length) };
        }),
      ),
    ),
    "the arrays of a block belong",
  ],
  [
    "includes the end of a window",
    changeCall((stimulus, readout) => [
      stimulus,
      { ...readout, windows: readout.windows.map((w) => ({ ...w, end_s: w.end_s + 1e-9 })) },
    ]),
    "a window is the mean",
  ],
  ["goes beyond its range", careless, "a voltage outside the range"],
  ["samples slower than asked", careless, "sampling faster"],
  ["takes any size", careless, "wrong sizes"],
  ["queues overlapping stimuli", queueing, "two stimuli never overlap"],
  ["ignores abort", deaf, "abort ends a stimulus"],
  ["starts although aborted", deaf, "a signal that was aborted before"],
  ["does not stop for makeSafe", lie(() => ({ makeSafe: async () => undefined })), "makeSafe may be called"],
  [
    "multiplies by twice the matrix",
    lie((array) => ({
      multiply: async (...call) => {
        const products = await array.multiply(...call);
        return { ...products, current_A: products.current_A.map((i) => 2 * i) };
      },
    })),
    "a product is what apply reads",
  ],
  [
    "multiplies though lines float",
    lie((array) => ({ capabilities: { ...array.capabilities, products: "none", unselectedLines: "floating" } })),
    "a product is what apply reads",
  ],
  [
    "transposes a batch",
    lie((array) => ({
      multiply: async (...call) => {
        const products = await array.multiply(...call);
        const { current_A: i } = products;
        const n = products.columns.length;
        return {
          ...products,
          current_A: i.map((_, k) => i[(k % (i.length / n)) * n + Math.floor(k / (i.length / n))] ?? 0),
        };
      },
    })),
    "products come batch by columns",
  ],
  [
    "restarts its clock",
    changeReading((reading) => ({ ...reading, startTime_s: 0, endTime_s: reading.endTime_s - reading.startTime_s })),
    "the clock never goes back",
  ],
  [
    "hides overloads",
    changeBlocks((blocks) => blocks.pipe(map((block) => ({ ...block, overload: block.overload.map(() => 0) })))),
    "a current beyond the range",
  ],
  [
    "throws on overload",
    lie((array) => ({
      apply: async (...call) => {
        const reading = await array.apply(...call);
        if (reading.overloads > 0) throw new RangeError("overload");
        return reading;
      },
    })),
    "a current beyond the range",
  ],
  [
    "does not count gaps",
    changeBlocks((blocks) =>
      blocks.pipe(map((block) => ({ ...block, current_A: block.current_A.map((i, k) => (k === 3 ? Number.NaN : i)) }))),
    ),
    "lost samples are NaN",
  ],
  ["lives on after dispose", lie(() => ({ [Symbol.asyncDispose]: async () => undefined })), "dispose completes"],
];

describe("the promises of an array", () => {
  it.each(liars)("notice an array that %s", async (_, make, sentence) => {
    const promise = arrayBackendPromises.find(({ name }) => name.startsWith(sentence));
    if (!promise) throw new Error(`No promise starts with "${sentence}"`);
    const error = await promise.check(make, options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(sentence === "a current beyond the range" ? Error : BrokenPromise);
  });

  it("are each able to fail", () => {
    const caught = liars.map(([, , sentence]) => sentence);
    const untested = arrayBackendPromises.filter(({ name }) => !caught.some((sentence) => name.startsWith(sentence)));
    expect(untested.map(({ name }) => name)).toEqual([]);
  });
});
