import { toJson } from "../../core/record/json.ts";
import type { RecordedEvent } from "../../core/record/runData.ts";
import { NO_ROW } from "./sampleChunks.ts";

/** What a run says beside its samples, as flat tables. Held in memory, as the events are that they come from. */
export interface RunTable {
  readonly name: string;
  readonly about: string;
  readonly columns: readonly TableColumn[];
}

export type TableColumn = { readonly name: string; readonly about: string } & (
  | { readonly kind: "text"; readonly values: readonly string[] }
  /** "whole": integers by nature, unit 1. */
  | { readonly kind: "whole" | "real"; readonly unit: string; readonly values: readonly number[] }
);

/** The tables of a run in a fixed order, empty ones included. */
export function makeRunTables(events: readonly RecordedEvent[]): RunTable[] {
  return [
    steps(events),
    readings(events),
    productInputs(events),
    productCurrents(events),
    marks(events),
    flags(events),
    states(events),
  ];
}

type Row = Readonly<Record<string, number | string>>;
type Shape = Readonly<Record<string, readonly [unit: string, about: string]>>;

/** Columns of the rows by the keys of `shape`; a unit "text" makes a column of text, "1" one of whole numbers. */
function makeTable(name: string, about: string, shape: Shape, rows: readonly Row[]): RunTable {
  const columns = Object.entries(shape).map(([key, [unit, meaning]]): TableColumn => {
    const values = rows.map((row) => row[key]);
    return unit === "text"
      ? { name: key, about: meaning, kind: "text", values: values.map(String) }
      : { name: key, about: meaning, kind: unit === "1" ? "whole" : "real", unit, values: values.map(Number) };
  });
  return { name, about, columns };
}

const STEP = ["1", "number of the step"] as const;
const TIME = ["s", "on the array's clock, since the start of the run"] as const;

function steps(events: readonly RecordedEvent[]): RunTable {
  const ended = new Map<number, number>();
  for (const event of events)
    if (event.kind === "step-finished" || event.kind === "products-taken") ended.set(event.step, event.time_s);
  const rows = events.flatMap((event): Row[] => {
    if (event.kind !== "step-intended") return [];
    const { step, time_s, protocolName, action, role, label, duration_s, largest_V, targets, tags, windows } = event;
    const row = targets[0]?.row ?? NO_ROW;
    const shared = targets.every((target) => target.row === row);
    return [
      {
        step,
        start_time_s: time_s,
        stop_time_s: ended.get(step) ?? Number.NaN,
        row: shared ? row : NO_ROW,
        protocol: protocolName,
        action,
        role,
        label,
        duration_s,
        largest_V,
        outcome: ended.has(step) ? "known" : "UNKNOWN",
        targets_json: JSON.stringify(targets.map((target) => [target.row, target.column])),
        tags_json: toJson(tags, "text"),
        windows_json: toJson(windows, "text"),
      },
    ];
  });
  const shape = {
    step: STEP,
    start_time_s: ["s", "when the step was intended, on the array's clock"],
    stop_time_s: ["s", "when its outcome was known; NaN where it never was"],
    row: ["1", "row that the step was meant for, -1 where it was meant for several"],
    protocol: ["text", "name of the protocol"],
    action: ["text", "apply (waveforms) or multiply (read vectors)"],
    role: ["text", "what the step is for"],
    label: ["text", "label of the step"],
    duration_s: ["s", "planned duration"],
    largest_V: ["V", "largest magnitude of voltage"],
    outcome: ["text", "known, or UNKNOWN: it may have been sent and nobody knows what came of it"],
    targets_json: ["text", "junctions as a JSON list of [row, column]"],
    tags_json: ["text", "numbers that the analysis needs, JSON"],
    windows_json: ["text", "read windows, JSON"],
  } as const;
  return makeTable("steps", "Every step that was intended, in order", shape, rows);
}

function readings(events: readonly RecordedEvent[]): RunTable {
  const rows = events.flatMap((event): Row[] => {
    if (event.kind !== "step-finished") return [];
    const { columns, windows } = event.reading;
    return windows.flatMap((window, index) =>
      columns.map((column, k) => ({
        step: event.step,
        window: index,
        label: window.label,
        column,
        voltage_V: window.voltage_V[k] ?? Number.NaN,
        current_A: window.current_A[k] ?? Number.NaN,
        samples: window.samples,
        overload: window.overload ? 1 : 0,
      })),
    );
  });
  const shape = {
    step: STEP,
    window: ["1", "number of the read window within the step"],
    label: ["text", "label of the window"],
    column: ["1", "sensed column"],
    voltage_V: ["V", "mean voltage in the window"],
    current_A: ["A", "mean current in the window"],
    samples: ["1", "samples in the window"],
    overload: ["1", "1 where the amplifier saturated in the window"],
  } as const;
  return makeTable("readings", "Means over read windows, one row per window and column", shape, rows);
}

function productInputs(events: readonly RecordedEvent[]): RunTable {
  const rows = events.flatMap((event): Row[] => {
    if (event.kind !== "products-taken") return [];
    const batch = event.products.current_A.length / Math.max(1, event.products.columns.length);
    const lines = batch === 0 ? 0 : event.inputs_V.length / batch;
    return Array.from(event.inputs_V, (input_V, k) => ({
      step: event.step,
      vector: Math.floor(k / lines),
      row: k % lines,
      input_V,
    }));
  });
  const shape = {
    step: STEP,
    vector: ["1", "number of the read vector within the step"],
    row: ["1", "driven row"],
    input_V: ["V", "voltage on the row"],
  } as const;
  return makeTable("product_inputs", "Inputs of products, one row per vector and row", shape, rows);
}

function productCurrents(events: readonly RecordedEvent[]): RunTable {
  const rows = events.flatMap((event): Row[] => {
    if (event.kind !== "products-taken") return [];
    const { columns, current_A, method } = event.products;
    return Array.from(current_A, (value, k) => ({
      step: event.step,
      vector: Math.floor(k / columns.length),
      column: columns[k % columns.length] ?? NO_ROW,
      current_A: value,
      expected_A: event.expected_A?.[k] ?? Number.NaN,
      method,
    }));
  });
  const shape = {
    step: STEP,
    vector: ["1", "number of the read vector within the step"],
    column: ["1", "sensed column"],
    current_A: ["A", "column current"],
    expected_A: ["A", "column current of the ideal array; NaN where the protocol does not know it"],
    method: ["text", "direct or superposed"],
  } as const;
  return makeTable("product_currents", "Currents of products, one row per vector and column", shape, rows);
}

function marks(events: readonly RecordedEvent[]): RunTable {
  const rows = events.flatMap((event): Row[] =>
    event.kind === "marked"
      ? [
          {
            time_s: event.time_s,
            protocol: event.protocolName,
            label: event.label,
            data_json: toJson(event.data, "text"),
          },
        ]
      : [],
  );
  const shape = {
    time_s: TIME,
    protocol: ["text", "name of the protocol"],
    label: ["text", "label of the mark"],
    data_json: ["text", "what the protocol wanted to be remembered, JSON"],
  } as const;
  return makeTable("marks", "What protocols wanted to be remembered", shape, rows);
}

function flags(events: readonly RecordedEvent[]): RunTable {
  const rows = events.flatMap((event): Row[] =>
    event.kind === "quality-flagged"
      ? [
          {
            time_s: event.time_s,
            flag: event.flag,
            offset_s: event.offset_s,
            step: event.step ?? -1,
            column: event.column ?? -1,
          },
        ]
      : [],
  );
  const shape = {
    time_s: TIME,
    flag: ["text", "out-of-order, gap or wall-clock-jump"],
    offset_s: ["s", "by how much"],
    step: ["1", "step of the block, -1 for the wall clock"],
    column: ["1", "column of the block, -1 for the wall clock"],
  } as const;
  return makeTable("quality_flags", "What the recorder noticed about gaps, order and clocks", shape, rows);
}

function states(events: readonly RecordedEvent[]): RunTable {
  const rows = events.flatMap((event): Row[] =>
    event.kind === "instrument-state"
      ? Object.entries(event.state).map(([name, value]) => ({
          time_s: event.time_s,
          instrument: event.instrument,
          setting: name,
          value: String(value),
        }))
      : [],
  );
  const shape = {
    time_s: TIME,
    instrument: ["text", "instrument and its port"],
    setting: ["text", "what it is set to, with its unit in the name"],
    value: ["text", "as it was told; it holds until the next of this setting"],
  } as const;
  return makeTable(
    "instrument_states",
    "Range, filter, gain and mode of the instruments, as they were told",
    shape,
    rows,
  );
}
