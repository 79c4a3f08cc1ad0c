/** What the page remembers between visits. Private windows may refuse storage: then it remembers nothing, and works. */
const PREFIX = "crosspore.";

export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // full or forbidden: the next visit starts from the defaults
  }
}

export function recall(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}
