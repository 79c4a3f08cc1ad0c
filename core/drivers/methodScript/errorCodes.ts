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
  "0016": "cannot write its flash memory",
  "0017": "cannot read its flash memory",
  "0018": "settings are corrupt",
  "0019": "not authenticated",
  "001A": "not calibrated",
  "001B": "not supported by this device",
  "001C": "step smaller than one step of its output",
  "001D": "pulse smaller than one step of its output",
  "001E": "amplitude smaller than one step of its output",
  "001F": "technique not licensed",
  "0020": "several channels in high-speed mode",
  "0021": "potentiostat mode not supported",
  "0022": "second working electrode not allowed in this mode",
  "0023": "command not valid in this potentiostat mode",
  "0024": "too many variables",
  "0025": "mode of pulsed amperometry not known",
  "0026": "file cannot be opened",
  "0027": "file exists already",
  "0028": "division by zero",
  "0029": "GPIO mode unknown",
  "002B": "line with checksum: format not valid",
  "002C": "line with checksum: wrong number",
  "002D": "line with checksum: wrong checksum",
  "002F": "channel is missing",
  "0032": "critical overload of the cell, script aborted",
  "003B": "file system cannot be mounted",
  "003C": "file system cannot be formatted",
  "0042": "register is locked",
  "0043": "register is write-only",
  "0046": "multiplexer not found",
  "0047": "file system not mounted",
  "0048": "not a multi-channel device",
  "004B": "argument too short",
  "004C": "argument has the wrong format",
  "0052": "receiver overrun",
  "0053": "argument of a register has the wrong length",
  "0055": "no such GPIO pin",
  "0056": "GPIO pin does not have this mode",
  "0058": "timing of a fast measurement cannot be met",
  "005A": "timing cannot be met",
  "005B": "variable type is measured already",
  "006D": "hexadecimal number expected",
  "006E": "decimal number expected",
  "0071": "register is locked",
  "0080": "counter electrode oscillates",
  "008B": "second potentiostat should be off",
  "008C": "compensation of resistance should be off",
  "00BA": "GPIO write needs an output",
  "00BB": "GPIO read needs an input",
  "00BC": "pull-up only on an input",
  "00BD": "multiplexer not valid for this instrument",
  "00BE": "pin is not mapped",
  "4001": "unknown script command",
  "4004": "unexpected character",
  "4005": "script too large for the memory",
  "4008": "bad optional argument",
  "4009": "stored script is too old for this firmware",
  "400B": "nested measurement loop",
  "400C": "command not supported here",
  "400D": "scopes nested too deep",
  "400E": "scope does not match",
  "400F": "array index out of bounds",
  "4014": "no integer from a hexadecimal number",
  "4017": "arrays of different sizes",
  "4018": "script ended unexpectedly",
  "4019": "multi-channel devices only",
  "401A": "only inside a measurement loop",
  "401B": "packet commands in the wrong order",
  "401C": "too many variables in a packet",
  "401D": "path too long",
  "4020": "timeout",
  "4021": "multiplexer not configured",
  "4022": "loop too fast for the multiplexer",
  "4024": "resistance to compensate not valid",
  "4025": "resistance to compensate out of range",
  "4026": "variable already declared",
  "4027": "cell must be on",
  "4028": "cell must be off",
  "4029": "at least one step is needed",
  "402A": "out of memory for names",
  "402B": "bad variable name",
  "402C": "name too long",
  "4032": "potential range cannot be set in a loop",
  "4033": "current range cannot be set in a loop",
  "4036": "only inside measurement loops",
  "4037": "number too large",
  "4038": "array not written correctly",
  "4039": "literal not valid",
  "4042": "number of averages not valid",
  "4200": "negative value not allowed",
  "4201": "positive value not allowed",
  "4202": "zero not allowed",
  "4203": "value must be negative",
  "4204": "value must be positive",
  "4205": "argument out of bounds",
  "4206": "not on this instrument",
  "4207": "integer and floating point mixed",
  "4208": "bad reference",
  "4209": "wrong type of variable",
  "420A": "extra argument",
  "420B": "variable not declared",
  "420C": "variable not allowed here",
  "420D": "literal not allowed here",
  "420E": "array not allowed here",
  "420F": "array too small",
  "4210": "brace not closed",
  "4211": "array element not valid",
  "7FFF": "fatal error, the device restarts",
};

/** Blocks of codes that the registry numbers through. */
const BLOCKS: readonly (readonly [first: number, last: number, meaning: string])[] = [
  [0x0099, 0x00b6, "error of the file system"],
  [0x00bf, 0x0142, "pin mapping not valid"],
  [0x4010, 0x4013, "error on the I2C bus"],
  [0x4212, 0x4215, "text not written correctly"],
];

/** Codes by which a device says that its firmware, or its kind, does not know what it was told. */
const UNKNOWN_TO_DEVICE = /^(?:0003|001B|0021|4001|4008|4009|400C|4206|402B|4208)$/;

/** "4001 (unknown script command) at line 3, column 1". */
export function describeCode(text: string): string {
  const match = /!([0-9A-F]{4})(?::\s*Line (\d+)(?:, Col (\d+))?)?/i.exec(text);
  if (!match) return JSON.stringify(text);
  const [, code = "", line, column] = match;
  const place =
    line === undefined ? "" : ` at line ${line}${column === undefined ? "" : `, column ${column}`} of the script`;
  return `${code.toUpperCase()} (${meaningOf(code.toUpperCase())})${place}`;
}

function meaningOf(code: string): string {
  const number = Number.parseInt(code, 16);
  const block = BLOCKS.find(([first, last]) => number >= first && number <= last);
  return MEANINGS[code] ?? block?.[2] ?? "a code that is in no list";
}

/**
 * The same with the line of the script that it is about, and, where the device does not know what stands there, the
 * firmware that does not.
 */
export function describeScriptError(text: string, script: readonly string[], firmware: string): string {
  const match = /!([0-9A-F]{4})(?::\s*Line (\d+))?/i.exec(text);
  const line = script[Number(match?.[2]) - 1];
  const quoted = line === undefined ? "" : ` (${JSON.stringify(line.trim())})`;
  const old = UNKNOWN_TO_DEVICE.test(match?.[1]?.toUpperCase() ?? "")
    ? `; its firmware ${firmware} may be too old for that`
    : "";
  return `${describeCode(text)}${quoted}${old}`;
}
