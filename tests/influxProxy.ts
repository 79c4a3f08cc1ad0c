import { createServer, type IncomingHttpHeaders, request, type Server } from "node:http";

/** What stands in front of the server: lets through, or answers itself. */
export type ProxyMode =
  | { readonly kind: "pass" }
  | { readonly kind: "answer"; readonly status: number; readonly body?: string }
  /** As a server does whose limit is that many bytes. */
  | { readonly kind: "limit"; readonly bytes: number };

/** An HTTP server in front of an InfluxDB, which a test can make answer what it likes. */
export class InfluxProxy {
  readonly #server: Server;
  mode: ProxyMode = { kind: "pass" };
  /** Writes that the server behind has taken. */
  taken = 0;
  /** Requests that were answered here. */
  answered = 0;
  /** Of the latest request. */
  headers: IncomingHttpHeaders = {};
  #waiting: (() => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param target address of the server behind, which need not be there */
  static async open(target: string): Promise<InfluxProxy> {
    const server = createServer();
    const proxy = new InfluxProxy(server);
    server.on("request", (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        proxy.headers = incoming.headers;
        const body = Buffer.concat(chunks);
        const { mode } = proxy;
        if (mode.kind === "answer" || (mode.kind === "limit" && body.length > mode.bytes)) {
          outgoing.writeHead(mode.kind === "answer" ? mode.status : 413);
          outgoing.end(mode.kind === "answer" ? (mode.body ?? "") : '{"error":"Request Entity Too Large"}');
          proxy.answered += 1;
          return proxy.#wake();
        }
        const { hostname, port } = new URL(target);
        const { method, url, headers } = incoming;
        const onward = request({ hostname, port, method, path: url, headers, agent: false }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
          if (answer.statusCode === 204 && url?.startsWith("/write")) proxy.taken += 1;
          proxy.#wake();
        });
        onward.on("error", () => outgoing.destroy());
        outgoing.on("close", () => onward.destroy());
        onward.end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  }

  /** Resolves when so many more writes were taken, or requests answered here. */
  async waitFor(what: "taken" | "answered", more: number): Promise<void> {
    const wanted = this[what] + more;
    while (this[what] < wanted) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
