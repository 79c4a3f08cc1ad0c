import { dirname } from "node:path";
import { errorAt, readDocument } from "../core/document.ts";
import { answerRequest, type InputFiles, type SolveAnswer, type Solved } from "./answerRequest.ts";
import { Misplaced } from "./misplaced.ts";
import { solveRequest } from "./solveRequest.ts";

/** The answer to a request in JSON or YAML. @throws ProtocolError at the element that is wrong */
export function solveFile(text: string, file: string): SolveAnswer {
  return solveText(text, file, { folder: dirname(file) }, performance.now()).answer;
}

/** The same with exports in view and files that options name. */
export function solveText(text: string, file: string, files: InputFiles, begin: number): Solved {
  const request = readDocument(text, file, solveRequest);
  try {
    return answerRequest(request, files, begin);
  } catch (error) {
    throw placeError(error, text, file);
  }
}

/** A misplaced field gets its line; other errors stay what they are. */
export function placeError(error: unknown, text: string, file: string): unknown {
  return error instanceof Misplaced ? errorAt(text, file, error.path, error.reason) : error;
}
