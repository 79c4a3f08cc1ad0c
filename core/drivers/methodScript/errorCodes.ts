/** What the four hexadecimal digits behind `!` mean, in short. Source: the vendor's public command registry. */
const MEANINGS: Readonly<Record<string, string>> = {
  "0001": "unspecified error",
  "0002": "invalid variable type",
  "0003": "unknown command",
  "0004": "unknown register",
  "0005": "register is read-only",
  "0006": "not possible in this communication mode (no script is running, or one is)",
  "0007": "argument value not allowed",
  "0008": "line too long",
  "0009": "command timeout",
  "000B": "out of variable memory",
  "000C": "no script loaded",
  "000E": "averaging overflow",
  "000F": "potential not valid in this mode",
  "0010": "variable is not a number",
  "0011": "frequency not valid",
  "0012": "amplitude not valid",
  "0014": "open-circuit potential needs the cell off",
  "0015": "checksum error",
  "001A": "not calibrated",
  "001B": "not supported by this device",
  "0021": "potentiostat mode not supported",
  "0023": "command not valid in this potentiostat mode",
  "0028": "division by zero",
  "0032": "critical overload of the cell, script aborted",
  "0046": "multiplexer not found",
  "0048": "not a multi-channel device",
  "0052": "receiver overrun",
  "0055": "no such GPIO pin",
  "005A": "timing cannot be met",
  "00BA": "GPIO write needs an output",
  "00BB": "GPIO read needs an input",
  "4001": "unknown script command",
  "4004": "unexpected character",
  "4005": "script too large for the memory",
  "4008": "bad optional argument",
  "400B": "nested measurement loop",
  "400C": "command not supported here",
  "400D": "scopes nested too deep",
  "400E": "scope does not match",
  "4018": "script ended unexpectedly",
  "401A": "only inside a measurement loop",
  "401B": "packet commands in the wrong order",
  "401C": "too many variables in a packet",
  "4020": "timeout",
  "4021": "multiplexer not configured",
  "4026": "variable already declared",
  "4027": "cell must be on",
  "4028": "cell must be off",
  "402B": "bad variable name",
  "4039": "literal not valid",
  "4205": "argument out of bounds",
  "4207": "integer and floating point mixed",
  "4208": "bad reference",
  "420A": "extra argument",
  "420B": "variable not declared",
  "7FFF": "fatal error, the device restarts",
};

/** "4001 (unknown script command) at line 3, column 1". */
export function describeCode(text: string): string {
  const match = /!([0-9A-F]{4})(?::\s*Line (\d+)(?:, Col (\d+))?)?/i.exec(text);
  if (!match) return JSON.stringify(text);
  const [, code = "", line, column] = match;
  const place =
    line === undefined ? "" : ` at line ${line}${column === undefined ? "" : `, column ${column}`} of the script`;
  return `${code.toUpperCase()} (${MEANINGS[code.toUpperCase()] ?? "a code that is in no list"})${place}`;
}
