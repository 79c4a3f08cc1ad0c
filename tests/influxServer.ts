import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One row of an answer, by column name; `time` in nanoseconds as text, exactly. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Debian's influxd on a port of its own, with data of its own. */
export class InfluxServer {
  readonly url: string;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param settings more lines for the section [http], e.g. auth-enabled = true */
  static async open(settings = ""): Promise<InfluxServer> {
    const [port, rpcPort] = await findPorts();
    const folder = mkdtempSync(join(tmpdir(), "crosspore-influx-"));
    writeFileSync(
      join(folder, "influx.conf"),
      `reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  wal-fsync-delay = "0s"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
  ${settings}
`,
    );
    const server = new InfluxServer(folder, port);
    await server.start();
    return server;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const child = spawn("influxd", ["-config", join(this.#folder, "influx.conf")], { stdio: "ignore" });
    this.#child = child;
    for (let tries = 0; tries < 600; tries++) {
      if (child.exitCode !== null) throw new Error(`influxd ended with ${child.exitCode}`);
      try {
        const { status } = await fetch(`${this.url}/ping`, { signal: AbortSignal.timeout(1000) });
        if (status === 204) return;
      } catch {
        // not yet
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("influxd does not answer");
  }

  /** kill -9, SIGSTOP ... */
  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Lines as they are. @returns status and body */
  async write(database: string, lines: string): Promise<{ status: number; body: string }> {
    const answer = await fetch(`${this.url}/write?db=${database}&precision=ns`, { method: "POST", body: lines });
    return { status: answer.status, body: await answer.text() };
  }

  /** InfluxQL, over HTTP and nothing of ours: rows of all series, tags of the series included. @throws what the server says */
  async query(database: string, query: string, authorization?: string): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const piece of this.stream(database, query, authorization)) rows.push(...piece);
    return rows;
  }

  /** The same in pieces, for answers that do not fit into memory. */
  async *stream(database: string, query: string, authorization?: string): AsyncGenerator<Row[]> {
    const body = new URLSearchParams({ q: query });
    const headers = authorization === undefined ? {} : { authorization };
    const address = `${this.url}/query?db=${database}&epoch=ns&chunked=true&chunk_size=10000`;
    const answer = await fetch(address, { method: "POST", body, headers });
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield readAnswer(line);
    }
    if (text !== "") yield readAnswer(text);
  }
}

function readAnswer(line: string): Row[] {
  // 19 digits of time do not fit a number
  const text = line.replace(/([[,])(-?\d{16,19})(?=,)/g, '$1"$2"');
  const { results = [], error } = JSON.parse(text) as {
    results?: { error?: string; series?: { columns: string[]; values?: Row[string][][]; tags?: Row }[] }[];
    error?: string;
  };
  if (error !== undefined) throw new Error(error);
  return results.flatMap((result) => {
    if (result.error !== undefined) throw new Error(result.error);
    return (result.series ?? []).flatMap(({ columns, values = [], tags = {} }) =>
      values.map((cells) => ({
        ...tags,
        ...Object.fromEntries(columns.map((column, k) => [column, cells[k] ?? null])),
      })),
    );
  });
}

async function findPorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            resolve(typeof address === "object" && address ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [ports[0] ?? 0, ports[1] ?? 0];
}
