import { z } from "zod";
import type { DeepReadonly } from "./deepReadonly.ts";
import { fromJson, toJson } from "../record/json.ts";
import { ARRAY_ASKS } from "./arrays.ts";
import { labErrorSchema } from "./errors.ts";
import { count, real, sentence, short, stamp } from "./fields.ts";
import { PROTOCOL_ASKS } from "./protocols.ts";
import { QUEUE_ASKS } from "./queue.ts";
import { RUN_ASKS } from "./runs.ts";
import { clientSchema, NEWS, type News, type NewsTopic, policySchema, SESSION_ASKS } from "./session.ts";

/** Version of these messages. What is only added keeps it: unknown news is left unread, unknown asks are refused. */
export const LAB_PROTOCOL = 1;

/** Path of the WebSocket, and the protocols that a client offers: this one and `token.` with the token. */
export const LAB_PATH = "/lab";
export const LAB_SUBPROTOCOL = `crosspore.lab.${LAB_PROTOCOL}`;
export const TOKEN_SUBPROTOCOL_PREFIX = "token.";

/** With these codes the service closes a WebSocket; 1000 and 1001 are ordinary ends. */
export const CLOSE_CODES = {
  /** The token is wrong: open the URL that `crosspore lab` printed last. */
  token: 4401,
  /** Another version of this protocol; reload the page. */
  version: 4406,
  /** What came was no message of this protocol; a defect of the client. */
  message: 4400,
  /** It took too long to read what was sent. */
  slow: 4408,
  /** The service ends. */
  ending: 4410,
} as const;

/** Longest text message of a client. */
export const LONGEST_ASK_CHARACTERS = 16 * 1024 * 1024;

/** Everything that can be asked, with what is answered. Each answer comes once, with the `id` of its question. */
export const ASKS = { ...ARRAY_ASKS, ...PROTOCOL_ASKS, ...QUEUE_ASKS, ...RUN_ASKS, ...SESSION_ASKS } as const;

export type AskName = keyof typeof ASKS;
/** What the asker writes, defaults left out. */
export type AskBody<N extends AskName> = DeepReadonly<z.input<(typeof ASKS)[N]["body"]>>;
/** What the service reads, defaults filled in. */
export type ReadBody<N extends AskName> = DeepReadonly<z.output<(typeof ASKS)[N]["body"]>>;
export type Answer<N extends AskName> = DeepReadonly<z.output<(typeof ASKS)[N]["answer"]>>;

/** What these may be asked by observers, who look only. Panic is everybody's. */
export const OBSERVER_ASKS: ReadonlySet<AskName> = new Set([
  "list-arrays",
  "discover-ports",
  "cell",
  "read-map",
  "check-protocol",
  "plan-protocol",
  "templates",
  "queue",
  "panic",
  "prompts",
  "list-runs",
  "open-run",
  "run-events",
  "analyse-run",
  "run-figures",
  "run-report",
  "read-trace",
  "trace-statistics",
  "replay-map",
  "compare-runs",
  "verify-run",
  "log",
  "alarms",
  "watch-map",
  "watch-samples",
  "unwatch",
]);

const hello = z.strictObject({
  kind: z.literal("hello"),
  protocol: z.int(),
  client: z.strictObject({ kind: clientSchema.shape.kind, name: short }),
  role: clientSchema.shape.role.default("operator"),
});
const ask = z.strictObject({
  kind: z.literal("ask"),
  id: count,
  name: z.enum(Object.keys(ASKS) as [AskName, ...AskName[]]),
  body: z.unknown(),
});
/** The answer to every beat of the service, at once. `late_ms`: how long the client's event loop was lately held up. */
const clientBeat = z.strictObject({ kind: z.literal("beat"), beat: count, late_ms: real });
/** Frames of a stream up to this number have been drawn. */
const ack = z.strictObject({ kind: z.literal("ack"), stream: count, sequence: count });

const clientMessageSchema = z.discriminatedUnion("kind", [hello, ask, clientBeat, ack]);
/** What a client sends. The first message is `hello`. */
export type ClientMessage = DeepReadonly<z.output<typeof clientMessageSchema>>;

const welcome = z.strictObject({
  kind: z.literal("welcome"),
  protocol: z.int(),
  service: z.strictObject({ version: short, pid: count, started: stamp, runsFolder: sentence }),
  you: clientSchema,
  others: z.array(clientSchema),
  policy: policySchema,
  /** The service sends a beat so often, seconds; three missing ones mean that it is gone or frozen. */
  beat_s: real,
});
const answer = z.strictObject({ kind: z.literal("answer"), id: count, body: z.unknown() });
const refusal = z.strictObject({ kind: z.literal("refusal"), id: count, error: labErrorSchema });
const news = z.strictObject({ kind: z.literal("news"), topic: z.string(), body: z.unknown() });
const serviceBeat = z.strictObject({ kind: z.literal("beat"), beat: count });
/** Last words before the service closes the connection. */
const goodbye = z.strictObject({ kind: z.literal("goodbye"), error: labErrorSchema });

const serviceMessageSchema = z.discriminatedUnion("kind", [welcome, answer, refusal, news, serviceBeat, goodbye]);
/** What the service sends. The first message is `welcome` or `goodbye`. */
export type ServiceMessage = DeepReadonly<z.output<typeof serviceMessageSchema>>;
export type Welcome = DeepReadonly<z.output<typeof welcome>>;

/** One news with its checked body. */
export type AnyNews = { [T in NewsTopic]: { readonly topic: T; readonly body: News<T> } }[NewsTopic];

/** Text of a message; NaN, Infinity and -0 survive (json.ts, nulls stay nulls). */
export function encodeMessage(message: ClientMessage | ServiceMessage): string {
  return toJson(message, "text");
}

/** Why a text is no message. */
export interface NotAMessage {
  readonly problem: string;
  /** The question it wanted to be, where that much can be read: so that it can be refused. */
  readonly id?: number;
}

export function decodeClientMessage(text: string): ClientMessage | NotAMessage {
  return decode(text, clientMessageSchema);
}

export function decodeServiceMessage(text: string): ServiceMessage | NotAMessage {
  return decode(text, serviceMessageSchema);
}

/** Checks the body of a question. @returns why it is none, with the field */
export function readAskBody<N extends AskName>(
  name: N,
  body: unknown,
): { readonly body: ReadBody<N> } | { readonly field: string; readonly problem: string } {
  const result = ASKS[name].body.safeParse(body);
  return result.success ? { body: result.data as ReadBody<N> } : firstIssue(result.error);
}

export function readAnswer<N extends AskName>(
  name: N,
  body: unknown,
): { readonly body: Answer<N> } | { readonly field: string; readonly problem: string } {
  const result = ASKS[name].answer.safeParse(body);
  return result.success ? { body: result.data as Answer<N> } : firstIssue(result.error);
}

/** @returns undefined for a topic of a newer service */
export function readNews(
  topic: string,
  body: unknown,
): AnyNews | { readonly field: string; readonly problem: string } | undefined {
  if (!Object.hasOwn(NEWS, topic)) return undefined;
  const result = NEWS[topic as NewsTopic].safeParse(body);
  return result.success ? ({ topic, body: result.data } as AnyNews) : firstIssue(result.error);
}

const askId = z.looseObject({ id: count });

function decode<T>(text: string, schema: z.ZodType<T>): T | NotAMessage {
  let value: unknown;
  try {
    value = fromJson(text, "text");
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const { field, problem } = firstIssue(result.error);
    const asked = askId.safeParse(value);
    return { problem: field === "" ? problem : `${field}: ${problem}`, ...(asked.success && { id: asked.data.id }) };
  } catch (error) {
    // nesting without end exhausts the stack of whoever walks it
    return { problem: error instanceof RangeError ? "nested too deeply" : "not JSON" };
  }
}

function firstIssue(error: z.ZodError): { readonly field: string; readonly problem: string } {
  const issue = error.issues[0];
  return { field: (issue?.path ?? []).map(String).join("."), problem: issue?.message ?? "not what was expected" };
}

export function isNotAMessage(message: object): message is NotAMessage {
  return "problem" in message;
}
