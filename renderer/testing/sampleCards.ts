import { NO_LIMITS } from "../../core/limits.ts";
import { type ArrayCard, MAP_QUANTITIES, type Cell } from "../../core/labMessages/index.ts";

/** A card of an emulated array; `change` what the test is about. */
export function emulatedCard(change: Partial<ArrayCard> = {}): ArrayCard {
  return {
    array: "emulated-1",
    handle: 1,
    name: "Emulated twin",
    source: "emulated",
    simulated: true,
    identity: null,
    addresses: [],
    model: "conical-channel",
    state: "idle",
    notice: "",
    outputs: "safe",
    latch: null,
    grid: { rows: 16, columns: 16 },
    capabilities: {
      name: "emulated array",
      source: "emulated",
      voltageRange_V: [-1.2, 1.2],
      currentRanges_A: [],
      fastestSampling_Hz: 1e6,
      slewLimit_V_s: Infinity,
      rowsDrivenAtOnce: 16,
      columnsSensedAtOnce: 16,
      unselectedLines: "biased",
      products: "direct",
      clock: "virtual",
      safeOnSilence: true,
      environmentInputs: [],
    },
    limits: { ...NO_LIMITS, voltage_V: 1.2, slew_V_s: 1000 },
    safeOnSilence: true,
    calibration: null,
    job: null,
    run: null,
    time_s: 12.5,
    quantities: MAP_QUANTITIES.map((quantity) => ({ quantity, available: true, why: "" })),
    opened: "2026-11-20T08:00:00.000Z",
    living: true,
    ...change,
  };
}

/** A card of a potentiostat at a port. */
export function measuredCard(change: Partial<ArrayCard> = {}): ArrayCard {
  const card = emulatedCard();
  return {
    ...card,
    array: "measured-1",
    handle: 2,
    name: "EmStat Pico",
    source: "measured",
    simulated: false,
    identity: { manufacturer: "PalmSens", model: "EmStat Pico", serial: "ES4-0001", firmware: "1.3" },
    addresses: ["serial:/dev/ttyUSB0?driver=emstat-pico"],
    model: "",
    grid: { rows: 1, columns: 1 },
    capabilities: {
      ...card.capabilities,
      name: "EmStat Pico",
      source: "measured",
      clock: "wall",
      rowsDrivenAtOnce: 1,
      columnsSensedAtOnce: 1,
      unselectedLines: "floating",
      products: "none",
      safeOnSilence: false,
    },
    limits: { ...NO_LIMITS, voltage_V: 0.8, slew_V_s: 1, current_A: 2e-6, charge_C: 1e-3 },
    safeOnSilence: false,
    calibration: { file: "pico.json", identity: "ES4-0001", date: "2026-11-02" },
    quantities: MAP_QUANTITIES.map((quantity) => {
      const node = /Node|junctionVoltage|dropFactor/.test(quantity);
      return { quantity, available: !node, why: node ? "line potentials are known of emulated arrays only" : "" };
    }),
    living: false,
    ...change,
  };
}

/** Conductances of a few nanosiemens with a bright spot, the same on every call. */
export function sampleMap(rows: number, columns: number, seed = 7): Float32Array {
  let state = seed;
  const next = () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 4294967296;
  };
  return Float32Array.from({ length: rows * columns }, (_, k) => {
    const [row, column] = [Math.floor(k / columns), k % columns];
    const spot = Math.exp(-((row - rows * 0.33) ** 2 + (column - columns * 0.58) ** 2) / (0.05 * rows * columns));
    return 1e-9 * 10 ** (-0.9 + 0.8 * next() + 0.9 * spot);
  });
}

/** A junction that was read and swept. */
export function sampleCell(row: number, column: number): Cell {
  const history = Array.from({ length: 40 }, (_, k) => ({
    wall: "2026-11-20T08:01:00.000Z",
    time_s: 0.1 * k,
    run: k < 25 ? "2026-11-20-ltp" : "2026-11-20-retention",
    step: k,
    role: k % 5 === 0 && k < 25 ? "pulse" : "read",
    label: `read ${k}`,
    voltage_V: 0.1,
    current_A: 3e-10,
    conductance_S: 2.8e-9 * (1 + 0.3 * (1 - Math.exp(-k / 12)) + 0.02 * Math.sin(k * (row + 1)) + 0.01 * column),
  }));
  const phase = Array.from({ length: 400 }, (_, k) => (2 * Math.PI * k) / 400);
  return {
    row,
    column,
    conductance_S: history.at(-1)?.conductance_S ?? Number.NaN,
    history,
    notes: [{ wall: "2026-11-20T08:02:00.000Z", by: "window", text: "Wetted twice before it opened" }],
    loop: {
      run: "2026-11-20-loops",
      step: 3,
      voltage_V: phase.map((p) => Math.sin(p)),
      current_A: phase.map((p) => 3e-9 * Math.sin(p) * (1 - 0.5 * Math.tanh(1.3 * Math.sin(p - 0.35)))),
    },
    doses: { "selected.pulses": 30, "halfSelected.voltage_Vs": 0.31, "read.voltage_Vs": 0.04 },
    masked: false,
  };
}
