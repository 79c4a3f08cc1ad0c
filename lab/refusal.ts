import { cleanText } from "../core/cleanText.ts";
import { CrossporeError, LimitError, ProtocolError, TransportError } from "../core/errors.ts";
import { ERROR_CODES, type LabError } from "../core/labMessages/errors.ts";

type Code = LabError["code"];

/** The service says no: whoever asked hears why and what to do. */
export class Refusal extends Error {
  readonly error: LabError;

  constructor(code: Code, message: string, remedy = "", more: Partial<Omit<LabError, "code" | "message">> = {}) {
    super(message);
    this.error = labError(code, message, remedy, more);
  }
}

export function labError(
  code: Code,
  message: string,
  remedy = "",
  more: Partial<Omit<LabError, "code" | "message">> = {},
): LabError {
  const nowhere = { field: "", file: "", line: 0, column: 0 };
  return { ...nowhere, code, message: cut(message), remedy: cut(remedy), ...more };
}

/** What the reader can do about each kind of error, where the sentence itself does not say it. */
const REMEDIES: Partial<Record<Code, string>> = {
  LIMIT: "lower the value, or raise the limit in the experiment if the sample takes it",
  TRANSPORT: "check cable and power, close whatever else holds the port, then close the array here and open it again",
  INSTRUMENT: "look at the instrument; close the array and open it again when it answers",
  FRAME: "the driver may not fit this instrument or its firmware; check the driver in the address",
  ARM: "remove what stands in the way, then run again",
};

/** Any error as a message: what happened, where, what to do. Bugs of ours come as INTERNAL, without their stack. */
export function describeFailure(error: unknown): LabError {
  if (error instanceof Refusal) return error.error;
  if (!(error instanceof CrossporeError)) {
    const message = error instanceof Error ? error.message : String(error);
    return labError(
      "INTERNAL",
      cleanText(message) || "something went wrong",
      "a defect of Crosspore; the log has more",
    );
  }
  const code = (ERROR_CODES as readonly string[]).includes(error.code) ? (error.code as Code) : "INTERNAL";
  const message = cleanText(error.message);
  const remedy = REMEDIES[code] ?? "";
  if (error instanceof ProtocolError) {
    const { file, line, column, path } = error;
    return labError(code, message, remedy, { field: path.slice(0, 500), file: file.slice(0, 500), line, column });
  }
  if (error instanceof LimitError) return labError(code, message, remedy, placeOf(message));
  if (error instanceof TransportError && error.kind === "timeout") return labError(code, message, REMEDIES.INSTRUMENT);
  return labError(code, message, remedy, placeOf(message));
}

/** Steps are refused with the place of their protocol in front: "x.yaml:12:5: ...". */
function placeOf(message: string): Partial<Omit<LabError, "code" | "message">> {
  const found = /^(.{1,300}?):(\d{1,7}):(\d{1,7}): /.exec(message);
  return found ? { file: found[1] ?? "", line: Number(found[2]), column: Number(found[3]) } : {};
}

function cut(text: string): string {
  return text.length > 20_000 ? `${text.slice(0, 19_990)} ...` : text;
}
