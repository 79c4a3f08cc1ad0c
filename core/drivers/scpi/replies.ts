/** What SCPI instruments answer, as the host reads it. Pure and total. */

export interface ScpiIdentity {
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  readonly firmware: string;
}

/** Manufacturer, model, serial number and firmware of `*IDN?`; undefined when it is no such line. */
export function decodeIdentity(line: string): ScpiIdentity | undefined {
  const [manufacturer = "", model = "", serial = "", ...firmware] = line.split(",");
  if (!/^[\x20-\x7e]{10,200}$/.test(line) || firmware.length === 0) return undefined;
  return {
    manufacturer: manufacturer.trim(),
    model: model.trim().replace(/^MODEL\s+/i, ""),
    serial: serial.trim(),
    firmware: firmware.join(",").trim(),
  };
}

/** `-113,"Undefined header"` of :SYSTem:ERRor?; undefined when it is no such line. */
export function decodeError(line: string): { readonly scpiCode: number; readonly meaning: string } | undefined {
  const match = /^\s*([+-]?\d{1,5})\s*,\s*"([^"]*)"/.exec(line);
  return match ? { scpiCode: Number(match[1]), meaning: match[2] ?? "" } : undefined;
}

/** Larger magnitudes are codes: 9.9E37 too large for the range, 9.91E37 no number. */
const LARGEST_NUMBER = 9e37;

/** Comma separated numbers; what is none, and the codes for none, are NaN. */
export function decodeNumbers(line: string): Float64Array {
  const numbers = new Float64Array(count(line) + 1);
  let from = 0;
  for (let k = 0; k < numbers.length; k++) {
    const comma = line.indexOf(",", from);
    const end = comma < 0 ? line.length : comma;
    const value = from < end ? Number(line.slice(from, end)) : Number.NaN;
    numbers[k] = Math.abs(value) < LARGEST_NUMBER ? value : Number.NaN;
    from = end + 1;
  }
  return numbers;
}

function count(line: string): number {
  let commas = 0;
  for (let at = line.indexOf(","); at >= 0; at = line.indexOf(",", at + 1)) commas++;
  return commas;
}
