import { CrossporeError } from "../../core/errors.ts";

/** The server will not take the run, however often it is asked; nothing of the run is lost, its folder has it all. */
export class MirrorError extends CrossporeError {
  readonly code = "MIRROR";
}
