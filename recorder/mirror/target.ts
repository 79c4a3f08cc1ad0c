import { MirrorError } from "./mirrorError.ts";

/** Who asks the server; never written anywhere. */
export type Credentials =
  | { readonly kind: "none" }
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  | { readonly kind: "token"; readonly token: string };

/** Where a run is mirrored to. */
export interface Target {
  readonly protocol: "http:" | "https:";
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** In front of /write and /query, "" for most servers. */
  readonly path: string;
  readonly database: string;
  readonly credentials: Credentials;
}

const USER = "CROSSPORE_INFLUX_USER";
const PASSWORD = "CROSSPORE_INFLUX_PASSWORD";
const TOKEN = "CROSSPORE_INFLUX_TOKEN";

/** @throws MirrorError that says what is allowed, and never repeats a secret */
export function parseTarget(address: string, database: string, environment: Readonly<NodeJS.ProcessEnv>): Target {
  const url = parseUrl(address);
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(database))
    throw new MirrorError(
      `--database is ${JSON.stringify(database.slice(0, 80))}, allowed are 1 to 64 letters, digits, _ . and -, a letter or digit first`,
    );
  return {
    protocol: url.protocol === "https:" ? "https:" : "http:",
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    // InfluxDB's own port; a bare https address is one behind a proxy
    port: url.port === "" ? (url.protocol === "https:" ? 443 : 8086) : Number(url.port),
    path: url.pathname.replace(/\/+$/, ""),
    database,
    credentials: readCredentials(environment),
  };
}

function parseUrl(address: string): URL {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    // not repeated: what cannot be parsed may hold a password
    throw new MirrorError("--influx is no address, expected one like http://127.0.0.1:8086");
  }
  // arguments are seen by every user of the machine, kept by shells, and printed in messages
  if (url.username !== "" || url.password !== "")
    throw new MirrorError(
      `--influx holds credentials, which other users of this machine and the history of your shell would see; put them into ${USER} and ${PASSWORD}, or ${TOKEN}`,
    );
  if (url.search !== "" || url.hash !== "")
    throw new MirrorError(
      `--influx has something behind ? or #, expected one like http://127.0.0.1:8086; a database goes into --database, credentials into ${USER} and ${PASSWORD}, or ${TOKEN}`,
    );
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new MirrorError("--influx begins with another protocol, allowed are http: and https:");
  return url;
}

function readCredentials(environment: Readonly<NodeJS.ProcessEnv>): Credentials {
  const [user, password, token] = [USER, PASSWORD, TOKEN].map((name) => readVariable(name, environment));
  if (token !== undefined && (user !== undefined || password !== undefined))
    throw new MirrorError(`${TOKEN} and ${user === undefined ? PASSWORD : USER} are both set, expected one of them`);
  if (token !== undefined) return { kind: "token", token };
  if (user === undefined && password === undefined) return { kind: "none" };
  if (user === undefined) throw new MirrorError(`${PASSWORD} is set and ${USER} is not, expected both`);
  if (user.includes(":")) throw new MirrorError(`${USER} holds a colon, which HTTP cannot send in a user name`);
  return { kind: "password", user, password: password ?? "" };
}

function readVariable(name: string, environment: Readonly<NodeJS.ProcessEnv>): string | undefined {
  const value = environment[name];
  if (value === undefined || value === "") return undefined;
  if (/[\u0000-\u001f\u007f]/.test(value))
    throw new MirrorError(`${name} holds a newline or another control character, which HTTP cannot send`);
  return value;
}

/** The server and database for people and for the name of the cursor; no credentials in it. */
export function describeTarget({ protocol, hostname, port, path, database }: Target): string {
  return `${protocol}//${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}${path}, database ${database}`;
}

/** Value of the Authorization header. InfluxDB 1.8 and later take tokens on the 1.x paths. */
export function authorise(credentials: Credentials): string | undefined {
  if (credentials.kind === "none") return undefined;
  if (credentials.kind === "token") return `Token ${credentials.token}`;
  return `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`, "utf8").toString("base64")}`;
}

/** Whether credentials would travel unencrypted to another machine. */
export function isExposed({ protocol, hostname, credentials }: Target): boolean {
  const here = hostname === "localhost" || hostname === "::1" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  return credentials.kind !== "none" && protocol === "http:" && !here;
}

/** A text from elsewhere without our secrets: a server may repeat what it was sent. */
export function redact(text: string, credentials: Credentials): string {
  const header = authorise(credentials);
  const secrets: string[] = [];
  if (header !== undefined) secrets.push(header.slice(header.indexOf(" ") + 1));
  if (credentials.kind === "password") secrets.push(credentials.password);
  if (credentials.kind === "token") secrets.push(Buffer.from(credentials.token, "utf8").toString("base64"));
  let clean = text;
  for (const secret of secrets) if (secret !== "") clean = clean.replaceAll(secret, "***");
  return clean;
}
