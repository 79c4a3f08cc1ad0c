import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { AbortedError } from "../../core/errors.ts";
import { describeSystemError } from "../../runtime/systemError.ts";
import { type Answer, judgeAnswer } from "./answer.ts";
import { authorise, redact, type Target } from "./target.ts";

/** Sends lines and says what became of them. @throws AbortedError when `signal` aborts */
export type Post = (lines: readonly string[], signal: AbortSignal) => Promise<Answer>;

const LARGEST_ANSWER = 65_536;

/**
 * Writes over HTTP(S) by one request each. The whole exchange has `timeout_s`: a server that is hung may still apply
 * the lines later, which is why they are the same when they are sent again.
 */
export function postTo(target: Target, timeout_s: number): Post {
  const { protocol, hostname, port, path, database, credentials } = target;
  const header = authorise(credentials);
  const query = `db=${encodeURIComponent(database)}&precision=ns`;
  return (lines, signal) =>
    new Promise((resolve, reject) => {
      const body = Buffer.from(lines.join("\n"), "utf8");
      const request = (protocol === "https:" ? requestHttps : requestHttp)({
        protocol,
        hostname,
        port,
        path: `${path}/write?${query}`,
        method: "POST",
        headers: {
          "content-type": "text/plain; charset=utf-8",
          "content-length": body.length,
          ...(header === undefined ? {} : { authorization: header }),
        },
      });
      let settled = false;
      const settle = (answer: Answer | undefined, whole = false): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        // after a whole answer the connection is used again
        if (!whole) request.destroy();
        if (answer === undefined) reject(new AbortedError("mirroring ended, the cursor is kept"));
        else resolve("reason" in answer ? { ...answer, reason: redact(answer.reason, credentials) } : answer);
      };
      const abort = (): void => settle(undefined);
      const timer = setTimeout(
        () => settle({ kind: "later", reason: `no answer within ${timeout_s} s` }),
        timeout_s * 1000,
      );
      signal.addEventListener("abort", abort);
      if (signal.aborted) return abort();
      request.on("error", (error) => settle({ kind: "later", reason: describeNetworkError(error) }));
      request.on("response", (response) => readAnswer(response, settle));
      request.end(body);
    });
}

function readAnswer(response: IncomingMessage, settle: (answer: Answer, whole?: boolean) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const judge = (whole: boolean): void => {
    const text = Buffer.concat(chunks).toString("utf8");
    settle(judgeAnswer(response.statusCode ?? 0, response.headers["retry-after"], text), whole);
  };
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= LARGEST_ANSWER) judge(false);
  });
  response.on("end", () => judge(true));
  response.on("error", (error) => settle({ kind: "later", reason: describeNetworkError(error) }));
}

const KNOWN: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the server broke the connection",
  EPIPE: "the server broke the connection",
  EHOSTUNREACH: "the machine cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ENOTFOUND: "no machine of that name",
  EAI_AGAIN: "the name of the machine cannot be looked up",
  ETIMEDOUT: "no answer",
};

function describeNetworkError(error: Error): string {
  const code = "code" in error ? String(error.code) : "";
  return KNOWN[code] ?? describeSystemError(error);
}
