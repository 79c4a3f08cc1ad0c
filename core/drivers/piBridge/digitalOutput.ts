/** One line that software can set. */
export interface DigitalOutput {
  /** @throws Error when the line cannot be written */
  write(level: 0 | 1): void;
}
