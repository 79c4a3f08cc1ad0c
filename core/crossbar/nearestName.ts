/** The nearest of `known` by edit distance, for "did you mean"; undefined when nothing is near. */
export function nearestName(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  // a third of the letters may be wrong, two in a short word
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance || candidate.toLowerCase().startsWith(`${word.toLowerCase()}_`)) {
      best = candidate;
      bestDistance = Math.min(distance, bestDistance);
    }
  }
  return best;
}

/** "did you mean" as the tail of a sentence, or the whole list where nothing is near. */
export function suggestName(word: string, known: readonly string[]): string {
  const near = nearestName(word, known);
  return near === undefined ? `allowed are ${known.join(", ")}` : `did you mean "${near}"?`;
}

/** Levenshtein distance by rows. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, previous[j] + 1, current[j - 1] + 1));
    }
    previous = current;
  }
  return previous[b.length];
}
