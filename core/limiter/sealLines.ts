import type { LineDrive } from "../stimulus.ts";

const sealed = new WeakSet<readonly LineDrive[]>();

/**
 * A frozen list of drives that nobody else holds: a copy, or the list itself when it is one already. Whoever drives the
 * same lines again and again hands in the same list, and what is known of it need not be found out again.
 */
export function sealLines(drives: readonly LineDrive[]): readonly LineDrive[] {
  if (sealed.has(drives)) return drives;
  const copy = Object.freeze([...drives]);
  sealed.add(copy);
  return copy;
}

/** Remembers answers about sealed lists, which stay true. */
export function rememberLines<Answer>(
  ask: (drives: readonly LineDrive[]) => Answer,
): (drives: readonly LineDrive[]) => Answer {
  const known = new WeakMap<readonly LineDrive[], Answer>();
  return (drives) => {
    let answer = known.get(drives);
    if (answer === undefined) {
      answer = ask(drives);
      if (sealed.has(drives)) known.set(drives, answer);
    }
    return answer;
  };
}
