import type { IncomingMessage } from "node:http";

/** Names of this machine by which a browser may ask; a name of anybody else's that points here is an attack. */
const HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Sites from which a browser may ask: this page itself, or the address bar. */
const SITES = new Set(["same-origin", "none"]);

export interface Asked {
  readonly headers: IncomingMessage["headers"];
  readonly method?: string | undefined;
}

/**
 * Whether a request comes from this machine's own page, a script or the address bar, and not from a page of somewhere else:
 * cross-site requests carry Sec-Fetch-Site or Origin, a rebound name stands in Host.
 * @param port that the service listens on
 * @returns why not
 */
export function findIntruder({ headers, method }: Asked, port: number): string | undefined {
  const { host, origin } = headers;
  const site = headers["sec-fetch-site"];
  if (host === undefined || !isOwn(host, port)) return "the name in Host is none of this service";
  if (origin !== undefined && !isOwnOrigin(origin, port)) return "another site asks (Origin)";
  if (site !== undefined && !SITES.has(site)) return "another site asks (Sec-Fetch-Site)";
  if (method !== undefined && method !== "GET" && method !== "HEAD") return "only GET is served";
  return undefined;
}

function isOwn(host: string, port: number): boolean {
  const at = host.lastIndexOf(":");
  const bracket = host.endsWith("]");
  const [name, number] = at < 0 || bracket ? [host, "80"] : [host.slice(0, at), host.slice(at + 1)];
  return HOSTS.has(name.toLowerCase()) && number === String(port);
}

function isOwnOrigin(origin: string, port: number): boolean {
  const found = /^http:\/\/(.+)$/i.exec(origin);
  return found?.[1] !== undefined && isOwn(found[1], port);
}
