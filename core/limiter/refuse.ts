import { ProtocolError } from "../errors.ts";

/** For what no array could do, wherever the step came from. */
export function malformed(where: string, reason: string): ProtocolError {
  return new ProtocolError({ file: where, line: 0, column: 0, path: "" }, reason);
}

export function isIndex(value: number, count: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < count;
}
