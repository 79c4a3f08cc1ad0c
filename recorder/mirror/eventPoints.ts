import { toJson } from "../../core/record/json.ts";
import type { EventLine } from "../../core/record/eventCodec.ts";
import type { FieldValue } from "../../core/record/lineProtocol.ts";
import type { RecordedEvent } from "../../core/record/runData.ts";
import type { ProductsTaken, RunStarted, StepFinished } from "../../core/runEvent.ts";
import { toNanoseconds } from "./runStamp.ts";
import { fieldOf, type LineMaker } from "./series.ts";

export const EVENTS = "crosspore_events";
export const READINGS = "crosspore_readings";
export const PRODUCTS = "crosspore_products";
export const RUNS = "crosspore_runs";

type Fields = (readonly [string, FieldValue])[];

/** What the run's manifest adds to its point. */
export interface RunFacts {
  readonly name: string;
  readonly operator: string;
  readonly crosspore: string;
  readonly seed: number;
}

/**
 * Points of events, of the readings and products in them, and of the run itself. Several events have the same time;
 * within a series each comes at least a nanosecond after the one before it, and the field `time_s` keeps the true time.
 */
export class EventMaker {
  readonly #maker: LineMaker;
  readonly #facts: RunFacts;
  readonly #stamps: Map<string, number>;

  constructor(maker: LineMaker, facts: RunFacts, stamps: Readonly<Record<string, number>> = {}) {
    this.#maker = maker;
    this.#facts = facts;
    this.#stamps = new Map(Object.entries(stamps));
  }

  state(): Record<string, number> {
    return Object.fromEntries(this.#stamps);
  }

  *take({ seq, event }: EventLine): Generator<string> {
    const fields: Fields = [["seq", BigInt(seq)], ["time_s", event.time_s], ...describe(event)];
    yield* this.#make(EVENTS, event.kind, event.time_s, fields);
    if (event.kind === "step-finished") yield* this.#readings(event);
    if (event.kind === "products-taken") yield* this.#products(event);
    if (event.kind === "run-started") yield* this.#run(startFields(event, this.#facts));
    if (event.kind === "run-stopped") {
      const { status, reason, time_s, steps, samples, lost, overloads } = event;
      const counts = Object.entries({ steps, samples, lost, overloads }).map(([key, n]) => [key, BigInt(n)] as const);
      yield* this.#run([["status", status], ["reason", reason], ["duration_s", time_s], ...counts]);
    }
  }

  /** Of a run that nobody records any more and nobody closed. */
  interrupted(): Iterable<string> {
    return this.#run([["status", "interrupted"]]);
  }

  /** One point per run: what comes later is joined to it, or replaces it. */
  *#run(fields: Fields): Generator<string> {
    const line = this.#maker.make(RUNS, { kind: "run" }, 0, fields);
    if (line !== undefined) yield line;
  }

  *#readings({ step, reading }: StepFinished): Generator<string> {
    for (const [number, window] of reading.windows.entries()) {
      const fields: Fields = [
        ["step", BigInt(step)],
        ["window", BigInt(number)],
        ["label", window.label],
        ["samples", BigInt(window.samples)],
        ["overload", window.overload],
      ];
      for (const [k, column] of reading.columns.entries())
        fields.push(
          [fieldOf("voltage_V", column), window.voltage_V[k]],
          [fieldOf("current_A", column), window.current_A[k]],
        );
      yield* this.#make(READINGS, "reading", reading.endTime_s, fields);
    }
  }

  *#products({ step, inputs_V, products, expected_A }: ProductsTaken): Generator<string> {
    const { columns, current_A, startTime_s, endTime_s, method } = products;
    const vectors = columns.length === 0 ? 0 : Math.floor(current_A.length / columns.length);
    const rows = vectors === 0 ? 0 : inputs_V.length / vectors;
    for (let vector = 0; vector < vectors; vector++) {
      const fields: Fields = [
        ["step", BigInt(step)],
        ["vector", BigInt(vector)],
        ["method", method],
      ];
      for (let row = 0; row < rows; row++) fields.push([fieldOf("input_V", row), inputs_V[vector * rows + row]]);
      for (const [k, column] of columns.entries()) {
        const at = vector * columns.length + k;
        fields.push([fieldOf("current_A", column), current_A[at]], [fieldOf("expected_A", column), expected_A?.[at]]);
      }
      const time_s = startTime_s + ((vector + 1) / vectors) * (endTime_s - startTime_s);
      yield* this.#make(PRODUCTS, "vector", time_s, fields);
    }
  }

  *#make(measurement: string, kind: string, time_s: number, fields: Fields): Generator<string> {
    const series = `${measurement} ${kind}`;
    const time_ns = Math.max(toNanoseconds(time_s), (this.#stamps.get(series) ?? -Infinity) + 1);
    // a clock gone wild is skipped by the maker and must not hold up what follows
    if (Number.isSafeInteger(time_ns)) this.#stamps.set(series, time_ns);
    const line = this.#maker.make(measurement, { kind }, time_ns, fields);
    if (line !== undefined) yield line;
  }
}

function startFields(event: RunStarted, { name, operator, crosspore, seed }: RunFacts): Fields {
  return [
    ["status", "recording"],
    ["name", name],
    ["operator", operator],
    ["crosspore", crosspore],
    ["seed", seed],
    ["rows", BigInt(event.grid.rows)],
    ["columns", BigInt(event.grid.columns)],
    ["clock", event.capabilities.clock],
    ["planned_s", event.plannedDuration_s],
  ];
}

/** Tags and marks are the protocol's own: their names are not ours and their types differ, so they travel as JSON. */
function describe(event: RecordedEvent): Fields {
  switch (event.kind) {
    case "run-started":
      return [["text", event.protocols.join(", ")]];
    case "step-intended":
      return [
        ["step", BigInt(event.step)],
        ["protocol", event.protocolName],
        ["role", event.role],
        ["label", event.label],
        ["duration_s", event.duration_s],
        ["largest_V", event.largest_V],
        ["data", toJson({ targets: event.targets, tags: event.tags }, "null")],
      ];
    case "step-finished":
      return [
        ["step", BigInt(event.step)],
        ["samples", BigInt(event.reading.samples)],
        ["lost", BigInt(event.reading.lost)],
        ["overloads", BigInt(event.reading.overloads)],
      ];
    case "products-taken":
      return [
        ["step", BigInt(event.step)],
        ["overloads", BigInt(event.products.overloads)],
      ];
    case "marked":
      return [
        ["protocol", event.protocolName],
        ["label", event.label],
        ["data", toJson(event.data, "null")],
      ];
    case "quality-flagged":
      return [
        ["flag", event.flag],
        ["offset_s", event.offset_s],
        ...(event.step === undefined ? [] : [["step", BigInt(event.step)] as const]),
        ...(event.column === undefined ? [] : [["column", BigInt(event.column)] as const]),
      ];
    case "instrument-state":
      return [
        ["instrument", event.instrument],
        ["state", toJson(event.state, "null")],
      ];
    case "run-stopped":
      return [
        ["status", event.status],
        ["text", event.reason],
        ["samples", BigInt(event.samples)],
        ["lost", BigInt(event.lost)],
        ["overloads", BigInt(event.overloads)],
      ];
    default: {
      const { kind: _kind, time_s: _time_s, ...more } = event;
      return [["data", toJson(more, "null")]];
    }
  }
}
