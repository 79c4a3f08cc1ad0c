/**
 * Points at equal ratios from `from` to `to`, both exactly among them, as many per decade as asked (rounded to whole steps).
 * Falls where `to` is below `from`; one point where they are equal. Both above 0.
 */
export function logSpaced(from: number, to: number, perDecade: number): number[] {
  if (from === to) return [from];
  const steps = Math.max(1, Math.round(Math.abs(Math.log10(to / from)) * perDecade));
  return Array.from({ length: steps + 1 }, (_, k) =>
    k === 0 ? from : k === steps ? to : from * (to / from) ** (k / steps),
  );
}
