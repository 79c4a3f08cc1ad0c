import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allocateState, JunctionState, stateFrom } from "./state.ts";

const grid = { rows: 2, columns: 3 };

describe("JunctionState", () => {
  it("comes back from its buffer with the same names and values, and without copying", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.uniqueArray(fc.stringMatching(/^[a-zA-Z]\w{0,20}$/), { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.double()),
        fc.boolean(),
        (rows, columns, names, values, shared) => {
          const state = allocateState({ rows, columns }, names, shared);
          for (const name of names)
            state.field(name).set(Float64Array.from({ length: rows * columns }, () => values.next().value));
          const copy = JunctionState.from(state.buffer);
          expect(copy.grid).toEqual({ rows, columns });
          expect(copy.names).toEqual(names);
          for (const name of names) expect(copy.field(name)).toEqual(state.field(name));
          copy.field(names[0]).fill(7);
          expect(state.field(names[0])[0]).toBe(7);
        },
      ),
    );
  });

  it("survives a transfer as one object", () => {
    const state = allocateState(grid, ["conductance_S", "tau_s"]);
    state.field("tau_s").fill(3);
    const buffer = state.buffer as ArrayBuffer;
    const moved = stateFrom(structuredClone(buffer, { transfer: [buffer] }));
    expect([...moved.field("tau_s")]).toEqual([3, 3, 3, 3, 3, 3]);
    expect(buffer.byteLength).toBe(0);
  });

  it("keeps its layout: 24 bytes of header, names, then fields on 8-byte borders", () => {
    const state = allocateState(grid, ["conductance_S", "tau_s"]);
    expect(String.fromCharCode(...new Uint8Array(state.buffer, 0, 4))).toBe("CPJS");
    expect([...new Uint32Array(state.buffer, 4, 5)]).toEqual([1, 2, 3, 2, 20]);
    expect(state.field("conductance_S").byteOffset).toBe(48);
    expect(state.field("tau_s").byteOffset).toBe(96);
    expect(state.buffer.byteLength).toBe(144);
  });

  it("refuses buffers that are foreign, truncated, longer or newer", () => {
    expect(() => stateFrom(new ArrayBuffer(8))).toThrow(/8 bytes/);
    expect(() => stateFrom(new ArrayBuffer(64))).toThrow(/Not a junction state/);
    const good = allocateState(grid, ["tau_s"]).buffer as ArrayBuffer;
    expect(() => stateFrom(good.slice(0, good.byteLength - 8))).toThrow(RangeError);
    expect(() => stateFrom(good.slice(0, 24))).toThrow(RangeError);
    const longer = new ArrayBuffer(good.byteLength + 8);
    new Uint8Array(longer).set(new Uint8Array(good));
    expect(() => stateFrom(longer)).toThrow(/take 80/);
    const newer = good.slice(0);
    new Uint32Array(newer)[1] = 2;
    expect(() => stateFrom(newer)).toThrow(/version 2, readable here is 1/);
    const huge = good.slice(0);
    new Uint32Array(huge)[4] = 4e9;
    expect(() => stateFrom(huge)).toThrow(/4000000000 fields/);
  });

  it("names what it has when asked for an unknown field, and refuses names that no file could hold", () => {
    expect(() => allocateState(grid, ["tau_s"]).field("tau")).toThrow('no field "tau", it has tau_s');
    expect(() => allocateState(grid, ["a", "a"])).toThrow(/repeat/);
    expect(() => allocateState(grid, ["größe"])).toThrow(/no field name/);
    expect(() => allocateState(grid, [])).toThrow(/0 fields/);
  });
});
