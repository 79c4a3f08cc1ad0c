import { nearest } from "../document.ts";
import { ProtocolError } from "../errors.ts";

/** Where an instrument is and who speaks to it: `serial:/dev/ttyUSB0?driver=emstat-pico&baud=230400`. */
export interface InstrumentAddress {
  readonly place:
    | { readonly kind: "serial"; readonly path: string }
    | { readonly kind: "tcp"; readonly host: string; readonly port: number }
    | { readonly kind: "folder"; readonly path: string };
  /** Name of the driver; undefined = find out by asking. */
  readonly driver: string | undefined;
  readonly baud: number | undefined;
  /** Name of an instrument behind a bridge (`crosspore bridge`) at that place. */
  readonly through: string | undefined;
  /** Everything else behind the question mark, for the driver. */
  readonly options: ReadonlyMap<string, string>;
}

const FORM = "serial:PATH?driver=NAME, tcp:HOST:PORT?driver=NAME or folder:PATH?driver=NAME";

/**
 * @param drivers names that are known
 * @throws ProtocolError saying which part is wrong and what is allowed
 */
export function parseAddress(text: string, drivers: readonly string[]): InstrumentAddress {
  const refuse = (reason: string) =>
    new ProtocolError({ file: text, line: 0, column: 0, path: "" }, `${reason}; an instrument is named ${FORM}`);
  const [where = "", query = ""] = splitOnce(text, "?");
  const [kind = "", rest = ""] = splitOnce(where, ":");
  const options = new Map<string, string>();
  for (const part of query === "" ? [] : query.split("&")) {
    const [name = "", value = ""] = splitOnce(part, "=");
    if (name === "" || value === "") throw refuse(`"${part}" is no option`);
    if (options.has(name)) throw refuse(`the option ${name} is given twice`);
    options.set(name, decodeURIComponent(value));
  }
  const driver = options.get("driver");
  if (driver !== undefined && !drivers.includes(driver)) {
    const near = nearest(driver, drivers);
    throw refuse(
      `there is no driver ${driver}${near === undefined ? "" : `, did you mean ${near}`}${near === undefined ? "; there" : "? There"} are ${drivers.join(", ")}`,
    );
  }
  const baudText = options.get("baud");
  const baud = baudText === undefined ? undefined : Number(baudText);
  if (baud !== undefined && !(Number.isInteger(baud) && baud >= 50 && baud <= 10_000_000))
    throw refuse(`baud is ${baudText}, allowed are integers from 50 to 10000000`);
  const through = options.get("through");
  if (through !== undefined && kind !== "tcp")
    throw refuse("through names an instrument of a bridge, which is at tcp:HOST:PORT");
  options.delete("through");
  options.delete("driver");
  options.delete("baud");
  const common = { driver, baud, through, options };
  if (kind === "serial") {
    if (rest === "") throw refuse("the path of the port is missing");
    return { place: { kind: "serial", path: rest }, ...common };
  }
  if (kind === "folder") {
    if (rest === "") throw refuse("the path of the folder is missing");
    // one program alone takes messages in files
    return { place: { kind: "folder", path: rest }, ...common, driver: driver ?? "heka-batch" };
  }
  if (kind === "tcp") {
    const colon = rest.lastIndexOf(":");
    const port = Number(rest.slice(colon + 1));
    if (colon <= 0 || !(Number.isInteger(port) && port >= 1 && port <= 65_535))
      throw refuse(`"${rest}" is no HOST:PORT with a port from 1 to 65535`);
    return { place: { kind: "tcp", host: rest.slice(0, colon), port }, ...common };
  }
  throw refuse(`"${kind}" is no kind of port`);
}

function splitOnce(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + mark.length)];
}
