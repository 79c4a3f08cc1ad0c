import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { compareRuns } from "../../core/analysis/compareRuns.ts";
import { analyseRun } from "../../core/analysis/summary.ts";
import { traceStatistics } from "../../core/analysis/traceStatistics.ts";
import { RecordError } from "../../core/errors.ts";
import type { MapQuantity } from "../../core/labMessages/arrays.ts";
import type { RunCard, Trace } from "../../core/labMessages/runs.ts";
import { encodeEvent } from "../../core/record/eventCodec.ts";
import type { RecordedEvent } from "../../core/record/runData.ts";
import { describeUnknownStep } from "../../core/record/unknownSteps.ts";
import { buildReport } from "../../core/report/report.ts";
import type { DisturbBooked, RunStarted } from "../../core/runEvent.ts";
import { listRuns, type RunSummary, summariseRun } from "../../recorder/catalogue.ts";
import { MANIFEST_FILE } from "../../recorder/folderLayout.ts";
import { type OpenedRun, openRun } from "../../recorder/openRun.ts";
import { verifyRun } from "../../recorder/verifyRun.ts";
import { MapBook } from "../arrays/mapBook.ts";
import { tellsConductance } from "../tellsConductance.ts";
import { drawFigures } from "./drawFigures.ts";

/** A run inside the service's folder. */
export interface RunPlace {
  readonly parent: string;
  readonly run: string;
}

export function listAll({ parent }: { readonly parent: string }): { folder: string; runs: RunSummary[] } {
  mkdirSync(parent, { recursive: true });
  return { folder: parent, runs: listRuns(parent) };
}

export function summariseOne({ parent, run }: RunPlace): RunSummary {
  return summariseRun(parent, run);
}

/** @throws RecordError when it is no run, damaged, or of a newer version */
export function openCard(place: RunPlace): RunCard {
  const run = open(place);
  const { manifest, events, warnings, unknown } = run;
  const started = events.find((event): event is RunStarted => event.kind === "run-started");
  const columns = new Set<number>();
  let end_s = 0;
  for (const event of events) {
    end_s = Math.max(end_s, event.time_s);
    if (event.kind === "step-finished" && event.reading.samples > 0)
      for (const column of event.reading.columns) columns.add(column);
  }
  return {
    summary: summariseRun(place.parent, place.run),
    folder: join(place.parent, place.run),
    operator: manifest.operator,
    notes: manifest.notes,
    seed: manifest.seed,
    crosspore: manifest.crosspore,
    experiment: manifest.experiment,
    backend: started?.capabilities.name ?? "",
    grid: started?.grid ?? null,
    protocols: started?.protocols ?? [],
    start_s: started?.time_s ?? 0,
    end_s,
    events: events.length,
    warnings,
    unknownSteps: unknown.map(describeUnknownStep),
    columns: [...columns].sort((a, b) => a - b),
  };
}

export function readEvents(place: RunPlace & { readonly from: number; readonly count: number }) {
  const { events } = open(place);
  const lines = events
    .slice(place.from, place.from + place.count)
    .map((event, k) => encodeEvent(event, place.from + k));
  return { total: events.length, lines };
}

export function analyse(place: RunPlace) {
  const run = open(place);
  return { analysis: analyseRun(run, run.warnings) };
}

export function figures(place: RunPlace) {
  return { figures: drawFigures(open(place)) };
}

export function report(place: RunPlace): { html: string } {
  return { html: buildReport(open(place)) };
}

export function verify({ parent, run }: RunPlace) {
  const { whole, problems } = verifyRun(find({ parent, run }));
  return { whole, findings: problems };
}

export interface TraceRequest extends RunPlace {
  readonly columns: readonly number[];
  readonly from_s: number;
  readonly to_s: number;
  readonly pixels: number;
}

/** Least and largest of each quantity per pixel, from the steps that reach into the time that is asked for. */
export function readTrace(request: TraceRequest): { traces: Trace[] } {
  const { columns, from_s, to_s, pixels } = request;
  if (!(to_s > from_s)) throw new RecordError(`a trace from ${from_s} s to ${to_s} s has no length`);
  const run = open(request);
  const pixel_s = (to_s - from_s) / pixels;
  const lists = new Map(columns.map((column) => [column, makePixels(pixels)]));
  for (const { block } of blocksBetween(run, from_s, to_s)) {
    const pixelsOf = lists.get(block.channel);
    if (!pixelsOf) continue;
    const { startTime_s, samplePeriod_s, current_A, voltage_V, overload } = block;
    for (let n = 0; n < current_A.length; n++) {
      const at = Math.floor((startTime_s + n * samplePeriod_s - from_s) / pixel_s);
      if (at < 0 || at >= pixels) continue;
      const [current, voltage] = [current_A[n] ?? Number.NaN, voltage_V[n] ?? Number.NaN];
      widen(pixelsOf.leastCurrent_A, pixelsOf.largestCurrent_A, at, current);
      widen(pixelsOf.leastVoltage_V, pixelsOf.largestVoltage_V, at, voltage);
      if (tellsConductance(voltage))
        widen(pixelsOf.leastConductance_S, pixelsOf.largestConductance_S, at, current / voltage);
      if (overload[n]) pixelsOf.overloaded.add(at);
    }
  }
  return {
    traces: [...lists].map(([column, { overloaded, ...rest }]) => ({
      column,
      start_s: from_s,
      pixel_s,
      ...rest,
      overloaded: [...overloaded].sort((a, b) => a - b),
    })),
  };
}

export function measureTrace({
  column,
  from_s,
  to_s,
  ...place
}: RunPlace & { readonly column: number; readonly from_s: number; readonly to_s: number }) {
  return traceStatistics(open(place), column, from_s, to_s);
}

export function compare({
  parent,
  emulated,
  measured,
}: {
  readonly parent: string;
  readonly emulated: string;
  readonly measured: string;
}) {
  const [first, second] = [openRun(find({ parent, run: emulated })), openRun(find({ parent, run: measured }))];
  return {
    emulated: summariseRun(parent, emulated),
    measured: summariseRun(parent, measured),
    ...compareRuns(first, second),
  };
}

export interface ReplayRequest extends RunPlace {
  readonly time_s: number;
  readonly quantity: MapQuantity;
}

/** The map as the record knows it at a time. */
export function replay({ time_s, quantity, ...place }: ReplayRequest) {
  const run = open(place);
  const started = run.events.find((event): event is RunStarted => event.kind === "run-started");
  if (!started) throw new RecordError(`${place.run}: the run ended before its array was ready, there is no map`);
  const { grid } = started;
  if (quantity.includes(".")) {
    const booked = run.events.find((event): event is DisturbBooked => event.kind === "disturb-booked");
    const values = booked?.doses[quantity];
    if (!values) throw new RecordError(`${place.run}: the run has booked no doses`);
    return { grid, time_s, values: [...values] };
  }
  const values = mapOf(bookUntil(place, run, grid, time_s), quantity);
  if (!values) throw new RecordError(`${place.run}: a record has no ${quantity}, only what was read of junctions`);
  return { grid, time_s, values: [...values] };
}

function mapOf(book: MapBook, quantity: MapQuantity): Float64Array | undefined {
  if (quantity === "conductance_S") return book.conductance_S;
  if (quantity === "current_A") return book.current_A;
  if (quantity === "voltage_V") return book.voltage_V;
  return quantity === "readTime_s" ? book.readTime_s : undefined;
}

/** The latest time brush: moving it forward goes on from there. */
let brushed: { key: OpenedRun; book: MapBook; next: number } | undefined;

function bookUntil({ run: name }: RunPlace, run: OpenedRun, grid: RunStarted["grid"], time_s: number): MapBook {
  const earlier = brushed && (run.events[brushed.next - 1]?.time_s ?? 0) > time_s;
  if (brushed?.key !== run || earlier) brushed = { key: run, book: new MapBook(grid, () => new Date(0)), next: 0 };
  for (; brushed.next < run.events.length; brushed.next++) {
    const event = run.events[brushed.next] as RecordedEvent;
    if (event.time_s > time_s) break;
    brushed.book.take(event, name);
  }
  return brushed.book;
}

/** The run that was looked at last: pages ask for many things of one. */
let latest: { readonly key: string; readonly run: OpenedRun } | undefined;

function open(place: RunPlace): OpenedRun {
  const folder = find(place);
  // one that is still being written is read anew
  const key = existsSync(join(folder, "stop.json")) ? folder : "";
  if (key !== "" && latest?.key === key) return latest.run;
  const run = openRun(folder);
  if (key !== "") latest = { key, run };
  return run;
}

function find({ parent, run }: RunPlace): string {
  const folder = join(parent, run);
  if (!existsSync(join(folder, MANIFEST_FILE))) throw new RecordError(`${run}: no such run in ${parent}`);
  return folder;
}

function* blocksBetween(run: OpenedRun, from_s: number, to_s: number) {
  const finished = new Set<number>();
  const within: number[] = [];
  for (const event of run.events) {
    if (event.kind !== "step-finished") continue;
    finished.add(event.step);
    if (event.reading.endTime_s >= from_s && event.reading.startTime_s <= to_s) within.push(event.step);
  }
  // a step under way, or cut off, has samples and no outcome
  for (const event of run.events)
    if (event.kind === "step-intended" && event.action === "apply" && !finished.has(event.step))
      within.push(event.step);
  if (within.length > finished.size / 2) return yield* run.blocks();
  for (const step of within) yield* run.blocks(step);
}

function makePixels(pixels: number) {
  const list = () => Array.from({ length: pixels }, () => Number.NaN);
  return {
    leastCurrent_A: list(),
    largestCurrent_A: list(),
    leastVoltage_V: list(),
    largestVoltage_V: list(),
    leastConductance_S: list(),
    largestConductance_S: list(),
    overloaded: new Set<number>(),
  };
}

function widen(least: number[], largest: number[], at: number, value: number): void {
  if (Number.isNaN(value)) return;
  if (!(value >= (least[at] ?? Number.NaN))) least[at] = value;
  if (!(value <= (largest[at] ?? Number.NaN))) largest[at] = value;
}
