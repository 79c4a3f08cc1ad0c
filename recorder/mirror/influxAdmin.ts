import { InfluxDB, type ISingleHostConfig } from "influx";
import { MirrorError } from "./mirrorError.ts";
import { authorise, redact, type Target } from "./target.ts";

/** Makes the database when there is none of that name. @throws MirrorError */
export async function createDatabase(target: Target, timeout_s: number): Promise<void> {
  await ask(target, timeout_s, (client) => client.createDatabase(target.database));
}

/** One number per field: how many values, or their sum. */
export type FieldNumbers = ReadonlyMap<string, number>;

/**
 * @param run value of the field `run`
 * @param what "count" of every field, or the sum of the fields that begin with `sum`, in windows of one length
 * @throws MirrorError
 */
export async function countFields(
  target: Target,
  timeout_s: number,
  measurement: string,
  run: string,
  what: { readonly count: true } | { readonly sum: string; readonly every: string },
): Promise<FieldNumbers> {
  const [selected, prefix, condition, placeholders] =
    "sum" in what
      ? [`sum(/^${what.sum}/)`, "sum_", ' AND "every" = $every', { run, every: what.every }]
      : ["count(*)", "count_", "", { run }];
  const query = `SELECT ${selected} FROM "${measurement}" WHERE "run" = $run${condition}`;
  const rows = await ask(target, timeout_s, (client) => client.query<Record<string, unknown>>(query, { placeholders }));
  const numbers = new Map<string, number>();
  for (const [key, value] of Object.entries(rows[0] ?? {}))
    if (key.startsWith(prefix) && typeof value === "number") numbers.set(key.slice(prefix.length), value);
  return numbers;
}

/**
 * The client of npm `influx`, for questions. It does not write: its escaping lets newlines through, its pool refuses
 * writes for up to 10 s after a failure, and it has no way to send lines of ours (docs/decisions).
 */
async function ask<T>(target: Target, timeout_s: number, question: (client: InfluxDB) => Promise<T>): Promise<T> {
  try {
    return await question(connect(target, timeout_s));
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\s+/g, " ").slice(0, 300) : String(error);
    throw new MirrorError(redact(reason, target.credentials));
  }
}

function connect({ protocol, hostname, port, path, database, credentials }: Target, timeout_s: number): InfluxDB {
  const authorization = authorise(credentials);
  const config: ISingleHostConfig = {
    protocol: protocol === "https:" ? "https" : "http",
    host: hostname.includes(":") ? `[${hostname}]` : hostname,
    port,
    path,
    database,
    pool: { maxRetries: 0, requestTimeout: timeout_s * 1000 },
    options: authorization === undefined ? {} : { headers: { authorization } },
  };
  // without a user name it would send root:root; null, which its types do not know, switches that off
  Object.assign(config, { username: null, password: null });
  return new InfluxDB(config);
}
