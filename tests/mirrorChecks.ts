import { expect } from "vitest";
import { openRun } from "../recorder/openRun.ts";
import type { InfluxServer, Row } from "./influxServer.ts";

/**
 * The promise of `--every sample`: each recorded sample is on the server, with its very bits, and nothing else is.
 * Compared row by row, without a line of the mirror.
 * @returns samples compared
 */
export async function expectSamplesEqual(server: InfluxServer, database: string, folder: string): Promise<number> {
  const stored = new Map<string, { current: unknown; voltage: unknown; step: unknown; overload: unknown }[]>();
  let cells = 0;
  const run = openRun(folder);
  const zero = BigInt(Date.parse(run.manifest.created)) * 1_000_000n;
  let offset: bigint | undefined;
  for await (const row of allRows(server, database, "crosspore_samples", runName(folder))) {
    const time = BigInt(String(row["time"]));
    // the digits below the millisecond of `created` are the run's own: the same for all its points
    offset ??= time - zero - nanoseconds(firstTime(run));
    for (const [key, current] of Object.entries(row)) {
      const column = /^voltage_V_(\d+)$/.exec(key)?.[1] ?? /^current_A_(\d+)$/.exec(key)?.[1];
      if (column === undefined || (key.startsWith("current") && row[`voltage_V_${column}`] !== null)) continue;
      const voltage = row[`voltage_V_${column}`] ?? null;
      if (current === null && voltage === null) continue;
      const place = `${time} ${column}`;
      const found = {
        current: row[`current_A_${column}`] ?? null,
        voltage,
        step: row["step"],
        overload: row[`overload_${column}`] ?? null,
      };
      stored.set(place, [...(stored.get(place) ?? []), found]);
      cells += 1;
    }
  }
  expect(offset === undefined || (offset >= 0n && offset < 1_000_000n)).toBe(true);
  let [samples, missing] = [0, 0];
  for (const { step, block } of run.blocks())
    for (let n = 0; n < block.current_A.length; n++) {
      const current = block.current_A[n] ?? NaN;
      const voltage = block.voltage_V[n] ?? NaN;
      if (Number.isNaN(current) && Number.isNaN(voltage)) continue;
      samples += 1;
      const time = zero + (offset ?? 0n) + nanoseconds(block.startTime_s + n * block.samplePeriod_s);
      const candidates = stored.get(`${time} ${block.channel}`) ?? [];
      const isSame = (found: (typeof candidates)[number]): boolean =>
        found.step === step &&
        Object.is(found.current, Number.isNaN(current) ? null : current) &&
        Object.is(found.voltage, Number.isNaN(voltage) ? null : voltage) &&
        found.overload === (block.overload[n] === 1 ? true : null);
      if (!candidates.some(isSame)) missing += 1;
    }
  expect(missing).toBe(0);
  expect(cells).toBe(samples);
  return samples;
}

/** Every row of a measurement and run, in order of time. */
async function* allRows(server: InfluxServer, database: string, measurement: string, run: string): AsyncGenerator<Row> {
  for await (const rows of server.stream(database, `SELECT * FROM ${measurement} WHERE "run" =~ /^${run}@/`))
    yield* rows;
}

/**
 * The same promise for a stream of tests/children/recordStream.mjs, however long: sample n has the current n and the
 * voltage -n.
 * @returns samples on the server
 */
export async function expectStreamMirrored(server: InfluxServer, database: string, folder: string): Promise<number> {
  let [at, wrong] = [0, 0];
  for await (const row of allRows(server, database, "crosspore_samples", runName(folder))) {
    if (row["current_A_0"] !== at || !Object.is(row["voltage_V_0"], -at)) wrong += 1;
    at += 1;
  }
  expect(wrong).toBe(0);
  expect(at).toBe(openRun(folder).rows);
  return at;
}

function runName(folder: string): string {
  return folder.slice(folder.lastIndexOf("/") + 1);
}

function nanoseconds(time_s: number): bigint {
  return BigInt(Math.round(time_s * 1e9));
}

function firstTime(run: ReturnType<typeof openRun>): number {
  let first = Infinity;
  for (const { block } of run.blocks()) first = Math.min(first, block.startTime_s);
  return first;
}
