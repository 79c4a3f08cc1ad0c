import { describe, expect, it } from "vitest";
import transient from "../fixtures/physics/crossbar_transient.json" with { type: "json" };
import { expectAllClose, expectClose } from "../tests/close.ts";
import { driveCell } from "./bias.ts";
import { DisturbBook } from "./disturbBook.ts";
import { EmulatedArray } from "./emulated/emulatedArray.ts";
import { ivSweep, pulseTrain, readMap, vectorProduct } from "./protocol/library/index.ts";
import { buildReport } from "./report/report.ts";
import { runInMemory } from "./runInMemory.ts";
import { decodeEvent, encodeEvent } from "./record/eventCodec.ts";

const resistors = () =>
  new EmulatedArray(
    { rows: 2, columns: 3, junction: { model: "ohmic", parameters: { conductance_S: 2e-9 } } },
    { seed: 1 },
  );
const book = (array: EmulatedArray) => new DisturbBook(array.grid, (into) => array.conductance_S(into));

describe("the disturb book", () => {
  it("tells apart who was met how, with V s, A s, J and pulses in closed form", async () => {
    const array = resistors();
    const doses = book(array);
    const train = pulseTrain({
      cells: [[0, 0]],
      potentiation: { amplitude_V: 1, width_s: 0.01, gap_s: 0.01, count: 4 },
      depression: { amplitude_V: -1, width_s: 0.01, gap_s: 0.01, count: 1 },
      read: { voltage_V: 0.1, width_s: 0.005 },
      bias: "V/2",
    });
    await runInMemory(array, train, { book: doses });
    const { selected, halfSelected, unselected, read } = doses.doses;
    const [own, half, none] = [selected, halfSelected, unselected].map(({ voltage_Vs }) => [...voltage_Vs]);
    // 5 pulses of 1 V and 10 ms, and reads in the same or other steps of 0.1 V and 5 ms
    const both = (own?.[0] ?? 0) + (read.voltage_Vs[0] ?? 0);
    const reads = Math.round((both - 0.05) / 0.0005);
    expectClose(both, 0.05 + reads * 0.0005, 1e-9);
    // V/2 along the row and the column, nothing elsewhere
    for (const k of [1, 2, 3]) expectClose(half?.[k] ?? 0, both / 2, 1e-9);
    for (const k of [4, 5]) expect(none?.[k]).toBe(0);
    expectClose((selected.charge_As[0] ?? 0) + (read.charge_As[0] ?? 0), 2e-9 * both, 1e-9);
    expectClose((selected.energy_J[0] ?? 0) + (read.energy_J[0] ?? 0), 2e-9 * (0.05 + reads * 0.00005), 1e-6);
    expect(selected.change_S[0]).toBe(0);
  });

  it("books a sine: 2 A / pi f per half wave, A^2 / 2 per second, two pulses a cycle", async () => {
    const array = resistors();
    const doses = book(array);
    await runInMemory(array, ivSweep({ cells: [[1, 2]], amplitude_V: 0.8, frequency_Hz: 50, cycles: 3 }), {
      book: doses,
    });
    const { voltage_Vs, energy_J, pulses } = doses.doses.selected;
    expectClose(voltage_Vs[5] ?? 0, (6 * 0.8) / (Math.PI * 50), 1e-4);
    expectClose(energy_J[5] ?? 0, 2e-9 * 0.32 * 0.06, 1e-6);
    expect(pulses[5]).toBe(6);
  });

  it("counts reads and products as read", async () => {
    const array = resistors();
    const doses = book(array);
    await runInMemory(array, readMap({ voltage_V: 0.1, width_s: 0.001 }), { book: doses });
    expectAllClose(doses.doses.read.voltage_Vs, new Float64Array(6).fill(1e-4), 1e-9);
    // grounded lines: two others of the row see the read of every cell
    expectAllClose(doses.doses.halfSelected.voltage_Vs, new Float64Array(6).fill(2e-4), 1e-9);
    const products = book(array);
    await runInMemory(array, vectorProduct({ inputs_V: [[0.1, -0.2]], integration_s: 1 }), { book: products });
    expect([...products.doses.read.voltage_Vs]).toEqual([0.1, 0.1, 0.1, 0.2, 0.2, 0.2]);
    expect([...products.doses.read.pulses]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("finds the state changes of the independent 3 x 3 transient (V/2 write, 1e-4)", async () => {
    const { params, cases } = transient;
    const lines = {
      rowSegment_ohm: params.Rl,
      columnSegment_ohm: params.Rl,
      rowSource_ohm: params.Rt - params.Rl,
      columnSense_ohm: params.Rt - params.Rl,
    };
    const array = new EmulatedArray(
      { rows: 3, columns: 3, junction: { model: "conical-channel" }, lines },
      { seed: 1 },
    );
    for (const name of ["zeroConductance_S", "conductance_S"]) array.state.field(name).fill(params.g_scale_S);
    array.state.field("tau_s").fill(params.tau);
    const g0 = params.g_scale_S;
    const doses = book(array);
    const write = [{ kind: "hold", voltage_V: params.Vw, duration_s: 0.02 }] as const;
    const cell = { row: 1, column: 1 };
    const stimulus = {
      ...driveCell(array.grid, cell, write, "V/2"),
      duration_s: 0.02,
      targets: [cell],
      referenceRow: 1,
    };
    const readout = { samplePeriod_s: 0.02, columns: [], currentRange_A: "auto", windows: [] } as const;
    doses.before();
    await array.apply(stimulus, readout, new AbortController().signal);
    doses.after({ kind: "apply", role: "pulse", label: "", stimulus, readout, tags: {} });
    const expected = cases["V/2 dt=0.0002"].write.g;
    const changeOf = (k: number) =>
      ["selected", "halfSelected", "unselected"].map((e) => doses.doses[e as "selected"].change_S[k] ?? 0);
    expected.flat().forEach((g, k) => {
      const kind = k === 4 ? 0 : [1, 3, 5, 7].includes(k) ? 1 : 2;
      changeOf(k).forEach((change, e) => {
        if (e === kind) expectClose(change / g0, g - 1, 1e-4, 1e-5);
        else expect(change).toBe(0);
      });
    });
  });

  it("is an event before the last, survives its line, and has a map in the report", async () => {
    const array = resistors();
    const run = await runInMemory(array, readMap(), { book: book(array) });
    const at = run.events.findIndex(({ kind }) => kind === "disturb-booked");
    const event = run.events[at];
    expect(at).toBe(run.events.length - 2);
    if (event?.kind !== "disturb-booked") throw new Error("no doses");
    expect(decodeEvent(encodeEvent(event, 0)).event).toEqual(event);
    expect(Object.keys(event.doses)).toContain("read.voltage_Vs");
    const page = buildReport(run);
    expect(page).toContain("Doses and disturb");
    expect(page).toContain("dose, half-selected");
  });

  it("does not know charge and change of a real array", () => {
    const doses = new DisturbBook({ rows: 1, columns: 1 });
    expect(doses.doses.read.charge_As[0]).toBeNaN();
    expect(doses.summary()).toEqual({});
  });
});
