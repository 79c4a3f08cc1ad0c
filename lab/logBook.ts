import { cleanText } from "../core/cleanText.ts";
import type { LogLine } from "../core/labMessages/session.ts";

const KEPT = 5000;

/** The service's own log: the latest lines, numbered, told to whoever listens. */
export class LogBook {
  readonly #lines: LogLine[] = [];
  readonly #now: () => Date;
  readonly #tell: (line: LogLine) => void;
  #seq = 0;

  constructor(now: () => Date, tell: (line: LogLine) => void) {
    this.#now = now;
    this.#tell = tell;
  }

  write(level: LogLine["level"], from: string, text: string, about: { array?: string; run?: string } = {}): void {
    const line: LogLine = {
      seq: this.#seq++,
      wall: this.#now().toISOString(),
      level,
      from: cleanText(from).slice(0, 200),
      text: cleanText(text).slice(0, 20_000),
      array: about.array ?? null,
      run: about.run ?? null,
    };
    this.#lines.push(line);
    if (this.#lines.length > KEPT) this.#lines.shift();
    this.#tell(line);
  }

  /** The latest `most` lines from a number on. */
  read(from: number, most: number): readonly LogLine[] {
    return this.#lines.filter(({ seq }) => seq >= from).slice(-most);
  }
}
