import { cleanText } from "../../core/record/lineProtocol.ts";

/** What an answer to a write means for its lines. */
export type Answer =
  | { readonly kind: "taken" }
  /** The server has read the lines and will never take some of them; the others it has taken. */
  | { readonly kind: "refused"; readonly reason: string; readonly dropped?: number }
  | { readonly kind: "too-large" }
  /** The same lines may be taken later. */
  | { readonly kind: "later"; readonly reason: string; readonly wait_s?: number }
  /** Not before somebody changes something. */
  | { readonly kind: "never"; readonly reason: string };

/** What servers say of single points. A 400 that says anything else may come from a proxy, and costs no data. */
const ABOUT_POINTS =
  /partial write|unable to parse|field type conflict|invalid (?:field|tag|measurement|boolean|number)|points? beyond|max-(?:series|values)|missing (?:fields|measurement|tag)|time outside range|bad timestamp|duplicate tags|key too (?:long|large)|max key length/i;

const LONGEST_REASON = 300;

/**
 * @param retryAfter header of that name, where there is one
 * @param body what came with the answer, the beginning of it
 */
export function judgeAnswer(status: number, retryAfter: string | undefined, body: string): Answer {
  const said = cleanText(readError(body).replace(/\s+/g, " ").trim(), LONGEST_REASON);
  const reason = `HTTP ${status}${said === "" ? "" : `: ${said}`}`;
  if (status >= 200 && status < 300) return { kind: "taken" };
  if (status === 400 || status === 422) {
    if (!ABOUT_POINTS.test(said)) return { kind: "later", reason };
    const dropped = /dropped=(\d+)/.exec(body)?.[1];
    return { kind: "refused", reason, ...(dropped === undefined ? {} : { dropped: Number(dropped) }) };
  }
  if (status === 413) return { kind: "too-large" };
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const wait_s = Number(retryAfter);
    return { kind: "later", reason, ...(retryAfter && wait_s >= 0 ? { wait_s: Math.min(wait_s, 60) } : {}) };
  }
  return { kind: "never", reason: `${reason}${adviceFor(status)}` };
}

/** {"error": "..."} of InfluxDB 1.x, {"message": "..."} of 2.x; anything else as it is. */
function readError(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null) {
      if ("error" in value && typeof value.error === "string") return value.error;
      if ("message" in value && typeof value.message === "string") return value.message;
    }
  } catch {
    // a page of a proxy, or the beginning of something long
  }
  return body;
}

function adviceFor(status: number): string {
  if (status === 401 || status === 403)
    return "; the server wants other credentials: CROSSPORE_INFLUX_USER and CROSSPORE_INFLUX_PASSWORD, or CROSSPORE_INFLUX_TOKEN";
  if (status === 404) return "; is there such a database? --create-database makes it";
  return "";
}
