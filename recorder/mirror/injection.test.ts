import fc from "fast-check";
import { InfluxDB } from "influx";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodePoint, type Point } from "../../core/record/lineProtocol.ts";
import { InfluxServer } from "../../tests/influxServer.ts";
import { canRun } from "../../tests/needs.ts";

/** Texts of an instrument or a user that nobody has looked at. */
const VECTORS = [
  "A1\nevil,x=y v=666 1",
  "A1\revil v=666",
  'A1" evil="1',
  "A1\\",
  "A1\\,evil=1",
  "A1,evil=1 v=666 1\n",
  "A1\0B",
  "A1=evil",
  "\nevil v=666",
  "A1 v=666 1\\\nevil v=1",
  "A1\u2028evil v=666",
  "#A1",
  "A1\ud800",
];

describe.skipIf(!canRun("injection into a real InfluxDB", { programs: ["influxd"] }))("on a real InfluxDB", () => {
  let server: InfluxServer;
  beforeAll(async () => {
    server = await InfluxServer.open();
  });
  afterAll(() => server.close());

  async function measurements(database: string): Promise<string[]> {
    return (await server.query(database, "SHOW MEASUREMENTS")).map(({ name }) => String(name));
  }

  /** The text in every place of a point where a text can be. */
  function placesOf(text: string, n: number): Point[] {
    const time_ns = BigInt(n + 1);
    return [
      { measurement: "good", tags: { serial: text, place: "tag" }, fields: { v: 1 }, time_ns },
      { measurement: "good", tags: { [text]: "x", place: "tag-key" }, fields: { v: 1 }, time_ns },
      { measurement: "good", tags: { place: "field" }, fields: { text, v: 1 }, time_ns },
      { measurement: "good", tags: { place: "field-key" }, fields: { [text]: 1, v: 1 }, time_ns },
      { measurement: `good ${text}`, tags: { place: "measurement" }, fields: { v: 1 }, time_ns },
    ];
  }

  it("every vector, in every place, makes exactly the points that were asked for", async () => {
    await server.query("", "CREATE DATABASE ours");
    const lines = VECTORS.flatMap((text, n) => placesOf(text, n).map(encodePoint));
    expect(await server.write("ours", lines.join("\n"))).toEqual({ status: 204, body: "" });
    const names = await measurements("ours");
    expect(names.filter((name) => !name.startsWith("good"))).toEqual([]);
    let rows = 0;
    for (const name of names) {
      const found = await server.query("ours", `SELECT * FROM "${name.replace(/["\\]/g, "\\$&")}" WHERE v = 1`);
      rows += found.length;
    }
    expect(rows).toBe(VECTORS.length * 5);
    expect(await server.query("ours", "SELECT * FROM /.*/ WHERE v = 666")).toEqual([]);
  });

  it("the escaping of the stock client lets the first vector forge a measurement, so the test above can fail", async () => {
    await server.query("", "CREATE DATABASE stock");
    const client = new InfluxDB({ host: "127.0.0.1", port: Number(new URL(server.url).port), database: "stock" });
    const [text = ""] = VECTORS;
    await client
      .writePoints([{ measurement: "good", tags: { serial: text }, fields: { v: 1 } }])
      .catch(() => undefined);
    expect((await measurements("stock")).filter((name) => name !== "good")).toEqual(["evil,x=y v=666 1"]);
  });

  it("values that a server cannot hold are left out and take no other point with them", async () => {
    await server.query("", "CREATE DATABASE numbers");
    const numbers = [NaN, Infinity, -Infinity, undefined, -0, 5e-324, 1.7976931348623157e308, 1e21, 0.1, 1 / 3, -1e-7];
    const lines = numbers.map((value, n) =>
      encodePoint({ measurement: "m", tags: { empty: "" }, fields: { n: BigInt(n), value }, time_ns: BigInt(n) }),
    );
    expect((await server.write("numbers", lines.join("\n"))).status).toBe(204);
    const rows = await server.query("numbers", "SELECT n, value FROM m");
    expect(rows.map(({ value }) => value)).toEqual([null, null, null, null, ...numbers.slice(4)]);
    expect(rows.map(({ n }) => n)).toEqual(numbers.map((_, n) => n));
  });

  it("whatever the texts, the server takes the line and gives back one point of that time", async () => {
    await server.query("", "CREATE DATABASE random");
    let time_ns = 0n;
    const nasty = fc.string({
      unit: fc.constantFrom("\n", "\r", "\0", "\\", ",", " ", "=", '"', "#", "'", "a", "\ud800", "é", "😀", "_", "\t"),
      maxLength: 10,
    });
    await fc.assert(
      fc.asyncProperty(
        nasty,
        nasty,
        nasty,
        nasty,
        fc.double({ noNaN: true }),
        async (measurement, key, tag, text, x) => {
          time_ns += 1n;
          const fields = { [key]: 1, text, x: Number.isFinite(x) ? x : 0, ok: 1n };
          // a field "ok" in a known measurement tells that nothing else of the line went astray
          const line = encodePoint({ measurement: `m${measurement}`, tags: { [key]: tag, tag }, fields, time_ns });
          const known = encodePoint({ measurement: "known", tags: { tag }, fields: { text, ok: 1n }, time_ns });
          expect(await server.write("random", `${line}\n${known}`)).toEqual({ status: 204, body: "" });
        },
      ),
      { numRuns: 300 },
    );
    const rows = await server.query("random", "SELECT ok FROM known");
    expect(rows.map(({ time }) => Number(time))).toEqual(Array.from({ length: Number(time_ns) }, (_, n) => n + 1));
    const all = await server.query("random", "SELECT ok FROM /^m/");
    expect(all).toHaveLength(Number(time_ns));
  });
});
