/** SCPI 1999 codes and those of the Keithley 2400, in their own words. */
const MEANING: Readonly<Record<number, string>> = {
  0: "No error",
  [-100]: "Command error",
  [-101]: "Invalid character",
  [-102]: "Syntax error",
  [-103]: "Invalid separator",
  [-104]: "Data type error",
  [-108]: "Parameter not allowed",
  [-109]: "Missing parameter",
  [-110]: "Command header error",
  [-113]: "Undefined header",
  [-121]: "Invalid character in number",
  [-123]: "Exponent too large",
  [-141]: "Invalid character data",
  [-151]: "Invalid string data",
  [-200]: "Execution error",
  [-213]: "Init ignored",
  [-221]: "Settings conflict",
  [-222]: "Data out of range",
  [-223]: "Too much data",
  [-224]: "Illegal parameter value",
  [-230]: "Data corrupt or stale",
  [-350]: "Queue overflow",
  [-363]: "Input buffer overrun",
  [-410]: "Query interrupted",
  [-420]: "Query unterminated",
  701: "ASCII only with RS-232",
  800: "Illegal with storage active",
  801: "Insufficient vector data",
  802: "Output blocked by output enable",
  803: "Not permitted with OUTPUT off",
  822: "Too small for sense range",
  823: "Invalid with source read-back on",
  824: "Cannot exceed compliance range",
  825: "Invalid with auto-ohms on",
  826: "Attempt to exceed power limit",
  828: "Invalid on 1A range",
  830: "Invalid with INF ARM:COUNT",
  900: "Internal system error",
};

export function describeScpiError(code: number): string {
  return MEANING[code] ?? "Unknown error";
}

/** Thrown by a command of an emulated instrument; ends up in its error queue, never with the host. */
export class ScpiError extends Error {
  override readonly name = "ScpiError";
  readonly scpiCode: number;

  constructor(scpiCode: number) {
    super(`${scpiCode}, ${describeScpiError(scpiCode)}`);
    this.scpiCode = scpiCode;
  }
}
