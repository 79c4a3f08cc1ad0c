import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { InfluxServer, type Row } from "../../tests/influxServer.ts";
import { canRun } from "../../tests/needs.ts";
import { countStop, newFolder, recordRun } from "../../tests/recordedRun.ts";
import { makeRichEvents } from "../../tests/richEvents.ts";
import { type OpenedRun, openRun } from "../openRun.ts";
import { RunMirror } from "./mirrorRun.ts";
import { postTo } from "./postLines.ts";
import { parseTarget } from "./target.ts";

interface Target {
  readonly query: string;
  readonly datasource: { readonly uid: string };
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly Target[] }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

const folder = resolve(import.meta.dirname, "../../docs/grafana");
const dashboard: Dashboard = JSON.parse(readFileSync(`${folder}/crosspore.json`, "utf8"));
const provisioned = (name: string): Record<string, Row[]> => parse(readFileSync(`${folder}/${name}`, "utf8"));

/** All queries of the dashboard, by where they stand. */
const QUERIES = [
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ query }, k) => ({ place: `${title} ${"AB".charAt(k)}`, query })),
  ),
  ...dashboard.templating.list.map(({ name, query }) => ({ place: `variable ${name}`, query })),
  ...dashboard.annotations.list.map(({ name, query }) => ({ place: `annotation ${name}`, query })),
];

it("the dashboard asks the data source that is provisioned with it, and credentials come from the environment", () => {
  const [source] = provisioned("datasource.yaml")["datasources"] ?? [];
  for (const { targets } of dashboard.panels)
    for (const { datasource } of targets) expect(datasource.uid).toBe(source?.["uid"]);
  expect(source).toMatchObject({
    type: "influxdb",
    user: "$CROSSPORE_INFLUX_USER",
    jsonData: { dbName: "crosspore" },
    secureJsonData: { password: "$CROSSPORE_INFLUX_PASSWORD" },
  });
  expect(provisioned("dashboards.yaml")["providers"]).toHaveLength(1);
});

describe.skipIf(!canRun("the dashboard on a real InfluxDB", { programs: ["influxd"] }))("on a mirrored run", () => {
  let server: InfluxServer;
  let run: OpenedRun;
  let variables: Record<string, string>;

  beforeAll(async () => {
    server = await InfluxServer.open();
    await server.query("", "CREATE DATABASE crosspore");
    const path = newFolder();
    const events = makeRichEvents();
    await recordRun(path, events, {}, countStop(events));
    run = openRun(path);
    const post = postTo(parseTarget(server.url, "crosspore", {}), 10);
    // windows of one sample each, so that what they hold is known without the mirror's own arithmetic
    for (const every_s of [0, 1e-4])
      await new RunMirror(path, {
        target: "test",
        every_s,
        send: async (lines) => {
          expect(await post(lines, new AbortController().signal)).toEqual({ kind: "taken" });
          return lines.length;
        },
        onProblem: (problem) => expect.fail(problem),
      }).drain();
    const created_ms = Date.parse(run.manifest.created);
    variables = {
      timeFilter: `time >= ${created_ms - 1000}ms and time <= ${created_ms + 10_000}ms`,
      // one group for the whole run
      __interval: "1000w",
    };
    for (const { name, query } of dashboard.templating.list) {
      const [row = {}] = await ask(query);
      variables[name] = String(row["distinct"] ?? row["value"]);
    }
  });
  afterAll(() => server.close());

  /** As Grafana would: the longest names first, because $__interval begins like others. */
  function substitute(query: string): string {
    const text = Object.keys(variables ?? {})
      .sort((a, b) => b.length - a.length)
      .reduce((text, name) => text.replaceAll(`$${name}`, variables[name] ?? ""), query);
    expect(text).not.toContain("$");
    return text;
  }
  const ask = (query: string): Promise<Row[]> => server.query("crosspore", substitute(query));

  const queryOf = (place: string): string => QUERIES.find((query) => query.place === place)?.query ?? "";

  /** Valid currents, voltages, lost and overloads of a column. */
  function local(column: number) {
    const found = { currents: [] as number[], voltages: [] as number[], lost: 0, overloads: 0 };
    for (const { block } of run.blocks()) {
      if (block.channel !== column) continue;
      found.currents.push(...block.current_A.filter((value) => !Number.isNaN(value)));
      found.voltages.push(...block.voltage_V);
      found.lost += block.lost;
      found.overloads += block.overload.reduce((sum, flag) => sum + flag, 0);
    }
    return found;
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

  it.each(QUERIES)("$place: has something to show", async ({ query }) => {
    expect((await ask(query)).length).toBeGreaterThan(0);
  });

  it("variables offer this run and its windows", () => {
    expect(variables["run"]).toMatch(/^run@[0-9a-f]{8}$/);
    expect(variables["every"]).toBe("0.0001 s");
  });

  it.each([0, 1])("curves of column %i are those of the samples", async (column) => {
    const { currents, voltages, lost, overloads } = local(column);
    const one = async (place: string): Promise<Row> => (await ask(queryOf(place)))[0] ?? {};
    expect((await one("Current, extremes per column A"))[`min_current_A_min_${column}`]).toBe(Math.min(...currents));
    expect((await one("Current, extremes per column B"))[`max_current_A_max_${column}`]).toBe(Math.max(...currents));
    expect((await one("Samples lost and overloaded A"))[`sum_lost_${column}`]).toBe(lost);
    expect((await one("Samples lost and overloaded B"))[`sum_overloads_${column}`]).toBe(overloads);
    for (const [place, name, expected] of [
      ["Current, mean per column A", `mean_current_A_mean_${column}`, mean(currents)],
      ["Every sample, where mirrored A", `mean_current_A_${column}`, mean(currents)],
      ["Voltage, mean per column A", `mean_voltage_V_mean_${column}`, mean(voltages)],
    ] as const)
      expect(Math.abs(Number((await one(place))[name]) / expected - 1), place).toBeLessThan(1e-9);
  });

  it("tables and points are those of the events", async () => {
    expect(await ask(queryOf("Runs A"))).toMatchObject([
      { run: variables["run"], status: "success", name: "first loop", samples: run.rows, lost: run.stop?.lost },
    ]);
    const readings = await ask(queryOf("Read windows A"));
    expect(readings.map(({ current_A_1 }) => current_A_1)).toEqual(Array.from({ length: 4 }, () => -0));
    const products = await ask(queryOf("Products and what was expected A"));
    expect(products.map(({ current_A_0, expected_A_1 }) => [current_A_0, expected_A_1])).toEqual([
      [1e-9, 2],
      [3e-9, 4],
      [5e-9, 6],
    ]);
    const events = await ask(queryOf("Events A"));
    expect(events.map(({ seq }) => seq).sort((a, b) => Number(a) - Number(b))).toEqual(run.events.map((_, seq) => seq));
    expect(events.map(({ kind }) => String(kind)).sort()).toEqual(run.events.map(({ kind }) => kind).sort());
    const jumps = (await ask(queryOf("annotation Quality"))).filter(({ flag }) => flag === "wall-clock-jump");
    expect(jumps).toMatchObject([{ offset_s: -0.7 }]);
  });
});
