import { ScpiError } from "../scpi/language/scpiError.ts";

/** "(@111,228)" */
export function encodeChannels(channels: Iterable<number>): string {
  return `(@${[...channels].join(",")})`;
}

/** Largest list that is taken: every crosspoint of a mainframe, once or twice. */
const MOST_CHANNELS = 1000;

/**
 * "(@101,103:105)", as numbers; a range counts up, and its numbers that are no channels are left out.
 * @param known every channel there is, ascending
 * @throws ScpiError -102 when it is no list, -222 for a channel that is not there
 */
export function parseChannels(text: string, known: ReadonlySet<number>): number[] {
  const match = /^\(\s*@([\d\s,:.]*)\)$/.exec(text.trim());
  if (!match) throw new ScpiError(-102);
  const body = (match[1] ?? "").trim();
  if (body === "") return [];
  const channels = body.split(",").flatMap((part) => {
    const [first = Number.NaN, last] = part.split(":").map((one) => (one.trim() === "" ? Number.NaN : Number(one)));
    if (!known.has(first) || (last !== undefined && !known.has(last))) throw new ScpiError(-222);
    return last === undefined ? [first] : [...known].filter((one) => one >= first && one <= last);
  });
  if (channels.length > MOST_CHANNELS) throw new ScpiError(-223);
  return channels;
}

/** What a query of closed channels answers, from either mainframe: "1,0" for those asked, or the list itself. Total. */
export function decodeClosed(line: string, asked: readonly number[]): ReadonlySet<number> | undefined {
  const list = /^\s*\(@([\d.,\s]*)\)\s*$/.exec(line);
  if (list) {
    const closed = new Set<number>();
    const body = (list[1] ?? "").trim();
    if (body === "") return closed;
    for (let start = 0, end = 0; end < body.length; start = end + 1) {
      end = body.indexOf(",", start);
      if (end < 0) end = body.length;
      closed.add(Number(body.slice(start, end)));
    }
    return closed;
  }
  const flags = line.split(",").map((part) => part.trim());
  if (flags.length !== asked.length || !flags.every((one) => one === "0" || one === "1")) return undefined;
  return new Set(asked.filter((_, k) => flags[k] === "1"));
}
