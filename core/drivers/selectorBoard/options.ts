import { ProtocolError } from "../../errors.ts";
import { formatSI, parseQuantity } from "../../units.ts";
import { SETUP_BOUNDS, type Setup, type Wiring } from "./messages.ts";

/** Multiplexers and relays that a board knows, by the name of the part. */
const PARTS: Readonly<Record<string, { readonly wiring: Wiring; readonly channels: 8 | 16; readonly dead_s: number }>> =
  {
    // break-before-make is not guaranteed, tens of ns
    "4067": { wiring: "mux-active-low", channels: 16, dead_s: 20e-6 },
    adg1408: { wiring: "mux-active-high", channels: 8, dead_s: 20e-6 },
    // reed relays release and stop bouncing within 1 ms
    relays: { wiring: "relays", channels: 8, dead_s: 2e-3 },
  };
const LARGEST_LINES = 32;

/**
 * Geometry and limits out of an address: `wiring=adg1408&rows=8&columns=8&dead=20us&settle=1ms&deadman=400ms&longest=10s&unselected=floating`.
 * @param where the driver, for messages
 * @throws ProtocolError naming the option and what is allowed
 */
export function readSetup(options: ReadonlyMap<string, string>, where: string): Setup {
  const refuse = (name: string, text: string, allowed: string) =>
    new ProtocolError(
      { file: where, line: 0, column: 0, path: name },
      `${text} is not allowed, allowed are ${allowed}`,
    );
  const known = ["wiring", "rows", "columns", "dead", "settle", "deadman", "longest", "unselected"];
  for (const [name, text] of options)
    if (!known.includes(name)) throw refuse(name, text, `the options ${known.join(", ")}`);
  const part = options.get("wiring") ?? "adg1408";
  const wired = Object.hasOwn(PARTS, part) ? PARTS[part] : undefined;
  if (!wired) throw refuse("wiring", part, Object.keys(PARTS).join(", "));
  const most = Math.min(LARGEST_LINES, wired.wiring === "relays" ? LARGEST_LINES : 4 * wired.channels);
  const lines = (name: "rows" | "columns") => {
    const text = options.get(name) ?? String(most);
    const count = Number(text);
    if (!(Number.isInteger(count) && count >= 1 && count <= most)) throw refuse(name, text, `1 to ${most}`);
    return count;
  };
  const time = (name: string, preset_s: number, unit_s: number, [least, largest]: readonly [number, number]) => {
    const text = options.get(name);
    const count = Math.ceil((text === undefined ? preset_s : readTime(name, text)) / unit_s - 1e-9);
    if (!(count >= least && count <= largest))
      throw refuse(
        name,
        text ?? String(preset_s),
        `${formatSI(least * unit_s, "s")} to ${formatSI(largest * unit_s, "s")}`,
      );
    return count;
  };
  const readTime = (name: string, text: string) => {
    try {
      return parseQuantity(text, "s");
    } catch {
      throw refuse(name, text, "times with their unit, e.g. 20us");
    }
  };
  const unselectedLines = options.get("unselected") ?? "floating";
  if (unselectedLines !== "floating" && unselectedLines !== "grounded")
    throw refuse(
      "unselected",
      unselectedLines,
      "floating, and grounded where the other contact of every relay goes to ground",
    );
  if (unselectedLines === "grounded" && wired.wiring !== "relays")
    throw refuse("unselected", "grounded", `floating: a multiplexer leaves open what it does not select`);
  return {
    wiring: wired.wiring,
    channels: wired.channels,
    rows: lines("rows"),
    columns: lines("columns"),
    unselectedLines,
    deadman_ms: time("deadman", 0.4, 1e-3, SETUP_BOUNDS.deadman_ms),
    dead_us: time("dead", wired.dead_s, 1e-6, SETUP_BOUNDS.dead_us),
    settle_us: time("settle", wired.wiring === "relays" ? 1e-3 : 100e-6, 1e-6, SETUP_BOUNDS.settle_us),
    longest_ms: time("longest", 0, 1e-3, SETUP_BOUNDS.longest_ms),
  };
}
