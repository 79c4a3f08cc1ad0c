/** Levels of one argument triple (first, step, last), for sweeps and trains: finite whatever a client sends. */
const MOST_LEVELS = 10_000;

/** From `first` to `last` in steps, both included where the step allows; one level where there is no step. */
export function levels(first: number, step: number, last: number): number[] {
  const length = Math.abs(last - first);
  const size = Math.abs(step);
  const count = size > 0 ? Math.min(MOST_LEVELS, Math.floor(length / size + 1e-6) + 1) : 1;
  const sign = last >= first ? 1 : -1;
  return Array.from({ length: count }, (_, k) => first + sign * k * size);
}

/** Pulse widths: multiplied by 1 + percent / 100 or longer by `step`. */
export function widths(first: number, step: number, last: number, linear: boolean): number[] {
  if (linear) return levels(first, step, last);
  const factor = 1 + step / 100;
  if (!(factor > 1)) return [first];
  const found = [first];
  for (let width = first * factor; width <= last * (1 + 1e-6) && found.length < MOST_LEVELS; width *= factor)
    found.push(width);
  return found;
}

/** One branch of a current-voltage curve: out to the largest voltage, and back. */
export interface Branch {
  readonly sign: 1 | -1;
  readonly out: readonly number[];
  readonly back: readonly number[];
}

/** @param span 0 positive first, 1 negative first, 2 positive only, 3 negative only */
export function branches(start: number, step: number, positive: number, negative: number, span: number): Branch[] {
  const branch = (sign: 1 | -1, most: number): Branch => {
    const out = levels(Math.abs(start), step, Math.max(Math.abs(start), Math.abs(most))).map((level) => sign * level);
    return { sign, out, back: out.slice(0, -1).toReversed() };
  };
  const up = branch(1, positive);
  const down = branch(-1, negative);
  if (span === 1) return [down, up];
  if (span === 2) return [up];
  return span === 3 ? [down] : [up, down];
}
