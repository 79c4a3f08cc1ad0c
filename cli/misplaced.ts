/** What is wrong at a field of the request; who has the text of the request says at which line (`solveFile`). */
export class Misplaced extends Error {
  readonly path: readonly PropertyKey[];
  readonly reason: string;

  constructor(path: readonly PropertyKey[], reason: string) {
    super(reason);
    this.path = path;
    this.reason = reason;
  }
}
