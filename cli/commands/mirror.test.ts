import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InfluxProxy } from "../../tests/influxProxy.ts";
import { InfluxServer } from "../../tests/influxServer.ts";
import { canRun } from "../../tests/needs.ts";
import { countStop, makeEvents, recordRun } from "../../tests/recordedRun.ts";

const root = resolve(import.meta.dirname, "../..");
const bin = join(root, "bin/crosspore.js");
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "crosspore-mirror-"));
  const events = makeEvents(3, 50);
  await recordRun(join(folder, "run"), events, {}, countStop(events));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function crosspore(parameters: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [bin, ...parameters], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  return new Promise((settle) => child.on("close", (code) => settle({ code, stdout, stderr })));
}

const NOWHERE = "http://127.0.0.1:9";

describe("crosspore mirror", () => {
  it.each([
    [
      "an address with credentials",
      ["http://me:hush@127.0.0.1:8086"],
      /holds credentials, which other users .* CROSSPORE_INFLUX_USER/,
    ],
    ["credentials behind the ?", ["http://127.0.0.1:8086/?u=me&p=hush"], /something behind \? or #/],
    ["no address", ["hush:hush@here"], /allowed are http: and https:|is no address/],
    ["another protocol", ["ftp://127.0.0.1"], /begins with another protocol, allowed are http: and https:/],
    [
      "a database that InfluxQL would read",
      [NOWHERE, "--database", 'x"; DROP DATABASE y'],
      /--database is .* allowed are/,
    ],
    ["no time", [NOWHERE, "--every", "banana"], /is not a quantity/],
    ["a time without a unit", [NOWHERE, "--every", "5"], /has no unit/],
    ["a window below the clock", [NOWHERE, "--every", "1e-12 s"], /shorter than a nanosecond/],
    ["--check of what goes on", [NOWHERE, "--check", "--follow"], /--check compares a run that was mirrored/],
  ])("refuses %s with exit code 2, and repeats no secret", async (_, more, message) => {
    const { code, stdout, stderr } = await crosspore(["mirror", "run", "--influx", ...more]);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).not.toContain("hush");
  });

  it.each([
    [{ CROSSPORE_INFLUX_PASSWORD: "hush" }, /CROSSPORE_INFLUX_PASSWORD is set and CROSSPORE_INFLUX_USER is not/],
    [{ CROSSPORE_INFLUX_TOKEN: "hush", CROSSPORE_INFLUX_USER: "me" }, /are both set, expected one/],
    [{ CROSSPORE_INFLUX_TOKEN: "hush\r\nHost: evil" }, /CROSSPORE_INFLUX_TOKEN holds a newline/],
    [{ CROSSPORE_INFLUX_USER: "me:hush" }, /CROSSPORE_INFLUX_USER holds a colon/],
  ])("refuses credentials that cannot be meant: %o", async (environment, message) => {
    const { code, stderr } = await crosspore(["mirror", "run", "--influx", NOWHERE], environment);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stderr).not.toContain("hush");
  });

  it("gives up on a server that is away after its patience, with the reason and exit code 1", async () => {
    const { code, stdout, stderr } = await crosspore(["mirror", "run", "--influx", NOWHERE, "--patience", "300 ms"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/nothing listens there; trying again/);
    expect(stderr).toMatch(/given up after 0\.3 s, the cursor is kept/);
  });

  it("says what is no run", async () => {
    expect(await crosspore(["mirror", "nothing", "--influx", NOWHERE])).toMatchObject({ code: 1, stdout: "" });
    mkdirSync(join(folder, "empty"), { recursive: true });
    const { code, stderr } = await crosspore(["mirror", "empty", "--influx", NOWHERE]);
    expect(stderr).toMatch(/empty: not a run folder, it has no run\.json/);
    expect(code).toBe(1);
  });
});

const here = describe.skipIf(!canRun("crosspore mirror on a real InfluxDB", { programs: ["influxd"] }));

here("crosspore mirror on a real InfluxDB", () => {
  let server: InfluxServer;
  beforeAll(async () => {
    server = await InfluxServer.open();
  });
  afterAll(() => server.close());

  it("creates no database unless asked, mirrors a run, compares, and is done at once the second time", async () => {
    const command = ["mirror", "run", "--influx", server.url, "--database", "cli"];
    const without = await crosspore(command);
    expect(without.code).toBe(1);
    expect(without.stderr).toMatch(/HTTP 404: database not found: .*--create-database makes it/);
    expect(await server.query("", "SHOW DATABASES")).not.toContainEqual({ name: "cli" });
    const first = await crosspore([...command, "--create-database", "--every", "sample", "--check"]);
    expect(first.stderr).toBe("");
    expect(first.code).toBe(0);
    const told = JSON.parse(first.stdout) as { points: number };
    expect(told).toMatchObject({ database: "cli", complete: true, rejected: 0, equal: true, every: "sample" });
    expect(told).toMatchObject({ counts: { "samples of column 1": { folder: 147, server: 147 } } });
    const again = await crosspore([...command, "--every", "sample", "--check"]);
    expect(JSON.parse(again.stdout)).toMatchObject({ points: told.points, equal: true });
    // windows beside samples, and windows of two lengths beside each other
    for (const every of ["10 ms", "3 ms"])
      expect(JSON.parse((await crosspore([...command, "--every", every, "--check"])).stdout)).toMatchObject({
        equal: true,
      });
    await server.query("cli", "DELETE FROM crosspore_samples WHERE time > 0");
    const broken = await crosspore([...command, "--every", "sample", "--check"]);
    // the cursor was moved by the windows: the run was sent again, and is whole again
    expect(JSON.parse(broken.stdout)).toMatchObject({ equal: true });
    await server.query("cli", "DROP MEASUREMENT crosspore_samples");
    const emptied = await crosspore([...command, "--every", "sample", "--check"]);
    expect(emptied.code).toBe(1);
    expect(JSON.parse(emptied.stdout)).toMatchObject({ equal: false });
    expect(await crosspore(["verify", "run", "--json"])).toMatchObject({ code: 0 });
  });

  it("of a folder that cannot be written says that it keeps no cursor, and mirrors", async () => {
    if (process.getuid?.() === 0) {
      // root writes everywhere but where a folder is in the way
      const name = readdirSync(join(folder, "run")).find((file) => file.startsWith("mirror-")) ?? "";
      rmSync(join(folder, "run", name));
      mkdirSync(join(folder, "run", name));
    } else chmodSync(join(folder, "run"), 0o555);
    const command = ["mirror", "run", "--influx", server.url, "--database", "cli", "--every", "sample", "--check"];
    const { code, stdout, stderr } = await crosspore(command);
    expect(stderr).toMatch(/mirror-.*json: .*the run will be sent again from its beginning, which changes nothing/);
    expect(JSON.parse(stdout)).toMatchObject({ complete: true, equal: true });
    expect(code).toBe(0);
    chmodSync(join(folder, "run"), 0o755);
  });
});

/** Every file below a folder, with its bytes. */
function filesBelow(path: string): { path: string; bytes: Buffer }[] {
  return readdirSync(path).flatMap((name) => {
    const child = join(path, name);
    return statSync(child).isDirectory() ? filesBelow(child) : [{ path: child, bytes: readFileSync(child) }];
  });
}

/** The secret as it is, and as base64 shows it at each of the three offsets, and in hexadecimal and percent form. */
function disguises(secret: string): string[] {
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
      .toString("base64")
      .replace(/=+$/, "");
    // without the characters at both ends that depend on what stands beside the secret
    return text.slice(offset === 0 ? 0 : offset + 1, -1);
  });
  return [secret, ...base64, Buffer.from(secret).toString("hex"), encodeURIComponent(secret)];
}

function findSecret(secret: string, artefacts: readonly { path: string; bytes: Buffer }[]): string[] {
  return artefacts
    .filter(({ bytes }) => disguises(secret).some((text) => bytes.includes(text)))
    .map(({ path }) => path);
}

here("H21: a secret of the environment", () => {
  const SECRET = "canary-4f1d8b0c27";
  const EXPERIMENT = `crosspore: 1
name: canary
array: { rows: 2, columns: 2, junction: { model: conical-channel } }
protocol:
  - iv-sweep: { cells: [[1, 1]], amplitude_V: 1 V, frequency_Hz: 40 Hz, cycles: 1, samplesPerCycle: 200 }
`;

  it("is in no file, output, log or error of a run, its report, its tables and its mirror", async () => {
    const server = await InfluxServer.open("auth-enabled = true");
    const proxy = await InfluxProxy.open(server.url);
    const outputs: { path: string; bytes: Buffer }[] = [];
    const place = mkdtempSync(join(tmpdir(), "crosspore-canary-"));
    try {
      await server.query("", `CREATE USER keeper WITH PASSWORD '${SECRET}' WITH ALL PRIVILEGES`);
      writeFileSync(join(place, "loop.yaml"), EXPERIMENT);
      const run = async (parameters: string[], more: Record<string, string> = {}): Promise<Outcome> => {
        const environment = {
          CROSSPORE_INFLUX_USER: "keeper",
          CROSSPORE_INFLUX_PASSWORD: SECRET,
          CROSSPORE_DEBUG: "1",
          ...more,
        };
        const inPlace = parameters.map((parameter) => parameter.replace("@", place));
        const outcome = await crosspore(inPlace, environment);
        outputs.push({
          path: `crosspore ${parameters.join(" ")}`,
          bytes: Buffer.from(outcome.stdout + outcome.stderr),
        });
        return outcome;
      };
      const mirror = (url: string, ...more: string[]): string[] => ["mirror", "@/run", "--influx", url, ...more];
      expect((await run(["run", "@/loop.yaml", "--out", "@/run"])).code).toBe(0);
      expect((await run(["report", "@/run"])).code).toBe(0);
      expect((await run(["export", "@/run", "--format", "csv", "--out", "@/table.csv"])).code).toBe(0);
      expect((await run(["verify", "@/run", "--json"])).code).toBe(0);
      expect((await run(["runs", "@", "--json"])).code).toBe(0);
      const mirrored = await run(mirror(proxy.url, "--create-database", "--check"));
      expect(mirrored).toMatchObject({ code: 0, stderr: "" });
      // the secret was in use, or nothing of this would tell anything
      const { authorization } = proxy.headers;
      expect(authorization).toBe(`Basic ${Buffer.from(`keeper:${SECRET}`).toString("base64")}`);

      // errors: wrong secret, a server that repeats what it was sent, one that is away, and an address that holds it
      const wrong = { CROSSPORE_INFLUX_PASSWORD: `${SECRET}-wrong` };
      expect((await run(mirror(proxy.url, "--every", "5 ms"), wrong)).stderr).toMatch(/HTTP 401/);
      expect((await run(mirror(proxy.url, "--create-database"), wrong)).stderr).toMatch(/401/);
      const echo = createServer((incoming, outgoing) => {
        incoming.resume();
        const { authorization = "" } = incoming.headers;
        const plain = Buffer.from(authorization.split(" ")[1] ?? "", "base64").toString("utf8");
        outgoing.writeHead(incoming.url?.includes("write") ? 403 : 400, { "x-echo": authorization });
        outgoing.end(JSON.stringify({ error: `unable to parse ${authorization} ${plain}` }));
      });
      await new Promise<void>((listening) => echo.listen(0, "127.0.0.1", listening));
      const address = echo.address();
      const echoUrl = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
      expect((await run(mirror(echoUrl, "--every", "6 ms"))).stderr).toMatch(/HTTP 403: .*\*\*\*/);
      expect((await run(mirror(echoUrl, "--create-database"))).stderr).toContain("***");
      const token = { CROSSPORE_INFLUX_USER: "", CROSSPORE_INFLUX_PASSWORD: "", CROSSPORE_INFLUX_TOKEN: SECRET };
      expect((await run(mirror(echoUrl, "--every", "7 ms"), token)).stderr).toMatch(/HTTP 403: .*Token \*\*\*/);
      echo.close();
      expect((await run(mirror(NOWHERE, "--patience", "100 ms", "--every", "8 ms"))).code).toBe(1);
      expect((await run(mirror(`http://keeper:${SECRET}@127.0.0.1:1`))).code).toBe(2);
      expect((await run(mirror(`http://127.0.0.1:1?p=${SECRET}`))).code).toBe(2);
      expect((await run(mirror(`:${SECRET}`))).code).toBe(2);

      const artefacts = [...filesBelow(place), ...outputs];
      expect(artefacts.length).toBeGreaterThan(20);
      // commands are named by what was typed, which for two of them held the secret; what they wrote counts
      expect(findSecret(SECRET, artefacts)).toEqual([]);
      // everything mirrored, too
      for (const { name } of await server.query("crosspore", "SHOW MEASUREMENTS", authorization)) {
        const rows = await server.query("crosspore", `SELECT * FROM "${String(name)}" LIMIT 100`, authorization);
        expect(findSecret(SECRET, [{ path: String(name), bytes: Buffer.from(JSON.stringify(rows)) }])).toEqual([]);
      }
      console.log(`canary secret found in 0 of ${artefacts.length} artefacts`);
    } finally {
      await proxy.close();
      await server.close();
      rmSync(place, { recursive: true, force: true });
    }
  });

  it("would be found: planted in a file, in a longer text, in base64 at any offset, in hexadecimal", () => {
    const place = mkdtempSync(join(tmpdir(), "crosspore-canary-"));
    const plants = [
      SECRET,
      `x${SECRET}y`,
      ...["", "u:", "us:", "use:"].map((user) => Buffer.from(`${user}${SECRET}!`).toString("base64")),
      Buffer.from(SECRET).toString("hex"),
    ];
    for (const [n, plant] of plants.entries()) writeFileSync(join(place, `${n}`), `before ${plant} after`);
    writeFileSync(join(place, "innocent"), Buffer.from("something else entirely").toString("base64"));
    const found = findSecret(SECRET, filesBelow(place));
    expect(found).toHaveLength(plants.length);
    expect(found).not.toContain(join(place, "innocent"));
    rmSync(place, { recursive: true });
  });
});
